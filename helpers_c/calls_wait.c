/* The wait family. */
#include "buffer.h"
#include "calls.h"
#include "sys.h"

#define SIGINFO_WORDS 32

long call_wait4(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    uint32_t status[1], rusage[RUSAGE_WORDS];
    poison(status, 1);
    poison(rusage, RUSAGE_WORDS);
    long r = sys(SYS_wait4, arg[0].value, buffer_address(&arg[1], status), arg[2].value, buffer_address(&arg[3], rusage));
    event->written = changed(status, 1);
    usage_facts(rusage, event);
    if (event->written)
        event->status = (int32_t)status[0];
    return r;
}

static int32_t told(const uint32_t *info, uint32_t written, unsigned word)
{
    return written >> word & 1 ? (int32_t)info[word] : 0;
}

long call_waitid(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    uint32_t info[SIGINFO_WORDS], rusage[RUSAGE_WORDS];
    poison(info, SIGINFO_WORDS);
    poison(rusage, RUSAGE_WORDS);
    long r = sys(SYS_waitid, arg[0].value, arg[1].value, buffer_address(&arg[2], info), arg[3].value,
                 buffer_address(&arg[4], rusage));
    uint32_t written = changed(info, SIGINFO_WORDS);
    event->written = written;
    usage_facts(rusage, event);
    event->signo = told(info, written, 0);
    event->si_errno = told(info, written, 1);
    event->code = told(info, written, 2);
    event->pid = told(info, written, 4);
    event->uid = (uint32_t)told(info, written, 5);
    event->status = told(info, written, 6);
    return r;
}
