/* What raises a signal though nobody sends one, and the limit of how many may be pending. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "actor.h"
#include "calls.h"
#include "sys.h"

#define NOWHERE 8          /* an address of the page that the kernel maps for nobody */
#define BEYOND_END 65536   /* a page of the largest size there is */

/* Not for sanitizers to look at: the access must be made. */
__attribute__((no_sanitize("address", "undefined"))) static void touch(uintptr_t address)
{
    (void)*(volatile const char *)address;
}

/* A page of a file that ends before it. */
static long map_beyond_end(void)
{
    long fd = sys(SYS_memfd_create, "empty", MFD_CLOEXEC);
    if (fd < 0)
        return fd;
    long at = sys(SYS_mmap, 0, BEYOND_END, PROT_READ, MAP_SHARED, fd, 0);
    sys(SYS_close, fd);
    return at;
}

/* Returns only where the access goes well. */
long call_fault(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    long at = step->args[0].value == SIGBUS ? map_beyond_end() : NOWHERE;
    if (at < 0 && at > -4096)
        return at;
    touch((uintptr_t)at);
    return 0;
}

long call_sigpipe(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    int pipe[2];
    long r = sys(SYS_pipe2, pipe, O_CLOEXEC);
    if (r < 0)
        return r;
    sys(SYS_close, pipe[0]);
    r = sys(SYS_write, pipe[1], "", 1);
    sys(SYS_close, pipe[1]);
    return r;
}

/* It returns when the timer has expired and its signal was sent: nothing is left to happen after the step. */
long call_setitimer_real(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    struct itimerval timer = {.it_value = {.tv_usec = 1}};
    long r = sys(SYS_setitimer, ITIMER_REAL, &timer, 0);
    while (r == 0 && timer.it_value.tv_usec | timer.it_value.tv_sec)
        r = sys(SYS_getitimer, ITIMER_REAL, &timer);
    return r;
}

long call_setrlimit(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    struct {
        uint64_t soft, hard;
    } limit;
    long r = sys(SYS_prlimit64, 0, step->args[0].value, 0, &limit);
    limit.soft = (uint64_t)step->args[1].value;
    return r < 0 ? r : sys(SYS_prlimit64, 0, step->args[0].value, &limit, 0);
}
