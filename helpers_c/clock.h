/* Time that only goes forward. */
#ifndef WAITCONF_CLOCK_H
#define WAITCONF_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some moment. */
uint64_t now_ns(void);

#endif
