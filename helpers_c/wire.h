/* What travels between Python and the agent: the one source of truth, included by the agent and parsed by
 * cffi (so: plain declarations and integer #defines only; include guards and #include lines are dropped).
 *
 * Both ends are little-endian and of natural alignment. A stream is a sequence of frames: a header, then
 * `length` bytes. A reader that meets anything else looks for the next WC_MAGIC, so a serial console's
 * noise costs frames, never sense.
 */
#ifndef WAITCONF_WIRE_H
#define WAITCONF_WIRE_H

#include <stdint.h>

#define WC_MAGIC 0x46435457
#define WC_VERSION 3

#define WC_MAX_ACTORS 16
#define WC_MAX_STEPS 64
#define WC_MAX_ARGS 5
#define WC_MAX_EVENTS 24
#define WC_MAX_TOGETHER 8  /* calls of one block */
#define WC_MAX_FRAME 4194304

/* Frame types. */
#define WC_FRAME_HELLO 1   /* agent: struct wc_hello, once, at the start */
#define WC_FRAME_BATCH 2   /* to the agent: programs, one after the other */
#define WC_FRAME_RESULT 3  /* agent: struct wc_result, then its steps, events and states */
#define WC_FRAME_ERROR 4   /* agent: struct wc_result alone: the frame or program could not be read */
#define WC_FRAME_FLOOR 5   /* to the agent: struct wc_floor; agent: struct wc_floor with the time taken */
#define WC_FRAME_ALIVE 6   /* agent: struct wc_alive, when it has said nothing for a second */

/* How an argument is to be understood. */
#define WC_ARG_LITERAL 0   /* value */
#define WC_ARG_PID 1       /* the pid of the actor in `slot`, times `value` (1 or -1); where a call takes an
                              actor, his pid in the agent's own namespace, and `value` is 1 */
#define WC_ARG_BUFFER 2    /* value: a WC_BUFFER */
#define WC_BUFFER_GIVEN 0
#define WC_BUFFER_NULL 1
#define WC_BUFFER_BAD 2

/* Calls: the opcodes of conformance/case/calls; never reused. */
#define WC_FORK 1
#define WC_EXEC 2
#define WC_EXIT 3
#define WC_EXIT_GROUP 4
#define WC_WAIT4 5
#define WC_WAITID 6
#define WC_KILL 7
#define WC_TGKILL 8
#define WC_SIGACTION 9
#define WC_SIGPROCMASK 10
#define WC_PAUSE 11
#define WC_SETPGID 12
#define WC_SETSID 13
#define WC_PRCTL 14
#define WC_GETPPID 15
#define WC_GETPGID 16
#define WC_GETSID 17
#define WC_SIGPENDING 18
#define WC_TKILL 50
#define WC_SIGTIMEDWAIT 51
#define WC_SIGQUEUE 52
#define WC_SIGSUSPEND 53
#define WC_FAULT 54
#define WC_SIGPIPE 55
#define WC_SETITIMER_REAL 56
#define WC_SETRLIMIT 57
#define WC_SETRESUID 40
#define WC_GETRESUID 41
#define WC_SETRESGID 42
#define WC_CGROUP_JOIN 67
#define WC_CGROUP_KILL 68
#define WC_CGROUP_READ 69
#define WC_CLONE3 70
#define WC_UNSHARE_PID 71
#define WC_CLONE 72
#define WC_THREAD 73
#define WC_VFORK 74
#define WC_GETTID 75
#define WC_GETPID 76
#define WC_NS_LAST_PID 77
#define WC_PTRACE 100
#define WC_PTRACE_GETEVENTMSG 101
#define WC_PTRACE_GETSIGINFO 102
#define WC_PTRACE_SETSIGINFO 103
#define WC_PTRACE_PEEKSIGINFO 104
#define WC_PTRACE_GET_SYSCALL_INFO 105
#define WC_SECCOMP 106
#define WC_PIDFD_OPEN 80
#define WC_PIDFD_SEND_SIGNAL 81
#define WC_PIDFD_GETFD 82
#define WC_PIDFD_GET_INFO 83
#define WC_PIDFD_NAMESPACE 84
#define WC_FDINFO 85
#define WC_OPEN_PROC 86
#define WC_CLOSE 87
#define WC_FCNTL 88
#define WC_IO 89
#define WC_POLL 90
#define WC_EPOLL_CREATE 91
#define WC_EPOLL_CTL 92
#define WC_EPOLL_WAIT 93
#define WC_SAME_FILE 94
#define WC_SOCKETPAIR 95
#define WC_SEND_FD 96
#define WC_RECV_FD 97
#define WC_PEER_PIDFD 98
#define WC_WORK 60
#define WC_GETRUSAGE 61
#define WC_PROC 66
#define WC_OPENPTY 20
#define WC_TTY_CLOSE 21
#define WC_TIOCSCTTY 22
#define WC_TIOCNOTTY 23
#define WC_TCSETPGRP 24
#define WC_TCGETPGRP 25
#define WC_TCGETSID 26
#define WC_TTY_READ 27
#define WC_TTY_WRITE 28
#define WC_TTY_TYPE 29
#define WC_TCSETATTR 30
#define WC_LAST_CALL 127

