/* What the director tells of a step. */
#ifndef WAITCONF_RECORD_H
#define WAITCONF_RECORD_H

#include "family.h"

/* Add a step's events and the states after it to the frame being made, and empty the logs. */
void record_step(const struct family *family);

#endif
