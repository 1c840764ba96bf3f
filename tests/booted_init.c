/* The first process of a guest that tests/booted.py boots: make the place such as the agent finds it elsewhere, hand
 * it the port on which frames travel, and end the guest when the agent ends. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A raw pipe to the other side: no terminal, which would have modes and an echo, and lose what nobody reads. */
#define PORT "/dev/vport0p1"

/* The machine restarts, and qemu is told to leave then. */
static void end(const char *what)
{
    if (what)
        fprintf(stderr, "init: %s: %s\n", what, strerror(errno));
    reboot(RB_AUTOBOOT);
}

static void put(const char *type, const char *where, const char *how)
{
    mkdir(where, 0755);
    if (mount(type, where, type, 0, how) < 0 && errno != EBUSY)
        end(where);
}

/* The drivers of the port, where the kernel does not have them inside, in the order of their names. */
static void load_modules(void)
{
    char path[32];
    for (int number = 0;; number++) {
        snprintf(path, sizeof path, "/module%d", number);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return;
        if (syscall(SYS_finit_module, fd, "", 0) < 0)
            end(path);
        close(fd);
    }
}

/* The driver finds the port, and then its other side, a moment after it was loaded; until then a read says end of file. */
static int open_port(void)
{
    struct pollfd port = {.events = POLLIN};
    while ((port.fd = open(PORT, O_RDWR | O_CLOEXEC)) < 0)
        if (errno != ENOENT)
            end(PORT);
        else
            sched_yield();
    while (poll(&port, 1, 0) >= 0 && port.revents & POLLHUP)
        sched_yield();
    return port.fd;
}

static void be_agent(char *const argv[])
{
    int port = open_port();
    setsid();
    dup2(port, STDIN_FILENO);
    dup2(port, STDOUT_FILENO);
    execv("/agent", argv);
    end("/agent");
}

int main(void)
{
    char *argv[] = {"agent", NULL};
    put("devtmpfs", "/dev", "");
    put("devpts", "/dev/pts", "ptmxmode=0666");
    put("proc", "/proc", "");
    put("sysfs", "/sys", "");
    put("tmpfs", "/tmp", "");
    put("cgroup2", "/sys/fs/cgroup", "");
    load_modules();
    pid_t agent = fork();
    if (agent == 0)
        be_agent(argv);
    while (wait(NULL) != agent)
        ;
    end(NULL);
}
