/* The cgroup of a case, where a case requires one: a directory below the agent's own in a cgroup2 hierarchy, with
 * one more in it. It is made when such a case begins and removed when it ends, so others pay nothing for it. */
#ifndef WAITCONF_CGROUP_H
#define WAITCONF_CGROUP_H

#include <stdbool.h>

/* Find the agent's own cgroup, remove what dead agents left there, and try what such cases do. */
bool cgroup_probe(void);

/* Make the directories of a case; the actors will have FD_CGROUP. False: it could not be done, nothing is left. */
bool cgroup_begin(void);

/* Remove them, once all members are dead. Harmless if there are none. */
void cgroup_end(void);

/* The same for whoever clears up after a director that is dead, or about to be. */
void cgroup_abandon(void);

#endif
