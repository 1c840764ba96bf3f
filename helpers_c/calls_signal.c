/* Sending signals, and what a process does about them. */
#define _GNU_SOURCE
#include <signal.h>

#include "actor.h"
#include "calls.h"
#include "sys.h"

#define SET_SIZE 8

#if defined(__x86_64__)
__asm__(".text\n"
        ".type agent_restorer, @function\n"
        "agent_restorer:\n"
        "    mov $15, %eax\n" /* rt_sigreturn */
        "    syscall\n");
void agent_restorer(void);
#endif

long call_kill(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_kill, step->args[0].value, step->args[1].value);
}

long call_tgkill(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_tgkill, step->args[0].value, step->args[1].value, step->args[2].value);
}

long call_sigaction(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    struct raw_sigaction new = {0}, old = {0};
    new.handler = (void *)arg[1].value; /* SIG_DFL and SIG_IGN are 0 and 1 in the kernel too */
    new.flags = (unsigned long)arg[2].value;
    new.mask = (uint64_t)arg[3].value;
    if (arg[1].value == 2) {
        new.handler = (void *)actor_handler;
        new.flags |= SA_SIGINFO;
#if defined(__x86_64__)
        new.flags |= RAW_SA_RESTORER;
        new.restorer = (void *)agent_restorer;
#endif
    }
    long r = sys(SYS_rt_sigaction, arg[0].value, &new, &old, SET_SIZE);
    event->handler = old.handler == (void *)actor_handler ? 2 : (uint32_t)(uintptr_t)old.handler;
    event->set = old.flags & ~RAW_SA_RESTORER; /* ours, not the case's */
    return r;
}

long call_sigprocmask(const struct wc_step *step, struct wc_event *event)
{
    uint64_t set = (uint64_t)step->args[1].value;
    return sys(SYS_rt_sigprocmask, step->args[0].value, &set, &event->set, SET_SIZE);
}

long call_pause(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    return sys_pause();
}

long call_sigpending(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    return sys(SYS_rt_sigpending, &event->set, SET_SIZE);
}

long call_tkill(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_tkill, step->args[0].value, step->args[1].value);
}

/* The sender fills in the siginfo himself, as libc's sigqueue does; the kernel takes it as it is. */
long call_sigqueue(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    int32_t info[SIGINFO_WORDS] = {0};
    info[2] = (int32_t)step->args[2].value;
    info[4] = (int32_t)sys(SYS_getpid);
    info[5] = (int32_t)sys(SYS_getuid);
    info[6] = (int32_t)step->args[3].value;
    return sys(SYS_rt_sigqueueinfo, step->args[0].value, step->args[1].value, info);
}
