/* The files of the case's cgroup. Each call opens its file anew, so that the rights that count are the caller's. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>

#include "board.h"
#include "calls.h"
#include "number_file.h"
#include "sys.h"

long call_cgroup_join(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    bool below = step->args[1].value == WC_CGROUP_BELOW;
    return write_number(FD_CGROUP, below ? CGROUP_INNER "/cgroup.procs" : "cgroup.procs", step->args[0].value);
}

long call_cgroup_kill(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    bool below = step->args[1].value == WC_CGROUP_BELOW;
    return write_number(FD_CGROUP, below ? CGROUP_INNER "/cgroup.kill" : "cgroup.kill", step->args[0].value);
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
