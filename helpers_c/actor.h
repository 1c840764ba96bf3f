/* An actor: sleeps on its mailbox, carries out what it is told, logs what came of it. */
#ifndef WAITCONF_ACTOR_H
#define WAITCONF_ACTOR_H

#include "wire.h"

/* Become the actor of a slot in a process just made; does not return. */
_Noreturn void actor_born(unsigned slot);

/* The same for one who has a stack of his own, where it stands who he is. */
_Noreturn void actor_born_apart(void);

/* Become init, whose pid the director has from its own call. */
_Noreturn void actor_init(void);

/* Take up the role of a slot again after the exec of a caller, who may have been another thread of the process: the
 * leader's pid and role are what remains. Does not return. */
_Noreturn void actor_resume(unsigned slot, unsigned caller);

/* The signal handler that records. */
void actor_handler(int signo, void *info, void *context);

/* Take from a siginfo_t what is told of it. */
void actor_note_siginfo(const void *info, struct wc_event *event);

/* Make one call and log its return, unless it has none. */
void call_perform(const struct wc_step *step);

#endif
