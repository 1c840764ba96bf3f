#define _GNU_SOURCE
#include "facilities.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ptrace.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "calls.h"
#include "cgroup.h"
#include "clone.h"
#include "family.h"
#include "sys.h"
#include "wire.h"

static bool has_pidns(void)
{
    return containment.pidns;
}

static bool has_core(void)
{
    return containment.core;
}

/* An id that is nobody's as a rule, and within the ids of every container. */
#define SOME_ID 30001

/* Others can run our own program too: an actor that calls exec does. A guest without /proc is made for us. */
static bool open_to_all(void)
{
    struct stat self;
    return stat("/proc/self/exe", &self) < 0 || self.st_mode & S_IXOTH;
}

/* Try what such cases do: take three ids of others, then a group's; and signal somebody who is so far away,
 * which only CAP_KILL allows. A zombie keeps its ids, so nothing races here. */
static bool has_uids(void)
{
    int status = -1;
    long pid = sys_clone(SIGCHLD);
    if (pid == 0) {
        long r = sys(SYS_setresgid, SOME_ID, SOME_ID + 1, SOME_ID + 2);
        if (r == 0)
            r = sys(SYS_setresuid, SOME_ID, SOME_ID + 1, SOME_ID + 2);
        sys(SYS_exit_group, r != 0);
    }
    if (pid < 0)
        return false;
    sys(SYS_waitid, P_PID, pid, 0, WEXITED | WNOWAIT, 0);
    bool reaches = sys(SYS_kill, pid, 0) == 0;
    sys(SYS_wait4, pid, &status, 0, 0);
    return sys(SYS_geteuid) == 0 && reaches && status == 0 && open_to_all();
}

#define WORKS 7 /* no status of a child that was killed or could not be made */

static long plain_clone(void)
{
    return sys_clone(SIGCHLD);
}

/* Whether something works for a child of ours, made by `clone`. */
static bool in_a_child(long (*clone)(void), bool (*body)(long given), long given)
{
    int status = 0;
    long pid = clone();
    if (pid == 0)
        sys(SYS_exit_group, body(given) ? WORKS : 0);
    if (pid > 0)
        sys(SYS_wait4, pid, &status, 0, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == WORKS;
}

/* The newborn gets here too, and sees 0. */
static bool takes_pid(long pid)
{
    return clone3_raw(0, SIGCHLD, (int32_t)pid) == pid;
}

/* Inside a namespace of its own, as a case would: with a pid that nobody can have there. */
static bool has_set_tid(void)
{
    return containment.pidns && in_a_child(contain_clone, takes_pid, 77);
}

static bool leads_up_to(long pid)
{
    struct wc_step step = {.args = {{.value = pid}}};
    struct wc_event event = {0};
    if (call_ns_last_pid(&step, &event) < 0)
        return false;
    long next = sys_clone(SIGCHLD);
    if (next == 0)
        sys(SYS_exit_group, 0);
    return next == pid;
}

static bool has_last_pid(void)
{
    return containment.pidns && in_a_child(contain_clone, leads_up_to, 77);
}

static bool reads_proc(long pid)
{
    struct wc_step step = {.args = {{.value = pid}}};
    struct wc_event event = {0};
    return call_proc(&step, &event) >= 0;
}

/* Whether whoever is in a case can read in /proc how another is. What stands there is for cases to judge. */
static bool has_proc(void)
{
    return in_a_child(contain_clone, reads_proc, sys(SYS_getpid));
}

static bool has_pty(void)
{
    int pair[2];
    if (pty_open(O_RDWR | O_NOCTTY, pair) < 0)
        return false;
    sys(SYS_close, pair[0]);
    sys(SYS_close, pair[1]);
    return true;
}

static bool has_stealtty(void)
{
    return pty_can_be_stolen();
}

static bool asks_to_be_traced(long unused)
{
    (void)unused;
    return sys(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) == 0;
}

/* In both ways in which cases begin to trace. */
static bool traces(long unused)
{
    bool asked = in_a_child(plain_clone, asks_to_be_traced, unused);
    long pid = sys_clone(SIGCHLD);
    while (pid == 0)
        sys_pause();
    bool seized = pid > 0 && sys(SYS_ptrace, PTRACE_SEIZE, pid, 0, 0) == 0;
    if (pid > 0)
        sys(SYS_kill, pid, SIGKILL);
    return asked && seized;
}

static bool has_ptrace(void)
{
    return in_a_child(plain_clone, traces, 0);
}

static bool filters(long verdict)
{
    struct wc_step step = {.args = {{.value = verdict}, {.value = EPERM}}};
    struct wc_event event = {0};
    return call_seccomp(&step, &event) == 0 && sys(SYS_getppid) == -EPERM;
}

static bool has_seccomp(void)
{
    return in_a_child(plain_clone, filters, SECCOMP_RET_ERRNO);
}

#define OF_PIDFD 3 /* P_PIDFD, an enumerator that an older libc lacks */

/* The two calls without which nothing can be done with pidfds. */
static bool has_pidfd(void)
{
    long pid = sys_clone(SIGCHLD);
    if (pid == 0)
        sys(SYS_exit_group, 0);
    if (pid < 0)
        return false;
    long fd = pidfd_open_raw(pid, 0);
    bool waits = fd >= 0 && sys(SYS_waitid, OF_PIDFD, fd, 0, WEXITED, 0) == 0;
    if (fd >= 0)
        sys(SYS_close, fd);
    if (!waits)
        sys(SYS_wait4, pid, 0, 0, 0);
    return waits;
}

static const struct facility {
    uint32_t bit;
    bool (*probe)(void);
    const char *what;
} facilities[] = {
    {WC_HAVE_PIDNS, has_pidns, "PID namespace"},
    {WC_HAVE_CORE, has_core, "core dumps"},
    {WC_HAVE_UIDS, has_uids, "user ids but one's own"},
    {WC_HAVE_SET_TID, has_set_tid, "clone3 with set_tid"},
    {WC_HAVE_LAST_PID, has_last_pid, "ns_last_pid"},
    {WC_HAVE_PROC, has_proc, "/proc with a whole stat file"},
    {WC_HAVE_PTY, has_pty, "pseudo-terminals"},
    {WC_HAVE_STEALTTY, has_stealtty, "right to steal terminals"},
    {WC_HAVE_PTRACE, has_ptrace, "right to trace"},
    {WC_HAVE_SECCOMP, has_seccomp, "filters of system calls"},
    {WC_HAVE_PIDFD, has_pidfd, "pidfds"},
    {WC_HAVE_CGROUP, cgroup_probe, "cgroup of the case's own with cgroup.kill"},
};

#define COUNT (sizeof facilities / sizeof *facilities)

static uint32_t here;

void facilities_probe(void)
{
    for (size_t i = 0; i < COUNT; i++)
        if (facilities[i].probe())
            here |= facilities[i].bit;
}

uint32_t facilities_here(void)
{
    return here;
}

uint32_t facilities_known(void)
{
    uint32_t known = 0;
    for (size_t i = 0; i < COUNT; i++)
        known |= facilities[i].bit;
    return known;
}

void facilities_explain(uint32_t needs, char *text, size_t room)
{
    size_t used = (size_t)snprintf(text, room, "no");
    for (size_t i = 0; i < COUNT && used < room; i++)
        if (needs & ~here & facilities[i].bit)
            used += (size_t)snprintf(text + used, room - used, "%s %s", used > 2 ? "," : "", facilities[i].what);
    if (used < room && needs & ~here & WC_HAVE_PIDNS)
        snprintf(text + used, room - used, ": %s", containment.why);
}
