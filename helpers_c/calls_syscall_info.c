/* PTRACE_GET_SYSCALL_INFO (Linux 5.3): which system call a tracee is about, told as a row of our own table. */
#define _GNU_SOURCE
#include <stdbool.h>

#include "board.h"
#include "calls.h"
#include "sys.h"

/* From no header: it may be older. */
#define RAW_GET_SYSCALL_INFO 0x420e
enum { OP_NONE, OP_ENTRY, OP_EXIT, OP_SECCOMP };
struct raw_syscall_info {
    uint8_t op, pad[3];
    uint32_t arch;
    uint64_t ip, sp;
    union {
        uint64_t number;
        struct {
            int64_t value;
            uint8_t is_error;
        } exit;
    };
    uint64_t rest[8]; /* arguments, and whatever comes in later releases */
};

/* The system call that a row makes, where it makes just one; only these can be told. None of them has number 0. */
static const uint16_t numbers[WC_LAST_CALL + 1] = {
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
    [WC_TKILL] = SYS_tkill,
    [WC_SIGTIMEDWAIT] = SYS_rt_sigtimedwait,
    [WC_SIGQUEUE] = SYS_rt_sigqueueinfo,
    [WC_SIGSUSPEND] = SYS_rt_sigsuspend,
    [WC_SETRESUID] = SYS_setresuid,
    [WC_GETRESUID] = SYS_getresuid,
    [WC_SETRESGID] = SYS_setresgid,
    [WC_GETRUSAGE] = SYS_getrusage,
    [WC_CLONE3] = SYS_clone3,
    [WC_UNSHARE_PID] = SYS_unshare,
    [WC_CLONE] = SYS_clone,
    [WC_THREAD] = SYS_clone,
    [WC_VFORK] = SYS_clone,
    [WC_GETTID] = SYS_gettid,
    [WC_GETPID] = SYS_getpid,
    [WC_PTRACE] = SYS_ptrace,
    [WC_PTRACE_GETEVENTMSG] = SYS_ptrace,
    [WC_PTRACE_GETSIGINFO] = SYS_ptrace,
    [WC_PTRACE_PEEKSIGINFO] = SYS_ptrace,
    [WC_PTRACE_GET_SYSCALL_INFO] = SYS_ptrace,
};

/* Several rows can make the same system call: then it is the one that the tracee was told to make. */
static uint8_t row_of(uint64_t number, uint8_t told)
{
    if (number == 0 || numbers[told] == number)
        return number ? told : 0;
    for (unsigned call = 1; call <= WC_LAST_CALL; call++)
        if (calls[call].body && numbers[call] == number)
            return (uint8_t)call;
    return 0;
}

/* Which call that was is not told any more: only the one that the tracee was told to make can be over. */
static void note_exit(const struct raw_syscall_info *info, uint8_t told, struct wc_event *event)
{
    event->fact3 = info->exit.value;
    if (!info->exit.is_error && info->exit.value > 0 && calls[told].returns_pid)
        event->pid = (int32_t)info->exit.value;
}

long call_ptrace_get_syscall_info(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *tracee = &step->args[0];
    uint8_t told = tracee->kind == WC_ARG_PID ? board_call(tracee->slot) : 0;
    struct raw_syscall_info info = {0};
    long r = sys(SYS_ptrace, RAW_GET_SYSCALL_INFO, tracee->value, sizeof info, &info);
    if (r < 0)
        return r;
    event->fact1 = info.op;
    if (info.op == OP_ENTRY || info.op == OP_SECCOMP)
        event->fact2 = row_of(info.number, told);
    else if (info.op == OP_EXIT)
        note_exit(&info, told, event);
    return 0; /* and not how many bytes this release knows of */
}
