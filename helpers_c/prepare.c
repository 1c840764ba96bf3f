/* From whatever the agent was started with to the state in which cases can begin. */
#define _GNU_SOURCE
#include "prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>
#endif

#include "board.h"
#include "facilities.h"
#include "family.h"
#include "frame.h"
#include "patience.h"
#include "proc.h"
#include "sys.h"
#include "warden.h"

#define RSEQ_AREA 32 /* what libc registers: the size of the structure in its first version */

_Noreturn static void fail(const char *what, int error)
{
    fprintf(stderr, "agent: %s: %s\n", what, strerror(error));
    exit(1);
}

/* Whatever we were started with, actors start with nothing blocked and nothing ignored. */
static void reset_signals(void)
{
    struct raw_sigaction action = {0};
    uint64_t none = 0;
    for (int signo = 1; signo <= 64; signo++)
        sys(SYS_rt_sigaction, signo, &action, 0, 8);
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
    action.handler = (void *)SIG_IGN;
    sys(SYS_rt_sigaction, SIGPIPE, &action, 0, 8); /* a reader that went away is an error of write */
}

static void close_all(unsigned first, unsigned last)
{
    if (sys(SYS_close_range, first, last, 0) < 0)
        for (unsigned fd = first; fd <= last && fd < 4096; fd++)
            sys(SYS_close, fd);
}

/* The frames move out of the actors' reach; 0 and 1 become nothing. */
static void arrange_files(void)
{
    if (sys(SYS_dup3, 0, FD_IN, O_CLOEXEC) < 0 || sys(SYS_dup3, 1, FD_OUT, O_CLOEXEC) < 0)
        fail("standard input or output", EBADF);
    close_all(3, FD_IN - 1);
    close_all(FD_OUT + 1, ~0u);
    long null = sys(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
    if (null < 0)
        null = sys(SYS_memfd_create, "null", 0); /* a guest without /dev */
    if (null < 0)
        fail("/dev/null", (int)-null);
    sys(SYS_dup3, null, 0, 0);
    sys(SYS_dup3, null, 1, 0);
    if (null != 2)
        sys(SYS_close, null);
}

/* The first process of a guest finds nothing mounted. */
static int open_proc(void)
{
    int error = proc_begin();
    if (error && getpid() == 1) {
        mkdir("/proc", 0555);
        mount("proc", "/proc", "proc", 0, NULL);
        error = proc_begin();
    }
    return error;
}

/* The kernel writes to libc's restartable-sequences area whenever a process gets the core: in each newborn that
 * is a page to copy, for nothing. */
static void drop_rseq(void)
{
#if defined(RSEQ_SIG)
    if (__rseq_size)
        sys(SYS_rseq, (char *)__builtin_thread_pointer() + __rseq_offset, RSEQ_AREA, RSEQ_FLAG_UNREGISTER, RSEQ_SIG);
#endif
}

void prepare(int cpu, bool pidns_allowed, bool patient)
{
    int error;
    reset_signals();
    drop_rseq();
    arrange_files();
    contain_begin(cpu, pidns_allowed);
    if ((error = open_proc()) < 0)
        fail("/proc", -error);
    patience_begin(patient);
    facilities_probe();
    if (!containment.pidns && (error = (int)warden_stand()) < 0)
        fail("nothing contains cases here: no PID namespace, and no subreaper", -error);
    if ((error = board_make()) < 0 || (error = birth_begin()) < 0 || (error = frame_begin()) < 0)
        fail("start", -error);
    long exe = sys(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY, 0);
    if (exe < 0)
        fail("/proc/self/exe", (int)-exe);
    sys(SYS_dup3, exe, FD_EXE, 0);
    sys(SYS_close, exe);
}
