/* One case as the director sees it. */
#ifndef WAITCONF_FAMILY_H
#define WAITCONF_FAMILY_H

#include <stdbool.h>
#include <stdint.h>

#include "clock.h"
#include "wire.h"

#define PID_UNKNOWN (-1) /* of an actor that was gone before the director knew its pid */

struct actor {
    int pid;     /* as the director sees it (of a thread its tid); 0: not born */
    int stat_fd; /* /proc/<pid>/stat once it was looked at, or -1 */
    int call_fd; /* /proc/<pid>/syscall once it was needed, or -1 */
    int ppid, pgid, sid; /* of the last look, as the director sees them */
    uint8_t state;       /* a WC_STATE */
    uint8_t call;        /* what it is in the middle of */
    uint8_t process;     /* the slot of its thread group's leader */
    uint8_t maker;       /* the slot of who made it, */
    bool apart;          /* and whether in a namespace of its own */
    uint8_t space;       /* the PID namespace that it lives in: 0 is the case's */
    uint8_t unshared;    /* the one that its children are born into, if another */
    int number[WC_MAX_ACTORS]; /* its pid in each namespace from the case's to its own */
};

struct family {
    struct actor actor[WC_MAX_ACTORS]; /* by slot */
    unsigned slots;                    /* in use, from 0 */
    bool init_stands_by;               /* init takes no part in the case: see settle.c */
    unsigned suspect;                  /* who was not at rest when last looked at, or is likely not to be */
    bool unproven;                     /* something in the last look was taken on trust */
    bool mute;                         /* a newborn was found before it spoke; what it said may yet be unheard */
    bool chooses;                      /* a step gives a child the pid it is told */
    bool nested;                       /* a step has made a PID namespace */
    bool quiet;                        /* tracees stop at system calls: see quiet.h */
    unsigned spinning;                 /* bits: who was seen running only to wait for a command */
    bool traces;                       /* a step is ptrace: newborns may stop before they say a word */
    uint8_t spaces;                    /* how many beside the case's own; see spaces.h */
    struct {
        uint8_t parent, depth;
    } space[WC_MAX_ACTORS];
};

/* What the agent found at its start (contain.c). */
struct containment {
    bool pidns;
    bool userns;
    bool by_unshare; /* a PID namespace is to be had by unshare(2) alone: a translator makes forks itself */
    bool pinned; /* all processes of a case share the director's core */
    bool tells_numbers; /* /proc tells what number a process has in which PID namespace */
    bool tells_calls; /* /proc tells in which system call a sleeper sleeps: else see patience.h */
    bool core;
    uint32_t cpu;
    char why[60];
};
extern struct containment containment;

/* Pin to `cpu` (or, if negative, the current core), find out what contains a case best and prepare it. */
void contain_begin(int cpu, bool pidns_allowed);

/* Make a process in the way in which the first of a case is made: in a PID namespace of its own if there are any.
 * Returns as clone(2) does. */
long contain_clone(void);

/* Give core dumps a place and the room they need, if there is one where they leave no trace. */
void cores_begin(void);

/* Forget the cores of a case. */
void cores_clear(void);

/* Prepare to hear of births. Returns 0, or a negative errno. */
int birth_begin(void);

/* Make init, and by it the root actor; the pid of init, or a negative errno. */
long birth_init(struct family *family);

/* Note who makes which child and how, before the call is made. */
void birth_expect(struct family *family, const struct wc_step *step);

/* Wait for the word of those of whom it is known that they are born. It is a wait and no polling because a yield
 * is no help: a session has a scheduling group of its own (sched(7), autogroup), and yielding within the
 * director's group leaves the case's group where it is. False: somebody keeps silent. */
bool birth_notice(struct family *family);

/* How many are still to be heard of. */
unsigned birth_expected(const struct family *family);

/* Let pass what nobody has heard, once all are dead. */
void birth_forget(const struct family *family);

/* Let the case run until every actor is idle, blocked, stopped, a zombie or gone. False if it was not by
 * `watchdog_ms`; then the states are those of a last look at whatever was running. */
bool settle(struct family *family, uint32_t watchdog_ms);

/* Why a step's call may not be made without a PID namespace around it, by itself or together with others; NULL if
 * it may. */
const char *authority_refuses(const struct family *family, const struct wc_step *step, bool together);

/* Run a checked program and send its result. */
void direct(const struct wc_program *program, const struct wc_step *steps);


#endif
