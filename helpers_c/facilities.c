#include "facilities.h"

#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "clone.h"
#include "family.h"
#include "sys.h"
#include "wire.h"

static bool has_pidns(void)
{
    return containment.pidns;
}

/* Inside a namespace of its own, as a case would: with a pid that nobody can have there. */
static bool has_set_tid(void)
{
    int status = 0;
    long pid = containment.pidns ? sys_clone(CLONE_NEWPID | SIGCHLD) : -1;
    if (pid == 0) {
        long chosen = clone3_raw(0, SIGCHLD, 77);
        sys(SYS_exit_group, chosen == 77 ? 7 : 0);
    }
    if (pid > 0)
        sys(SYS_wait4, pid, &status, 0, 0);
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

static const struct facility {
    uint32_t bit;
    bool (*probe)(void);
    const char *what;
} facilities[] = {
    {WC_HAVE_PIDNS, has_pidns, "PID namespace"},
    {WC_HAVE_SET_TID, has_set_tid, "clone3 with set_tid"},
};

#define COUNT (sizeof facilities / sizeof *facilities)

static uint32_t here;

void facilities_probe(void)
{
    for (size_t i = 0; i < COUNT; i++)
        if (facilities[i].probe())
            here |= facilities[i].bit;
}

uint32_t facilities_here(void)
{
    return here;
}

uint32_t facilities_known(void)
{
    uint32_t known = 0;
    for (size_t i = 0; i < COUNT; i++)
        known |= facilities[i].bit;
    return known;
}

void facilities_explain(uint32_t needs, char *text, size_t room)
{
    size_t used = (size_t)snprintf(text, room, "no");
    for (size_t i = 0; i < COUNT && used < room; i++)
        if (needs & ~here & facilities[i].bit)
            used += (size_t)snprintf(text + used, room - used, "%s %s", used > 2 ? "," : "", facilities[i].what);
    if (used < room && needs & ~here & WC_HAVE_PIDNS)
        snprintf(text + used, room - used, ": %s", containment.why);
}