/* sigtimedwait's time. */
#define WC_TIMEOUT_ZERO 0
#define WC_TIMEOUT_FOREVER 1

/* The descriptors that a case has names for. Where one is to be opened, instead of a number: close it again; and where
 * the kernel writes its number (CLONE_PIDFD): to nowhere, or to an address that faults. */
#define WC_FD_FIRST 8
#define WC_MAX_FDS 16
#define WC_FD_CLOSED 0
#define WC_FD_BAD 1

/* The siginfo of pidfd_send_signal. */
#define WC_INFO_NULL 0
#define WC_INFO_GIVEN 1
#define WC_INFO_BAD 2
#define WC_INFO_OTHER 3 /* its si_signo is not the signal */

#define WC_MAX_INFO 128 /* bytes of PIDFD_GET_INFO */

/* What `io` tries. */
#define WC_IO_READ 0
#define WC_IO_WRITE 1
#define WC_IO_PREAD 2
#define WC_IO_LSEEK 3

/* The cgroups of a case: its own, and one below that. */
#define WC_CGROUP_CASE 0
#define WC_CGROUP_BELOW 1

/* What `work` and the facts of an rusage count in: pages of a block (see calls_usage.c), and the most at once. */
#define WC_BLOCK_PAGES 1024
#define WC_MAX_BLOCKS 8

/* Event kinds. */
#define WC_EVENT_RETURNED 1
#define WC_EVENT_HANDLED 2
#define WC_EVENT_UNREADY 3   /* the actor was not idle: the step's call was not made */
#define WC_EVENT_LOST 4      /* the actor's log was full: more happened than is told */

/* Actor states. */
#define WC_STATE_UNBORN 0
#define WC_STATE_IDLE 1
#define WC_STATE_BLOCKED 2
#define WC_STATE_STOPPED 3
#define WC_STATE_ZOMBIE 4
#define WC_STATE_GONE 5
#define WC_STATE_RUNNING 6   /* only in the last look of a hung case */
#define WC_STATE_TRACED 7    /* in a ptrace-stop */

/* How a program ended. */
#define WC_OK 0
#define WC_INVALID 1       /* the program is malformed: `text` says how; nothing was run */
#define WC_HUNG 2          /* the case did not settle in time; the last step holds the last look */
#define WC_REFUSED 3       /* the agent refused a call that could reach outside the case */
#define WC_UNSUPPORTED 4   /* the containment lacks what the program requires */
#define WC_BROKEN 5        /* the agent itself failed; `text` says how */

/* What a program can require, and what an agent says it has: bits of one set. */
#define WC_HAVE_PIDNS 1      /* every case gets a PID namespace */
#define WC_HAVE_CORE 64      /* signals that dump core do, where the limit allows it */
#define WC_HAVE_UIDS 2       /* actors can take other user ids, and are privileged until they do */
#define WC_HAVE_SET_TID 16   /* clone3 gives a child the pid it is told */
#define WC_HAVE_PROC 8       /* /proc shows actors each other's stat file, with its 52 fields */
#define WC_HAVE_PTY 4        /* actors can open pseudo-terminals */
#define WC_HAVE_STEALTTY 128 /* and take the terminal of another session (CAP_SYS_ADMIN) */
#define WC_HAVE_CGROUP 32    /* every case can have a cgroup that can be killed */
#define WC_HAVE_PTRACE 256   /* actors can trace each other */
#define WC_HAVE_SECCOMP 512  /* actors can filter their system calls */
#define WC_HAVE_PIDFD 1024   /* pidfd_open, and waitid with P_PIDFD */
#define WC_HAVE_LAST_PID 2048 /* ns_last_pid takes the number before the next */

