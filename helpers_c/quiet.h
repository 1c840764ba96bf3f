/* Quiet idling, in a program that lets tracees stop at system calls (PTRACE_SYSCALL) or at instructions.
 *
 * An actor waits for his next command by a system call, and a tracee under PTRACE_SYSCALL would stop for that one
 * too. So he whom such a request concerns is told to be quiet: he goes round in user mode until there is a command.
 * The others sleep, and not on a futex: a wait that a stop interrupts is begun anew by the kernel, and that is a
 * system call as well. epoll_wait fails with EINTR instead, always (signal(7)).
 *
 * That keeps the mailbox out of sight. A call itself shows as what it is: most bodies make one system call, those of
 * sigqueue, ptrace_setsiginfo and seccomp one or two before it, and exec is followed by all that a program does at
 * its start. Whatever opens, maps or arms something (fault, sigpipe, work, setitimer_real, setrlimit, proc, the
 * calls on cgroups and terminals) makes several. A handler ends with rt_sigreturn. */
#ifndef WAITCONF_QUIET_H
#define WAITCONF_QUIET_H

#include "family.h"

/* What all spinners were doing when everybody else was at rest. */
struct quiet_look {
    bool taken;
    struct actor actor[WC_MAX_ACTORS];
    uint32_t turns[WC_MAX_ACTORS];
};

/* Whether a program needs all this. */
bool quiet_needed(const struct wc_program *program, const struct wc_step *steps);

/* Make what actors of so many slots wait on. Returns 0, or a negative errno. */
long quiet_begin(unsigned slots);

/* Let the director go before everybody else from now on, where it may; and no longer. */
void quiet_take_precedence(void);
void quiet_end(unsigned slots);

/* Silence him whom a step will let run. */
void quiet_hush(const struct wc_step *step);

/* Wake the actor of a slot: his mailbox holds a command. */
void quiet_ring(const struct family *family, unsigned slot);

/* Leave the core to the case for a moment, where a yield would not come back before a spinner's time is up, or not
 * yield at all. How long it is decides nothing: what has come of it is looked at. But where a timer costs more than
 * the moment that it measures (a virtual machine's may), nobody would get anywhere: so each is twice the one before. */
void quiet_give_way(unsigned times_before);

/* Whether the actor of a slot is running only to wait for a command. */
bool quiet_spins(unsigned slot);

/* Whether a snapshot in which all but spinners are at rest is the end. A spinner may have a signal to take yet: he
 * has none if he has gone round since an earlier look, and nothing came of it. */
bool quiet_proven(struct family *family, struct quiet_look *earlier);

#endif
