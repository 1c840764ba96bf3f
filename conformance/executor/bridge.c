/* The C side of conformance.executor._bridge: one child process that speaks the wire protocol, and the
 * traffic with it. cffi releases the GIL around each of these calls.
 *
 * An agent is never waited for by anything but its own pid: a pytest-xdist worker or a program that embeds
 * waitconf has children of its own, and waitpid(-1) would steal them.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define WC_PUMP_TIMEOUT 0
#define WC_PUMP_MOVED 1
#define WC_PUMP_END 2

#define WC_PIPE_SIZE (1 << 20)
#define WC_TERM_MS 5000

struct wc_child {
    int32_t pid;       /* 0: reaped */
    int32_t to;        /* -1: closed */
    int32_t from;
};

struct wc_transfer {
    const char *out;
    size_t out_size;
    size_t out_done;
    char *into;
    size_t into_size;
    size_t into_done;
};

extern char **environ;

static void close_fd(int32_t *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* The child's ends are dup2()ed to 0 and 1; an end that already sits there (a parent that closed its
 * own standard streams) would be overwritten by the other. */
static int above_stdio(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return moved;
}

/* ends[0] is read and ends[1] written, whichever kind of channel it is. */
static int open_channel(int ends[2], int is_socket)
{
    int made = is_socket ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) : pipe2(ends, O_CLOEXEC);

    if (made != 0)
        return -1;
    ends[0] = above_stdio(ends[0]);
    ends[1] = above_stdio(ends[1]);
    if (ends[0] >= 0 && ends[1] >= 0)
        return 0;
    close_fd(&ends[0]);
    close_fd(&ends[1]);
    return -1;
}

/* Python ignores SIGPIPE and a caller may have masked others; both survive exec, and would be the
 * actors' dispositions. A session of its own keeps the terminal's ^C for Python, which then ends the agent. */
static int prepare(posix_spawnattr_t *attr, posix_spawn_file_actions_t *files, int in, int out)
{
    sigset_t none, all;
    int error;

    sigemptyset(&none);
    memset(&all, 0xff, sizeof all); /* not sigfillset(): it spares 32 and 33, which then get ignored */
    error = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    if (!error)
        error = posix_spawnattr_setsigmask(attr, &none);
    if (!error)
        error = posix_spawnattr_setsigdefault(attr, &all);
    if (!error)
        error = posix_spawn_file_actions_adddup2(files, in, STDIN_FILENO);
    if (!error)
        error = posix_spawn_file_actions_adddup2(files, out, STDOUT_FILENO);
    return error;
}

