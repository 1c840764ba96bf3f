/* See number_file.h. */
#define _GNU_SOURCE
#include "number_file.h"

#include <fcntl.h>

#include "sys.h"

#define NUMBER_ROOM 24

/* Write a number in decimal to the end of the text; where it begins. */
static char *decimal(int64_t number, char text[NUMBER_ROOM])
{
    char *at = text + NUMBER_ROOM;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        *--at = '-';
    return at;
}

long write_number(int at, const char *path, int64_t number)
{
    char text[NUMBER_ROOM];
    const char *digits = decimal(number, text);
    long fd = sys(SYS_openat, at, path, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fd;
    long r = sys(SYS_write, fd, digits, text + NUMBER_ROOM - digits);
    sys(SYS_close, fd);
    return r < 0 ? r : 0;
}
