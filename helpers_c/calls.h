/* The agent's side of the table of calls: one row per opcode of conformance/case/calls, its body in the
 * file of its subject. A body makes the call, notes in the event what it observes, and gives the kernel's own
 * result: a negative errno on failure. */
#ifndef WAITCONF_CALLS_H
#define WAITCONF_CALLS_H

#include <stdbool.h>

#include "wire.h"

/* What a position takes: a literal, a pid (an actor's, or a literal), a buffer, an actor by his pid outside. */
enum { WC_TAKES_NOTHING, WC_TAKES_LITERAL, WC_TAKES_PID, WC_TAKES_BUFFER, WC_TAKES_ACTOR };

#define NEVER_BLOCKS (-1)

struct call {
    long (*body)(const struct wc_step *step, struct wc_event *event);
    short blocks_in; /* the system call that /proc/<pid>/syscall shows while it sleeps, or NEVER_BLOCKS */
    bool makes_child;
    bool returns_pid; /* a positive result is a process id */
    uint8_t nargs;
    uint8_t takes[WC_MAX_ARGS];
    bool tells_outside; /* the event's pid is one of the agent's own namespace, as those of WC_TAKES_ACTOR are */
    bool tells_pids;    /* its facts are pids as the caller sees them: slots when they are told */
};

/* By opcode; a row without a body is no call. */
extern const struct call calls[WC_LAST_CALL + 1];

/* calls_process.c */
long call_fork(const struct wc_step *step, struct wc_event *event);
long call_exec(const struct wc_step *step, struct wc_event *event);
long call_exit(const struct wc_step *step, struct wc_event *event);
long call_exit_group(const struct wc_step *step, struct wc_event *event);
long call_setpgid(const struct wc_step *step, struct wc_event *event);
long call_setsid(const struct wc_step *step, struct wc_event *event);
long call_prctl(const struct wc_step *step, struct wc_event *event);
long call_getppid(const struct wc_step *step, struct wc_event *event);
long call_getpgid(const struct wc_step *step, struct wc_event *event);
long call_ns_last_pid(const struct wc_step *step, struct wc_event *event);
long call_gettid(const struct wc_step *step, struct wc_event *event);
long call_getpid(const struct wc_step *step, struct wc_event *event);
long call_getsid(const struct wc_step *step, struct wc_event *event);

/* calls_clone.c */
long call_clone(const struct wc_step *step, struct wc_event *event);
long call_thread(const struct wc_step *step, struct wc_event *event);
long call_vfork(const struct wc_step *step, struct wc_event *event);
long call_clone3(const struct wc_step *step, struct wc_event *event);
long call_unshare_pid(const struct wc_step *step, struct wc_event *event);

/* calls_wait.c */
long call_wait4(const struct wc_step *step, struct wc_event *event);
long call_waitid(const struct wc_step *step, struct wc_event *event);

/* calls_signal.c */
long call_kill(const struct wc_step *step, struct wc_event *event);
long call_tgkill(const struct wc_step *step, struct wc_event *event);
long call_sigaction(const struct wc_step *step, struct wc_event *event);
long call_sigprocmask(const struct wc_step *step, struct wc_event *event);
long call_pause(const struct wc_step *step, struct wc_event *event);
long call_sigpending(const struct wc_step *step, struct wc_event *event);
long call_tkill(const struct wc_step *step, struct wc_event *event);
long call_sigqueue(const struct wc_step *step, struct wc_event *event);

/* calls_sigwait.c */
long call_sigtimedwait(const struct wc_step *step, struct wc_event *event);
long call_sigsuspend(const struct wc_step *step, struct wc_event *event);

/* calls_raise.c */
long call_fault(const struct wc_step *step, struct wc_event *event);
long call_sigpipe(const struct wc_step *step, struct wc_event *event);
long call_setitimer_real(const struct wc_step *step, struct wc_event *event);
long call_setrlimit(const struct wc_step *step, struct wc_event *event);

/* calls_credentials.c */
long call_setresuid(const struct wc_step *step, struct wc_event *event);
long call_getresuid(const struct wc_step *step, struct wc_event *event);
long call_setresgid(const struct wc_step *step, struct wc_event *event);