static int spawn_with(const char *path, char *const argv[], int in, int out, pid_t *pid)
{
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t files;
    int error;

    posix_spawnattr_init(&attr);
    posix_spawn_file_actions_init(&files);
    error = prepare(&attr, &files, in, out);
    if (!error)
        error = posix_spawn(pid, path, &files, &attr, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return error;
}

/* Start `path` with `argv`. Returns 0, or the errno; then nothing is left open or running. */
static int wc_spawn(const char *path, char *const argv[], struct wc_child *child)
{
    int down[2] = {-1, -1}, up[2] = {-1, -1}, error;
    pid_t pid = 0;

    *child = (struct wc_child){0, -1, -1};
    /* Downwards a socket: MSG_NOSIGNAL then saves the caller from SIGPIPE when an agent has died. */
    if (open_channel(down, 1) != 0 || open_channel(up, 0) != 0)
        error = errno;
    else
        error = spawn_with(path, argv, down[0], up[1], &pid);
    close_fd(&down[0]);
    close_fd(&up[1]);
    if (error) {
        close_fd(&down[1]);
        close_fd(&up[0]);
        return error;
    }
    fcntl(up[0], F_SETFL, O_NONBLOCK);
    fcntl(up[0], F_SETPIPE_SZ, WC_PIPE_SIZE); /* room for the agent to run ahead; the default does too */
    *child = (struct wc_child){pid, down[1], up[0]};
    return 0;
}

static int is_retry(int error)
{
    return error == EAGAIN || error == EINTR;
}

/* An agent that no longer reads is no error here: what it still wrote is worth having, and then comes
 * the end of its output. */
static void write_some(struct wc_child *child, struct wc_transfer *t)
{
    ssize_t n = send(child->to, t->out + t->out_done, t->out_size - t->out_done, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n > 0)
        t->out_done += (size_t)n;
    else if (n < 0 && !is_retry(errno))
        close_fd(&child->to);
}

static int read_some(struct wc_child *child, struct wc_transfer *t)
{
    ssize_t n = read(child->from, t->into + t->into_done, t->into_size - t->into_done);

    if (n > 0) {
        t->into_done += (size_t)n;
        return WC_PUMP_MOVED;
    }
    if (n == 0)
        return WC_PUMP_END;
    return is_retry(errno) ? WC_PUMP_TIMEOUT : -errno;
}

/* One poll: move what can be moved now. */
static int pump_once(struct wc_child *child, struct wc_transfer *t, int timeout_ms)
{
    int wants_write = child->to >= 0 && t->out_done < t->out_size;
    struct pollfd fds[2] = {
        {.fd = child->from, .events = POLLIN},
        {.fd = wants_write ? child->to : -1, .events = POLLOUT},
    };
    int n = poll(fds, 2, timeout_ms);

    if (n < 0)
        return errno == EINTR ? WC_PUMP_TIMEOUT : -errno;
    if (n == 0)
        return WC_PUMP_TIMEOUT;
    if (fds[1].revents)
        write_some(child, t);
    return fds[0].revents ? read_some(child, t) : WC_PUMP_MOVED;
}

/* Move bytes both ways, until something was read, or `timeout_ms` went by without any movement (-1: never),
 * or a signal came, which Python may want to handle. With timeout 0: whatever moves without waiting.
 * Returns WC_PUMP_*, or -errno. */
static int wc_pump(struct wc_child *child, struct wc_transfer *t, int timeout_ms)
{
    int moved;

    do {
        moved = pump_once(child, t, timeout_ms);
    } while (moved == WC_PUMP_MOVED && t->into_done == 0);
    return moved;
}

/* Give a child so long to end. Its end of output says too little: that may come before. Where the kernel
 * has no pidfd (before 5.3), or a signal comes, there is no grace. */
static void await_end(pid_t pid, int grace_ms)
{
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};

    if (end.fd < 0)
        return;
    poll(&end, 1, grace_ms);
    close(end.fd);
}

static long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Give so long to whoever else holds the other end: without a PID namespace somebody clears up after an agent
 * that was killed (helpers_c/warden.h), and in its group. What still comes is for nobody. */
static void await_hangup(int fd, int grace_ms)
{
    char dropped[4096];
    struct pollfd end = {.fd = fd, .events = POLLIN};
    long left, until = now_ms() + grace_ms;

    while (fd >= 0 && (left = until - now_ms()) > 0 && poll(&end, 1, (int)left) > 0)
        if (read(fd, dropped, sizeof dropped) <= 0)
            return;
}

/* Hang up, end the agent if it is still there after `grace_ms`, reap it and close everything. Returns its
 * wait status, or -errno. */
static int wc_reap(struct wc_child *child, int grace_ms)
{
    int status = 0;
    pid_t pid = child->pid;

    close_fd(&child->to);
    child->pid = 0;
    if (pid <= 0)
        return -ECHILD;
    if (grace_ms > 0)
        await_end(pid, grace_ms);
    kill(pid, SIGTERM); /* a keeper (helpers_c/keep.c) takes along what it keeps; an agent just dies */
    await_end(pid, WC_TERM_MS);
    await_hangup(child->from, WC_TERM_MS);
    close_fd(&child->from);
    kill(-pid, SIGKILL); /* its group; not reaped yet, so the number is still its own */
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return status;
}
