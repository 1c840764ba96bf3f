/* What /proc shows of a process. The /proc that is mounted belongs to the namespace outside the case, so the pid
 * is the one which the director knows. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "calls.h"
#include "proc.h"
#include "sys.h"

#define EXIT_CODE_FIELD 52

static long open_leaf(char *path, int pid, const char *leaf)
{
    strcpy(path, "/proc/");
    proc_path(path + 6, pid, leaf);
    return sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
}

/* The start of a field, counted from 1, behind the name, which may hold anything; NULL if there are not as many. */
static const char *field(const char *text, unsigned number)
{
    const char *at = strrchr(text, ')');
    for (unsigned n = 2; at && n < number; n++)
        if ((at = strchr(at, ' ')) != NULL)
            at++;
    return at;
}

static int32_t number_at(const char *at)
{
    uint32_t number = 0;
    while (*at >= '0' && *at <= '9')
        number = number * 10 + (uint32_t)(*at++ - '0');
    return (int32_t)number;
}

static long read_stat(int pid, struct wc_event *event)
{
    char path[32], text[1024];
    long fd = open_leaf(path, pid, "stat");
    if (fd < 0)
        return fd;
    long n = sys(SYS_read, fd, text, sizeof text - 1);
    sys(SYS_close, fd);
    if (n < 0)
        return n;
    text[n] = 0;
    const char *letter = field(text, 3), *code = field(text, EXIT_CODE_FIELD);
    if (!letter || !code)
        return -EPROTO;
    event->fact1 = *letter;
    event->status = number_at(code);
    return 0;
}

/* How many bytes a read of one gives, or the negative errno. */
static long read_cmdline(int pid)
{
    char path[32], byte;
    long fd = open_leaf(path, pid, "cmdline");
    if (fd < 0)
        return fd;
    long n = sys(SYS_read, fd, &byte, 1);
    sys(SYS_close, fd);
    return n;
}

/* `TracerPid:` of status; 0 if nobody traces it, or if this kernel does not tell. */
static int32_t read_tracer(int pid)
{
    static const char label[] = "\nTracerPid:\t";
    char path[32], text[1024]; /* it is one of the first lines */
    long fd = open_leaf(path, pid, "status");
    if (fd < 0)
        return 0;
    long n = sys(SYS_read, fd, text, sizeof text - 1);
    sys(SYS_close, fd);
    text[n > 0 ? n : 0] = 0;
    const char *at = strstr(text, label);
    return at ? number_at(at + sizeof label - 1) : 0;
}

static long read_exe(int pid)
{
    char path[32] = "/proc/", name[1];
    proc_path(path + 6, pid, "exe");
    return sys(SYS_readlinkat, AT_FDCWD, path, name, sizeof name);
}

long call_proc(const struct wc_step *step, struct wc_event *event)
{
    int pid = (int)step->args[0].value;
    long r = read_stat(pid, event);
    if (r < 0)
        return r;
    event->fact2 = read_cmdline(pid);
    event->fact3 = read_exe(pid);
    event->pid = read_tracer(pid);
    return 0;
}
