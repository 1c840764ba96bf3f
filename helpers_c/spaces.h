/* PID namespaces within a case: who has which number for whom.
 *
 * The director knows every process by the number in its own namespace. An actor's arguments and results are
 * numbers of the actor's namespace, and that may be one that the case made. */
#ifndef WAITCONF_SPACES_H
#define WAITCONF_SPACES_H

#include "family.h"

/* A number that nobody has: above every pid_max. What an actor stands for where it cannot be seen. */
#define NOBODY 0x3fffffff

/* Note who makes which child and where, before the call is made. */
void spaces_expect(struct family *family, const struct wc_step *step);

/* Note the numbers of a newborn. */
void spaces_enter(struct family *family, unsigned slot);

/* The number of one actor as another sees it; 0 if it does not. */
int spaces_number(const struct family *family, unsigned viewer, unsigned slot);

#endif
