/* Buffers that the kernel writes to, and that tell where it did. */
#ifndef WAITCONF_BUFFER_H
#define WAITCONF_BUFFER_H

#include "wire.h"

#define BAD_ADDRESS 8 /* in no process's address space */

/* The address that stands for a buffer argument: `buffer` itself, null, or one that faults. */
long buffer_address(const struct wc_arg *arg, void *buffer);

/* Fill a buffer with a pattern the kernel does not write by chance, and see which of its words changed since: a
 * bit each; words beyond the 32nd share bits with the first. */
void poison(uint32_t *buffer, unsigned words);
uint32_t changed(const uint32_t *buffer, unsigned words);

#endif
