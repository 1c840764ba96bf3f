/* What a case may do with ptrace and seccomp. */
#ifndef WAITCONF_TRACING_H
#define WAITCONF_TRACING_H

#include <stdbool.h>

#include "wire.h"

/* Whether a step makes its target a tracee, whoever that is. */
bool tracing_attaches(const struct wc_step *step);

/* The same for init, without which there is no case any more. */
bool tracing_attaches_to_init(const struct wc_step *step);

/* Whether it lets a tracee run that will stop at its next system call, or at its next instruction. */
bool tracing_stops_at_calls(const struct wc_step *step);

/* What is wrong with a step on ptrace or seccomp, or NULL. */
const char *tracing_fault(const struct wc_step *step);

#endif
