//: if keep

/* Move what was just opened to the number that stands for it, flags and all; -1: close it again. */
static long keep(long fd, int number)
{
    if (fd < 0 || fd == number)
        return fd;
    long ret = fd;
    if (number >= 0) {
        bool cloexec = sys(SYS_fcntl, fd, F_GETFD, 0) & FD_CLOEXEC;
        ret = sys(SYS_dup3, fd, number, cloexec ? O_CLOEXEC : 0);
    }
    sys(SYS_close, fd);
    return ret;
}
//: end
//: if pidfd_info

/* struct pidfd_info, which headers may be too old for. */
struct info_of {
    union {
        struct {
            uint64_t mask, cgroupid;
            uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
            int32_t exit_code;
            uint32_t coredump_mask, coredump_signal;
            uint64_t supported_mask;
        };
        char room[128];
    };
};
#define GET_INFO(size) _IOC(_IOC_READ | _IOC_WRITE, 0xFF, 11, size)
#define TOLD(of) \
    [INFO] = (of).mask, [INFO_PID] = (of).pid, [INFO_TGID] = (of).tgid, [INFO_PPID] = (of).ppid, \
    [RUID] = (of).ruid, [EUID] = (of).euid, [SUID] = (of).suid, \
    [INFO_EXIT] = (of).mask & PIDFD_INFO_EXIT ? (of).exit_code : -1
//: end
//: if proc

/* Read a file of an actor in the /proc of the director, who knows actors by other numbers; how many bytes. */
static long read_proc_of(int outside, const char *leaf, char *text, size_t room)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", outside, leaf);
    long fd = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    long n = sys(SYS_read, fd, text, room - 1);
    sys(SYS_close, fd);
    text[n > 0 ? n : 0] = 0;
    return n;
}
//: end
//: if labelled_pid

/* The number that follows a label; 0: there is none. */
static long labelled_pid(const char *text, const char *label)
{
    const char *at = strstr(text, label);
    return at ? atol(at + strlen(label)) : 0;
}
//: end
//: if open_proc

static long open_proc(int outside)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", outside);
    return sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
}
//: end
//: if fdinfo

/* The line `Pid:` that is told of a pidfd: 0, or -1 if there is nobody any more. */
static long fdinfo(int fd, long *pid)
{
    char path[64], text[1024];
    if (fd < 0)
        return -EBADF;
    snprintf(path, sizeof path, "/proc/thread-self/fdinfo/%d", fd);
    long file = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (file < 0)
        return file;
    long n = sys(SYS_read, file, text, sizeof text - 1);
    sys(SYS_close, file);
    text[n > 0 ? n : 0] = 0;
    *pid = labelled_pid(text, "\nPid:\t");
    return n < 0 ? n : 0;
}
//: end
//: if proc

struct proc_of {
    long state, exit_code, cmdline, exe, tracer;
};

static long proc(int outside, struct proc_of *of)
{
    char text[2048], path[64];
    long ret = read_proc_of(outside, "stat", text, sizeof text);
    if (ret < 0)
        return ret;
    const char *at = strrchr(text, ')');
    of->state = at ? at[2] : 0;
    for (int field = 2; at && field < 52; field++) /* field 52 is the exit code */
        at = strchr(at + 1, ' ');
    if (!at)
        return -EPROTO;
    of->exit_code = atol(at);
    of->cmdline = read_proc_of(outside, "cmdline", text, 2);
    snprintf(path, sizeof path, "/proc/%d/exe", outside);
    of->exe = sys(SYS_readlinkat, AT_FDCWD, path, text, 1);
    read_proc_of(outside, "status", text, sizeof text);
    of->tracer = labelled_pid(text, "\nTracerPid:\t");
    return 0;
}

#define PROC(of) \
    [PROC_STATE] = (of).state, [PROC_EXIT_CODE] = (of).exit_code, [PROC_CMDLINE] = (of).cmdline, \
    [PROC_EXE] = (of).exe, [PROC_TRACER] = (of).tracer
//: end
//: if io

static long raw_io(int fd, int operation)
{
    char bytes[8] = {0};
    switch (operation) {
    case 0:
        return sys(SYS_read, fd, bytes, sizeof bytes);
    case 1:
        return sys(SYS_write, fd, bytes, sizeof bytes);
    case 2:
        return sys(SYS_pread64, fd, bytes, sizeof bytes, 0);
    default:
        return sys(SYS_lseek, fd, 0, SEEK_SET);
    }
}
//: end
//: if parcel

/* A message of one byte, with room for one descriptor. */
struct parcel {
    struct msghdr header;
    struct iovec part;
    char byte;
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
};

static struct cmsghdr *wrap(struct parcel *parcel)
{
    memset(parcel, 0, sizeof *parcel);
    parcel->part = (struct iovec){&parcel->byte, 1};
    parcel->header.msg_iov = &parcel->part;
    parcel->header.msg_iovlen = 1;
    parcel->header.msg_control = parcel->control;
    parcel->header.msg_controllen = sizeof parcel->control;
    return (struct cmsghdr *)parcel->control;
}
//: end
//: if send_fd

static long send_fd(int socket, int fd)
{
    struct parcel parcel;
    struct cmsghdr *control = wrap(&parcel);
    *control = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(control), &fd, sizeof fd);
    return sys(SYS_sendmsg, socket, &parcel.header, MSG_NOSIGNAL | MSG_DONTWAIT);
}
//: end
//: if recv_fd

static long recv_fd(int socket)
{
    struct parcel parcel;
    struct cmsghdr *control = wrap(&parcel);
    int fd = -EPROTO;
    long ret = sys(SYS_recvmsg, socket, &parcel.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (ret >= 0 && parcel.header.msg_controllen && control->cmsg_type == SCM_RIGHTS)
        memcpy(&fd, CMSG_DATA(control), sizeof fd);
    return ret < 0 ? ret : fd;
}
//: end
