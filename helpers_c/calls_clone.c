/* Children by clone and clone3, who share more or less with their maker, and namespaces for children. */
#define _GNU_SOURCE
#include "clone.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stddef.h>

#include "actor.h"
#include "board.h"
#include "buffer.h"
#include "calls.h"
#include "descriptors.h"
#include "number_file.h"
#include "stacks.h"
#include "sys.h"

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)

/* struct clone_args of Linux 5.5, the first with set_tid; not from a header, which may be older. */
struct raw_clone_args {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size;
};

long clone3_raw(uint64_t flags, uint64_t exit_signal, int32_t set_tid)
{
    struct raw_clone_args args = {.flags = flags, .exit_signal = exit_signal};
    if (set_tid) {
        args.set_tid = (uint64_t)(uintptr_t)&set_tid;
        args.set_tid_size = 1;
    }
    return sys(SYS_clone3, &args, sizeof args);
}

uint64_t clone_flags(const struct wc_step *step)
{
    switch (step->call) {
    case WC_CLONE:
        return (uint64_t)step->args[1].value;
    case WC_CLONE3:
        return (uint64_t)step->args[2].value;
    case WC_THREAD:
        return THREAD_FLAGS;
    case WC_VFORK:
        return CLONE_VM | CLONE_VFORK;
    default:
        return 0;
    }
}

/* The stack of the child: one of its own where it shares our memory; else none, and it keeps its copy of ours. */
static char *child_stack(const struct wc_step *step)
{
    uint64_t flags = clone_flags(step);
    if (!(flags & CLONE_VM))
        return NULL;
    return stack_prepare(step->child, flags & CLONE_THREAD ? self()->process : step->child);
}

/* Make the child of a step: a system call, its arguments, and whether the child has a stack of its own. */
/* `noted` is where the child notes its id (CLONE_CHILD_SETTID), for a clone that says so. */
static long make_child(const struct wc_step *step, long n, long a, long b, long c, long noted, bool apart)
{
    long r = apart ? sys_clone_apart(n, a, b, c, noted) : sys(n, a, b, c, noted, noted);
    if (r == 0)
        actor_born(step->child);
    if (r > 0)
        __atomic_store_n(&board->box[step->child].forked, 1, __ATOMIC_RELEASE);
    return r;
}

/* As with fork the kernel notes the child's pid before the child can run. */
static long make_by_clone(const struct wc_step *step, unsigned long more)
{
    char *stack = child_stack(step);
    unsigned long flags = (unsigned long)clone_flags(step) | CLONE_PARENT_SETTID | more;
    return make_child(step, SYS_clone, (long)flags, (long)(stack ? stack + STACK_SIZE : NULL),
                      (long)&board->box[step->child].pid, 0, stack != NULL);
}

/* The address that the kernel is to put a pidfd at. */
static long pidfd_address(const struct wc_arg *name, int32_t *pidfd)
{
    if (name->value == WC_FD_BAD)
        return BAD_ADDRESS;
    return name->value == WC_FD_CLOSED ? 0 : (long)pidfd;
}

/* What a call has made, and the pidfd of it that CLONE_PIDFD asked for. */
static long with_pidfd(long made, const int32_t *pidfd, const struct wc_arg *name)
{
    if (made > 0 && *pidfd > 0)
        descriptor_keep(*pidfd, name);
    return made;
}

/* The pidfd goes where the pid would go: so the child notes that itself, before anything else it does. That there will
 * be a child can be seen before it runs. */
static long make_with_pidfd(const struct wc_step *step)
{
    char *stack = child_stack(step);
    int32_t *pidfd = &board->box[step->child].pidfd;
    unsigned long flags = (unsigned long)clone_flags(step) | CLONE_CHILD_SETTID | ((uint64_t)step->args[0].value & CSIGNAL);
    long made = make_child(step, SYS_clone, (long)flags, (long)(stack ? stack + STACK_SIZE : NULL),
                           pidfd_address(&step->args[2], pidfd), (long)&board->box[step->child].pid, stack != NULL);
    if (made < 0)
        __atomic_store_n(pidfd, 0, __ATOMIC_RELEASE);
    return with_pidfd(made, pidfd, &step->args[2]);
}

long call_clone(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    if (clone_flags(step) & CLONE_PIDFD)
        return make_with_pidfd(step);
    return make_by_clone(step, (unsigned long)step->args[0].value & CSIGNAL);
}

long call_thread(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return make_by_clone(step, CLONE_SYSVSEM); /* as pthread_create(3): qemu-user makes no other threads */
}

long call_vfork(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return make_by_clone(step, SIGCHLD);
}

long call_clone3(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    const struct wc_arg *arg = step->args;
    int32_t set_tid = (int32_t)arg[1].value;
    int32_t pidfd = 0;
    char *stack = child_stack(step);
    struct raw_clone_args args = {
        .flags = clone_flags(step) | CLONE_PARENT_SETTID,
        .pidfd = (uint64_t)pidfd_address(&arg[3], &pidfd),
        .parent_tid = (uint64_t)(uintptr_t)&board->box[step->child].pid,
        .exit_signal = (uint64_t)arg[0].value,
        .stack = (uint64_t)(uintptr_t)stack,
        .stack_size = stack ? STACK_SIZE : 0,
        .set_tid = set_tid ? (uint64_t)(uintptr_t)&set_tid : 0,
        .set_tid_size = set_tid ? 1 : 0,
    };
    return with_pidfd(make_child(step, SYS_clone3, (long)&args, sizeof args, 0, 0, stack != NULL), &pidfd, &arg[3]);
}

long call_unshare_pid(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    return sys(SYS_unshare, CLONE_NEWPID);
}

long call_ns_last_pid(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return write_number(AT_FDCWD, "/proc/sys/kernel/ns_last_pid", step->args[0].value - 1);
}
