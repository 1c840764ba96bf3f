/* The agent's own start. */
#ifndef WAITCONF_PREPARE_H
#define WAITCONF_PREPARE_H

#include <stdbool.h>

/* Get everything ready: signals, descriptors, containment, board, frames. Exits with a message if it cannot. */
void prepare(int cpu, bool pidns_allowed);

#endif
