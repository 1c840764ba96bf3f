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
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
    return error ? error : write_file("/proc/self/gid_map", gid_map);
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
    int inside = plain ? try_userns() : 0;
    if (plain && !inside)
        inside = enter_userns();
    containment.pidns = !plain || !inside;
    containment.userns = plain && !inside;
    if (!containment.pidns)
        snprintf(containment.why, sizeof containment.why, "clone: errno %d; user namespace: %s", plain,
                 strerror(inside));
}

/* Whether cores are plain files of one name in the current directory. Otherwise they would end in a directory or
 * a program that is not ours. */
static bool cores_come_here(void)
{
    char pattern[128] = "|";
    int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, pattern, sizeof pattern - 1);
    if (fd >= 0)
        close(fd);
    pattern[n > 0 ? n : 1] = 0;
    return n > 1 && !strpbrk(pattern, "|/@%");
}

/* Make a file system that is mounted nowhere the current directory: it ends with the last who is in it. */
static bool enter_nowhere(void)
{
#if defined(SYS_fsopen) && defined(SYS_fsmount) && defined(SYS_fsconfig)
    enum { SET_STRING = 1, CREATE = 6 };
    if (containment.userns && unshare(CLONE_NEWNS) < 0)
        return false;
    int made = -1, fs = (int)sys(SYS_fsopen, "tmpfs", 0);
    if (fs >= 0 && sys(SYS_fsconfig, fs, SET_STRING, "size", CORE_ROOM, 0) == 0 &&
        sys(SYS_fsconfig, fs, CREATE, 0, 0, 0) == 0)
        made = (int)sys(SYS_fsmount, fs, 0, 0);
    bool there = made >= 0 && fchdir(made) == 0;
    if (made >= 0)
        close(made);
    if (fs >= 0)
        close(fs);
    return there;
#else
    return false;
#endif
}

/* A core is written only where nobody else sees it, and its first page alone: that is the least for which the
 * kernel sets the core flag. Anywhere else there is none. A limit of 1 also keeps the kernel from running a
 * pipe's program, which 0 does not (core(5)); an ordinary user whose limit is 0 cannot raise it. Whether it works is
 * tried rather than guessed: cases see the core flag of the status word. */
static void limit_core(void)
{
    rlim_t size = (rlim_t)sysconf(_SC_PAGESIZE);
    struct rlimit page = {size, size}, one = {1, 1}, none = {0, 0};
    int status = 0;
    if (!cores_come_here() || !enter_nowhere() || setrlimit(RLIMIT_CORE, &page) < 0)
        if (setrlimit(RLIMIT_CORE, &one) < 0)
            setrlimit(RLIMIT_CORE, &none);
    long pid = sys_clone(SIGCHLD);
    if (pid == 0) {
        sys(SYS_kill, sys(SYS_getpid), SIGQUIT);
        sys(SYS_exit_group, 0);
    }
    if (pid > 0)
        sys(SYS_wait4, pid, &status, 0, 0);
    containment.core = WIFSIGNALED(status) && WCOREDUMP(status);
}

void contain_begin(int cpu, bool pidns_allowed)
{
    pin(cpu);
    schedule_calmly();
    choose(pidns_allowed);
    limit_core();
    /* After the user namespace: a change of credentials forgets it. A parent that died before shows as the end
     * of the input. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}
