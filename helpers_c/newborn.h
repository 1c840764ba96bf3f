/* Newborns who have not said that they are there, looked for in /proc. */
#ifndef WAITCONF_NEWBORN_H
#define WAITCONF_NEWBORN_H

#include "family.h"

/* Whether a newborn is a thread of an older actor's process. */
bool newborn_is_thread(const struct family *family, unsigned slot);

/* The outside number of a newborn thread; PID_UNKNOWN if it is gone. */
int newborn_thread(const struct family *family, unsigned slot);

/* The outside number of a newborn that cannot speak: dead, stopped or traced; PID_UNKNOWN if it is gone without a
 * trace; 0 if it may still speak, or nothing was born. */
int newborn_silent(const struct family *family, unsigned slot);

#endif
