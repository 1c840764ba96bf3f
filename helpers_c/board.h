/* What the director and the actors share: one memory file, a mailbox and a log for each slot.
 *
 * The file stays open in every actor at a fixed number, so that an actor that replaced its program finds it
 * again. The numbers are below 64: the kernel copies a small table of descriptors at fork without allocating. */
#ifndef WAITCONF_BOARD_H
#define WAITCONF_BOARD_H

#include <stdbool.h>

#include "wire.h"

#define FD_MASTER 50 /* an actor's: the two ends of its pseudo-terminal */
#define FD_SLAVE 51
#define FD_PIDNS 54 /* the director's, where containment.by_unshare: its own PID namespace */
#define FD_CGROUPS 55 /* the director's: the cgroup below which those of cases are */
#define FD_PROC 57  /* the director's: /proc */
#define FD_IN 58    /* the director's: frames come */
#define FD_OUT 59   /* the director's: frames go */
#define FD_BOARD 60 /* everybody's: the memory file */
#define FD_BIRTH 61 /* the actors': where a newborn announces itself */
#define FD_EXE 62   /* everybody's: this program */
#define FD_CGROUP 63 /* everybody's: the case's cgroup, in a case that requires one */
#define FD_BELL 64 /* in a quiet program (quiet.h), for each slot: what its actor sleeps on, */
#define FD_CORD (FD_BELL + WC_MAX_ACTORS) /* and what the director wakes him by */
#define FD_CRADLE 56 /* the director's: the other end of FD_BIRTH */

/* Commands have numbers. All that is posted to an actor at once is a burst; the first command of a burst lies in the
 * box itself, where most bursts end, the others in a queue apart. */
struct box {
    uint32_t posted;   /* number of the last command; the actor sleeps on this word */
    uint32_t done;     /* number of the last command carried out; equal: the actor is idle */
    int32_t pid;       /* as the actor sees it; 0: not born */
    uint32_t events;   /* in the log, those that did not fit included */
    struct wc_step step;
    uint32_t first;    /* number of the first command of the last burst: the one in `step` */
    uint8_t forked;    /* a fork that makes this slot's actor has returned: it exists, or will at once */
    uint8_t quiet;     /* wait for the next command without any system call: see quiet.h */
    uint8_t heir;      /* the slot of a thread that calls exec and will then have this one's pid; 0: none */
    uint8_t unused[1];
    uint32_t turns;    /* how often a quiet actor has looked for it */
    int32_t pidfd;     /* noted by the kernel for a child to be, which notes its pid itself as soon as it runs; 0: none */
    uint32_t entered;  /* number of the command that the actor is about to carry out, or was the last to be about */
    uint8_t unused_too[4]; /* two cache lines */
};

struct board {
    struct box box[WC_MAX_ACTORS];
    uint32_t taken;    /* how many bursts were read by anybody; the director sleeps on this word */
    uint32_t bells;    /* 1: actors sleep on FD_BELL and not on their mailboxes, and leave `taken` alone */
    struct wc_step queue[WC_MAX_ACTORS][WC_MAX_TOGETHER - 1];
    struct wc_event log[WC_MAX_ACTORS][WC_MAX_EVENTS];
};

extern struct board *board;

/* Map the file at FD_BOARD. Returns 0, or a negative errno. */
int board_map(void);

/* Make the file at FD_BOARD and map it. Returns 0, or a negative errno. */
int board_make(void);

/* Where the command of a number lies: one of the last burst. */
struct wc_step *board_command(unsigned slot, uint32_t number);

/* The command that a slot's actor is in the middle of or about to carry out, NULL if there is none. */
const struct wc_step *board_step(unsigned slot);

/* Its call, 0 if there is none. */
uint8_t board_call(unsigned slot);

/* Whether the actor has left his mailbox with it: if he sleeps, he sleeps in the call. */
bool board_entered(unsigned slot);

/* Add an event to a slot's log; safe against a signal handler that does the same. */
void board_log(unsigned slot, const struct wc_event *event);

/* Forget a slot's events, or everything about a slot. */
void board_clear_log(unsigned slot);
void board_clear(unsigned slot);

#endif
