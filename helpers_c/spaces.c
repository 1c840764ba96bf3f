#define _GNU_SOURCE
#include "spaces.h"

#include <sched.h>

#include "board.h"
#include "calls.h"
#include "clone.h"
#include "proc.h"

void spaces_expect(struct family *family, const struct wc_step *step)
{
    bool apart = clone_flags(step) & CLONE_NEWPID;
    if (calls[step->call].makes_child) {
        family->actor[step->child].maker = step->actor;
        family->actor[step->child].apart = apart;
    }
    /* Only from here on does anybody have more numbers than one, and must be asked for them. */
    family->nested |= apart || step->call == WC_UNSHARE_PID;
}

static uint8_t add_space(struct family *family, uint8_t parent)
{
    uint8_t space = ++family->spaces;
    family->space[space].parent = parent;
    family->space[space].depth = family->space[parent].depth + 1;
    return space;
}

/* A child deeper down than its maker begins a namespace, or joins the one that the maker has unshared for its
 * children: then the first of them began it. */
static uint8_t space_of_child(struct family *family, const struct actor *child, unsigned depth)
{
    struct actor *maker = &family->actor[child->maker];
    if (depth <= family->space[maker->space].depth)
        return maker->space;
    if (child->apart)
        return add_space(family, maker->space);
    if (!maker->unshared)
        maker->unshared = add_space(family, maker->space);
    return maker->unshared;
}

void spaces_enter(struct family *family, unsigned slot)
{
    struct actor *actor = &family->actor[slot];
    int numbers[1 + WC_MAX_ACTORS]; /* the first is the director's */
    actor->number[0] = board->box[slot].pid;
    if (!family->nested)
        return;
    int count = proc_numbers(actor->pid, numbers, 1 + WC_MAX_ACTORS);
    if (count < 2)
        return;
    for (int i = 1; i < count; i++)
        actor->number[i - 1] = numbers[i];
    actor->space = space_of_child(family, actor, (unsigned)count - 2);
}

int spaces_number(const struct family *family, unsigned viewer, unsigned slot)
{
    uint8_t mine = family->actor[viewer].space, theirs = family->actor[slot].space;
    while (family->space[theirs].depth > family->space[mine].depth)
        theirs = family->space[theirs].parent;
    return theirs == mine ? family->actor[slot].number[family->space[mine].depth] : 0;
}