/* calls_usage.c; RUSAGE_WORDS is the size of the kernel's structure in 4-byte words, usage_facts() notes what an
 * rusage that the kernel wrote tells: fact1 page faults, fact2 the largest resident size (both in blocks), fact3
 * voluntary context switches. */
#define RUSAGE_WORDS 36
void usage_facts(const uint32_t *rusage, struct wc_event *event);
long call_work(const struct wc_step *step, struct wc_event *event);
long call_getrusage(const struct wc_step *step, struct wc_event *event);

/* calls_cgroup.c; the directory of the lower one lies in that of the case's own */
#define CGROUP_INNER "below"
long call_cgroup_join(const struct wc_step *step, struct wc_event *event);
long call_cgroup_kill(const struct wc_step *step, struct wc_event *event);
long call_cgroup_read(const struct wc_step *step, struct wc_event *event);

/* calls_proc.c */
long call_proc(const struct wc_step *step, struct wc_event *event);

/* calls_ptrace.c */
long call_ptrace(const struct wc_step *step, struct wc_event *event);
long call_ptrace_geteventmsg(const struct wc_step *step, struct wc_event *event);
long call_ptrace_getsiginfo(const struct wc_step *step, struct wc_event *event);
long call_ptrace_setsiginfo(const struct wc_step *step, struct wc_event *event);
long call_ptrace_peeksiginfo(const struct wc_step *step, struct wc_event *event);

/* calls_syscall_info.c */
long call_ptrace_get_syscall_info(const struct wc_step *step, struct wc_event *event);

/* calls_seccomp.c */
long call_seccomp(const struct wc_step *step, struct wc_event *event);

/* calls_pidfd.c */
long pidfd_open_raw(long pid, long flags);
long call_pidfd_open(const struct wc_step *step, struct wc_event *event);
long call_pidfd_send_signal(const struct wc_step *step, struct wc_event *event);
long call_pidfd_getfd(const struct wc_step *step, struct wc_event *event);
long call_pidfd_get_info(const struct wc_step *step, struct wc_event *event);
long call_pidfd_namespace(const struct wc_step *step, struct wc_event *event);
long call_fdinfo(const struct wc_step *step, struct wc_event *event);
long call_open_proc(const struct wc_step *step, struct wc_event *event);

/* calls_fd.c */
long call_close(const struct wc_step *step, struct wc_event *event);
long call_fcntl(const struct wc_step *step, struct wc_event *event);
long call_io(const struct wc_step *step, struct wc_event *event);
long call_same_file(const struct wc_step *step, struct wc_event *event);

/* calls_poll.c */
long call_poll(const struct wc_step *step, struct wc_event *event);
long call_epoll_create(const struct wc_step *step, struct wc_event *event);
long call_epoll_ctl(const struct wc_step *step, struct wc_event *event);
long call_epoll_wait(const struct wc_step *step, struct wc_event *event);

/* calls_pass.c */
long call_socketpair(const struct wc_step *step, struct wc_event *event);
long call_send_fd(const struct wc_step *step, struct wc_event *event);
long call_recv_fd(const struct wc_step *step, struct wc_event *event);
long call_peer_pidfd(const struct wc_step *step, struct wc_event *event);

/* calls_terminal.c */
long call_openpty(const struct wc_step *step, struct wc_event *event);
long call_tty_close(const struct wc_step *step, struct wc_event *event);
long call_tiocsctty(const struct wc_step *step, struct wc_event *event);
long call_tiocnotty(const struct wc_step *step, struct wc_event *event);
long call_tcsetpgrp(const struct wc_step *step, struct wc_event *event);
long call_tcgetpgrp(const struct wc_step *step, struct wc_event *event);
long call_tcgetsid(const struct wc_step *step, struct wc_event *event);
long call_tty_read(const struct wc_step *step, struct wc_event *event);
long call_tty_write(const struct wc_step *step, struct wc_event *event);
long call_tty_type(const struct wc_step *step, struct wc_event *event);
long call_tcsetattr(const struct wc_step *step, struct wc_event *event);

/* Open a pseudo-terminal: its master and, with `flags` of open(2), its slave, whose path nobody needs. Returns 0,
 * or a negative errno. */
long pty_open(int flags, int pair[2]);

/* Whether we may make another session's terminal our own; found out with two children. */
bool pty_can_be_stolen(void);

#endif
