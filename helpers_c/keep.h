/* A program that must not outlive whoever started it. */
#ifndef WAITCONF_KEEP_H
#define WAITCONF_KEEP_H

/* Run a program (argv, found on the PATH). When it ends, when our parent does, or by SIGTERM, everything that it has
 * left behind dies, in whatever group or session it hides: emulators and user-mode Linux leave processes that nobody
 * else would end. Ends as the program did. */
_Noreturn void keep(char *const argv[]);

#endif
