/* What holds a case: a PID namespace if this kernel and user allow one, else a subreaper. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "family.h"
#include "sys.h"

#define CORE_ROOM "1048576" /* bytes, for cores of a page each */

struct containment containment;

/* Whom another wakes does not push him off the core at once: the call that wakes somebody returns before he
 * runs. Without it the order of two events of one step depends on the scheduler's mood. */
static void schedule_calmly(void)
{
    struct sched_param parameter = {0};
    sched_setscheduler(0, SCHED_BATCH, &parameter);
}

static void pin(int cpu)
{
    cpu_set_t set;
    unsigned here = 0;
    if (cpu < 0 && sys(SYS_getcpu, &here, 0, 0) == 0)
        cpu = (int)here;
    if (cpu >= CPU_SETSIZE)
        cpu = -1;
    CPU_ZERO(&set);
    if (cpu >= 0)
        CPU_SET(cpu, &set);
    containment.pinned = cpu >= 0 && sys(SYS_sched_setaffinity, 0, sizeof set, &set) == 0;
    containment.cpu = containment.pinned ? (uint32_t)cpu : UINT32_MAX;
}

/* Make a child by clone(flags) that ends at once: 0, or the errno of the clone. */
static int try_clone(unsigned long flags)
{
    long pid = sys_clone(flags | SIGCHLD);
    if (pid == 0)
        sys(SYS_exit_group, 0);
    if (pid < 0)
        return (int)-pid;
    sys(SYS_wait4, pid, 0, __WALL, 0);
    return 0;
}

/* Who has unshared can only go back by the name of the namespace that he came from. */
static long clone_by_unshare(void)
{
    long r = sys(SYS_unshare, CLONE_NEWPID);
    if (r < 0)
        return r;
    long pid = sys_clone(SIGCHLD);
    if (pid != 0)
        sys(SYS_setns, FD_PIDNS, CLONE_NEWPID);
    return pid;
}

long contain_clone(void)
{
    if (containment.by_unshare)
        return clone_by_unshare();
    return sys_clone((containment.pidns ? CLONE_NEWPID : 0) | SIGCHLD);
}

static bool is_alone(void)
{
    long pid = clone_by_unshare();
    if (pid == 0)
        sys(SYS_exit_group, sys(SYS_getpid) != 1);
    int status = -1;
    if (pid > 0)
        sys(SYS_wait4, pid, &status, __WALL, 0);
    return status == 0;
}

/* Whether a PID namespace is to be had by unshare(2), and left again. Twice, to see both. */
static bool try_unshare(void)
{
    long fd = sys(SYS_openat, AT_FDCWD, "/proc/self/ns/pid", O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return false;
    sys(SYS_dup3, fd, FD_PIDNS, O_CLOEXEC);
    sys(SYS_close, fd);
    if (is_alone() && is_alone())
        return true;
    sys(SYS_close, FD_PIDNS);
    return false;
}

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = write(fd, text, strlen(text)) < 0 ? errno : 0;
    close(fd);
    return error;
}

/* Enter a user namespace in which everybody keeps his number: 0, or an errno. */
static int enter_userns(void)
{
    char uid_map[40], gid_map[40];
    snprintf(uid_map, sizeof uid_map, "%u %u 1\n", getuid(), getuid());
    snprintf(gid_map, sizeof gid_map, "%u %u 1\n", getgid(), getgid());
    if (unshare(CLONE_NEWUSER) < 0)
        return errno;
    write_file("/proc/self/setgroups", "deny"); /* else gid_map is refused; absent before 3.19 */
    int error = write_file("/proc/self/uid_map", uid_map);
    if (!error)
        error = write_file("/proc/self/gid_map", gid_map);
    unshare(CLONE_NEWNS); /* where it may be, cores go to a file system of our own */
    return error;
}

/* The whole of it in a child first: there is no way back out of a user namespace. */
static int try_userns(void)
{
    int status;
    long pid = sys_clone(SIGCHLD);
    if (pid == 0) {
        int error = enter_userns();
        _exit(error ? error : try_clone(CLONE_NEWPID));
    }
    if (pid < 0)
        return (int)-pid;
    sys(SYS_wait4, pid, &status, 0, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : EFAULT;
}

static void choose(bool pidns_allowed)
{
    if (!pidns_allowed) {
        snprintf(containment.why, sizeof containment.why, "--no-pidns was given");
        return;
    }
    int plain = try_clone(CLONE_NEWPID);
    containment.by_unshare = plain == EINVAL && try_unshare();
    if (containment.by_unshare)
        plain = 0;
    int inside = plain ? try_userns() : 0;
    if (plain && !inside)
        inside = enter_userns();
    containment.pidns = !plain || !inside;
    containment.userns = plain && !inside;
    if (!containment.pidns)
        snprintf(containment.why, sizeof containment.why, "clone: errno %d; user namespace: %s", plain,
                 strerror(inside));
}

void contain_begin(int cpu, bool pidns_allowed)
{
    pin(cpu);
    schedule_calmly();
    choose(pidns_allowed);
    cores_begin();
    /* After the user namespace: a change of credentials forgets it. A parent that died before shows as the end
     * of the input. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}
