
//: if fork
/* Make a child; the kernel notes its pid before it runs. */
static long fork_as(int child, int exit_signal)
{
    long pid = sys(SYS_clone, CLONE_PARENT_SETTID | exit_signal, NULL, &box[child].pid, NULL, NULL);
    if (pid == 0)
        be(child);
    return pid;
}
//: end
//: if apart

static _Noreturn __attribute__((used)) void be_apart(void)
{
    be(*self());
}

/* A clone or clone3 whose child has a stack of its own: it begins in be_apart(). `noted` is the place of two arguments,
 * since architectures differ in which of them is where a child notes its pid. */
static long clone_apart(long n, long a, long b, long c, long noted)
{
#if defined(__x86_64__)
    register long r10 __asm__("r10") = noted;
    register long r8 __asm__("r8") = noted;
    long ret;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t"
                     "call be_apart\n"
                     "1:"
                     : "=a"(ret)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "cc", "memory");
    return ret;
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = noted;
    register long x4 __asm__("x4") = noted;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "bl be_apart\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                     : "x30", "cc", "memory");
    return x0;
#else
    register long a7 __asm__("a7") = n;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = noted;
    register long a4 __asm__("a4") = noted;
    __asm__ volatile("ecall\n\t"
                     "bnez a0, 1f\n\t"
                     "mv s0, zero\n\t"
                     "call be_apart\n"
                     "1:"
                     : "+r"(a0)
                     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4)
                     : "ra", "memory");
    return a0;
#endif
}
//: end
//: if clone

/* Make a child by clone(flags | exit_signal); `pidfd` is where CLONE_PIDFD puts one, and then the child itself notes its
 * pid. With CLONE_VM it has a stack of its own. */
static long clone_as(int child, unsigned long flags, int exit_signal, int *pidfd)
{
    int *noted = &box[child].pid, *parent_tid = flags & CLONE_PIDFD ? pidfd : noted;
    flags |= (flags & CLONE_PIDFD ? CLONE_CHILD_SETTID : CLONE_PARENT_SETTID) | exit_signal;
//: if apart
    if (flags & CLONE_VM) {
        stacks[child].self = child;
        return clone_apart(SYS_clone, (long)flags, (long)(&stacks[child] + 1), (long)parent_tid, (long)noted);
    }
//: end
    long pid = sys(SYS_clone, flags, NULL, parent_tid, noted, noted);
    if (pid == 0)
        be(child);
    return pid;
}
//: end
//: if clone3_args

/* The kernel's struct clone_args, which headers may be too old for. */
struct clone3_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
};
//: end
//: if clone3

/* The same by clone3; `set_tid` is the pid that the child is to have, 0: any. */
static long clone3_as(int child, uint64_t flags, uint64_t exit_signal, int set_tid, int *pidfd)
{
    struct clone3_args args = {
        .flags = flags | CLONE_PARENT_SETTID,
        .pidfd = (uintptr_t)pidfd,
        .parent_tid = (uintptr_t)&box[child].pid,
        .exit_signal = exit_signal,
        .set_tid = set_tid ? (uintptr_t)&set_tid : 0,
        .set_tid_size = set_tid != 0,
    };
//: if apart
    if (flags & CLONE_VM) {
        stacks[child].self = child;
        args.stack = (uintptr_t)&stacks[child];
        args.stack_size = sizeof stacks[child];
        return clone_apart(SYS_clone3, (long)&args, sizeof args, 0, 0);
    }
//: end
    long pid = sys(SYS_clone3, &args, sizeof args);
    if (pid == 0)
        be(child);
    return pid;
}
//: end
//: if exec

/* Replace the program by itself: main() finds out who it is. A process keeps its first thread's pid, whoever of its
 * threads calls exec, so that one's role goes on. */
static long exec_as(int leader, int step)
{
    char who[12], number[12];
    snprintf(who, sizeof who, "%d", leader);
    snprintf(number, sizeof number, "%d", step);
    const char *argv[] = {"actor", who, number, NULL}, *envp[] = {NULL};
//: if threads
    if (steps[step].actor != leader)
        __atomic_store_n(&box[leader].heir, steps[step].actor, __ATOMIC_RELEASE);
//: end
    long ret = sys(SYS_execveat, FD_PROGRAM, "", argv, envp, AT_EMPTY_PATH);
//: if threads
    __atomic_store_n(&box[leader].heir, 0, __ATOMIC_RELEASE);
//: end
    return ret;
}
//: end
