/* Using resources, and what the kernel says was used. Only what does not depend on speed is told: a neighbour can
 * steal any amount of time, but no page fault.
 *
 * Both facts are told in blocks of WC_BLOCK_PAGES pages. What a process does beside `work` costs it a few faults,
 * and a program of its own some thirty: all processes of a case together stay below one block, so whole blocks,
 * rounded down, are work alone. The resident size is the number of pages that lie in memory at once. Some dozens are
 * there before any work is done, and the kernel counts lazily: each core keeps back up to twice as many pages as
 * there are cores. So that is rounded to the nearest block, and a block is large enough for 256 cores. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "buffer.h"
#include "calls.h"
#include "sys.h"

_Static_assert(sizeof(struct rusage) == RUSAGE_WORDS * sizeof(uint32_t), "the kernel's rusage");

static size_t page_size(void)
{
    return getauxval(AT_PAGESZ); /* a look into memory, no call */
}

void usage_facts(const uint32_t *rusage, struct wc_event *event)
{
    struct rusage usage;
    event->rusage_written = changed(rusage, RUSAGE_WORDS);
    if (!event->rusage_written)
        return;
    memcpy(&usage, rusage, sizeof usage);
    long pages = usage.ru_maxrss / (long)(page_size() / 1024);
    event->fact1 = usage.ru_minflt / WC_BLOCK_PAGES;
    event->fact2 = (pages + WC_BLOCK_PAGES / 2) / WC_BLOCK_PAGES;
    event->fact3 = usage.ru_nvcsw;
}

/* Touch so many blocks of fresh memory, all of which is there at once in the end, and give them back. */
long call_work(const struct wc_step *step, struct wc_event *event)
{
    size_t page = page_size(), size = (size_t)step->args[0].value * WC_BLOCK_PAGES * page;
    (void)event;
    if (size == 0)
        return 0;
    long at = sys(SYS_mmap, 0, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at < 0 && at > -4096)
        return at;
    /* One fault would bring many pages. A kernel that has no such pages refuses, and that is as good. */
    sys(SYS_madvise, at, size, MADV_NOHUGEPAGE);
    for (volatile char *byte = (char *)at; byte < (char *)at + size; byte += page)
        *byte = 1;
    return sys(SYS_munmap, at, size);
}

long call_getrusage(const struct wc_step *step, struct wc_event *event)
{
    uint32_t rusage[RUSAGE_WORDS];
    poison(rusage, RUSAGE_WORDS);
    long r = sys(SYS_getrusage, step->args[0].value, buffer_address(&step->args[1], rusage));
    usage_facts(rusage, event);
    return r;
}
