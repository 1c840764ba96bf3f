/* Core dumps that leave nothing behind. Cases see the core flag of a status word, and the kernel sets it only when
 * it has written a core. So actors live in a file system of their own, in memory, attached to no path: cores go
 * there, a newer one over an older, and all of it is gone with the last process that has its directory there. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "family.h"
#include "sys.h"

static long read_line(const char *path, char *text, size_t room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long n = fd < 0 ? -1 : read(fd, text, room - 1);
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = 0;
    return n;
}

/* A plain name lands in the directory of who dies. A program, a socket or a path would take the core to a place
 * that is not ours. */
static bool lands_in_our_directory(void)
{
    char pattern[130];
    return read_line("/proc/sys/kernel/core_pattern", pattern, sizeof pattern) > 1 && pattern[0] != '|' &&
           pattern[0] != '@' && !strchr(pattern, '/');
}

/* Where this is 1, one who changed his user id dumps all the same: other than a case is told. */
static bool spares_the_privileged(void)
{
    char text[8];
    read_line("/proc/sys/fs/suid_dumpable", text, sizeof text);
    return text[0] != '1';
}

static bool enter_memory(void)
{
    long fs = sys(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
    if (fs < 0)
        return false;
    sys(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "size", "1m", 0);
    long r = sys(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0);
    long top = r < 0 ? r : sys(SYS_fsmount, fs, FSMOUNT_CLOEXEC, 0);
    sys(SYS_close, fs);
    if (top < 0)
        return false;
    r = sys(SYS_fchdir, top);
    sys(SYS_close, top);
    return r == 0;
}

static bool dumps(void)
{
    int status = 0;
    long pid = sys_clone(SIGCHLD);
    if (pid == 0) {
        sys(SYS_kill, sys(SYS_getpid), SIGQUIT);
        sys(SYS_exit_group, 0);
    }
    if (pid > 0)
        sys(SYS_wait4, pid, &status, 0, 0);
    return WIFSIGNALED(status) && WCOREDUMP(status);
}

static void limit(rlim_t most)
{
    struct rlimit both = {most, most};
    setrlimit(RLIMIT_CORE, &both);
}

/* What getdents64 gives. */
struct entry {
    uint64_t inode, offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

/* The kernel writes no core over one that is another user's: a case must not find those of the one before. */
void cores_clear(void)
{
    static struct timespec last;
    _Alignas(8) char names[2048];
    struct stat directory;
    long n, dir;
    if (!containment.core || stat(".", &directory) < 0 ||
        (directory.st_mtim.tv_sec == last.tv_sec && directory.st_mtim.tv_nsec == last.tv_nsec))
        return;
    dir = sys(SYS_openat, AT_FDCWD, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    while ((n = sys(SYS_getdents64, dir, names, sizeof names)) > 0)
        for (long at = 0; at < n; at += ((struct entry *)(names + at))->size)
            sys(SYS_unlinkat, AT_FDCWD, ((struct entry *)(names + at))->name, 0); /* refused for . and .. */
    sys(SYS_close, dir);
    if (stat(".", &directory) == 0)
        last = directory.st_mtim;
}

void cores_begin(void)
{
    containment.core = lands_in_our_directory() && spares_the_privileged() && enter_memory();
    if (containment.core) {
        limit((rlim_t)sysconf(_SC_PAGESIZE)); /* the least for which the kernel writes a core */
        containment.core = dumps();
    }
    /* A limit of 1 also keeps the kernel from running a pipe's program, which 0 does not (core(5)); an ordinary user
     * whose limit is 0 cannot raise it. */
    if (!containment.core)
        limit(1);
}
