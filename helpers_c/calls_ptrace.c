/* Tracing. A request whose result is a structure has a call of its own; all others are one raw call.
 *
 * What a stop is about is told by PTRACE_GETSIGINFO: in a signal-delivery-stop the signal's own siginfo, in every
 * other stop one whose si_code is the stop code; in a group-stop after PTRACE_ATTACH there is none (EINVAL). */
#define _GNU_SOURCE
#include <stddef.h>
#include <linux/ptrace.h>

#include "actor.h"
#include "calls.h"
#include "sys.h"

#define MOST_PEEKED 8 /* signals; a byte each in event->set */

/* For requests that libc's headers, or those of an old kernel, do not have. */
#define RAW_PEEKSIGINFO 0x4209
struct raw_peek {
    uint64_t off;
    uint32_t flags;
    int32_t nr;
};

/* Not from wire.h: what the message means is for the caller to say. */
#define MEANS_PID 0

long call_ptrace(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    const struct wc_arg *arg = step->args;
    return sys(SYS_ptrace, arg[0].value, arg[1].value, arg[3].value, arg[2].value);
}

long call_ptrace_geteventmsg(const struct wc_step *step, struct wc_event *event)
{
    unsigned long message = 0;
    long r = sys(SYS_ptrace, PTRACE_GETEVENTMSG, step->args[0].value, 0, &message);
    event->fact1 = (int64_t)message;
    if (step->args[1].value == MEANS_PID)
        event->pid = (int32_t)message;
    return r;
}

long call_ptrace_getsiginfo(const struct wc_step *step, struct wc_event *event)
{
    int32_t info[SIGINFO_WORDS] = {0};
    long r = sys(SYS_ptrace, PTRACE_GETSIGINFO, step->args[0].value, 0, info);
    if (r >= 0)
        actor_note_siginfo(info, event);
    return r;
}

/* The sender is the caller, as with sigqueue(3). */
long call_ptrace_setsiginfo(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    const struct wc_arg *arg = step->args;
    int32_t info[SIGINFO_WORDS] = {0};
    info[0] = (int32_t)arg[1].value;
    info[2] = (int32_t)arg[2].value;
    info[4] = (int32_t)sys(SYS_getpid);
    info[5] = (int32_t)sys(SYS_getuid);
    info[6] = (int32_t)arg[3].value;
    return sys(SYS_ptrace, PTRACE_SETSIGINFO, arg[0].value, 0, info);
}

long call_ptrace_peeksiginfo(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    int32_t info[MOST_PEEKED][SIGINFO_WORDS] = {{0}};
    struct raw_peek peek = {(uint64_t)arg[1].value, (uint32_t)arg[3].value, (int32_t)arg[2].value};
    long r = sys(SYS_ptrace, RAW_PEEKSIGINFO, arg[0].value, &peek, info);
    for (long i = 0; i < r && i < MOST_PEEKED; i++)
        event->set |= (uint64_t)(info[i][0] & 0xff) << 8 * i;
    return r;
}
