/* A program that must not outlive whoever started it. */
#ifndef WAITCONF_KEEP_H
#define WAITCONF_KEEP_H

/* Run a program (argv, found on the PATH). When it ends, when our parent does, or by SIGTERM, everything that it has
 * left behind dies, in whatever group or session it hides: emulators and user-mode Linux leave processes that nobody
 * else would end. Ends as the program did. */
_Noreturn void keep(char *const argv[]);

/* The same in a directory, an absolute path, for what it writes where it is. It is our parent's to remove: if that has
 * ended before we do, we remove it with all that is in it. */
_Noreturn void keep_at(const char *directory, char *const argv[]);

/* The same in a user and a PID namespace of its own, and in a directory where there is nothing to lose. User-mode Linux
 * needs it: when it is killed what it traced runs on, no longer in the guest but here, and whatever it was about to do
 * (kill(-1), reboot, unlink) it does to this machine. */
_Noreturn void keep_contained(const char *directory, char *const argv[]);

#endif
