#include "facilities.h"

#include <linux/sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "calls.h"
#include "family.h"
#include "sys.h"
#include "wire.h"

static bool has_pidns(void)
{
    return containment.pidns;
}

/* Whether whoever is in a case can read in /proc how another is. What stands there is for cases to judge. */
static bool has_proc(void)
{
    int status = -1;
    long self = sys(SYS_getpid);
    long child = sys_clone((containment.pidns ? CLONE_NEWPID : 0) | SIGCHLD);
    if (child == 0) {
        struct wc_step step = {.args = {{.value = self}}};
        struct wc_event event = {0};
        sys(SYS_exit_group, call_proc(&step, &event) < 0);
    }
    if (child > 0)
        sys(SYS_wait4, child, &status, 0, 0);
    return status == 0;
}

static const struct facility {
    uint32_t bit;
    bool (*probe)(void);
    const char *what;
} facilities[] = {
    {WC_HAVE_PIDNS, has_pidns, "PID namespace"},
    {WC_HAVE_PROC, has_proc, "/proc with a whole stat file"},
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