/* Ids that are no actor's, in wc_state and in decoded pids. */
#define WC_SLOT_NONE 255     /* no such thing (a gone actor has no parent) */
#define WC_SLOT_OUTSIDE 254  /* a process outside the case */

struct wc_frame {
    uint32_t magic;
    uint16_t type;
    uint16_t version;
    uint32_t length;   /* bytes that follow */
    uint32_t check;    /* CRC-32 (IEEE, as zlib's) of those bytes */
};

struct wc_hello {
    uint32_t version;
    uint32_t have;         /* WC_HAVE_ bits; without WC_HAVE_PIDNS a subreaper contains each case */
    uint32_t userns;       /* 1: the PID namespaces are made inside a user namespace */
    uint32_t uid;          /* as the actors see it */
    uint32_t cpu;          /* the core to which the cases are pinned */
    char sysname[65];
    char release[65];
    char machine[65];
    char build[65];        /* utsname.version: where a distribution says which stable release it is */
    char why[60];          /* why there is no PID namespace, if there is none */
};

/* A program: this header, then `steps` times struct wc_step. Slot 0 is init, slot 1 the root actor. Steps that are
 * joined are one block: its calls are given out all at once, and the block has one struct wc_step_result. */
struct wc_program {
    uint32_t id;
    uint16_t steps;
    uint8_t actors;        /* slots in use, init included */
    uint8_t reserved;      /* zero */
    uint32_t watchdog_ms;  /* for one step to settle; 0 trips at the first look that is not settled */
    uint32_t needs;        /* WC_HAVE_ bits */
};

struct wc_arg {
    int64_t value;
    uint8_t kind;
    uint8_t slot;
    uint8_t reserved[6];   /* zero */
};

struct wc_step {
    uint8_t actor;
    uint8_t call;
    uint8_t child;         /* the slot a fork fills; else WC_SLOT_NONE */
    uint8_t nargs;
    uint8_t joined;        /* 1: the next wc_step belongs to the same block, nobody settles in between */
    uint8_t reserved[3];   /* zero */
    struct wc_arg args[WC_MAX_ARGS];
};

/* A result: this header, then for each of `steps` blocks (a step that is not joined is one) a struct wc_step_result followed by its events and then
 * its states. `text` is empty unless the outcome needs words. */
struct wc_result {
    uint32_t id;
    uint16_t outcome;
    uint16_t steps;
    uint64_t duration_ns;
    char text[112];
};

struct wc_step_result {
    uint16_t events;
    uint16_t states;
    uint32_t reserved;
};

/* One event. Pids inside (`ret` of a call that returns one, `pid`) are as the actor saw them; `ret_slot`
 * and `pid_slot` say whose they are. `written` has a bit for each 4-byte word of the buffer that changed
 * (siginfo 32 words, status word bit 0, rusage: any bit means filled). */
struct wc_event {
    uint8_t actor;
    uint8_t kind;
    uint8_t call;
    uint8_t ret_slot;
    int32_t error;         /* errno, or 0 */
    int64_t ret;
    uint32_t written;
    uint32_t rusage_written;
    int32_t status;        /* wait4's status word; siginfo's si_status or si_value */
    int32_t signo;
    int32_t si_errno;
    int32_t code;
    int32_t pid;
    uint32_t uid;
    uint8_t pid_slot;
    uint8_t reserved[3];
    uint32_t handler;      /* sigaction: the old one (0, 1, 2) */
    uint64_t set;          /* sigprocmask's old set, sigpending's, sigaction's old flags, prctl's value */
    int64_t fact1, fact2, fact3; /* what else a call observes; its body says what. Of pidfd_get_info: slots */
};

struct wc_state {
    uint8_t actor;
    uint8_t state;
    uint8_t call;          /* what it is in the middle of, 0 if idle */
    uint8_t ppid;          /* slots */
    uint8_t pgid;
    uint8_t sid;
    uint8_t reserved[2];
};

struct wc_alive {
    uint32_t program;      /* the one that runs */
    uint32_t running;      /* 0: none does */
};

struct wc_floor {
    uint32_t processes;    /* fork, exit and reap so many, one after the other */
    uint32_t rounds;
    uint64_t duration_ns;
};

#endif
