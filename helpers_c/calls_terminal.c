/* Pseudo-terminals and job control on them. An actor has its terminal at two fixed descriptors, which children
 * inherit and exec keeps, so that no call needs a path. */
#define _GNU_SOURCE
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "board.h"
#include "calls.h"
#include "sys.h"

#if !defined(TIOCGPTPEER)
#define TIOCGPTPEER _IO('T', 0x41)
#endif

#define MODES (ISIG | NOFLSH | TOSTOP) /* what cases drive; the other modes stay */

/* gVisor knows no TIOCGPTPEER. */
static long open_by_path(long master, int flags)
{
    int number = 0;
    char path[32];
    long r = sys(SYS_ioctl, master, TIOCGPTN, &number);
    snprintf(path, sizeof path, "/dev/pts/%d", number);
    return r < 0 ? r : sys(SYS_openat, AT_FDCWD, path, flags, 0);
}

long pty_open(int flags, int pair[2])
{
    int unlocked = 0;
    long master = sys(SYS_openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY, 0);
    if (master < 0)
        return master;
    long slave = sys(SYS_ioctl, master, TIOCSPTLCK, &unlocked);
    if (slave == 0)
        slave = sys(SYS_ioctl, master, TIOCGPTPEER, flags);
    if (slave == -ENOTTY)
        slave = open_by_path(master, flags);
    if (slave < 0) {
        sys(SYS_close, master);
        return slave;
    }
    pair[0] = (int)master;
    pair[1] = (int)slave;
    return 0;
}

/* A session that tries to take the terminal of its parent's session. */
static _Noreturn void steal(int slave)
{
    sys(SYS_setsid);
    sys(SYS_exit_group, sys(SYS_ioctl, slave, TIOCSCTTY, 1) == 0);
    __builtin_unreachable();
}

static _Noreturn void be_robbed(void)
{
    int pair[2], status = 0;
    sys(SYS_setsid);
    if (pty_open(O_RDWR | O_NOCTTY, pair) < 0 || sys(SYS_ioctl, pair[1], TIOCSCTTY, 0) < 0)
        sys(SYS_exit_group, 0);
    long pid = sys_clone(SIGCHLD);
    if (pid == 0)
        steal(pair[1]);
    if (pid > 0)
        sys(SYS_wait4, pid, &status, 0, 0);
    sys(SYS_exit_group, WIFEXITED(status) && WEXITSTATUS(status));
    __builtin_unreachable();
}

bool pty_can_be_stolen(void)
{
    int status = 0;
    long pid = sys_clone(SIGCHLD);
    if (pid == 0)
        be_robbed();
    if (pid > 0)
        sys(SYS_wait4, pid, &status, 0, 0);
    return WIFEXITED(status) && WEXITSTATUS(status);
}

long call_openpty(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    int pair[2];
    struct termios modes;
    long r = pty_open(step->args[0].value ? O_RDWR : O_RDWR | O_NOCTTY, pair);
    if (r < 0)
        return r;
    /* Nobody reads what comes out of the master: let it be little. */
    sys(SYS_ioctl, pair[1], TCGETS, &modes);
    modes.c_lflag &= ~(tcflag_t)ECHO;
    sys(SYS_ioctl, pair[1], TCSETS, &modes);
    sys(SYS_dup3, pair[0], FD_MASTER, 0);
    sys(SYS_dup3, pair[1], FD_SLAVE, 0);
    sys(SYS_close, pair[0]);
    sys(SYS_close, pair[1]);
    return 0;
}

long call_tty_close(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_close, step->args[0].value);
}

long call_tiocsctty(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_ioctl, step->args[1].value, TIOCSCTTY, step->args[0].value);
}

long call_tiocnotty(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_ioctl, step->args[0].value, TIOCNOTTY, 0);
}

long call_tcsetpgrp(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    int pgid = (int)step->args[0].value;
    return sys(SYS_ioctl, step->args[1].value, TIOCSPGRP, &pgid);
}

static long get_id(const struct wc_step *step, unsigned request)
{
    int id = 0;
    long r = sys(SYS_ioctl, step->args[0].value, request, &id);
    return r < 0 ? r : id;
}

long call_tcgetpgrp(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return get_id(step, TIOCGPGRP);
}

long call_tcgetsid(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return get_id(step, TIOCGSID);
}

long call_tty_read(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    char line[64];
    return sys(SYS_read, FD_SLAVE, line, sizeof line);
}

long call_tty_write(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    return sys(SYS_write, FD_SLAVE, "x", 1);
}

/* What is written to a master goes to the terminal by way of a kernel thread. A look at whether the slave has a line
 * to read waits for that thread, unless there was a line already. */
static void await_input(void)
{
    struct timespec at_once = {0, 0};
    struct pollfd slave = {.fd = FD_SLAVE, .events = POLLIN};
    sys(SYS_ppoll, &slave, 1, &at_once, 0, 8);
    if (!(slave.revents & POLLNVAL))
        return;
    slave.fd = (int)sys(SYS_ioctl, FD_MASTER, TIOCGPTPEER, O_RDWR | O_NOCTTY); /* we have closed ours */
    sys(SYS_ppoll, &slave, 1, &at_once, 0, 8);
    sys(SYS_close, slave.fd);
}

long call_tty_type(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    char typed = (char)step->args[0].value;
    long r = sys(SYS_write, FD_MASTER, &typed, 1);
    if (r == 1)
        await_input();
    return r;
}

long call_tcsetattr(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    struct termios modes;
    long r = sys(SYS_ioctl, FD_SLAVE, TCGETS, &modes); /* never blocks, never signals */
    if (r < 0)
        return r;
    modes.c_lflag = (modes.c_lflag & ~(tcflag_t)MODES) | ((tcflag_t)step->args[0].value & MODES);
    return sys(SYS_ioctl, FD_SLAVE, TCSETS + step->args[1].value, &modes);
}
