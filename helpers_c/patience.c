#include "patience.h"

#include <linux/futex.h>
#include <string.h>
#include <time.h>

#include "board.h"
#include "proc.h"
#include "sys.h"

#define LOOKS_WITHOUT_PROOF 4 /* of a core of our own, but with every other proof */
#define PATIENT_LOOKS 8
#define MOMENT_NS 50000
#define MOST_DOUBLINGS 4

static bool counts_switches;

void patience_begin(bool patient)
{
    int number;
    containment.tells_numbers = proc_numbers((int)sys(SYS_getpid), &number, 1) == 1;
    containment.tells_calls = !patient && proc_tells_calls();
    counts_switches = !containment.tells_calls && proc_switches((int)sys(SYS_gettid)) > 0;
}

static void take_signs(const struct family *family, struct signs *signs)
{
    memset(signs, 0, sizeof *signs);
    memcpy(signs->actor, family->actor, sizeof signs->actor);
    for (unsigned slot = 0; slot < family->slots && !containment.tells_calls; slot++) {
        const struct box *box = &board->box[slot];
        signs->seen[slot].done = __atomic_load_n(&box->done, __ATOMIC_ACQUIRE);
        signs->seen[slot].entered = __atomic_load_n(&box->entered, __ATOMIC_ACQUIRE);
        signs->seen[slot].events = __atomic_load_n(&box->events, __ATOMIC_ACQUIRE);
        signs->seen[slot].pid = box->pid;
        signs->seen[slot].pidfd = box->pidfd;
        signs->seen[slot].forked = box->forked;
        if (counts_switches && family->actor[slot].pid > 0 && !(family->spinning >> slot & 1))
            signs->seen[slot].switches = proc_switches(family->actor[slot].pid);
    }
}

bool patience_agrees(const struct family *family, struct signs *last)
{
    struct signs signs;
    take_signs(family, &signs);
    bool same = memcmp(last, &signs, sizeof signs) == 0;
    *last = signs;
    return same;
}

bool patience_is_over(unsigned agreed)
{
    return agreed >= (containment.tells_calls ? LOOKS_WITHOUT_PROOF : PATIENT_LOOKS);
}

void patience_give_way(unsigned times_before)
{
    static uint32_t nobody_wakes;
    struct timespec moment = {0, MOMENT_NS << (times_before < MOST_DOUBLINGS ? times_before : MOST_DOUBLINGS)};
    sys(SYS_futex, &nobody_wakes, FUTEX_WAIT, 0, &moment);
}
