/* The files of the case's cgroup. Each call opens its file anew, so that the rights that count are the caller's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>

#include "board.h"
#include "calls.h"
#include "sys.h"

#define NUMBER_ROOM 24

/* Write a number in decimal to the end of the text; where it begins. */
static char *decimal(int64_t number, char text[NUMBER_ROOM])
{
    char *at = text + NUMBER_ROOM;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        *--at = '-';
    return at;
}

/* Returns 0, or a negative errno of open or write. */
static long write_number(const char *path, int64_t number)
{
    char text[NUMBER_ROOM];
    const char *at = decimal(number, text);
    long fd = sys(SYS_openat, FD_CGROUP, path, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    long r = sys(SYS_write, fd, at, text + NUMBER_ROOM - at);
    sys(SYS_close, fd);
    return r < 0 ? r : 0;
}

long call_cgroup_join(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    bool below = step->args[1].value == WC_CGROUP_BELOW;
    return write_number(below ? CGROUP_INNER "/cgroup.procs" : "cgroup.procs", step->args[0].value);
}

long call_cgroup_kill(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    bool below = step->args[1].value == WC_CGROUP_BELOW;
    return write_number(below ? CGROUP_INNER "/cgroup.kill" : "cgroup.kill", step->args[0].value);
}

long call_cgroup_read(const struct wc_step *step, struct wc_event *event)
{
    char byte;
    (void)step, (void)event;
    long fd = sys(SYS_openat, FD_CGROUP, "cgroup.kill", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    long n = sys(SYS_read, fd, &byte, 1);
    sys(SYS_close, fd);
    return n;
}
