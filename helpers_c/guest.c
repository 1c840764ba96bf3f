/* See guest.h. The kernel's command line says on which device frames travel: waitconf_port=/dev/…, and waitconf_end=off where
 * a restart is none; the kernel hands both to its init as variables. */
#define _GNU_SOURCE
#include "guest.h"

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

#define INIT "/init"
#define PORT "waitconf_port"
#define END "waitconf_end"

bool guest_is_init(char *const argv[])
{
    return getpid() == 1 && strcmp(argv[0], INIT) == 0;
}

/* The machine restarts, and whoever plays it is told to leave then; or it is to be switched off. */
_Noreturn static void end(const char *what)
{
    if (what)
        fprintf(stderr, "waitconf: %s: %s\n", what, strerror(errno));
    reboot(getenv(END) ? RB_POWER_OFF : RB_AUTOBOOT);
    _exit(1);
}

/* What a kernel does not have the agent finds missing. */
static void put(const char *type, const char *where, const char *how)
{
    mkdir(where, 0755);
    mount(type, where, type, 0, how);
}

/* The drivers of the port, where the kernel does not have them inside, in the order of their numbers. */
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
static int open_port(const char *path)
{
    struct pollfd port = {.events = POLLIN};
    while ((port.fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY)) < 0)
        if (errno != ENOENT && errno != ENXIO && errno != ENODEV)
            end(path);
        else
            sched_yield();
    while (poll(&port, 1, 0) >= 0 && port.revents & POLLHUP)
        sched_yield();
    return port.fd;
}

_Noreturn static void be_agent(void)
{
    char *argv[] = {"agent", NULL};
    const char *path = getenv(PORT);
    int port = open_port(path ? path : "/dev/console");
    setsid();
    dup2(port, STDIN_FILENO);
    dup2(port, STDOUT_FILENO);
    execv(INIT, argv);
    end(INIT);
}

void guest_main(void)
{
    put("devtmpfs", "/dev", "");
    put("devpts", "/dev/pts", "ptmxmode=0666");
    put("proc", "/proc", "");
    /* An execveat of a descriptor goes by the name /dev/fd/N, which TOMOYO looks for before it lets anybody execute
     * anything: in older kernels that is ENOENT without it (tomoyo_find_next_domain; seen on 5.10.223). That of
     * the thread: of a leader that has ended there is none. */
    symlink("/proc/thread-self/fd", "/dev/fd");
    put("sysfs", "/sys", "");
    put("tmpfs", "/tmp", "");
    put("cgroup2", "/sys/fs/cgroup", "");
    load_modules();
    pid_t agent = fork();
    if (agent == 0)
        be_agent();
    while (wait(NULL) != agent)
        ;
    end(NULL);
}
