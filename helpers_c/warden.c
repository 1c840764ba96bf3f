#include "warden.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "board.h"
#include "cgroup.h"
#include "proc.h"
#include "sys.h"

void warden_clear(void)
{
    int pids[WC_MAX_ACTORS * 2];
    for (;;) {
        /* All are children not yet reaped, so the pids are still theirs. */
        int count = proc_children(pids, WC_MAX_ACTORS * 2);
        for (int i = 0; i < count; i++)
            sys(SYS_kill, pids[i], SIGKILL);
        long r = sys(SYS_wait4, -1, 0, __WALL | (count ? 0 : WNOHANG), 0);
        if (r == -ECHILD)
            return;
        if (r == 0)
            sys(SYS_sched_yield);
    }
}

static void on_term(int signo)
{
    warden_clear();
    cgroup_abandon();
    sys(SYS_exit_group, 128 + signo);
}

static _Noreturn void watch(int director)
{
    int status;
    /* The frames are the director's: its reader must see the end of file when it ends. */
    sys(SYS_close, FD_IN);
    sys(SYS_close, FD_OUT);
    while (sys(SYS_wait4, director, &status, 0, 0) == -EINTR)
        ;
    warden_clear();
    cgroup_abandon();
    if (WIFSIGNALED(status))
        sys(SYS_exit_group, 128 + WTERMSIG(status));
    sys(SYS_exit_group, WEXITSTATUS(status));
    __builtin_unreachable();
}

void warden_stand(void)
{
    long warden = sys(SYS_getpid);
    sys(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    long pid = sys_clone(SIGCHLD);
    if (pid > 0)
        watch((int)pid);
    struct sigaction action = {.sa_handler = on_term};
    sigaction(SIGTERM, &action, NULL);
    sys(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    sys(SYS_prctl, PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (pid == 0 && sys(SYS_getppid) != warden)
        sys(SYS_exit_group, 1); /* it died before we asked to be told */
}
