/* Where a case can have a cgroup of its own.
 *
 * A cgroup outlives its members, and its directory whoever made it; so four hands remove it. The director does at
 * the end of the case. If it is killed before, a keeper does, who sees the end of a pipe that only the director
 * holds (without a PID namespace: the warden, or the director itself whom the warden's end stops). If all of
 * them are killed, the next agent does: the directory is locked as long as anybody lives who uses it. */
#define _GNU_SOURCE
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "board.h"
#include "calls.h"
#include "family.h"
#include "sys.h"

#define PREFIX "waitconf-"
#define PATIENCE_NS 5000000000ull /* for the dead to leave: a matter of microseconds */
#define PATH_ROOM 4096

static char name[40];    /* of this agent's directory, the same for all its cases */
static bool made;        /* it is there now */
static long keeper = -1; /* who will remove it if we are killed, */
static int leash = -1;   /* and what tells him */

/* The place in the hierarchy that a line of /proc/self/cgroup, "0::/place", gives; false if there is no hierarchy. */
static bool own_place(char *place)
{
    char line[PATH_ROOM];
    bool found = false;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && !found && fgets(line, sizeof line, file))
        found = sscanf(line, "0::%4095s", place) == 1;
    if (file)
        fclose(file);
    return found;
}

/* Where a mount of the hierarchy shows a place: PATH_ROOM bytes at `path`; false if it does not. */
static bool shown_at(const char *line, const char *place, char *path)
{
    char root[PATH_ROOM], point[PATH_ROOM];
    if (!strstr(line, " - cgroup2 ") || sscanf(line, "%*d %*d %*s %4095s %4095s", root, point) != 2)
        return false;
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (strncmp(place, root, length) != 0 || (place[length] && place[length] != '/'))
        return false;
    return snprintf(path, PATH_ROOM, "%s%s", point, place + length) < PATH_ROOM;
}

/* Open our own cgroup's directory as FD_CGROUPS. */
static bool open_own(void)
{
    char place[PATH_ROOM], line[2 * PATH_ROOM], path[PATH_ROOM];
    long fd = -1;
    if (!own_place(place))
        return false;
    FILE *file = fopen("/proc/self/mountinfo", "re");
    while (file && fd < 0 && fgets(line, sizeof line, file))
        if (shown_at(line, place, path) && access(path, W_OK) == 0)
            fd = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (file)
        fclose(file);
    if (fd < 0)
        return false;
    bool opened = sys(SYS_dup3, fd, FD_CGROUPS, O_CLOEXEC) >= 0;
    sys(SYS_close, fd);
    return opened;
}

