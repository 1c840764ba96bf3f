#include "facilities.h"

#include <fcntl.h>
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

static bool has_pty(void)
{
    int pair[2];
    if (pty_open(O_RDWR | O_NOCTTY, pair) < 0)
        return false;
    sys(SYS_close, pair[0]);
    sys(SYS_close, pair[1]);
    return true;
}

static bool has_stealtty(void)
{
    return pty_can_be_stolen();
}

static const struct facility {
    uint32_t bit;
    bool (*probe)(void);
    const char *what;
} facilities[] = {
    {WC_HAVE_PIDNS, has_pidns, "PID namespace"},
    {WC_HAVE_PTY, has_pty, "pseudo-terminals"},
    {WC_HAVE_STEALTTY, has_stealtty, "right to steal terminals"},
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
