/* Containment without a PID namespace: a subreaper inherits every orphan, so that none escapes. */
#ifndef WAITCONF_WARDEN_H
#define WAITCONF_WARDEN_H

/* Kill and reap every child, and their orphaned children in turn, until there is none. */
void warden_clear(void);

/* Split: the caller becomes the warden, which outlives the director and clears up after it, and exits as the
 * director did; the function returns in the director, a subreaper that clears up before it dies of SIGTERM. */
long warden_stand(void);

/* Kill processes of a case, at most WC_MAX_ACTORS that are there and at rest. A tracer must be dead before its tracee
 * can be reaped, and need not be a child of ours before its parent is dead. */
void warden_kill(const int *pids, unsigned count);

#endif
