/* ---- Raw system calls: libc would translate, retry and hide. What fails gives a negative errno. ---- */

//: if apart
#if defined(__x86_64__)
static long sys6(long n, long a, long b, long c, long d, long e, long f)
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
static long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    return x0;
}
#elif defined(__riscv)
static long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    register long a7 __asm__("a7") = n;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = d;
    register long a4 __asm__("a4") = e;
    register long a5 __asm__("a5") = f;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
    return a0;
}
#else
#error "tasks that share their memory need a raw system call of this architecture here, and in clone_apart()"
#endif
//: else
static long sys6(long n, long a, long b, long c, long d, long e, long f)
{
    long ret = syscall(n, a, b, c, d, e, f);
    return ret == -1 ? -errno : ret;
}
//: end

#define PICK(_1, _2, _3, _4, _5, _6, _7, NAME, ...) NAME
#define SYS1(n) sys6(n, 0, 0, 0, 0, 0, 0)
#define SYS2(n, a) sys6(n, (long)(a), 0, 0, 0, 0, 0)
#define SYS3(n, a, b) sys6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS4(n, a, b, c) sys6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS5(n, a, b, c, d) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYS6(n, a, b, c, d, e) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYS7(n, a, b, c, d, e, f) sys6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define sys(...) PICK(__VA_ARGS__, SYS7, SYS6, SYS5, SYS4, SYS3, SYS2, SYS1, 0)(__VA_ARGS__)
//: if pause

/* Some architectures have no pause(2); a ppoll of nothing sleeps and ends in the same way. */
#if defined(SYS_pause)
#define PAUSES_IN SYS_pause
#define raw_pause() sys(SYS_pause)
#else
#define PAUSES_IN SYS_ppoll
#define raw_pause() sys(SYS_ppoll, NULL, 0, NULL, NULL, 8)
#endif
//: end
