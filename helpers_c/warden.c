#include "warden.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "board.h"
#include "cgroup.h"
#include "proc.h"
#include "sys.h"

void warden_kill(const int *pids, unsigned count)
{
    int fds[WC_MAX_ACTORS];
    /* All of them while all are at rest, then the signals: who has died of another's end is nobody else by then. */
    for (unsigned i = 0; i < count; i++)
        fds[i] = (int)sys(SYS_pidfd_open, pids[i], 0);
    for (unsigned i = 0; i < count; i++)
        if (fds[i] >= 0) {
            sys(SYS_pidfd_send_signal, fds[i], SIGKILL, 0, 0);
            sys(SYS_close, fds[i]);
        }
}

/* Whether one of these, all of them killed, is sure to wake a wait of ours: the end of a tracee is its tracer's to see
 * first, and that may be a grandchild of whom we shall not hear when he becomes our child. */
static bool one_will_end(const int *pids, int count)
{
    for (int i = 0; i < count; i++)
        if (proc_state(pids[i]) != 'Z' && !proc_tracer(pids[i]))
            return true;
    return false;
}

void warden_clear(void)
{
    int pids[WC_MAX_ACTORS * 2];
    struct timespec moment = {0, 1000000};
    for (;;) {
        /* All are children not yet reaped, so the pids are still theirs. */
        int count = proc_children(pids, WC_MAX_ACTORS * 2);
        for (int i = 0; i < count; i++)
            sys(SYS_kill, pids[i], SIGKILL);
        long r = sys(SYS_wait4, -1, 0, __WALL | (one_will_end(pids, count) ? 0 : WNOHANG), 0);
        if (r == -ECHILD)
            return;
        if (r == 0)
            sys(SYS_ppoll, 0, 0, &moment, 0, 8);
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

long warden_stand(void)
{
    long warden = sys(SYS_getpid);
    long r = sys(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (r < 0)
        return r;
    long pid = sys_clone(SIGCHLD);
    if (pid > 0)
        watch((int)pid);
    struct sigaction action = {.sa_handler = on_term};
    sigaction(SIGTERM, &action, NULL);
    sys(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    sys(SYS_prctl, PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (pid == 0 && sys(SYS_getppid) != warden)
        sys(SYS_exit_group, 1); /* it died before we asked to be told */
    return pid < 0 ? pid : 0;
}
