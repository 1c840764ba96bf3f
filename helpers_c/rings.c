#include "rings.h"

#include <linux/ptrace.h>
#include <stddef.h>

#include "proc.h"
#include "spaces.h"
#include "tracing.h"

static bool becomes_tracee(const struct wc_step *step)
{
    return step->call == WC_PTRACE && step->args[0].value == PTRACE_TRACEME;
}

/* Whether one is traced by another, or by one who is traced by that one, and so on. */
static bool is_traced_by(const struct actor *actor, const struct actor *tracer)
{
    int pid = actor->pid;
    for (unsigned i = 0; i < WC_MAX_ACTORS && pid; i++) {
        pid = proc_tracer(pid);
        if (pid == tracer->pid)
            return true;
    }
    return false;
}

/* The slot that an attaching step means; a number may be an actor's. */
static unsigned target_of(const struct family *family, const struct wc_step *step)
{
    const struct wc_arg *arg = &step->args[1];
    if (arg->kind == WC_ARG_PID)
        return arg->slot;
    for (unsigned slot = 0; slot < family->slots; slot++)
        if (family->actor[slot].pid && spaces_number(family, step->actor, slot) == arg->value)
            return slot;
    return WC_SLOT_NONE;
}

/* Its tracer will be the thread that made it, or whoever has adopted it: any of that process is taken for it. */
static bool traces_parent(const struct family *family, const struct actor *actor)
{
    for (unsigned slot = 0; slot < family->slots; slot++) {
        const struct actor *other = &family->actor[slot];
        if (other->pid && family->actor[other->process].pid == actor->ppid && is_traced_by(other, actor))
            return true;
    }
    return false;
}

static bool closes_ring(const struct family *family, const struct wc_step *step)
{
    const struct actor *actor = &family->actor[step->actor];
    if (becomes_tracee(step))
        return traces_parent(family, actor);
    unsigned target = tracing_attaches(step) ? target_of(family, step) : WC_SLOT_NONE;
    return target != WC_SLOT_NONE && is_traced_by(actor, &family->actor[target]);
}

/* Within a block nobody is to become a tracee and a tracer: what that leads to, nobody can see beforehand. */
static bool may_close_ring(const struct family *family, const struct wc_step *steps, unsigned count)
{
    uint32_t tracers = 0, tracees = 0;
    for (unsigned i = 0; i < count; i++) {
        if (becomes_tracee(&steps[i]))
            tracees |= 1u << steps[i].actor;
        if (!tracing_attaches(&steps[i]))
            continue;
        unsigned target = target_of(family, &steps[i]);
        tracers |= 1u << steps[i].actor;
        tracees |= target == WC_SLOT_NONE ? 0 : 1u << target;
    }
    return tracers & tracees;
}

const char *rings_refuse(const struct family *family, const struct wc_step *steps, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (closes_ring(family, &steps[i]))
            return "a ring of tracers might never end";
    return count > 1 && may_close_ring(family, steps, count) ? "tracers that are traced in one block might form a ring" : NULL;
}
