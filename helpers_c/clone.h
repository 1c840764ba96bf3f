/* clone3, raw. */
#ifndef WAITCONF_CLONE_H
#define WAITCONF_CLONE_H

#include <stdint.h>

/* clone3(2) with a set_tid of one number, or of none if it is 0. Returns as clone does. */
long clone3_raw(uint64_t flags, uint64_t exit_signal, int32_t set_tid);

#endif
