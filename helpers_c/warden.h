/* Containment without a PID namespace: a subreaper inherits every orphan, so that none escapes. */
#ifndef WAITCONF_WARDEN_H
#define WAITCONF_WARDEN_H

/* Kill and reap every child, and their orphaned children in turn, until there is none. */
void warden_clear(void);

/* Split: the caller becomes the warden, which outlives the director and clears up after it, and exits as the
 * director did; the function returns in the director, a subreaper that clears up before it dies of SIGTERM. */
void warden_stand(void);

#endif
