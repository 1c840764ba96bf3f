/* Whether a program is one: the agent runs nothing that was not checked byte by byte. */
#ifndef WAITCONF_VALIDATE_H
#define WAITCONF_VALIDATE_H

#include <stddef.h>

#include "wire.h"

/* Say what is wrong with a program, into `text`, and return 0; 1 if nothing is. */
int validate(const struct wc_program *program, const struct wc_step *steps, char *text, size_t room);

#endif
