/* The agent as the first process of a guest. */
#ifndef WAITCONF_GUEST_H
#define WAITCONF_GUEST_H

#include <stdbool.h>

/* Whether this is the init of a kernel that was booted just for the agent. */
bool guest_is_init(char *const argv[]);

/* Make the guest such as the agent finds any other place, start the agent, and end the guest with it. */
_Noreturn void guest_main(void);

#endif
