#include "record.h"

#include <stddef.h>

#include "board.h"
#include "calls.h"
#include "frame.h"
#include "spaces.h"

/* Whose pid this is, as an actor sees pids. A pid may come again: then it is the youngest's that had it. */
static uint8_t slot_of(const struct family *family, unsigned viewer, int64_t pid)
{
    if (pid == 0)
        return WC_SLOT_NONE;
    for (unsigned slot = family->slots; slot-- > 0;)
        if (family->actor[slot].pid && spaces_number(family, viewer, slot) == pid)
            return (uint8_t)slot;
    return WC_SLOT_OUTSIDE;
}

/* The same for pids as the director sees them: if one came again, the living goes first. */
static uint8_t slot_outside(const struct family *family, int pid)
{
    uint8_t found = WC_SLOT_OUTSIDE;
    for (unsigned slot = 0; slot < family->slots; slot++) {
        if (!family->actor[slot].pid || family->actor[slot].pid != pid)
            continue;
        found = (uint8_t)slot;
        if (family->actor[slot].state != WC_STATE_GONE)
            break;
    }
    return found;
}

/* Whose pid an event tells. */
static uint8_t whose(const struct family *family, const struct wc_event *event)
{
    if (event->pid < 0)
        return WC_SLOT_NONE;
    if (event->kind == WC_EVENT_RETURNED && calls[event->call].tells_outside && event->pid)
        return slot_outside(family, event->pid);
    return slot_of(family, event->actor, event->pid);
}

static void add_event(const struct family *family, const struct wc_event *from)
{
    struct wc_event *event = frame_add(sizeof *event);
    *event = *from;
    event->ret_slot = WC_SLOT_NONE;
    event->reserved[0] = 0;
    event->pid_slot = whose(family, event);
    if (event->kind == WC_EVENT_RETURNED && calls[event->call].tells_pids) {
        event->fact1 = slot_of(family, event->actor, event->fact1);
        event->fact2 = slot_of(family, event->actor, event->fact2);
        event->fact3 = slot_of(family, event->actor, event->fact3);
    }
    if (event->kind == WC_EVENT_RETURNED && event->ret > 0 && calls[event->call].returns_pid)
        event->ret_slot = slot_of(family, event->actor, event->ret);
}

static uint16_t add_events(const struct family *family, unsigned slot)
{
    uint16_t count = 0;
    uint32_t logged = board->box[slot].events;
    for (uint32_t i = 0; i < logged && i < WC_MAX_EVENTS; i++) {
        const struct wc_event *event = &board->log[slot][i];
        if (__atomic_load_n(&event->kind, __ATOMIC_ACQUIRE) == 0)
            continue;
        add_event(family, event);
        count++;
    }
    board_clear_log(slot);
    return count;
}

static void add_state(const struct family *family, unsigned slot)
{
    const struct actor *actor = &family->actor[slot];
    bool gone = actor->state == WC_STATE_GONE, of_init = actor->process == 0;
    struct wc_state *state = frame_add(sizeof *state);
    state->actor = (uint8_t)slot;
    state->state = actor->state;
    state->call = actor->call;
    state->ppid = gone || of_init ? WC_SLOT_NONE : slot_outside(family, actor->ppid);
    state->pgid = gone ? WC_SLOT_NONE : slot_outside(family, actor->pgid);
    state->sid = gone ? WC_SLOT_NONE : slot_outside(family, actor->sid);
}

void record_step(const struct family *family)
{
    struct wc_step_result *step = frame_add(sizeof *step);
    for (unsigned slot = 0; slot < family->slots; slot++)
        step->events = (uint16_t)(step->events + add_events(family, slot));
    for (unsigned slot = 0; slot < family->slots; slot++)
        if (family->actor[slot].pid) {
            add_state(family, slot);
            step->states++;
        }
}
