/* A program that must not outlive whoever started it. */
#ifndef WAITCONF_KEEP_H
#define WAITCONF_KEEP_H

/* Run a program (argv, found on the PATH) in our process group. The whole group dies when it ends, when our parent
 * does, or by SIGTERM: emulators and user-mode Linux leave processes behind that nobody else would end. Does not
 * return. */
_Noreturn void keep(char *const argv[]);

#endif
