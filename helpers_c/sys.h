/* Raw system calls. An actor makes nothing else: libc would translate (SI_TKILL becomes SI_USER), retry, run
 * fork handlers and touch errno's page. Results are the kernel's own: a negative errno on failure. */
#ifndef WAITCONF_SYS_H
#define WAITCONF_SYS_H

#include <stdint.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    long ret;
    __asm__ volatile("syscall"
                     : "=a"(ret)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return ret;
}
#elif defined(__aarch64__)
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}
#elif defined(__riscv) && __riscv_xlen == 64
static inline long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    register long a7 __asm__("a7") = n;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    register long a4 __asm__("a4") = e;
    register long a5 __asm__("a5") = f;
    __asm__ volatile("ecall"
                     : "+r"(a0)
                     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
                     : "memory");
    return a0;
}
#else
#error "no raw system call for this architecture yet: add it here, nothing else depends on it"
#endif

#define SYS_PICK(_1, _2, _3, _4, _5, _6, _7, NAME, ...) NAME
#define SYS_1(n) sys6((n), 0, 0, 0, 0, 0, 0)
#define SYS_2(n, a) sys6((n), (long)(a), 0, 0, 0, 0, 0)
#define SYS_3(n, a, b) sys6((n), (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS_4(n, a, b, c) sys6((n), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS_5(n, a, b, c, d) sys6((n), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYS_6(n, a, b, c, d, e) sys6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYS_7(n, a, b, c, d, e, f) \
    sys6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* sys(SYS_xxx, up to six arguments) */
#define sys(...) SYS_PICK(__VA_ARGS__, SYS_7, SYS_6, SYS_5, SYS_4, SYS_3, SYS_2, SYS_1, )(__VA_ARGS__)

/* The kernel's struct sigaction, which is not libc's. */
#define RAW_SA_RESTORER 0x04000000UL
struct raw_sigaction {
    void *handler;
    unsigned long flags;
#if !defined(__riscv)
    void *restorer; /* x86 returns from a handler through it; arm64 has the member and ignores it */
#endif
    uint64_t mask;
};

/* clone(2) takes its last arguments in an order of the architecture's own; all are zero here, so none shows. */
static inline long sys_clone(unsigned long flags)
{
    return sys(SYS_clone, flags, 0, 0, 0, 0);
}

#define SIGINFO_WORDS 32 /* of four bytes, in a siginfo_t */

/* arm64 and riscv have no pause(2); a ppoll of nothing sleeps and ends in the same way. */
#if defined(SYS_pause)
#define PAUSE_NUMBER SYS_pause
static inline long sys_pause(void)
{
    return sys(SYS_pause);
}
#else
#define PAUSE_NUMBER SYS_ppoll
static inline long sys_pause(void)
{
    return sys(SYS_ppoll, 0, 0, 0, 0, 8);
}
#endif

#endif
