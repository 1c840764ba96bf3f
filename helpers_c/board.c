#include "board.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "sys.h"

struct board *board;

_Static_assert(sizeof(struct box) == 128, "a mailbox is two cache lines");

int board_map(void)
{
    long at = sys(SYS_mmap, 0, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, FD_BOARD, 0);
    if (at < 0 && at > -4096)
        return (int)at;
    board = (struct board *)at;
    return 0;
}

int board_make(void)
{
    long fd = sys(SYS_memfd_create, "waitconf-board", 0);
    if (fd < 0)
        return (int)fd;
    long r = sys(SYS_ftruncate, fd, sizeof *board);
    if (r == 0 && fd != FD_BOARD) {
        r = sys(SYS_dup3, fd, FD_BOARD, 0);
        sys(SYS_close, fd);
    }
    return r < 0 ? (int)r : board_map();
}

struct wc_step *board_command(unsigned slot, uint32_t number)
{
    struct box *box = &board->box[slot];
    uint32_t place = number - box->first;
    return place == 0 ? &box->step : &board->queue[slot][(place - 1) % (WC_MAX_TOGETHER - 1)];
}

/* Whether the log tells of a command's return. An actor may be stopped between that and counting it as done. */
static bool is_logged(unsigned slot, uint32_t number)
{
    uint32_t logged = board->box[slot].events;
    for (uint32_t i = 0; i < logged && i < WC_MAX_EVENTS; i++) {
        const struct wc_event *event = &board->log[slot][i];
        if (__atomic_load_n(&event->kind, __ATOMIC_ACQUIRE) == WC_EVENT_RETURNED &&
            event->reserved[0] == (uint8_t)number)
            return true;
    }
    return false;
}

/* The number of the command that is next to return, that of the last one and 1 if there is none. */
static uint32_t next_number(unsigned slot)
{
    const struct box *box = &board->box[slot];
    uint32_t number = __atomic_load_n(&box->done, __ATOMIC_ACQUIRE) + 1;
    return number != box->posted + 1 && is_logged(slot, number) ? number + 1 : number;
}

const struct wc_step *board_step(unsigned slot)
{
    uint32_t number = next_number(slot);
    return number == board->box[slot].posted + 1 ? NULL : board_command(slot, number);
}

bool board_entered(unsigned slot)
{
    return __atomic_load_n(&board->box[slot].entered, __ATOMIC_ACQUIRE) == next_number(slot);
}

uint8_t board_call(unsigned slot)
{
    const struct wc_step *step = board_step(slot);
    return step ? step->call : 0;
}

void board_log(unsigned slot, const struct wc_event *event)
{
    uint32_t at = __atomic_fetch_add(&board->box[slot].events, 1, __ATOMIC_RELAXED);
    if (at >= WC_MAX_EVENTS)
        return;
    struct wc_event *to = &board->log[slot][at];
    uint8_t kind = at == WC_MAX_EVENTS - 1 ? WC_EVENT_LOST : event->kind;
    struct wc_event entry = *event;
    entry.actor = (uint8_t)slot;
    entry.reserved[0] = (uint8_t)(board->box[slot].done + 1); /* the command's number; not for the wire */
    /* The kind comes last: an actor killed in the middle leaves an entry that says nothing. */
    entry.kind = 0;
    *to = entry;
    __atomic_store_n(&to->kind, kind, __ATOMIC_RELEASE);
}

void board_clear_log(unsigned slot)
{
    struct box *box = &board->box[slot];
    uint32_t used = box->events < WC_MAX_EVENTS ? box->events : WC_MAX_EVENTS;
    for (uint32_t i = 0; i < used; i++)
        board->log[slot][i].kind = 0;
    box->events = 0;
}

void board_clear(unsigned slot)
{
    board_clear_log(slot);
    memset(&board->box[slot], 0, sizeof board->box[slot]);
}
