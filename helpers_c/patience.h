/* Settling where the kernel does not tell in which system call a sleeper sleeps: it has no /proc/<tid>/syscall (gVisor),
 * or what stands there are the calls that a translator makes for us (qemu-user).
 *
 * Whoever sleeps is then taken to sleep in the call that he has left his mailbox for. He may have been waked already and
 * not have run yet, and no single look can tell: so nothing must change over many looks, with moments between them in
 * which those who have something to do can do it. */
#ifndef WAITCONF_PATIENCE_H
#define WAITCONF_PATIENCE_H

#include "family.h"

/* All that changes, sooner or later, if anybody does anything. */
struct signs {
    struct actor actor[WC_MAX_ACTORS];
    struct {
        uint32_t done, entered, events;
        int32_t pid, pidfd, forked;
        long switches;
    } seen[WC_MAX_ACTORS];
};

/* Find out what the kernel tells: containment.tells_calls and tells_numbers. Or do as if it did not tell of calls. */
void patience_begin(bool patient);

/* Whether the signs are the same as those that were taken before; takes them. */
bool patience_agrees(const struct family *family, struct signs *last);

/* Whether so many looks in a row that agree with the one before are enough. */
bool patience_is_over(unsigned agreed);

/* Leave the core to the case for a moment, a longer one each time. */
void patience_give_way(unsigned times_before);

#endif
