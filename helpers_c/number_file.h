/* Files of the kernel that take a number. */
#ifndef WAITCONF_NUMBER_FILE_H
#define WAITCONF_NUMBER_FILE_H

#include <stdint.h>

/* Write a number in decimal to a file below the directory `at`, opened anew, so that the rights that count are the
 * caller's. Returns 0, or a negative errno of open or write. */
long write_number(int at, const char *path, int64_t number);

#endif
