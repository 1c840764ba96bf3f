/* The bodies of the calls: the opcodes of conformance/case/calls.py, in its order. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>

#include "actor.h"
#include "board.h"
#include "sys.h"

#define POISON 0xA5A5A5A5u
#define SIGINFO_WORDS 32
#define RUSAGE_WORDS 36
#define BAD_ADDRESS 8 /* in no process's address space */
#define SET_SIZE 8

#if defined(__x86_64__)
__asm__(".text\n"
        ".type agent_restorer, @function\n"
        "agent_restorer:\n"
        "    mov $15, %eax\n" /* rt_sigreturn */
        "    syscall\n");
void agent_restorer(void);
#endif

static void poison(uint32_t *buffer, unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        buffer[i] = POISON;
}

/* A bit for each word that is not what poison() left; words beyond the 32nd share bits with the first. */
static uint32_t changed(const uint32_t *buffer, unsigned words)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < words; i++)
        if (buffer[i] != POISON)
            bits |= 1u << (i % 32);
    return bits;
}

static long address(const struct wc_arg *arg, void *buffer)
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

static long do_fork(const struct wc_step *step)
{
    long r = sys_clone((unsigned long)step->args[0].value & 0xff);
    if (r == 0)
        actor_born(step->child);
    if (r > 0)
        __atomic_store_n(&board->box[step->child].forked, 1, __ATOMIC_RELEASE);
    return r;
}

static long do_exec(void)
{
    char slot[3] = {(char)('0' + actor_self / 10), (char)('0' + actor_self % 10), 0};
    const char *argv[] = {"agent", "--actor", slot, NULL};
    const char *envp[] = {NULL};
    return sys(SYS_execveat, FD_EXE, "", argv, envp, AT_EMPTY_PATH);
}

static long do_wait4(const struct wc_arg *arg, struct wc_event *event)
{
    uint32_t status[1], rusage[RUSAGE_WORDS];
    poison(status, 1);
    poison(rusage, RUSAGE_WORDS);
    long r = sys(SYS_wait4, arg[0].value, address(&arg[1], status), arg[2].value, address(&arg[3], rusage));
    event->written = changed(status, 1);
    event->rusage_written = changed(rusage, RUSAGE_WORDS);
    if (event->written)
        event->status = (int32_t)status[0];
    return r;
}

static int32_t told(const uint32_t *info, uint32_t written, unsigned word)
{
    return written >> word & 1 ? (int32_t)info[word] : 0;
}

static long do_waitid(const struct wc_arg *arg, struct wc_event *event)
{
    uint32_t info[SIGINFO_WORDS], rusage[RUSAGE_WORDS];
    poison(info, SIGINFO_WORDS);
    poison(rusage, RUSAGE_WORDS);
    long r = sys(SYS_waitid, arg[0].value, arg[1].value, address(&arg[2], info), arg[3].value,
                 address(&arg[4], rusage));
    uint32_t written = changed(info, SIGINFO_WORDS);
    event->written = written;
    event->rusage_written = changed(rusage, RUSAGE_WORDS);
    event->signo = told(info, written, 0);
    event->si_errno = told(info, written, 1);
    event->code = told(info, written, 2);
    event->pid = told(info, written, 4);
    event->uid = (uint32_t)told(info, written, 5);
    event->status = told(info, written, 6);
    return r;
}

static long do_sigaction(const struct wc_arg *arg, struct wc_event *event)
{
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

static long do_sigprocmask(const struct wc_arg *arg, struct wc_event *event)
{
    uint64_t set = (uint64_t)arg[1].value;
    return sys(SYS_rt_sigprocmask, arg[0].value, &set, &event->set, SET_SIZE);
}

static long do_prctl(const struct wc_arg *arg, struct wc_event *event)
{
    int value = 0;
    int get = arg[0].value == PR_GET_PDEATHSIG || arg[0].value == PR_GET_CHILD_SUBREAPER;
    long r = sys(SYS_prctl, arg[0].value, get ? (long)&value : arg[1].value, 0, 0, 0);
    event->set = (uint64_t)(uint32_t)value;
    return r;
}

static long make(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    switch (step->call) {
    case WC_FORK:
        return do_fork(step);
    case WC_EXEC:
        return do_exec();
    case WC_EXIT:
        return sys(SYS_exit, arg[0].value);
    case WC_EXIT_GROUP:
        return sys(SYS_exit_group, arg[0].value);
    case WC_WAIT4:
        return do_wait4(arg, event);
    case WC_WAITID:
        return do_waitid(arg, event);
    case WC_KILL:
        return sys(SYS_kill, arg[0].value, arg[1].value);
    case WC_TGKILL:
        return sys(SYS_tgkill, arg[0].value, arg[1].value, arg[2].value);
    case WC_SIGACTION:
        return do_sigaction(arg, event);
    case WC_SIGPROCMASK:
        return do_sigprocmask(arg, event);
    case WC_PAUSE:
        return sys_pause();
    case WC_SETPGID:
        return sys(SYS_setpgid, arg[0].value, arg[1].value);
    case WC_SETSID:
        return sys(SYS_setsid);
    case WC_PRCTL:
        return do_prctl(arg, event);
    case WC_GETPPID:
        return sys(SYS_getppid);
    case WC_GETPGID:
        return sys(SYS_getpgid, arg[0].value);
    case WC_GETSID:
        return sys(SYS_getsid, arg[0].value);
    default: /* WC_SIGPENDING: validate.c lets nothing else through */
        return sys(SYS_rt_sigpending, &event->set, SET_SIZE);
    }
}

void call_perform(const struct wc_step *step)
{
    struct wc_event event = {.kind = WC_EVENT_RETURNED, .call = step->call};
    long r = make(step, &event);
    event.ret = r < 0 ? -1 : r;
    event.error = r < 0 ? (int32_t)-r : 0;
    board_log(actor_self, &event);
}

long call_number(unsigned call)
{
    static const short number[WC_LAST_CALL + 1] = {
        [WC_FORK] = SYS_clone,
        [WC_EXEC] = SYS_execveat,
        [WC_EXIT] = SYS_exit,
        [WC_EXIT_GROUP] = SYS_exit_group,
        [WC_WAIT4] = SYS_wait4,
        [WC_WAITID] = SYS_waitid,
        [WC_KILL] = SYS_kill,
        [WC_TGKILL] = SYS_tgkill,
        [WC_SIGACTION] = SYS_rt_sigaction,
        [WC_SIGPROCMASK] = SYS_rt_sigprocmask,
        [WC_PAUSE] = PAUSE_NUMBER,
        [WC_SETPGID] = SYS_setpgid,
        [WC_SETSID] = SYS_setsid,
        [WC_PRCTL] = SYS_prctl,
        [WC_GETPPID] = SYS_getppid,
        [WC_GETPGID] = SYS_getpgid,
        [WC_GETSID] = SYS_getsid,
        [WC_SIGPENDING] = SYS_rt_sigpending,
    };
    return number[call];
}
