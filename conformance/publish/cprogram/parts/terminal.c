//: if pty

/* ---- A pseudo-terminal of an actor: its ends are at two numbers, which children inherit and exec keeps ---- */

#define MASTER 50
#define SLAVE 51
//: end
//: if openpty

/* The other end of a terminal; gVisor knows it only by its path. */
static long open_slave(long master, int flags)
{
    int number = 0;
    char path[32];
    long slave = sys(SYS_ioctl, master, TIOCGPTPEER, flags);
    if (slave != -ENOTTY || sys(SYS_ioctl, master, TIOCGPTN, &number) < 0)
        return slave;
    snprintf(path, sizeof path, "/dev/pts/%d", number);
    return sys(SYS_openat, AT_FDCWD, path, flags, 0);
}

static long open_pty(int flags)
{
    int unlocked = 0;
    struct termios modes;
    long master = sys(SYS_openat, AT_FDCWD, "/dev/ptmx", O_RDWR | O_NOCTTY, 0);
    if (master < 0)
        return master;
    long slave = sys(SYS_ioctl, master, TIOCSPTLCK, &unlocked);
    if (slave == 0)
        slave = open_slave(master, O_RDWR | flags);
    if (slave >= 0) {
        sys(SYS_ioctl, slave, TCGETS, &modes);
        modes.c_lflag &= ~(tcflag_t)ECHO; /* nobody reads what comes out of the master */
        sys(SYS_ioctl, slave, TCSETS, &modes);
        sys(SYS_dup3, master, MASTER, 0);
        sys(SYS_dup3, slave, SLAVE, 0);
        sys(SYS_close, slave);
    }
    sys(SYS_close, master);
    return slave < 0 ? slave : 0;
}
//: end
//: if tty_id

/* What a request tells of a terminal. */
static long tty_id(int fd, unsigned request)
{
    int id = 0;
    long ret = sys(SYS_ioctl, fd, request, &id);
    return ret < 0 ? ret : id;
}
//: end
//: if tty_type

/* Type a character on the master. A kernel thread takes it to the terminal, and a look whether the slave has something
 * to read waits for that. */
static long type(char typed)
{
    struct timespec at_once = {0, 0};
    struct pollfd slave = {.fd = SLAVE, .events = POLLIN};
    long ret = sys(SYS_write, MASTER, &typed, 1);
    if (ret != 1)
        return ret;
    sys(SYS_ppoll, &slave, 1, &at_once, NULL, 8);
    if (slave.revents & POLLNVAL) { /* we have closed ours */
        slave.fd = (int)sys(SYS_ioctl, MASTER, TIOCGPTPEER, O_RDWR | O_NOCTTY);
        sys(SYS_ppoll, &slave, 1, &at_once, NULL, 8);
        sys(SYS_close, slave.fd);
    }
    return ret;
}
//: end
//: if tcsetattr

static long set_modes(tcflag_t on, unsigned request)
{
    struct termios modes;
    long ret = sys(SYS_ioctl, SLAVE, TCGETS, &modes);
    if (ret < 0)
        return ret;
    modes.c_lflag = (modes.c_lflag & ~(tcflag_t)(ISIG | NOFLSH | TOSTOP)) | on;
    return sys(SYS_ioctl, SLAVE, request, &modes);
}
//: end
