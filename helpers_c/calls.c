/* The agent's table of calls, in the order of the opcodes. */
#include "calls.h"

#include "actor.h"
#include "board.h"
#include "stacks.h"
#include "sys.h"

#define N WC_TAKES_NOTHING
#define L WC_TAKES_LITERAL
#define P WC_TAKES_PID
#define B WC_TAKES_BUFFER
#define A WC_TAKES_ACTOR

const struct call calls[WC_LAST_CALL + 1] = {
    [WC_FORK] = {call_fork, NEVER_BLOCKS, true, true, 1, {L}},
    [WC_EXEC] = {call_exec, SYS_execveat, false, false, 0, {N}},
    [WC_EXIT] = {call_exit, NEVER_BLOCKS, false, false, 1, {L}},
    [WC_EXIT_GROUP] = {call_exit_group, NEVER_BLOCKS, false, false, 1, {L}},
    [WC_WAIT4] = {call_wait4, SYS_wait4, false, true, 4, {P, B, L, B}},
    [WC_WAITID] = {call_waitid, SYS_waitid, false, false, 5, {L, P, B, L, B}},
    [WC_KILL] = {call_kill, SYS_kill, false, false, 2, {P, L}},
    [WC_TGKILL] = {call_tgkill, SYS_tgkill, false, false, 3, {P, P, L}},
    [WC_SIGACTION] = {call_sigaction, SYS_rt_sigaction, false, false, 4, {L, L, L, L}},
    [WC_SIGPROCMASK] = {call_sigprocmask, SYS_rt_sigprocmask, false, false, 2, {L, L}},
    [WC_PAUSE] = {call_pause, PAUSE_NUMBER, false, false, 0, {N}},
    [WC_SETPGID] = {call_setpgid, SYS_setpgid, false, false, 2, {P, P}},
    [WC_SETSID] = {call_setsid, SYS_setsid, false, true, 0, {N}},
    [WC_PRCTL] = {call_prctl, SYS_prctl, false, false, 2, {L, L}},
    [WC_GETPPID] = {call_getppid, SYS_getppid, false, true, 0, {N}},
    [WC_GETPGID] = {call_getpgid, SYS_getpgid, false, true, 1, {P}},
    [WC_GETSID] = {call_getsid, SYS_getsid, false, true, 1, {P}},
    [WC_SIGPENDING] = {call_sigpending, SYS_rt_sigpending, false, false, 0, {N}},
    [WC_TKILL] = {call_tkill, NEVER_BLOCKS, false, false, 2, {P, L}},
    [WC_SIGTIMEDWAIT] = {call_sigtimedwait, SYS_rt_sigtimedwait, false, false, 2, {L, L}},
    [WC_SIGQUEUE] = {call_sigqueue, NEVER_BLOCKS, false, false, 4, {P, L, L, L}},
    [WC_SIGSUSPEND] = {call_sigsuspend, SYS_rt_sigsuspend, false, false, 1, {L}},
    [WC_FAULT] = {call_fault, NEVER_BLOCKS, false, false, 1, {L}},
    [WC_SIGPIPE] = {call_sigpipe, NEVER_BLOCKS, false, false, 0, {N}},
    [WC_SETITIMER_REAL] = {call_setitimer_real, NEVER_BLOCKS, false, false, 0, {N}},
    [WC_SETRLIMIT] = {call_setrlimit, NEVER_BLOCKS, false, false, 2, {L, L}},
    [WC_SETRESUID] = {call_setresuid, NEVER_BLOCKS, false, false, 3, {L, L, L}},
    [WC_GETRESUID] = {call_getresuid, NEVER_BLOCKS, false, false, 0, {N}},
    [WC_SETRESGID] = {call_setresgid, NEVER_BLOCKS, false, false, 3, {L, L, L}},
    [WC_CLONE3] = {call_clone3, SYS_clone3, true, true, 4, {L, P, L, L}},
    [WC_UNSHARE_PID] = {call_unshare_pid, NEVER_BLOCKS, false, false, 0, {N}},
    [WC_PTRACE] = {call_ptrace, SYS_ptrace, false, false, 4, {L, P, L, L}},
    [WC_PTRACE_GETEVENTMSG] = {call_ptrace_geteventmsg, NEVER_BLOCKS, false, false, 2, {P, L}},
    [WC_PTRACE_GETSIGINFO] = {call_ptrace_getsiginfo, NEVER_BLOCKS, false, false, 1, {P}},
    [WC_PTRACE_SETSIGINFO] = {call_ptrace_setsiginfo, NEVER_BLOCKS, false, false, 4, {P, L, L, L}},
    [WC_PTRACE_PEEKSIGINFO] = {call_ptrace_peeksiginfo, NEVER_BLOCKS, false, false, 4, {P, L, L, L}},
    [WC_PTRACE_GET_SYSCALL_INFO] = {call_ptrace_get_syscall_info, NEVER_BLOCKS, false, false, 1, {P}},
    [WC_SECCOMP] = {call_seccomp, NEVER_BLOCKS, false, false, 2, {L, L}},
    [WC_CLONE] = {call_clone, SYS_clone, true, true, 3, {L, L, L}},
    [WC_THREAD] = {call_thread, NEVER_BLOCKS, true, true, 0, {N}},
    [WC_VFORK] = {call_vfork, SYS_clone, true, true, 0, {N}},
    [WC_GETTID] = {call_gettid, NEVER_BLOCKS, false, true, 0, {N}},
    [WC_GETPID] = {call_getpid, NEVER_BLOCKS, false, true, 0, {N}},
    [WC_NS_LAST_PID] = {call_ns_last_pid, NEVER_BLOCKS, false, false, 1, {P}},
    [WC_PIDFD_OPEN] = {call_pidfd_open, NEVER_BLOCKS, false, false, 3, {P, L, L}},
    [WC_PIDFD_SEND_SIGNAL] = {call_pidfd_send_signal, NEVER_BLOCKS, false, false, 5, {L, L, L, L, L}},
    [WC_PIDFD_GETFD] = {call_pidfd_getfd, NEVER_BLOCKS, false, false, 4, {L, L, L, L}},
    [WC_PIDFD_GET_INFO] = {call_pidfd_get_info, NEVER_BLOCKS, false, false, 4, {L, L, L, B}, false, true},
    [WC_PIDFD_NAMESPACE] = {call_pidfd_namespace, NEVER_BLOCKS, false, false, 3, {L, L, L}},
    [WC_FDINFO] = {call_fdinfo, NEVER_BLOCKS, false, false, 1, {L}, true},
    [WC_OPEN_PROC] = {call_open_proc, NEVER_BLOCKS, false, false, 2, {A, L}},
    [WC_CLOSE] = {call_close, NEVER_BLOCKS, false, false, 1, {L}},
    [WC_FCNTL] = {call_fcntl, NEVER_BLOCKS, false, false, 3, {L, L, L}},
    [WC_IO] = {call_io, NEVER_BLOCKS, false, false, 2, {L, L}},
    [WC_POLL] = {call_poll, SYS_ppoll, false, false, 3, {L, L, L}},
    [WC_EPOLL_CREATE] = {call_epoll_create, NEVER_BLOCKS, false, false, 1, {L}},
    [WC_EPOLL_CTL] = {call_epoll_ctl, NEVER_BLOCKS, false, false, 4, {L, L, L, L}},
    [WC_EPOLL_WAIT] = {call_epoll_wait, SYS_epoll_pwait, false, false, 2, {L, L}},
    [WC_SAME_FILE] = {call_same_file, NEVER_BLOCKS, false, false, 2, {L, L}},
    [WC_SOCKETPAIR] = {call_socketpair, NEVER_BLOCKS, false, false, 2, {L, L}},
    [WC_SEND_FD] = {call_send_fd, NEVER_BLOCKS, false, false, 2, {L, L}},
    [WC_RECV_FD] = {call_recv_fd, NEVER_BLOCKS, false, false, 2, {L, L}},
    [WC_PEER_PIDFD] = {call_peer_pidfd, NEVER_BLOCKS, false, false, 2, {L, L}},
    [WC_WORK] = {call_work, NEVER_BLOCKS, false, false, 1, {L}},
    [WC_GETRUSAGE] = {call_getrusage, NEVER_BLOCKS, false, false, 2, {L, B}},
    [WC_PROC] = {call_proc, NEVER_BLOCKS, false, false, 1, {A}, true},
    [WC_CGROUP_JOIN] = {call_cgroup_join, NEVER_BLOCKS, false, false, 2, {P, L}},
    [WC_CGROUP_KILL] = {call_cgroup_kill, NEVER_BLOCKS, false, false, 2, {L, L}},
    [WC_CGROUP_READ] = {call_cgroup_read, NEVER_BLOCKS, false, false, 0, {N}},
    [WC_OPENPTY] = {call_openpty, NEVER_BLOCKS, false, false, 1, {L}},
    [WC_TTY_CLOSE] = {call_tty_close, NEVER_BLOCKS, false, false, 1, {L}},
    [WC_TIOCSCTTY] = {call_tiocsctty, SYS_ioctl, false, false, 2, {L, L}},
    [WC_TIOCNOTTY] = {call_tiocnotty, SYS_ioctl, false, false, 1, {L}},
    [WC_TCSETPGRP] = {call_tcsetpgrp, SYS_ioctl, false, false, 2, {P, L}},
    [WC_TCGETPGRP] = {call_tcgetpgrp, SYS_ioctl, false, true, 1, {L}},
    [WC_TCGETSID] = {call_tcgetsid, SYS_ioctl, false, true, 1, {L}},
    [WC_TTY_READ] = {call_tty_read, SYS_read, false, false, 0, {N}},
    [WC_TTY_WRITE] = {call_tty_write, SYS_write, false, false, 0, {N}},
    [WC_TTY_TYPE] = {call_tty_type, NEVER_BLOCKS, false, false, 1, {L}},
    [WC_TCSETATTR] = {call_tcsetattr, SYS_ioctl, false, false, 2, {L, L}},
};

void call_perform(const struct wc_step *step)
{
    struct wc_event event = {.kind = WC_EVENT_RETURNED, .call = step->call};
    long r = calls[step->call].body(step, &event);
    event.ret = r < 0 ? -1 : r;
    event.error = r < 0 ? (int32_t)-r : 0;
    board_log(actor_self(), &event);
}
