/* See link.h. */
#define _GNU_SOURCE
#include "link.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <termios.h>

#include "board.h"
#include "sys.h"

#define LINE_BYTES 54 /* of a frame, to a line */
#define LINE_ROOM 256
#define RAW_ROOM 4096
#define MARK 4
#define TAKEN_LINES 8 /* taken, before the other side hears of it */

static const char first_mark[MARK + 1] = "~wc:", next_mark[MARK + 1] = "~wc+";
static const char taken[] = "~wc=\n";
static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool console;
static unsigned char raw[RAW_ROOM]; /* what was read of a console and not yet looked at */
static size_t raw_start, raw_end;
static char line[LINE_ROOM]; /* its last line, as far as it has come */
static size_t line_end;
static unsigned lines; /* of ours, taken since we last said so */

/* Neither echo nor ^C nor line ends of its own; what the other side sends is for us alone. */
static void make_raw(void)
{
    struct termios modes;
    if (tcgetattr(FD_IN, &modes) < 0)
        return;
    cfmakeraw(&modes);
    tcsetattr(FD_IN, TCSANOW, &modes);
}

void link_begin(bool given)
{
    struct termios modes;
    console = given || tcgetattr(FD_IN, &modes) == 0;
    if (console)
        make_raw();
}

/* -- writing ------------------------------------------------------------------------------------------------- */

static void write_all(const void *bytes, size_t size)
{
    for (size_t done = 0; done < size;) {
        long n = sys(SYS_write, FD_OUT, (const char *)bytes + done, size - done);
        if (n > 0)
            done += (size_t)n;
        else if (n != -EINTR)
            sys(SYS_exit_group, 1); /* between two cases, or the warden clears up */
    }
}

/* A line of at most LINE_BYTES; returns its length. */
static size_t armour(char *to, const char *mark, const unsigned char *bytes, size_t size)
{
    char *at = to;
    memcpy(at, mark, MARK);
    at += MARK;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) | (left > 2 ? bytes[i + 2] : 0);
        *at++ = letters[group >> 18];
        *at++ = letters[group >> 12 & 63];
        *at++ = left > 1 ? letters[group >> 6 & 63] : '=';
        *at++ = left > 2 ? letters[group & 63] : '=';
    }
    *at++ = '\n';
    return (size_t)(at - to);
}

void link_write(const unsigned char *frame, size_t size)
{
    if (!console) {
        write_all(frame, size);
        return;
    }
    char text[LINE_ROOM];
    write_all("\n", 1); /* ends what others were writing */
    for (size_t done = 0; done < size; done += LINE_BYTES) {
        size_t piece = size - done < LINE_BYTES ? size - done : LINE_BYTES;
        write_all(text, armour(text, done ? next_mark : first_mark, frame + done, piece));
    }
}

/* -- reading ------------------------------------------------------------------------------------------------- */

static int value(char letter)
{
    const char *at = letter ? strchr(letters, letter) : NULL;
    return at ? (int)(at - letters) : -1;
}

/* Decode base64 up to its end or its first fault, which the frame's checksum then tells of. */
static size_t decode(const char *text, size_t size, unsigned char *to)
{
    size_t made = 0;
    uint32_t group = 0;
    for (size_t i = 0; i < size && value(text[i]) >= 0; i++) {
        group = group << 6 | (uint32_t)value(text[i]);
        if (i % 4 != 0)
            to[made++] = (unsigned char)(group >> (6 - 2 * (i % 4)) & 0xFF);
    }
    return made;
}

static bool is_mark(const char *at)
{
    return memcmp(at, first_mark, MARK) == 0 || memcmp(at, next_mark, MARK) == 0;
}

/* The bytes of a frame in the line that has come; others may have written before them. */
static size_t take_line(unsigned char *to)
{
    size_t end = line_end;
    line_end = 0;
    for (size_t at = end; at-- > 0;) {
        if (end - at < MARK || !is_mark(line + at))
            continue;
        if (++lines == TAKEN_LINES) {
            lines = 0;
            write_all(taken, sizeof taken - 1);
        }
        return decode(line + at + MARK, end - at - MARK, to);
    }
    return 0;
}

/* Wait for bytes. Returns how many came; 0: the end. */
static size_t read_some(unsigned char *into, size_t room, void (*idle)(void))
{
    struct pollfd fd = {.fd = FD_IN, .events = POLLIN};
    for (;;) {
        struct timespec second = {.tv_sec = 1};
        long ready = sys(SYS_ppoll, (long)&fd, 1, (long)&second, 0, 8);
        if (ready == 0)
            idle();
        if (ready <= 0)
            continue;
        long n = sys(SYS_read, FD_IN, into, room);
        if (n != -EINTR && n != -EAGAIN)
            return n > 0 ? (size_t)n : 0;
    }
}

/* Enough room for the bytes of a line is always given: see frame.c. */
static size_t read_lines(unsigned char *into, void (*idle)(void))
{
    for (size_t made = 0; !made;) {
        if (raw_start == raw_end) {
            raw_start = 0;
            raw_end = read_some(raw, sizeof raw, idle);
            if (!raw_end)
                return 0;
        }
        while (raw_start < raw_end && !made) {
            char letter = (char)raw[raw_start++];
            if (letter == '\n')
                made = take_line(into);
            else if (line_end < LINE_ROOM)
                line[line_end++] = letter;
        }
        if (made)
            return made;
    }
    return 0;
}

size_t link_read(unsigned char *into, size_t room, void (*idle)(void))
{
    return console ? read_lines(into, idle) : read_some(into, room, idle);
}
