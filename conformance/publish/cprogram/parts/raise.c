//: if fault

/* Read an address where nothing is, or (SIGBUS) a page of a file that ends before it. */
static __attribute__((no_sanitize("address", "undefined"))) long fault(int signo)
{
    long at = 8;
    if (signo == SIGBUS) {
        long fd = sys(SYS_memfd_create, "empty", MFD_CLOEXEC);
        at = fd < 0 ? fd : sys(SYS_mmap, NULL, 65536, PROT_READ, MAP_SHARED, fd, 0);
        sys(SYS_close, fd);
        if (at < 0 && at > -4096)
            return at;
    }
    (void)*(volatile const char *)at;
    return 0;
}
//: end
//: if sigpipe

/* Write to a pipe that nobody can read. */
static long write_to_nobody(void)
{
    int ends[2];
    long ret = sys(SYS_pipe2, ends, O_CLOEXEC);
    if (ret < 0)
        return ret;
    sys(SYS_close, ends[0]);
    ret = sys(SYS_write, ends[1], "", 1);
    sys(SYS_close, ends[1]);
    return ret;
}
//: end
//: if setitimer

/* Arm the shortest timer, and return when it has expired. */
static long expire(void)
{
    struct itimerval timer = {.it_value = {.tv_usec = 1}};
    long ret = sys(SYS_setitimer, ITIMER_REAL, &timer, NULL);
    while (ret == 0 && (timer.it_value.tv_usec || timer.it_value.tv_sec))
        ret = sys(SYS_getitimer, ITIMER_REAL, &timer);
    return ret;
}
//: end
//: if setrlimit

static long set_soft_limit(int resource, uint64_t soft)
{
    uint64_t limit[2];
    long ret = sys(SYS_prlimit64, 0, resource, NULL, limit);
    limit[0] = soft;
    return ret < 0 ? ret : sys(SYS_prlimit64, 0, resource, limit, NULL);
}
//: end
//: if last_pid

/* Let the caller's PID namespace give numbers from one on. */
static long number_next(long next)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%ld", next - 1);
    long fd = sys(SYS_openat, AT_FDCWD, "/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    long ret = sys(SYS_write, fd, text, length);
    sys(SYS_close, fd);
    return ret < 0 ? ret : 0;
}
//: end
//: if seccomp

/* A filter that lets every system call pass but getppid. */
static long filter_getppid(uint32_t verdict)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, verdict),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
//: end
//: if syscall_info

/* Where a tracee is in a system call, and in which; headers may be too old for it. */
struct syscall_info {
    uint8_t op, pad[3];
    uint32_t arch;
    uint64_t ip, sp;
    int64_t number; /* at the exit: what it returns */
    uint64_t rest[8];
};

static long get_syscall_info(long pid, struct syscall_info *info)
{
    long ret = sys(SYS_ptrace, 0x420e, pid, sizeof *info, info);
    return ret < 0 ? ret : 0;
}
//: end
//: if peeksiginfo

/* Look at a queue of signals: a byte each, the first in the lowest. */
static long peek_signals(long pid, uint64_t off, int32_t most, uint32_t flags, long *found)
{
    siginfo_t info[8];
    struct {
        uint64_t off;
        uint32_t flags;
        int32_t most;
    } peek = {off, flags, most};
    *found = 0;
    memset(info, 0, sizeof info);
    long ret = sys(SYS_ptrace, 0x4209, pid, &peek, info);
    for (long i = 0; i < ret && i < 8; i++)
        *found |= (long)(info[i].si_signo & 0xff) << 8 * i;
    return ret;
}
//: end
