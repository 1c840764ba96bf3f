/* What a case may require of the place where it runs beside the calls themselves. Each is tried at the start,
 * never inferred from a failure later. */
#ifndef WAITCONF_FACILITIES_H
#define WAITCONF_FACILITIES_H

#include <stddef.h>
#include <stdint.h>

/* Try each; the WC_HAVE_ bits of those that work. After contain_begin(). */
void facilities_probe(void);

/* Those that work, and all that this agent knows. */
uint32_t facilities_here(void);
uint32_t facilities_known(void);

/* Say in `text` why the facilities of `needs` that are missing are missing. */
void facilities_explain(uint32_t needs, char *text, size_t room);

#endif
