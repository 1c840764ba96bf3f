/* The wait family, and buffers that tell what the kernel wrote. */
#include "calls.h"
#include "sys.h"

#define POISON 0xA5A5A5A5u
#define SIGINFO_WORDS 32
#define BAD_ADDRESS 8 /* in no process's address space */

void poison(uint32_t *buffer, unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        buffer[i] = POISON;
}

uint32_t changed(const uint32_t *buffer, unsigned words)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < words; i++)
        if (buffer[i] != POISON)
            bits |= 1u << (i % 32);
    return bits;
}

long buffer_address(const struct wc_arg *arg, void *buffer)
{
    switch (arg->value) {
    case WC_BUFFER_GIVEN:
        return (long)buffer;
    case WC_BUFFER_BAD:
        return BAD_ADDRESS;
    default:
        return 0;
    }
}

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
