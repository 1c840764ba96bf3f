/* The agent's own start. */
#ifndef WAITCONF_PREPARE_H
#define WAITCONF_PREPARE_H

#include <stdbool.h>

/* Get everything ready: signals, descriptors, containment, board, frames. Exits with a message if it cannot. `patient`:
 * settle cases as where the kernel does not tell what its sleepers do (patience.h). */
void prepare(int cpu, bool pidns_allowed, bool patient);

#endif
