/* Frames: see wire.h. */
#ifndef WAITCONF_FRAME_H
#define WAITCONF_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "wire.h"

struct frame {
    uint16_t type;
    uint32_t length;
    const unsigned char *payload; /* aligned as structures need it; valid until the next frame_read() */
};

/* Get the buffers. Returns 0, or a negative errno. */
int frame_begin(void);

/* Wait for the next frame; what is none is skipped and answered with an ERROR frame. 0: end of input. */
int frame_read(struct frame *frame);

/* Add zeroed bytes to the frame being made; the place stays valid until frame_send(). */
void *frame_add(size_t size);

/* Send what was added as one frame. Exits if nobody listens any more. */
void frame_send(uint16_t type);

/* Send a struct wc_result without steps. */
void frame_send_outcome(uint16_t type, uint32_t id, uint16_t outcome, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* From now on this program runs, or none does. */
void frame_running(uint32_t program);
void frame_idle(void);

/* Give a sign of life, beside the frame being made, if the last word was a second ago: silence means death. */
void frame_keep_alive(uint64_t now);

#endif
