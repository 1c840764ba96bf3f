/* One case from its first process to its last. */
#include <errno.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "board.h"
#include "calls.h"
#include "cgroup.h"
#include "clone.h"
#include "family.h"
#include "frame.h"
#include "quiet.h"
#include "record.h"
#include "rings.h"
#include "spaces.h"
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
        bool signals = steps[i].call == WC_KILL || steps[i].call == WC_TGKILL || steps[i].call == WC_TKILL ||
                       steps[i].call == WC_SIGQUEUE;
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

static bool traces(const struct wc_program *program, const struct wc_step *steps)
{
    for (unsigned i = 0; i < program->steps; i++)
        if (steps[i].call == WC_PTRACE)
            return true;
    return false;
}

static bool chooses_pids(const struct wc_program *program, const struct wc_step *steps)
{
    for (unsigned i = 0; i < program->steps; i++)
        if (steps[i].call == WC_CLONE3 && steps[i].args[1].value)
            return true;
    return false;
}

static bool nests(const struct wc_program *program, const struct wc_step *steps)
{
    for (unsigned i = 0; i < program->steps; i++)
        if (steps[i].call == WC_UNSHARE_PID || clone_flags(&steps[i]) & CLONE_NEWPID)
            return true;
    return false;
}

/* Start init and the root actor; they may still be on their way to their mailboxes. */
static bool start(const struct wc_program *program, const struct wc_step *steps, struct wc_result *result,
                  long *init)
{
    memset(&family, 0, sizeof family);
    family.slots = program->actors;
    family.init_stands_by = containment.pidns && leaves_init_alone(program, steps);
    family.chooses = chooses_pids(program, steps);
    family.quiet = quiet_needed(program, steps);
    family.traces = traces(program, steps);
    for (unsigned slot = 0; slot < family.slots; slot++)
        family.actor[slot].stat_fd = family.actor[slot].call_fd = -1;
    if (!containment.tells_numbers && containment.pidns && nests(program, steps))
        return end(result, WC_UNSUPPORTED, "no numbers in nested PID namespaces to be had: status has no NSpid");
    if (program->needs & WC_HAVE_CGROUP && !cgroup_begin())
        return end(result, WC_BROKEN, "cannot make the case's cgroup");
    if (family.quiet && quiet_begin(family.slots) < 0)
        return end(result, WC_BROKEN, "cannot make what quiet actors wait on");
    *init = birth_init(&family);
    if (*init < 0)
        return end(result, WC_BROKEN, "cannot make the case's init: errno %ld", -*init);
    uint64_t began = now_ns();
    while (!birth_notice(&family))
        if (now_ns() - began > BIRTH_MS * 1000000ull)
            return end(result, WC_BROKEN, "the case's first processes did not come up");
    if (family.quiet)
        quiet_take_precedence();
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

/* Put a call, its pids resolved, into an actor's mailbox: the first of a burst into the box, the others behind it.
 * The actor does not see it before hand_out(). */
static void fill(const struct wc_step *step, unsigned place)
{
    struct box *box = &board->box[step->actor];
    if (place == 0)
        box->first = box->posted + 1;
    struct wc_step *to = board_command(step->actor, box->first + place);
    *to = *step;
    birth_expect(&family, step);
    quiet_hush(step);
    family.suspect = calls[step->call].makes_child ? step->child : step->actor;
    for (unsigned i = 0; i < step->nargs; i++)
        if (step->args[i].kind == WC_ARG_PID) {
            bool outside = calls[step->call].takes[i] == WC_TAKES_ACTOR;
            int number = outside ? family.actor[step->args[i].slot].pid
                                 : spaces_number(&family, step->actor, step->args[i].slot);
            to->args[i].value *= number ? number : NOBODY;
            family.suspect = step->args[i].slot;
        }
}

/* Let an actor have the burst that lies in its mailbox, as soon as it looks there. */
static void hand_out(unsigned slot, uint32_t count)
{
    struct box *box = &board->box[slot];
    __atomic_store_n(&box->posted, box->posted + count, __ATOMIC_RELEASE);
}

static void wake(unsigned slot)
{
    if (family.quiet)
        quiet_ring(&family, slot);
    else
        sys(SYS_futex, &board->box[slot].posted, FUTEX_WAKE, INT_MAX);
}

/* Give out the calls of a block, and sleep until somebody takes his out: that gives him the core, which a yield does
 * not (see birth_notice). He wakes us before he makes the call, since he may not return from it; woken calmly
 * (contain.c), we run when he sleeps or ends. The others of a block are on their way then, or never will be: the
 * first may have killed or stopped them. All have their calls before anybody wakes up: who comes to another's place
 * by his exec is not to be given what that one was told. */
static void post(const struct wc_step *steps, unsigned count)
{
    uint32_t burst[WC_MAX_ACTORS] = {0};
    uint32_t taken = __atomic_load_n(&board->taken, __ATOMIC_ACQUIRE);
    for (unsigned i = 0; i < count; i++)
        fill(&steps[i], burst[steps[i].actor]++);
    for (unsigned slot = 0; slot < family.slots; slot++)
        if (burst[slot])
            hand_out(slot, burst[slot]);
    for (unsigned i = 0; i < count; i++)
        if (burst[steps[i].actor]) {
            wake(steps[i].actor);
            burst[steps[i].actor] = 0;
        }
    if (family.quiet)
        return; /* settle() gives way to him */
    struct timespec patience = {0, PATIENCE_NS}; /* an actor killed from outside takes nothing out */
    if (__atomic_load_n(&board->taken, __ATOMIC_ACQUIRE) == taken)
        sys(SYS_futex, &board->taken, FUTEX_WAIT, taken, &patience);
}

static bool all_ready(const struct wc_step *steps, unsigned count)
{
    bool fine = true;
    for (unsigned i = 0; i < count; i++)
        if (!ready(&steps[i])) {
            struct wc_event event = {.kind = WC_EVENT_UNREADY, .call = steps[i].call};
            board_log(steps[i].actor, &event);
            fine = false;
        }
    return fine;
}

/* Run a block: one step, or several that are joined. */
static bool run_block(const struct wc_step *steps, unsigned count, uint32_t watchdog_ms, struct wc_result *result)
{
    if (all_ready(steps, count)) {
        for (unsigned i = 0; i < count; i++) {
            const char *refused = authority_refuses(&family, &steps[i], count > 1);
            if (refused)
                return end(result, WC_REFUSED, "step %u: %s", result->steps, refused);
        }
        const char *ring = rings_refuse(&family, steps, count);
        if (ring)
            return end(result, WC_REFUSED, "step %u: %s", result->steps, ring);
        post(steps, count);
    }
    bool settled = settle(&family, watchdog_ms);
    record_step(&family);
    if (!settled)
        end(result, WC_HUNG, "step %u: did not settle within %u ms", result->steps, watchdog_ms);
    result->steps++;
    return settled;
}

static void kill_actors(void)
{
    int pids[WC_MAX_ACTORS];
    unsigned count = 0;
    for (unsigned slot = 0; slot < family.slots; slot++)
        if (family.actor[slot].pid > 0 && family.actor[slot].process == slot && family.actor[slot].state != WC_STATE_GONE)
            pids[count++] = family.actor[slot].pid;
    warden_kill(pids, count);
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
        if (family.traces)
            kill_actors();
        warden_clear();
    }
    if (family.quiet)
        quiet_end(family.slots);
    cgroup_end();
    birth_forget(&family);
    cores_clear();
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
    for (unsigned i = 0, count; going && i < program->steps; i += count) {
        for (count = 1; steps[i + count - 1].joined; count++)
            ;
        going = run_block(&steps[i], count, program->watchdog_ms, result);
    }
    clear(init);
    result->duration_ns = now_ns() - began;
    frame_send(WC_FRAME_RESULT);
}
