/* Whose a process is. Raw calls, so that only the calling thread changes, as in the kernel; libc's change all. */
#define _GNU_SOURCE
#include "calls.h"
#include "sys.h"

long call_setresuid(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    (void)event;
    return sys(SYS_setresuid, arg[0].value, arg[1].value, arg[2].value);
}

/* Facts: the real, the effective and the saved user id. */
long call_getresuid(const struct wc_step *step, struct wc_event *event)
{
    uint32_t real = 0, effective = 0, saved = 0;
    (void)step;
    long r = sys(SYS_getresuid, &real, &effective, &saved);
    event->fact1 = real;
    event->fact2 = effective;
    event->fact3 = saved;
    return r;
}

long call_setresgid(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    (void)event;
    return sys(SYS_setresgid, arg[0].value, arg[1].value, arg[2].value);
}
