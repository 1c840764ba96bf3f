/* Descriptors: their flags, and what can be done with them whatever they are of. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "descriptors.h"
#include "sys.h"

bool descriptor_is_name(const struct wc_arg *arg)
{
    bool named = arg->value >= WC_FD_FIRST && arg->value < WC_FD_FIRST + WC_MAX_FDS;
    return named || arg->value == WC_FD_CLOSED || arg->value == WC_FD_BAD;
}

bool descriptor_is_own(const struct wc_arg *arg)
{
    int32_t fd = (int32_t)arg->value; /* as the kernel takes it */
    return (fd >= WC_FD_FIRST && fd < WC_FD_FIRST + WC_MAX_FDS) || fd < 0 || fd >= FD_BEYOND;
}

long descriptor_keep(long fd, const struct wc_arg *name)
{
    if (fd < 0)
        return fd;
    long flags = sys(SYS_fcntl, fd, F_GETFD, 0);
    if (name->value >= WC_FD_FIRST && name->value != fd) {
        long r = sys(SYS_dup3, fd, name->value, flags & FD_CLOEXEC ? O_CLOEXEC : 0);
        sys(SYS_close, fd);
        return r;
    }
    if (name->value < WC_FD_FIRST)
        sys(SYS_close, fd);
    return fd;
}

long call_close(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_close, step->args[0].value);
}

/* Of the status flags only two are a case's business: the rest stays. */
long call_fcntl(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    int64_t cmd = arg[1].value, flags = arg[2].value;
    if (cmd == F_SETFL)
        flags = (sys(SYS_fcntl, arg[0].value, F_GETFL, 0) & ~(long)O_NONBLOCK) | flags;
    long r = sys(SYS_fcntl, arg[0].value, cmd, flags);
    if (r < 0 || cmd == F_SETFD || cmd == F_SETFL)
        return r;
    event->set = (uint64_t)r & (cmd == F_GETFD ? FD_CLOEXEC : O_NONBLOCK | O_EXCL);
    return 0;
}

long call_io(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    long fd = step->args[0].value;
    char bytes[8] = {0};
    switch (step->args[1].value) {
    case WC_IO_READ:
        return sys(SYS_read, fd, bytes, sizeof bytes);
    case WC_IO_WRITE:
        return sys(SYS_write, fd, bytes, sizeof bytes);
    case WC_IO_PREAD:
        return sys(SYS_pread64, fd, bytes, sizeof bytes, 0);
    default:
        return sys(SYS_lseek, fd, 0, SEEK_SET);
    }
}

/* Whether two descriptors are of the same file: fact1. */
long call_same_file(const struct wc_step *step, struct wc_event *event)
{
    struct stat one, other;
    if (fstat((int)step->args[0].value, &one) < 0 || fstat((int)step->args[1].value, &other) < 0)
        return -9; /* EBADF: fstat(2) has no other error for a descriptor */
    event->fact1 = one.st_dev == other.st_dev && one.st_ino == other.st_ino;
    return 0;
}
