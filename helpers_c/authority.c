/* What a case may do where no PID namespace holds it: send signals to itself, and to nobody else. A pid of an
 * actor that is gone may be a stranger's by now; nothing runs between the last look and the call, so an actor
 * that was there then is there still. Of a block of calls this holds only before the first of them. */
#include <limits.h>
#include <linux/sched.h>
#include <stddef.h>
#include <sys/resource.h>

#include "clone.h"
#include "family.h"
#include "tracing.h"

static bool present(const struct actor *actor)
{
    return actor->pid && actor->state != WC_STATE_GONE;
}

/* A process group that is the case's: it has a member here, or its number is the pid of an actor. */
static bool own_group(const struct family *family, int pgid)
{
    for (unsigned slot = 0; slot < family->slots; slot++) {
        const struct actor *actor = &family->actor[slot];
        if (present(actor) && (actor->pid == pgid || actor->pgid == pgid))
            return true;
    }
    return false;
}

static const char *refuse_kill(const struct family *family, const struct wc_step *step)
{
    const struct wc_arg *target = &step->args[0];
    if (target->kind == WC_ARG_PID) {
        const struct actor *actor = &family->actor[target->slot];
        if (target->value == 1 ? present(actor) : own_group(family, actor->pid))
            return NULL;
        return "kill of one who is gone: the pid may be a stranger's";
    }
    switch ((int32_t)target->value) { /* as the kernel takes it */
    case 0:
        return own_group(family, family->actor[step->actor].pgid) ? NULL : "kill of a group outside the case";
    case INT_MIN: /* the kernel sends nothing: kill(2) */
        return NULL;
    default:
        return "kill of a literal pid needs a PID namespace";
    }
}

/* An id where none that is not positive means anybody. */
static bool is_harmless(const struct family *family, const struct wc_arg *arg)
{
    return arg->kind == WC_ARG_PID ? present(&family->actor[arg->slot]) : (int32_t)arg->value <= 0;
}

static const char *refuse_ids(const struct family *family, const struct wc_step *step, int ids)
{
    for (int i = 0; i < ids; i++)
        if (!is_harmless(family, &step->args[i]))
            return "a signal to a literal or to one who is gone needs a PID namespace";
    return NULL;
}

/* Of all requests only these two reach one who is not the caller's tracee yet. */
static const char *refuse_attach(const struct family *family, const struct wc_step *step, bool together)
{
    if (!together && is_harmless(family, &step->args[1]))
        return NULL;
    return "tracing a literal pid, or one who may be gone, needs a PID namespace";
}

/* Who is in the case's cgroup is killed there. */
static const char *refuse_join(const struct family *family, const struct wc_step *step, bool together)
{
    const struct wc_arg *who = &step->args[0];
    if (who->kind == WC_ARG_LITERAL ? who->value <= 0 : !together && present(&family->actor[who->slot]))
        return NULL;
    return "moving a literal pid, or one who may be gone, into a cgroup needs a PID namespace";
}

/* A pidfd is safe for what it is of; but it must be of one of ours. */
static const char *refuse_pidfd(const struct family *family, const struct wc_step *step, bool together)
{
    if (!together && is_harmless(family, &step->args[0]))
        return NULL;
    return "a pidfd of a literal pid, or of one who may be gone, needs a PID namespace";
}

static bool sends_signals(unsigned call)
{
    return call == WC_KILL || call == WC_TGKILL || call == WC_TKILL || call == WC_SIGQUEUE;
}

const char *authority_refuses(const struct family *family, const struct wc_step *step, bool together)
{
    if (step->call == WC_SETRLIMIT && step->args[0].value == RLIMIT_CORE && !containment.core)
        return "without a place for cores that nobody else sees, their limit stays as it is";
    if (tracing_attaches_to_init(step))
        return "init may not be traced";
    if (containment.pidns)
        return NULL;
    if (step->call == WC_UNSHARE_PID || (step->call == WC_CLONE3 && step->args[1].value) ||
        clone_flags(step) & CLONE_NEWPID)
        return "pids by choice and namespaces within one need a PID namespace";
    if (clone_flags(step) & CLONE_PARENT && family->actor[step->actor].process == 0)
        return "a sister of init would be no part of the case: that needs a PID namespace";
    if (step->call == WC_CGROUP_JOIN)
        return refuse_join(family, step, together);
    if (step->call == WC_PIDFD_OPEN || step->call == WC_OPEN_PROC)
        return refuse_pidfd(family, step, together);
    if (tracing_attaches(step))
        return refuse_attach(family, step, together);
    if (!sends_signals(step->call))
        return NULL;
    if (together)
        return "signals amid other calls need a PID namespace: their target may be gone by then";
    switch (step->call) {
    case WC_KILL:
        return refuse_kill(family, step);
    case WC_TGKILL:
        return refuse_ids(family, step, 2);
    default: /* tkill, sigqueue */
        return refuse_ids(family, step, 1);
    }
}
