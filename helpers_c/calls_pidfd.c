/* pidfds: having one, signals by it, and what it tells. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/ioctl.h>
#include <string.h>

#include "buffer.h"
#include "calls.h"
#include "descriptors.h"
#include "proc.h"
#include "sys.h"

/* Numbers that an older libc lacks; they are the same on every architecture. */
#if !defined(SYS_pidfd_send_signal)
#define SYS_pidfd_send_signal 424
#endif
#if !defined(SYS_pidfd_open)
#define SYS_pidfd_open 434
#endif
#if !defined(SYS_pidfd_getfd)
#define SYS_pidfd_getfd 438
#endif

#define PIDFS_IOCTL_MAGIC 0xFF
#define GET_INFO_NUMBER 11
#define LAST_SIGNAL 64

/* struct pidfd_info of Linux 6.18; not from a header, which may be older. */
struct raw_pidfd_info {
    uint64_t mask, cgroupid;
    uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    int32_t exit_code;
    uint32_t coredump_mask, coredump_signal;
    uint64_t supported_mask;
};

long pidfd_open_raw(long pid, long flags)
{
    return sys(SYS_pidfd_open, pid, flags);
}

long call_pidfd_open(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    const struct wc_arg *arg = step->args;
    return descriptor_keep(pidfd_open_raw(arg[0].value, arg[1].value), &arg[2]);
}

/* A siginfo of the caller's making, as sigqueue's (calls_signal.c). */
static long info_address(const struct wc_step *step, int32_t *info)
{
    int32_t sig = (int32_t)step->args[1].value;
    int64_t which = step->args[2].value;
    if (which == WC_INFO_NULL)
        return 0;
    if (which == WC_INFO_BAD)
        return BAD_ADDRESS;
    info[0] = which == WC_INFO_OTHER ? sig % LAST_SIGNAL + 1 : sig;
    info[2] = (int32_t)step->args[3].value;
    info[4] = (int32_t)sys(SYS_getpid);
    info[5] = (int32_t)sys(SYS_getuid);
    return (long)info;
}

long call_pidfd_send_signal(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    const struct wc_arg *arg = step->args;
    int32_t info[SIGINFO_WORDS] = {0};
    return sys(SYS_pidfd_send_signal, arg[0].value, arg[1].value, info_address(step, info), arg[4].value);
}

long call_pidfd_getfd(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    const struct wc_arg *arg = step->args;
    return descriptor_keep(sys(SYS_pidfd_getfd, arg[0].value, arg[1].value, arg[2].value), &arg[3]);
}

/* Whose a pidfd is: facts 1 to 3 are pid, tgid and ppid; `set` says what else was told. */
long call_pidfd_get_info(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    union {
        struct raw_pidfd_info info;
        char bytes[WC_MAX_INFO];
    } room;
    memset(&room, 0, sizeof room);
    room.info.mask = (uint64_t)arg[1].value;
    unsigned long request = _IOC(_IOC_READ | _IOC_WRITE, PIDFS_IOCTL_MAGIC, GET_INFO_NUMBER, (unsigned)arg[2].value);
    long r = sys(SYS_ioctl, arg[0].value, request, buffer_address(&arg[3], &room));
    if (r < 0)
        return r;
    event->set = room.info.mask;
    event->fact1 = room.info.pid;
    event->fact2 = room.info.tgid;
    event->fact3 = room.info.ppid;
    event->uid = room.info.ruid;
    event->code = (int32_t)room.info.euid;
    event->si_errno = (int32_t)room.info.suid;
    event->status = room.info.exit_code;
    return r;
}

long call_pidfd_namespace(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    static const struct wc_arg none = {.value = WC_FD_CLOSED};
    const struct wc_arg *arg = step->args;
    return descriptor_keep(
        sys(SYS_ioctl, arg[0].value, _IO(PIDFS_IOCTL_MAGIC, (unsigned)arg[1].value), arg[2].value), &none);
}

static void spell(char *text, int number)
{
    char digits[12];
    unsigned count = 0;
    for (; number || !count; number /= 10)
        digits[count++] = (char)('0' + number % 10);
    while (count)
        *text++ = digits[--count];
    *text = 0;
}

/* The pid outside, 0 if there is none there, -1 if there is nobody any more. */
static int32_t pid_line(const char *text)
{
    static const char label[] = "\nPid:\t";
    const char *at = strstr(text, label);
    long number = 0;
    if (!at)
        return 0;
    at += sizeof label - 1;
    if (*at == '-')
        return -1;
    for (; *at >= '0' && *at <= '9'; at++)
        number = number * 10 + (*at - '0');
    return (int32_t)number;
}

long call_fdinfo(const struct wc_step *step, struct wc_event *event)
{
    static const char directory[] = "/proc/thread-self/fdinfo/";
    char path[sizeof directory + 12], text[1024];
    int32_t fd = (int32_t)step->args[0].value;
    if (fd < 0)
        return -EBADF;
    strcpy(path, directory);
    spell(path + sizeof directory - 1, fd);
    long file = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0)
        return file;
    long n = sys(SYS_read, file, text, sizeof text - 1);
    sys(SYS_close, file);
    if (n < 0)
        return n;
    text[n] = 0;
    event->pid = pid_line(text);
    return 0;
}

long call_open_proc(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    char path[32] = "/proc/";
    proc_path(path + 6, (int)step->args[0].value, "");
    return descriptor_keep(sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), &step->args[1]);
}
