/* Rings of tracers: two who trace each other, or more. */
#ifndef WAITCONF_RINGS_H
#define WAITCONF_RINGS_H

#include "family.h"

/* Why a block of calls may not be made: it would close a ring. NULL if it would not.
 *
 * Each of a ring's members may stop at its own end for its tracer (PTRACE_O_TRACEEXIT), and does not go on before
 * that has ended: then none ever does, SIGKILL or not, and the machine keeps them for good. */
const char *rings_refuse(const struct family *family, const struct wc_step *steps, unsigned count);

#endif
