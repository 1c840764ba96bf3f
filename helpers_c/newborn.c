#include "newborn.h"

#include <string.h>

#include "board.h"
#include "proc.h"

#define ROOM (2 * WC_MAX_ACTORS)
#define PID_LEVELS 33 /* pids that one process may have: namespaces nest 32 deep */

/* The number that the kernel has noted for a newborn before it could run (CLONE_PARENT_SETTID), as its maker sees
 * it, or that it has noted itself, as it sees itself. */
static int noted_number(unsigned slot)
{
    return __atomic_load_n(&board->box[slot].pid, __ATOMIC_ACQUIRE);
}

static bool is_known(const struct family *family, int pid)
{
    for (unsigned slot = 0; slot < family->slots; slot++)
        if (family->actor[slot].pid == pid && family->actor[slot].state != WC_STATE_GONE)
            return true;
    return false;
}

/* Whether a process or thread, known by its outside number, is a certain newborn. */
static bool is_newborn(const struct family *family, unsigned slot, int pid)
{
    int numbers[PID_LEVELS], noted = noted_number(slot);
    if (is_known(family, pid))
        return false;
    int count = proc_numbers(pid, numbers, PID_LEVELS);
    int maker = containment.pidns ? 1 + family->space[family->actor[family->actor[slot].maker].space].depth : 0;
    return count > 0 && (numbers[count - 1] == noted || (maker < count && numbers[maker] == noted));
}

bool newborn_is_thread(const struct family *family, unsigned slot)
{
    return family->actor[slot].process != slot;
}

/* How many that are made in the same way and not found yet have a smaller number than a certain newborn. */
static int rank(const struct family *family, unsigned slot)
{
    int smaller = 0;
    for (unsigned other = 0; other < family->slots; other++)
        smaller += other != slot && !family->actor[other].pid && noted_number(other) &&
                   newborn_is_thread(family, other) == newborn_is_thread(family, slot) &&
                   noted_number(other) < noted_number(slot);
    return smaller;
}

/* Where the kernel does not tell a process's numbers in its namespaces: they are given out in the same order in all. */
static int pick_by_rank(const struct family *family, unsigned slot, const int *pids, int count)
{
    int before = rank(family, slot);
    for (int i = 0; i < count; i++) {
        int smaller = 0;
        for (int j = 0; j < count; j++)
            smaller += pids[j] < pids[i] && !is_known(family, pids[j]);
        if (smaller == before && !is_known(family, pids[i]))
            return pids[i];
    }
    return 0;
}

static int pick(const struct family *family, unsigned slot, const int *pids, int count)
{
    if (!containment.tells_numbers)
        return pick_by_rank(family, slot, pids, count);
    for (int i = 0; i < count; i++)
        if (is_newborn(family, slot, pids[i]))
            return pids[i];
    return 0;
}

static int find_thread(const struct family *family, unsigned slot)
{
    int tids[ROOM];
    int leader = family->actor[family->actor[slot].process].pid;
    int count = proc_threads_of(leader, tids, ROOM);
    if (count == 0) /* gVisor: nothing is told of a dead one */
        count = proc_threads_of(family->actor[family->actor[slot].maker].pid, tids, ROOM);
    return pick(family, slot, tids, count);
}

/* A child of a process by any of its threads, of which we need not know all yet. */
static int find_child_of(const struct family *family, unsigned slot, int parent)
{
    int tids[ROOM], pids[ROOM], found = 0;
    for (int i = proc_threads_of(parent, tids, ROOM); i-- > 0 && !found;)
        found = pick(family, slot, pids, proc_children_of(tids[i], pids, ROOM));
    return found;
}

/* A child of its maker, of its maker's parent (CLONE_PARENT), or of whoever inherited it. Children are inherited
 * from the younger by the older as a rule, so we go the same way; at last, without a namespace, by us. */
static int find_child(const struct family *family, unsigned slot)
{
    int pids[ROOM], found = 0;
    for (unsigned parent = family->slots; parent-- > 0 && !found;) {
        const struct actor *actor = &family->actor[parent];
        if (actor->pid > 0 && actor->process == parent && actor->state != WC_STATE_GONE)
            found = find_child_of(family, slot, actor->pid);
    }
    return found ? found : pick(family, slot, pids, proc_children(pids, ROOM));
}

static int find(const struct family *family, unsigned slot)
{
    return newborn_is_thread(family, slot) ? find_thread(family, slot) : find_child(family, slot);
}

int newborn_thread(const struct family *family, unsigned slot)
{
    int tid = find_thread(family, slot);
    return tid ? tid : PID_UNKNOWN;
}

/* Who has a number was in all lists when it was noted: who is in none has left them. (Twice, because a list may be
 * read while somebody moves from one to another.) */
int newborn_silent(const struct family *family, unsigned slot)
{
    if (!noted_number(slot))
        return 0;
    int pid = find(family, slot);
    if (!pid && !(pid = find(family, slot)))
        return newborn_is_thread(family, slot) || proc_tells_children() ? PID_UNKNOWN : 0;
    char state = proc_state(pid);
    return state && strchr("ZXTt", state) ? pid : 0;
}
