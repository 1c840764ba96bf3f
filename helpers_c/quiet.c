#define _GNU_SOURCE
#include "quiet.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

#include "board.h"
#include "sys.h"
#include "tracing.h"

#define MOMENT_NS 20000
#define MOST_DOUBLINGS 6
#define ENOUGH_TURNS 2 /* the first may have begun before the look */

static bool goes_first;

bool quiet_needed(const struct wc_program *program, const struct wc_step *steps)
{
    for (unsigned i = 0; i < program->steps; i++)
        if (tracing_stops_at_calls(&steps[i]))
            return true;
    return false;
}

static long move(long fd, int to)
{
    if (fd < 0 || fd == to)
        return fd;
    long r = sys(SYS_dup3, fd, to, 0);
    sys(SYS_close, fd);
    return r;
}

/* An edge for each write: nobody has to read, so nobody who was waked in vain, or not at all, leaves anything. */
static long make_bell(unsigned slot)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET};
    long r = move(sys(SYS_eventfd2, 0, EFD_NONBLOCK), FD_CORD + (int)slot);
    if (r >= 0)
        r = move(sys(SYS_epoll_create1, 0), FD_BELL + (int)slot);
    return r < 0 ? r : sys(SYS_epoll_ctl, FD_BELL + slot, EPOLL_CTL_ADD, FD_CORD + slot, &event);
}

long quiet_begin(unsigned slots)
{
    long r = 0;
    for (unsigned slot = 0; slot < slots && r >= 0; slot++)
        r = make_bell(slot);
    board->bells = r >= 0;
    return r;
}

static bool schedule(int pid, int policy, int priority)
{
    struct sched_param parameter = {.sched_priority = priority};
    return sched_setscheduler(pid, policy, &parameter) == 0;
}

/* Waking up, the director must get the core though a spinner has it. An ordinary process gets it soon, but not
 * always, and one of SCHED_BATCH only when the other's time is up. */
void quiet_take_precedence(void)
{
    goes_first = schedule(0, SCHED_FIFO, 1);
    if (!goes_first)
        schedule(0, SCHED_OTHER, 0);
}

void quiet_end(unsigned slots)
{
    schedule(0, SCHED_BATCH, 0);
    board->bells = false;
    for (unsigned slot = 0; slot < slots; slot++) {
        sys(SYS_close, FD_BELL + slot);
        sys(SYS_close, FD_CORD + slot);
    }
}

void quiet_hush(const struct wc_step *step)
{
    const struct wc_arg *tracee = &step->args[1];
    if (tracing_stops_at_calls(step) && tracee->kind == WC_ARG_PID)
        __atomic_store_n(&board->box[tracee->slot].quiet, 1, __ATOMIC_RELEASE);
}

void quiet_ring(const struct family *family, unsigned slot)
{
    uint64_t once = 1;
    if (board->box[slot].quiet)
        schedule(family->actor[slot].pid, SCHED_BATCH, 0);
    sys(SYS_write, FD_CORD + slot, &once, sizeof once);
}

void quiet_give_way(unsigned times_before)
{
    static uint32_t nobody_wakes;
    struct timespec moment = {0, MOMENT_NS << (times_before < MOST_DOUBLINGS ? times_before : MOST_DOUBLINGS)};
    sys(SYS_futex, &nobody_wakes, FUTEX_WAIT, 0, &moment);
}

bool quiet_spins(unsigned slot)
{
    return __atomic_load_n(&board->box[slot].quiet, __ATOMIC_ACQUIRE) && board_call(slot) == 0;
}

static uint32_t turns(unsigned slot)
{
    return __atomic_load_n(&board->box[slot].turns, __ATOMIC_ACQUIRE);
}

/* Whoever else wakes up is to have the core before the spinners. Where the director has no such right, this cannot
 * be undone: a spinner's later calls give way too. */
static void take_look(const struct family *family, struct quiet_look *look)
{
    look->taken = true;
    memcpy(look->actor, family->actor, sizeof look->actor);
    for (unsigned slot = 0; slot < family->slots; slot++) {
        look->turns[slot] = turns(slot);
        if (family->spinning >> slot & 1)
            schedule(family->actor[slot].pid, SCHED_IDLE, 0);
    }
}

bool quiet_proven(struct family *family, struct quiet_look *earlier)
{
    if (!family->spinning)
        return true;
    if (!earlier->taken || memcmp(earlier->actor, family->actor, sizeof earlier->actor) != 0) {
        take_look(family, earlier);
        return false;
    }
    for (unsigned slot = 0; slot < family->slots; slot++)
        if (family->spinning >> slot & 1 && turns(slot) - earlier->turns[slot] < ENOUGH_TURNS)
            return false;
    return true;
}
