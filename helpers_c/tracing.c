#define _GNU_SOURCE
#include "tracing.h"

#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <stddef.h>

#define NO_REQUEST 9999 /* a number that no architecture gives a meaning: EIO, or ESRCH, is to be had with it */
#define INIT_INSIDE 1

static bool requests(const struct wc_step *step, int64_t request)
{
    return step->call == WC_PTRACE && step->args[0].value == request;
}

bool tracing_attaches(const struct wc_step *step)
{
    return requests(step, PTRACE_ATTACH) || requests(step, PTRACE_SEIZE);
}

bool tracing_stops_at_calls(const struct wc_step *step)
{
    return requests(step, PTRACE_SYSCALL) || requests(step, PTRACE_SINGLESTEP);
}

/* Those that neither write to the tracee's memory or registers nor to the caller's. */
static bool is_harmless(int64_t request)
{
    switch (request) {
    case PTRACE_TRACEME:
    case PTRACE_CONT:
    case PTRACE_KILL:
    case PTRACE_SINGLESTEP:
    case PTRACE_ATTACH:
    case PTRACE_DETACH:
    case PTRACE_SYSCALL:
    case PTRACE_SETOPTIONS:
    case PTRACE_SEIZE:
    case PTRACE_INTERRUPT:
    case PTRACE_LISTEN:
    case NO_REQUEST:
        return true;
    default:
        return false;
    }
}

bool tracing_attaches_to_init(const struct wc_step *step)
{
    const struct wc_arg *target = &step->args[1];
    bool is_init = target->kind == WC_ARG_PID ? target->slot == 0 : (int32_t)target->value == INIT_INSIDE;
    return is_init && tracing_attaches(step);
}

static const char *filter_fault(const struct wc_step *step)
{
    switch (step->args[0].value) {
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_ERRNO:
    case SECCOMP_RET_KILL_THREAD:
    case SECCOMP_RET_KILL_PROCESS:
        return step->args[1].value & ~(int64_t)SECCOMP_RET_DATA ? "no such data of a filter" : NULL;
    default:
        return "no such action of a filter";
    }
}

const char *tracing_fault(const struct wc_step *step)
{
    if (step->call < WC_PTRACE || step->call > WC_SECCOMP)
        return NULL;
    if (step->actor == 0)
        return "init may neither trace, nor be traced, nor filter its calls";
    switch (step->call) {
    case WC_PTRACE:
        return is_harmless(step->args[0].value) ? NULL : "a request of ptrace that is not one that cases may use";
    case WC_PTRACE_GETEVENTMSG:
        return step->args[1].value < 0 || step->args[1].value > 2 ? "no such meaning of a message" : NULL;
    case WC_PTRACE_PEEKSIGINFO: /* a negative number the kernel refuses */
        return step->args[2].value < -1 || step->args[2].value > 8 ? "more than 8 signals to look at" : NULL;
    case WC_SECCOMP:
        return filter_fault(step);
    default:
        return NULL;
    }
}
