/* The way to waitconf: a clean pipe, or a console on which others print and bytes get lost. On a console frames travel
 * as lines of text (conformance/executor/console.py says which). */
#ifndef WAITCONF_LINK_H
#define WAITCONF_LINK_H

#include <stdbool.h>
#include <stddef.h>

/* Look what FD_IN is; `console`: take it for a console whatever it is. Makes a terminal pass bytes as they are. */
void link_begin(bool console);

/* Read some bytes, waiting for them, and meanwhile call `idle` each second. Returns how many; 0: the end. */
size_t link_read(unsigned char *into, size_t room, void (*idle)(void));

/* Write a frame. Exits if nobody listens any more. */
void link_write(const unsigned char *frame, size_t size);

#endif
