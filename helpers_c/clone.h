/* Making children by clone and clone3, raw. */
#ifndef WAITCONF_CLONE_H
#define WAITCONF_CLONE_H

#include <stdint.h>

#include "wire.h"

/* clone3(2) with a set_tid of one number, or of none if it is 0. Returns as clone does. */
long clone3_raw(uint64_t flags, uint64_t exit_signal, int32_t set_tid);

/* The flags that a step's call gives its child, as clone3 spells them; 0 if it makes none. */
uint64_t clone_flags(const struct wc_step *step);

#if defined(__x86_64__)
/* A clone or clone3 whose child has a stack of its own: the child begins in actor_born_apart() and never returns. The
 * place where clone's child notes its id is the fourth argument here and the fifth there, so it is both. */
static inline long sys_clone_apart(long n, long a, long b, long c, long noted)
{
    register long r10 __asm__("r10") = noted;
    register long r8 __asm__("r8") = noted;
    long ret;
    __asm__ volatile("syscall\n\t"
                     "test %%rax, %%rax\n\t"
                     "jnz 1f\n\t"
                     "xor %%ebp, %%ebp\n\t" /* the outermost frame */
                     "call actor_born_apart\n"
                     "1:"
                     : "=a"(ret)
                     : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                     : "rcx", "r11", "cc", "memory");
    return ret;
}
#elif defined(__aarch64__)
static inline long sys_clone_apart(long n, long a, long b, long c, long noted)
{
    register long x8 __asm__("x8") = n;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = noted;
    register long x4 __asm__("x4") = noted;
    __asm__ volatile("svc 0\n\t"
                     "cbnz x0, 1f\n\t"
                     "mov x29, xzr\n\t"
                     "bl actor_born_apart\n"
                     "1:"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
                     : "x30", "cc", "memory");
    return x0;
}
#elif defined(__riscv) && __riscv_xlen == 64
static inline long sys_clone_apart(long n, long a, long b, long c, long noted)
{
    register long a7 __asm__("a7") = n;
    register long a0 __asm__("a0") = a;
    register long a1 __asm__("a1") = b;
    register long a2 __asm__("a2") = c;
    register long a3 __asm__("a3") = noted;
    register long a4 __asm__("a4") = noted;
    __asm__ volatile("ecall\n\t"
                     "bnez a0, 1f\n\t"
                     "mv s0, zero\n\t"
                     "call actor_born_apart\n"
                     "1:"
                     : "+r"(a0)
                     : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4)
                     : "ra", "memory");
    return a0;
}
#endif

#endif
