/* Filters of system calls. */
#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "calls.h"
#include "sys.h"

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#define THIS_ARCH AUDIT_ARCH_RISCV64
#endif

/* Two system calls: whoever is not privileged may filter only if he gives up ever becoming so, seccomp(2). What is
 * told is the second's result. */
long call_seccomp(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    uint32_t verdict = (uint32_t)step->args[0].value | (uint32_t)step->args[1].value;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, verdict),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    sys(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return sys(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}
