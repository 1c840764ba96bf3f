//: if poison

/* A buffer that the kernel is to write to is filled with this before. */
#define UNTOUCHED ((long)(int)0xA5A5A5A5)
#define POISON(buffer) memset(&(buffer), 0xA5, sizeof(buffer))
//: end
//: if siginfo

#define SIGINFO(info) \
    [SI_SIGNO] = (info).si_signo, [SI_ERRNO] = (info).si_errno, [SI_CODE] = (info).si_code, \
    [SI_PID] = (info).si_pid, [SI_UID] = (int)(info).si_uid, [SI_STATUS] = (info).si_status, \
    [WRITTEN] = written(&(info))

/* Bytes of a siginfo_t, in words of four. */
#define BYTES(first, last) ((1ul << ((last) + 1) / 4) - (1ul << (first) / 4))

/* Which bytes the kernel has written. */
static long written(const void *buffer)
{
    long words = 0;
    for (int i = 0; i < 32; i++)
        if (((const int *)buffer)[i] != UNTOUCHED)
            words |= 1l << i;
    return words;
}
//: end
//: if rusage

static long filled(const struct rusage *usage)
{
    const unsigned char *byte = (const unsigned char *)usage;
    for (unsigned i = 0; i < sizeof *usage; i++)
        if (byte[i] != 0xA5)
            return 1;
    return 0;
}
//: end
//: if usage

/* Of resource usage only what does not depend on speed: blocks of 1024 pages, the largest resident size rounded. */
#define BLOCK 1024
#define USAGE(usage) \
    [RU_MINFLT] = (usage).ru_minflt / BLOCK, \
    [RU_MAXRSS] = ((usage).ru_maxrss / (sysconf(_SC_PAGESIZE) / 1024) + BLOCK / 2) / BLOCK, \
    [RU_NVCSW] = (usage).ru_nvcsw > 0
//: end
//: if work

/* Touch so many blocks of fresh memory, and give them back. */
static long work(long blocks)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (size_t)blocks * BLOCK * page;
    if (size == 0)
        return 0;
    long at = sys(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at < 0 && at > -4096)
        return at;
    sys(SYS_madvise, at, size, MADV_NOHUGEPAGE);
    for (volatile char *byte = (char *)at; byte < (char *)at + size; byte += page)
        *byte = 1;
    return sys(SYS_munmap, at, size);
}
//: end
//: if status

#define EXITED(code) ((code) << 8)
#define SIGNALED(signal) (signal)
#define DUMPED(signal) ((signal) | 0x80)
#define STOPPED_BY(signal) ((signal) << 8 | 0x7f)
#define CONTINUED 0xffff
//: end
//: if sets

#define BIT(signal) (1ul << ((signal) - 1)) /* in a signal set of the kernel */
//: end
//: if heard

/* What a siginfo_t tells of a signal. */
#define HEARD(info) \
    [SI_SIGNO] = (info).si_signo, [SI_CODE] = (info).si_code, [SI_PID] = (info).si_pid, \
    [SI_UID] = (int)(info).si_uid, [SI_STATUS] = (info).si_status, [SI_VALUE] = (info).si_value.sival_int
//: end
//: if sigaction

/* The kernel's struct sigaction, which is not libc's. */
struct action {
    void *handler;
    unsigned long flags;
#if !defined(__riscv) && !defined(__loongarch__)
    void (*restorer)(void);
#endif
    uint64_t mask;
};
#define RESTORER 0x04000000ul
#define LOG ((void *)on_signal)

#if defined(__x86_64__)
__asm__(".text\n.type after_handler, @function\nafter_handler:\n    mov $15, %eax\n    syscall\n");
void after_handler(void);
#endif

/* The handler of whoever handles a signal: it notes what it is told. */
static void on_signal(int signo, siginfo_t *info, void *context)
{
    (void)signo, (void)context;
    note(*self(), &(struct event){.kind = HANDLED, .value = {HEARD(*info)}});
}

static long set_action(int signo, void *handler, unsigned long flags, uint64_t mask, struct action *old)
{
    struct action new = {.handler = handler, .flags = flags, .mask = mask};
    if (handler == LOG) {
        new.flags |= SA_SIGINFO;
#if defined(__x86_64__)
        new.flags |= RESTORER;
        new.restorer = after_handler;
#endif
    }
    memset(old, 0, sizeof *old);
    return sys(SYS_rt_sigaction, signo, &new, old, sizeof new.mask);
}

#define ACTION(old) \
    [OLD_HANDLER] = (old).handler == LOG ? 2 : (long)(old).handler, \
    [OLD_FLAGS] = (old).flags & ~(RESTORER | SA_SIGINFO)
//: end
