#include "actor.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "board.h"
#include "stacks.h"
#include "sys.h"

/* Make a command's call, and count it as carried out. */
static void carry_out(uint32_t number)
{
    /* A copy: after a fork, two processes read it. */
    struct wc_step step = *board_command(actor_self(), number);
    __atomic_store_n(&board->box[actor_self()].entered, number, __ATOMIC_RELEASE);
    call_perform(&step);
    __atomic_store_n(&board->box[actor_self()].done, number, __ATOMIC_RELEASE);
}

/* Carry out what is left of a burst: nothing but the calls themselves, one right after the other. */
static void finish_burst(void)
{
    struct box *box = &board->box[actor_self()];
    while (box->done != __atomic_load_n(&box->posted, __ATOMIC_ACQUIRE))
        carry_out(box->done + 1);
}

static bool is_quiet(const struct box *box)
{
    return __atomic_load_n(&box->quiet, __ATOMIC_ACQUIRE);
}

/* Sleep until there may be a command; a quiet actor has a look instead. */
static void await_command(struct box *box, uint32_t done)
{
    struct epoll_event event;
    if (is_quiet(box))
        __atomic_store_n(&box->turns, box->turns + 1, __ATOMIC_RELEASE);
    else if (board->bells)
        sys(SYS_epoll_pwait, FD_BELL + actor_self(), &event, 1, -1, 0, 8);
    else
        sys(SYS_futex, &box->posted, FUTEX_WAIT, done, 0);
}

static void tell_taken(void)
{
    __atomic_fetch_add(&board->taken, 1, __ATOMIC_RELEASE);
    sys(SYS_futex, &board->taken, FUTEX_WAKE, 1);
}

static _Noreturn void idle(void)
{
    struct box *box = &board->box[actor_self()];
    for (;;) {
        uint32_t done = box->done;
        while (__atomic_load_n(&box->posted, __ATOMIC_ACQUIRE) == done)
            await_command(box, done);
        if (!board->bells)
            tell_taken();
        finish_burst();
    }
}

/* Tell the world that we are there, under the number by which the world can single us out. */
static _Noreturn void begin(unsigned slot)
{
    /* A traced newborn was found by his tracer's stop. */
    if (is_quiet(&board->box[slot]))
        idle();
    __atomic_store_n(&board->box[slot].pid, (int32_t)sys(SYS_gettid), __ATOMIC_RELEASE);
    /* The kernel tells the director who sent this: the pid outside, which nobody inside can know. If nobody
     * is there to hear it the director is dead, and so the whole case must end. */
    uint8_t name = (uint8_t)slot;
    if (sys(SYS_sendto, FD_BIRTH, &name, 1, MSG_NOSIGNAL | MSG_DONTWAIT, 0, 0) != 1)
        sys(SYS_exit_group, 125);
    idle();
}

/* A process of our own: its first thread is the leader. */
static void become(unsigned slot)
{
    *self() = (struct self){.slot = (uint8_t)slot, .process = (uint8_t)slot};
}

_Noreturn void actor_born(unsigned slot)
{
    become(slot);
    begin(slot);
}

_Noreturn void actor_born_apart(void)
{
    begin(actor_self());
}

_Noreturn void actor_init(void)
{
    become(0);
    idle();
}

_Noreturn void actor_resume(unsigned slot, unsigned caller)
{
    become(slot);
    struct box *box = &board->box[slot];
    struct wc_event event = {.kind = WC_EVENT_RETURNED, .call = WC_EXEC};
    board_log(slot, &event);
    box->heir = 0;
    /* Whatever else a leader was about, he never returned from. */
    __atomic_store_n(&box->done, caller == slot ? box->done + 1 : box->posted, __ATOMIC_RELEASE);
    finish_burst();
    idle();
}

void actor_note_siginfo(const void *info, struct wc_event *event)
{
    int32_t word[7]; /* the kernel's siginfo, as far as it is told */
    memcpy(word, info, sizeof word);
    event->signo = word[0];
    event->si_errno = word[1];
    event->code = word[2];
    event->pid = word[4];
    event->uid = (uint32_t)word[5];
    event->status = word[6];
}

#if defined(__x86_64__)
/* qemu-user begins a handler with the stack misaligned by 8: that is its affair, but not one for here to die of. */
__attribute__((force_align_arg_pointer))
#endif
void actor_handler(int signo, void *info, void *context)
{
    (void)context;
    struct wc_event event = {.kind = WC_EVENT_HANDLED};
    actor_note_siginfo(info, &event);
    event.signo = signo;
    board_log(actor_self(), &event);
}
