/* clone3 with what only it can do, and namespaces for children. */
#define _GNU_SOURCE
#include <sched.h>
#include <stddef.h>

#include "actor.h"
#include "board.h"
#include "calls.h"
#include "clone.h"
#include "sys.h"

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

long call_clone3(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    const struct wc_arg *arg = step->args;
    long r = clone3_raw((uint64_t)arg[2].value, (uint64_t)arg[0].value, (int32_t)arg[1].value);
    if (r == 0)
        actor_born(step->child);
    if (r > 0)
        __atomic_store_n(&board->box[step->child].forked, 1, __ATOMIC_RELEASE);
    return r;
}

long call_unshare_pid(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    return sys(SYS_unshare, CLONE_NEWPID);
}
