/* The descriptors that cases name: numbers of their own, the same in every actor, away from the agent's. */
#ifndef WAITCONF_DESCRIPTORS_H
#define WAITCONF_DESCRIPTORS_H

#include <stdbool.h>

#include "wire.h"

#define FD_BEYOND 200 /* from here on nobody has anything open: numbers that a case may try */

/* Whether an argument is what a new descriptor can be called: a name's number, or none. */
bool descriptor_is_name(const struct wc_arg *arg);

/* Whether a case may close or change it, or read from it: it is one of its own, or nothing is open there. */
bool descriptor_is_own(const struct wc_arg *arg);

/* Move what the kernel has just opened to the number that a name stands for, flags and all; without a name, close it.
 * Returns the number (of one that was closed: the kernel's own), or a negative errno. */
long descriptor_keep(long fd, const struct wc_arg *name);

#endif
