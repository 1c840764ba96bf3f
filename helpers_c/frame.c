#include "frame.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "clock.h"
#include "link.h"
#include "sys.h"

#define IN_ROOM (WC_MAX_FRAME + sizeof(struct wc_frame) + LINE_BYTES)
#define LINE_BYTES 256 /* a console's line may bring more than was asked for */
#define BEAT_NS 1000000000u
/* The longest result: every step full of events. */
#define OUT_ROOM                                                                                              \
    (sizeof(struct wc_frame) + sizeof(struct wc_result) +                                                     \
     WC_MAX_STEPS * (sizeof(struct wc_step_result) +                                                          \
                     WC_MAX_ACTORS * (WC_MAX_EVENTS * sizeof(struct wc_event) + sizeof(struct wc_state))))

static unsigned char *in, *out;
static size_t in_start, in_end; /* what was read and not yet used */
static size_t out_end;
static uint32_t crc_table[256];
static struct wc_alive alive;
static uint64_t last_word;

static void crc_begin(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
        crc_table[i] = crc;
    }
}

static uint32_t crc32(const unsigned char *bytes, size_t size)
{
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < size; i++)
        crc = crc >> 8 ^ crc_table[(crc ^ bytes[i]) & 0xFF];
    return ~crc;
}

/* Memory that a fork does not copy: the size of a batch must not show in the cost of its cases. */
static unsigned char *buffer(size_t size)
{
    long at = sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at < 0 && at > -4096)
        return NULL;
    sys(SYS_madvise, at, size, MADV_DONTFORK);
    return (unsigned char *)at;
}

int frame_begin(void)
{
    crc_begin();
    in = buffer(IN_ROOM);
    out = buffer(OUT_ROOM);
    out_end = sizeof(struct wc_frame);
    return in && out ? 0 : -ENOMEM;
}

static void beat(void)
{
    frame_keep_alive(now_ns());
}

/* Read until `size` bytes are at hand; 0 at the end of the input. */
static int have(size_t size)
{
    if (in_start && (in_start == in_end || in_start + size > IN_ROOM)) {
        memmove(in, in + in_start, in_end - in_start);
        in_end -= in_start;
        in_start = 0;
    }
    while (in_end - in_start < size) {
        size_t n = link_read(in + in_end, IN_ROOM - in_end, beat);
        if (n == 0)
            return 0;
        in_end += n;
    }
    return 1;
}

/* What is wrong with a header, or NULL. */
static const char *fault(const struct wc_frame *header)
{
    if (header->version != WC_VERSION)
        return "a frame of another version";
    if (header->length > WC_MAX_FRAME)
        return "a frame longer than WC_MAX_FRAME";
    return NULL;
}

static void tell_skipped(size_t *skipped, bool told)
{
    if (*skipped && !told)
        frame_send_outcome(WC_FRAME_ERROR, 0, WC_INVALID, "skipped %zu bytes that are no frame", *skipped);
    *skipped = 0;
}

/* Noise may have left a frame at an odd place; its header is no longer needed. */
static unsigned char *align(unsigned char *payload, size_t size)
{
    size_t odd = (size_t)(payload - in) % sizeof(uint64_t);
    return odd ? memmove(payload - odd, payload, size) : payload;
}

int frame_read(struct frame *frame)
{
    struct wc_frame header;
    size_t skipped = 0;
    bool told = false; /* the rest of a bad frame is no second piece of news */
    for (;; in_start++, skipped++) {
        /* Noise is skipped as it comes: it is no reason to wait for a whole header. */
        static const unsigned char magic[4] = {WC_MAGIC & 0xFF, WC_MAGIC >> 8 & 0xFF, WC_MAGIC >> 16 & 0xFF,
                                               WC_MAGIC >> 24};
        if (!have(1))
            break;
        if (in[in_start] != magic[0])
            continue;
        if (!have(sizeof magic))
            break;
        if (memcmp(in + in_start, magic, sizeof magic) != 0)
            continue;
        tell_skipped(&skipped, told);
        if (!have(sizeof header))
            break;
        memcpy(&header, in + in_start, sizeof header);
        const char *what = fault(&header);
        if (!what && !have(sizeof header + header.length))
            what = "the input ends within a frame";
        if (!what && crc32(in + in_start + sizeof header, header.length) != header.check)
            what = "a frame whose check does not match";
        if (what) {
            /* The length cannot be believed either: the next frame may be inside. */
            frame_send_outcome(WC_FRAME_ERROR, 0, WC_INVALID, "%s", what);
            told = true;
            continue;
        }
        frame->type = header.type;
        frame->length = header.length;
        frame->payload = align(in + in_start + sizeof header, header.length);
        in_start += sizeof header + header.length;
        return 1;
    }
    skipped += in_end - in_start;
    tell_skipped(&skipped, told);
    return 0;
}

void *frame_add(size_t size)
{
    void *at = out + out_end;
    memset(at, 0, size);
    out_end += size;
    return at;
}

static struct wc_frame head(uint16_t type, const unsigned char *bytes, size_t size)
{
    return (struct wc_frame){
        .magic = WC_MAGIC,
        .type = type,
        .version = WC_VERSION,
        .length = (uint32_t)size,
        .check = crc32(bytes, size),
    };
}

static void say(const unsigned char *frame, size_t size)
{
    last_word = now_ns();
    link_write(frame, size);
}

void frame_send(uint16_t type)
{
    struct wc_frame header = head(type, out + sizeof header, out_end - sizeof header);
    memcpy(out, &header, sizeof header);
    say(out, out_end);
    out_end = sizeof header;
}

void frame_running(uint32_t program)
{
    alive = (struct wc_alive){.program = program, .running = 1};
}

void frame_idle(void)
{
    alive = (struct wc_alive){0};
}

void frame_keep_alive(uint64_t now)
{
    if (now - last_word < BEAT_NS)
        return;
    unsigned char whole[sizeof(struct wc_frame) + sizeof alive];
    struct wc_frame header = head(WC_FRAME_ALIVE, (const unsigned char *)&alive, sizeof alive);
    memcpy(whole, &header, sizeof header);
    memcpy(whole + sizeof header, &alive, sizeof alive);
    say(whole, sizeof whole);
}

void frame_send_outcome(uint16_t type, uint32_t id, uint16_t outcome, const char *format, ...)
{
    struct wc_result *result = frame_add(sizeof *result);
    result->id = id;
    result->outcome = outcome;
    va_list args;
    va_start(args, format);
    vsnprintf(result->text, sizeof result->text, format, args);
    va_end(args);
    frame_send(type);
}
