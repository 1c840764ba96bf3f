/* Making processes, ending them, and their ids. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "actor.h"
#include "board.h"
#include "calls.h"
#include "stacks.h"
#include "sys.h"

long call_fork(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    /* The kernel notes the pid before the newborn can run or be killed: whoever dies at once is known all the same.
     * The third argument is the place for it on every architecture. */
    unsigned long flags = ((unsigned long)step->args[0].value & 0xff) | CLONE_PARENT_SETTID;
    long r = sys(SYS_clone, flags, 0, &board->box[step->child].pid, 0, 0);
    if (r == 0)
        actor_born(step->child);
    if (r > 0)
        __atomic_store_n(&board->box[step->child].forked, 1, __ATOMIC_RELEASE);
    return r;
}

static void spell(char *text, unsigned slot)
{
    text[0] = (char)('0' + slot / 10);
    text[1] = (char)('0' + slot % 10);
}

long call_exec(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    /* The process keeps its leader's pid, whoever of its threads calls exec: so the leader's role goes on. */
    char leader[3] = {0}, caller[3] = {0};
    spell(leader, self()->process);
    spell(caller, self()->slot);
    const char *argv[] = {"agent", "--actor", leader, caller, NULL};
    const char *envp[] = {NULL};
    uint8_t *heir = &board->box[self()->process].heir;
    if (self()->slot != self()->process)
        __atomic_store_n(heir, (uint8_t)self()->slot, __ATOMIC_RELEASE);
    long r = sys(SYS_execveat, FD_EXE, "", argv, envp, AT_EMPTY_PATH);
    __atomic_store_n(heir, 0, __ATOMIC_RELEASE);
    return r;
}

long call_exit(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_exit, step->args[0].value);
}

long call_exit_group(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_exit_group, step->args[0].value);
}

long call_setpgid(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_setpgid, step->args[0].value, step->args[1].value);
}

long call_setsid(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    return sys(SYS_setsid);
}

long call_prctl(const struct wc_step *step, struct wc_event *event)
{
    const struct wc_arg *arg = step->args;
    int value = 0;
    int get = arg[0].value == PR_GET_PDEATHSIG || arg[0].value == PR_GET_CHILD_SUBREAPER;
    long r = sys(SYS_prctl, arg[0].value, get ? (long)&value : arg[1].value, 0, 0, 0);
    event->set = (uint64_t)(uint32_t)value;
    return r;
}

long call_getppid(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    return sys(SYS_getppid);
}

long call_gettid(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    return sys(SYS_gettid);
}

long call_getpid(const struct wc_step *step, struct wc_event *event)
{
    (void)step;
    (void)event;
    return sys(SYS_getpid);
}

long call_getpgid(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_getpgid, step->args[0].value);
}

long call_getsid(const struct wc_step *step, struct wc_event *event)
{
    (void)event;
    return sys(SYS_getsid, step->args[0].value);
}
