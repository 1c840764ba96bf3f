#include "buffer.h"

#define POISON 0xA5A5A5A5u

void poison(uint32_t *buffer, unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        buffer[i] = POISON;
}

uint32_t changed(const uint32_t *buffer, unsigned words)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < words; i++)
        if (buffer[i] != POISON)
            bits |= 1u << (i % 32);
    return bits;
}

long buffer_address(const struct wc_arg *arg, void *buffer)
{
    switch (arg->value) {
    case WC_BUFFER_GIVEN:
        return (long)buffer;
    case WC_BUFFER_BAD:
        return BAD_ADDRESS;
    default:
        return 0;
    }
}