static long open_directory(const char *which)
{
    return sys(SYS_openat, FD_CGROUPS, which, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}

/* Kill who is left in a cgroup, and remove it when the last has gone. */
static void empty_and_remove(const char *which)
{
    uint64_t began = now_ns();
    long top = open_directory(which);
    if (top < 0)
        return;
    do {
        long kill = sys(SYS_openat, top, "cgroup.kill", O_WRONLY | O_CLOEXEC, 0);
        if (kill >= 0) {
            sys(SYS_write, kill, "1", 1);
            sys(SYS_close, kill);
        }
        sys(SYS_unlinkat, top, CGROUP_INNER, AT_REMOVEDIR);
    } while (sys(SYS_unlinkat, FD_CGROUPS, which, AT_REMOVEDIR) == -EBUSY && now_ns() - began < PATIENCE_NS &&
             sys(SYS_sched_yield) == 0);
    sys(SYS_close, top);
}

/* Remove a directory unless somebody lives who holds it. */
static void remove_if_stale(const char *which)
{
    long top = open_directory(which);
    if (top < 0)
        return;
    if (sys(SYS_flock, top, LOCK_EX | LOCK_NB) == 0)
        empty_and_remove(which);
    sys(SYS_close, top);
}

/* What getdents64 gives. */
struct entry {
    uint64_t inode, offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

/* Remove what agents left that were killed together with all their helpers. */
static void remove_stale(void)
{
    _Alignas(8) char names[4096];
    long n, dir = open_directory(".");
    while ((n = sys(SYS_getdents64, dir, names, sizeof names)) > 0)
        for (long at = 0; at < n; at += ((struct entry *)(names + at))->size)
            if (strncmp(((struct entry *)(names + at))->name, PREFIX, strlen(PREFIX)) == 0)
                remove_if_stale(((struct entry *)(names + at))->name);
    sys(SYS_close, dir);
}

/* A process that does nothing until the director has let go of the leash, or died. */
static void hire_keeper(void)
{
    int line[2];
    char byte;
    if (sys(SYS_pipe2, line, O_CLOEXEC) < 0)
        return;
    leash = line[1];
    keeper = sys_clone(SIGCHLD);
    if (keeper == 0) {
        sys(SYS_close, leash);
        sys(SYS_close, FD_IN); /* our reader must see the end of file when the director ends */
        sys(SYS_close, FD_OUT);
        sys(SYS_close, FD_CRADLE); /* and so must a newborn */
        while (sys(SYS_read, line[0], &byte, 1) == -EINTR)
            ;
        empty_and_remove(name);
        sys(SYS_exit_group, 0);
    }
    sys(SYS_close, line[0]);
}

static void dismiss_keeper(void)
{
    if (leash >= 0)
        sys(SYS_close, leash);
    leash = -1;
    while (keeper > 0 && sys(SYS_wait4, keeper, 0, 0, 0) == -EINTR)
        ;
    keeper = -1;
}

/* Make the outer directory, ours alone: another agent may have thought it stale before we locked it. */
static long make_locked(void)
{
    for (unsigned tries = 0; tries < 100; tries++) {
        long r = sys(SYS_mkdirat, FD_CGROUPS, name, 0755);
        if (r < 0 && r != -EEXIST)
            return r;
        long top = open_directory(name);
        if (top < 0)
            continue;
        sys(SYS_flock, top, LOCK_EX);
        if (sys(SYS_mkdirat, top, CGROUP_INNER, 0755) == 0)
            return top;
        sys(SYS_close, top);
    }
    return -EAGAIN;
}

bool cgroup_begin(void)
{
    if (containment.pidns)
        hire_keeper();
    long top = make_locked();
    made = top >= 0 && sys(SYS_dup3, top, FD_CGROUP, 0) >= 0;
    if (top >= 0)
        sys(SYS_close, top);
    if (!made)
        dismiss_keeper();
    return made;
}

void cgroup_end(void)
{
    if (!made)
        return;
    made = false;
    empty_and_remove(name);
    sys(SYS_close, FD_CGROUP);
    dismiss_keeper();
}

void cgroup_abandon(void)
{
    if (name[0])
        empty_and_remove(name);
}

/* From where an actor will be, join and be killed; both directories. */
static bool kills(int64_t place)
{
    int status = 0;
    struct wc_event event = {0};
    struct wc_step join = {.args = {{.value = 0}, {.value = place}}};
    struct wc_step kill = {.args = {{.value = 1}, {.value = place}}};
    long pid = contain_clone();
    if (pid == 0) {
        if (call_cgroup_join(&join, &event) < 0)
            sys(SYS_exit_group, 1);
        for (;;)
            sys_pause();
    }
    if (pid < 0)
        return false;
    /* He is a member some time: or has ended, since he cannot be. */
    uint64_t began = now_ns();
    long done = 0;
    bool works = true;
    do {
        works = works && call_cgroup_kill(&kill, &event) == 0 && now_ns() - began < PATIENCE_NS;
        if (!works)
            sys(SYS_kill, pid, SIGKILL);
        done = sys(SYS_wait4, pid, &status, works ? WNOHANG : 0, 0);
    } while (done == 0 && sys(SYS_sched_yield) == 0);
    return works && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

bool cgroup_probe(void)
{
    if (!open_own())
        return false;
    remove_stale();
    snprintf(name, sizeof name, PREFIX "%d-%llx", getpid(), (unsigned long long)now_ns());
    if (!cgroup_begin())
        return false;
    bool works = kills(WC_CGROUP_CASE) && kills(WC_CGROUP_BELOW);
    cgroup_end();
    return works;
}
