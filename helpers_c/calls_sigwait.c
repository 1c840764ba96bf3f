/* Waiting for signals. */
#define _GNU_SOURCE
#include <time.h>

#include "actor.h"
#include "calls.h"
#include "sys.h"

#define SET_SIZE 8

long call_sigtimedwait(const struct wc_step *step, struct wc_event *event)
{
    uint64_t set = (uint64_t)step->args[0].value;
    struct timespec at_once = {0, 0};
    int32_t info[SIGINFO_WORDS] = {0};
    long r = sys(SYS_rt_sigtimedwait, &set, info, step->args[1].value == WC_TIMEOUT_ZERO ? &at_once : 0, SET_SIZE);
    actor_note_siginfo(info, event);
    return r;
}

long call_sigsuspend(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    uint64_t mask = (uint64_t)step->args[0].value;
    return sys(SYS_rt_sigsuspend, &mask, SET_SIZE);
}
