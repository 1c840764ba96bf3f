/* One case from its first process to its last. */
#include <errno.h>
#include <linux/futex.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "board.h"
#include "calls.h"
#include "family.h"
#include "frame.h"
#include "record.h"
#include "sys.h"
#include "warden.h"

/* Over and above the watchdog of a step: a case's first processes do nothing that could hang. */
#define BIRTH_MS 10000
#define PATIENCE_NS 20000000

static struct family family;

__attribute__((format(printf, 3, 4))) static bool end(struct wc_result *result, uint16_t outcome,
                                                      const char *format, ...)
{
    va_list args;
    result->outcome = outcome;
    va_start(args, format);
    vsnprintf(result->text, sizeof result->text, format, args);
    va_end(args);
    return false;
}

/* Whether a program has nothing to do with init: no step of it, no pid of it, no signal that may reach it. */
static bool leaves_init_alone(const struct wc_program *program, const struct wc_step *steps)
{
    for (unsigned i = 0; i < program->steps; i++) {
        bool signals = steps[i].call == WC_KILL || steps[i].call == WC_TGKILL;
        if (steps[i].actor == 0)
            return false;
        for (unsigned n = 0; n < steps[i].nargs; n++) {
            const struct wc_arg *arg = &steps[i].args[n];
            if (arg->kind == WC_ARG_PID ? arg->slot == 0 : signals && n == 0)
                return false;
        }
    }
    return true;
}

/* Start init and the root actor; they may still be on their way to their mailboxes. */
static bool start(const struct wc_program *program, const struct wc_step *steps, struct wc_result *result,
                  long *init)
{
    memset(&family, 0, sizeof family);
    family.slots = program->actors;
    family.init_stands_by = containment.pidns && leaves_init_alone(program, steps);
    for (unsigned slot = 0; slot < family.slots; slot++)
        family.actor[slot].stat_fd = family.actor[slot].call_fd = -1;
    *init = birth_init(&family);
    if (*init < 0)
        return end(result, WC_BROKEN, "cannot make the case's init: errno %ld", -*init);
    uint64_t began = now_ns();
    while (!birth_notice(&family))
        if (now_ns() - began > BIRTH_MS * 1000000ull)
            return end(result, WC_BROKEN, "the case's first processes did not come up");
    /* Where signals must be checked against process groups, these must be known before the first step. */
    return containment.pidns || settle(&family, BIRTH_MS) ||
           end(result, WC_BROKEN, "the case's first processes did not come to rest");
}

static bool ready(const struct wc_step *step)
{
    if (!family.actor[step->actor].pid || family.actor[step->actor].state != WC_STATE_IDLE)
        return false;
    for (unsigned i = 0; i < step->nargs; i++)
        if (step->args[i].kind == WC_ARG_PID && !family.actor[step->args[i].slot].pid)
            return false; /* its fork failed */
    return true;
}

/* Put a call, its pids resolved, into an idle actor's mailbox, and sleep until he takes it out: that gives him the
 * core, which a yield does not (see birth_notice). He wakes us before he makes the call, since he may not return
 * from it; woken calmly (contain.c), we run when he sleeps or ends. */
static void post(const struct wc_step *step)
{
    struct box *box = &board->box[step->actor];
    box->step = *step;
    family.suspect = step->call == WC_FORK ? step->child : step->actor;
    for (unsigned i = 0; i < step->nargs; i++)
        if (step->args[i].kind == WC_ARG_PID) {
            bool outside = calls[step->call].takes[i] == WC_TAKES_ACTOR;
            int32_t inside = board->box[step->args[i].slot].pid;
            box->step.args[i].value *= outside ? family.actor[step->args[i].slot].pid : inside;
            family.suspect = step->args[i].slot;
        }
    __atomic_store_n(&box->posted, box->posted + 1, __ATOMIC_RELEASE);
    sys(SYS_futex, &box->posted, FUTEX_WAKE, INT_MAX);
    struct timespec patience = {0, PATIENCE_NS}; /* an actor killed from outside takes nothing out */
    if (__atomic_load_n(&box->taken, __ATOMIC_ACQUIRE) != box->posted)
        sys(SYS_futex, &box->taken, FUTEX_WAIT, box->posted - 1, &patience);
}

static bool run_step(const struct wc_step *step, uint32_t watchdog_ms, struct wc_result *result)
{
    if (ready(step)) {
        const char *refused = authority_refuses(&family, step);
        if (refused)
            return end(result, WC_REFUSED, "step %u: %s", result->steps, refused);
        post(step);
    } else {
        struct wc_event event = {.kind = WC_EVENT_UNREADY, .call = step->call};
        board_log(step->actor, &event);
    }
    bool settled = settle(&family, watchdog_ms);
    record_step(&family);
    if (!settled)
        end(result, WC_HUNG, "step %u: did not settle within %u ms", result->steps, watchdog_ms);
    result->steps++;
    return settled;
}

/* Nothing of a case is left when the next begins. */
static void clear(long init)
{
    if (containment.pidns && init > 0) {
        /* Our own child, not yet reaped; its end is the end of all in its namespace. */
        sys(SYS_kill, init, SIGKILL);
        while (sys(SYS_wait4, init, 0, __WALL, 0) == -EINTR)
            ;
    } else {
        warden_clear();
    }
    birth_forget(&family);
    for (unsigned slot = 0; slot < family.slots; slot++) {
        if (family.actor[slot].stat_fd >= 0)
            sys(SYS_close, family.actor[slot].stat_fd);
        if (family.actor[slot].call_fd >= 0)
            sys(SYS_close, family.actor[slot].call_fd);
        board_clear(slot);
    }
}

void direct(const struct wc_program *program, const struct wc_step *steps)
{
    long init = 0;
    uint64_t began = now_ns();
    struct wc_result *result = frame_add(sizeof *result);
    result->id = program->id;
    bool going = start(program, steps, result, &init);
    for (unsigned i = 0; going && i < program->steps; i++)
        going = run_step(&steps[i], program->watchdog_ms, result);
    clear(init);
    result->duration_ns = now_ns() - began;
    frame_send(WC_FRAME_RESULT);
}
