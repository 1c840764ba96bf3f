/* See keep.h. */
#define _GNU_SOURCE
#include "keep.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void keep(char *const argv[])
{
    sigset_t awaited, before;
    pid_t parent = getppid();
    if (getpgrp() != getpid() && setpgid(0, 0) < 0)
        _exit(126); /* the group that we end must be our own */
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGCHLD);
    sigaddset(&awaited, SIGTERM);
    sigprocmask(SIG_BLOCK, &awaited, &before);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    pid_t kept = fork();
    if (kept == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        execvp(argv[0], argv);
        fprintf(stderr, "agent: %s: %s\n", argv[0], strerror(errno));
        _exit(127);
    }
    close(STDIN_FILENO); /* the other sides must see the ends of these when the program is gone */
    close(STDOUT_FILENO);
    int signo = SIGCHLD, status;
    while (kept > 0 && getppid() == parent && signo == SIGCHLD && waitpid(kept, &status, WNOHANG) != kept)
        sigwait(&awaited, &signo);
    kill(0, SIGKILL);
    _exit(1);
}
