/* See keep.h. */
#define _GNU_SOURCE
#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"

#define ROOM 4096

/* Kill whoever is a child now; those who lose their parent by it are ours next (PR_SET_CHILD_SUBREAPER). */
static void kill_children(void)
{
    char text[ROOM];
    int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    close(fd);
    text[size > 0 ? size : 0] = '\0';
    for (char *at = text, *rest; *at; at = rest) {
        long pid = strtol(at, &rest, 10);
        if (rest == at)
            return;
        kill((pid_t)pid, SIGKILL);
    }
}

static void kill_all(pid_t kept)
{
    kill(kept, SIGKILL); /* a zombie, if it has ended */
    do
        kill_children();
    while (waitpid(-1, NULL, 0) > 0);
}

/* As the program did, so that whoever waits for us can tell how. */
_Noreturn static void end(const siginfo_t *info)
{
    if (info->si_code == CLD_EXITED)
        _exit(info->si_status);
    if (info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED) {
        struct rlimit none = {0};
        sigset_t all;
        sigfillset(&all);
        setrlimit(RLIMIT_CORE, &none); /* one core of it is enough */
        sigprocmask(SIG_UNBLOCK, &all, NULL);
        raise(info->si_status);
    }
    _exit(1);
}

/* Until the program has ended, or our parent. */
static void watch(pid_t kept, pid_t parent, const sigset_t *awaited, siginfo_t *info)
{
    for (int signo = SIGCHLD; signo == SIGCHLD && getppid() == parent; sigwait(awaited, &signo)) {
        waitid(P_PID, (id_t)kept, info, WEXITED | WNOHANG | WNOWAIT);
        if (info->si_pid == kept)
            return;
    }
}

_Noreturn static void run(char *const argv[])
{
    execvp(argv[0], argv);
    fprintf(stderr, "agent: %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* The init of the namespace: when it ends the kernel kills all who are in it, at one stroke. */
_Noreturn static void run_as_init(char *const argv[])
{
    int status = 0;
    pid_t kept = fork();
    if (kept == 0)
        run(argv);
    while (kept > 0 && waitpid(-1, &status, 0) != kept)
        ;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

static bool put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) >= 0;
    close(fd);
    return done;
}

/* In the new user namespace we are root, which outside is who we were. */
static bool map_ids(uid_t uid, gid_t gid)
{
    char line[32];
    put("/proc/self/setgroups", "deny");
    snprintf(line, sizeof line, "0 %u 1", gid);
    bool done = put("/proc/self/gid_map", line);
    snprintf(line, sizeof line, "0 %u 1", uid);
    return put("/proc/self/uid_map", line) && done;
}

static int remove_one(const char *path, const struct stat *seen, int kind, struct FTW *place)
{
    (void)seen, (void)place;
    return unlinkat(AT_FDCWD, path, kind == FTW_DP ? AT_REMOVEDIR : 0), 0;
}

/* With all that is in it, on the same file system, through no symbolic link. */
static void remove_directory(const char *path)
{
    if (path[0] == '/')
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_MOUNT | FTW_PHYS);
}

_Noreturn static void keep_in(const char *directory, bool contained, char *const argv[])
{
    sigset_t awaited, before;
    siginfo_t info = {0};
    pid_t parent = getppid();
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);
    sigaddset(&awaited, SIGTERM);
    sigprocmask(SIG_BLOCK, &awaited, &before);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    uid_t uid = geteuid();
    gid_t gid = getegid();
    pid_t kept = (pid_t)sys_clone((contained ? CLONE_NEWUSER | CLONE_NEWPID : 0) | SIGCHLD);
    if (kept == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        bool there = !directory || chdir(directory) == 0;
        if (there && !contained)
            run(argv);
        if (there && map_ids(uid, gid))
            run_as_init(argv);
        fprintf(stderr, "agent: %s: %s\n", directory, strerror(errno));
        _exit(126);
    }
    if (kept < 0) { /* nobody to look after; and to kill(2) a negative number is a group, or everybody */
        fprintf(stderr, "agent: a process for %s: %s%s\n", argv[0], strerror((int)-kept),
                contained ? " (user and PID namespaces are needed; a chroot and some sandboxes have none)" : "");
        _exit(126);
    }
    close(STDIN_FILENO); /* the other sides must see the ends of these when the program is gone */
    close(STDOUT_FILENO);
    watch(kept, parent, &awaited, &info);
    if (!info.si_pid) /* it may have ended just when we were told to */
        waitid(P_PID, (id_t)kept, &info, WEXITED | WNOHANG | WNOWAIT);
    kill_all(kept);
    if (directory && getppid() != parent)
        remove_directory(directory);
    end(&info);
}

void keep(char *const argv[])
{
    keep_in(NULL, false, argv);
}

void keep_at(const char *directory, char *const argv[])
{
    keep_in(directory, false, argv);
}

void keep_contained(const char *directory, char *const argv[])
{
    keep_in(directory, true, argv);
}
