/* Who am I? Threads and children by vfork share their maker's memory, so no variable can say it: the stack does.
 *
 * A task that shares memory has a stack of its own, kept for its slot, and what it is stands at the bottom of that.
 * All others run where their program began, and a variable says it; a process that a thread has forked runs on its
 * copy of the thread's stack, and so rewrites its own copy of what stands there. */
#ifndef WAITCONF_STACKS_H
#define WAITCONF_STACKS_H

#include <stdint.h>

#include "wire.h"

/* Room for as many signal frames of the largest kind, one on top of the other, as a log has entries. All stacks
 * together stay below a huge page, which the kernel would clear and copy for nothing. */
#define STACK_SIZE 98304
#define STACKS (WC_MAX_ACTORS - 2) /* init and the root actor are made by fork */

struct self {
    uint8_t slot;
    uint8_t process; /* the slot of the thread group's leader: whose mailbox it is after an exec */
};

struct stack {
    _Alignas(64) struct self self;
    char room[STACK_SIZE - sizeof(struct self)];
};

extern struct stack stacks[STACKS];
extern struct self first_self;

static inline struct self *self(void)
{
    /* A frame's address is its end on riscv, and of the outermost frame that is the end of the stack. */
    uintptr_t offset = (uintptr_t)__builtin_frame_address(0) - 1 - (uintptr_t)stacks;
    return offset < sizeof stacks ? &stacks[offset / sizeof *stacks].self : &first_self;
}

/* The slot of the calling task. */
static inline unsigned actor_self(void)
{
    return self()->slot;
}

/* Prepare the stack of a child-to-be that shares our memory; its bottom is returned, its size is STACK_SIZE. */
char *stack_prepare(unsigned slot, unsigned process);

#endif
