/* The way to waitconf: a clean pipe, or a console on which others print and bytes get lost. On a console frames travel
 * as lines of text (conformance/executor/console.py says which). Whoever waits or works too long gives a sign of
 * life each second, so that silence means death. */
#ifndef WAITCONF_LINK_H
#define WAITCONF_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Look what FD_IN is; `console`: take it for a console whatever it is. Makes a terminal pass bytes as they are. */
void link_begin(bool console);

/* Read some bytes, waiting for them. Returns how many; 0: the end. */
size_t link_read(unsigned char *into, size_t room);

/* Write a frame. Exits if nobody listens any more. */
void link_write(const unsigned char *frame, size_t size);

/* From now on this program runs, or none does. */
void link_running(uint32_t program);
void link_idle(void);

/* Give a sign of life if the last word was a second ago. */
void link_keep_alive(uint64_t now);

#endif
