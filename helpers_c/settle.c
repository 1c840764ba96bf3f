/* When has a case come to rest?
 *
 * All its processes share the director's core, so while the director runs none of them does. A look at all of
 * them is a snapshot if the director kept the core from its first to its last read, which its own counts of
 * context switches tell. Without a core of our own, or without /proc/<pid>/syscall, a look proves less, and
 * several in a row must agree. */
#define _GNU_SOURCE
#include <linux/sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "board.h"
#include "calls.h"
#include "clone.h"
#include "family.h"
#include "frame.h"
#include "patience.h"
#include "proc.h"
#include "quiet.h"
#include "sys.h"

static long switches(void)
{
    struct rusage usage;
    sys(SYS_getrusage, RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw + usage.ru_nivcsw;
}

/* The number of the call in which an actor sleeps, if the kernel tells. The letter S or T in stat may be seen a moment before the
 * process has really left its core: a sleeper may yet find what it waits for, a stopping process may not have
 * told its parent yet. The kernel answers this read only when it is off the core. */
static long sleeping_in(struct actor *actor)
{
    if (!containment.tells_calls)
        return PROC_UNKNOWN;
    if (actor->call_fd < 0)
        actor->call_fd = proc_open(actor->pid, "syscall");
    return actor->call_fd < 0 ? PROC_UNKNOWN : proc_read_call(actor->call_fd);
}

static bool set_state(struct actor *actor, uint8_t state, uint8_t call)
{
    actor->state = state;
    actor->call = call;
    return state != WC_STATE_RUNNING;
}

/* Whether one who sleeps has left his mailbox, as far as can be told without the number of the call. */
static bool seems_to_be_there(const struct family *family, const struct actor *actor)
{
    unsigned slot = (unsigned)(actor - family->actor);
    return containment.tells_calls || board->box[slot].heir || board_entered(slot);
}

static bool look_asleep(struct family *family, struct actor *actor, uint8_t call)
{
    if (call == 0)
        return set_state(actor, WC_STATE_IDLE, 0);
    if (calls[call].blocks_in == NEVER_BLOCKS)
        return set_state(actor, WC_STATE_RUNNING, call);
    long number = sleeping_in(actor);
    family->unproven |= number == PROC_UNKNOWN;
    bool there = number == PROC_UNKNOWN ? seems_to_be_there(family, actor) : number == calls[call].blocks_in;
    return set_state(actor, there ? WC_STATE_BLOCKED : WC_STATE_RUNNING, call);
}

static bool look_stopped(struct family *family, struct actor *actor, uint8_t state, uint8_t call)
{
    long number = sleeping_in(actor);
    family->unproven |= number == PROC_UNKNOWN;
    return set_state(actor, number == PROC_RUNNING ? WC_STATE_RUNNING : state, call);
}

/* The init of a namespace stays until everybody else there is gone, and that may be in another's hands: it rests
 * then, in no call. So does a process that dumps core, until all its threads take part in that. */
static bool look_dying(struct family *family, struct actor *actor)
{
    long number = sleeping_in(actor);
    family->unproven |= number == PROC_UNKNOWN;
    return set_state(actor, number == PROC_RUNNING ? WC_STATE_RUNNING : WC_STATE_BLOCKED, 0);
}

/* One who leaves no zombie is out of all lists a moment before his pid is free, and that matters where a pid is to
 * come again, or an init waits for it. A group or a session may keep it. */
static bool look_gone(const struct family *family, struct actor *actor)
{
    bool matters = family->chooses || family->nested, kept = false;
    for (unsigned slot = 0; matters && slot < family->slots; slot++) {
        const struct actor *other = &family->actor[slot];
        kept |= other->pid && other->state != WC_STATE_GONE &&
                (other->pgid == actor->pid || other->sid == actor->pid) && other != actor;
    }
    if (matters && !kept && proc_is_taken(actor->pid))
        return set_state(actor, WC_STATE_RUNNING, 0);
    return set_state(actor, WC_STATE_GONE, 0);
}

/* Whether what an open file tells is no longer of him who has the number. Linux keeps to the number, other kernels to the
 * thread: to one that is out of all lists ('X'), or to one that has got the leader's number by an exec. */
static bool is_outdated(const struct actor *actor, const struct proc_stat *stat)
{
    return !containment.tells_calls && stat->state && (stat->state == 'X' || stat->pid != actor->pid);
}

static struct proc_stat look_anew(struct actor *actor)
{
    sys(SYS_close, actor->stat_fd);
    struct proc_stat stat = {0};
    actor->stat_fd = proc_open(actor->pid, "stat");
    if (actor->stat_fd >= 0)
        stat = proc_read_stat(actor->stat_fd);
    return stat.pid == actor->pid ? stat : (struct proc_stat){0};
}

/* Running, unless that is how he waits for his next command. */
static bool look_running(struct family *family, unsigned slot, const struct proc_stat *stat)
{
    if (stat->exiting || !quiet_spins(slot))
        return set_state(&family->actor[slot], WC_STATE_RUNNING, board_call(slot));
    family->spinning |= 1u << slot;
    return set_state(&family->actor[slot], WC_STATE_IDLE, 0);
}

/* Whether somebody else of an actor's thread group keeps its exec waiting: anybody who is not released, but for a
 * leader, who only has to be dead. */
static bool is_kept_waiting(const struct family *family, unsigned slot)
{
    for (unsigned other = 0; other < family->slots; other++) {
        const struct actor *actor = &family->actor[other];
        bool dead_leader = other == actor->process && proc_state(actor->pid) == 'Z';
        if (other != slot && actor->pid && actor->state != WC_STATE_GONE &&
            actor->process == family->actor[slot].process && !dead_leader)
            return true;
    }
    return false;
}

/* Whether the child that a vfork has made is alive. */
static bool has_made(const struct family *family, const struct wc_step *step)
{
    if (!(clone_flags(step) & CLONE_VFORK))
        return false;
    const struct actor *child = &family->actor[step->child];
    char state = child->pid > 0 ? proc_state(child->pid) : 0;
    return state && state != 'Z' && state != 'X';
}

/* Whether a core dump of an actor's process has to wait: before Linux 5.16 it does while a tracer holds another thread
 * at its PTRACE_EVENT_EXIT. */
static bool is_kept_from_dumping(const struct family *family, unsigned slot)
{
    for (unsigned other = 0; other < family->slots; other++) {
        const struct actor *actor = &family->actor[other];
        if (other != slot && actor->pid && actor->state != WC_STATE_GONE &&
            actor->process == family->actor[slot].process && proc_state(actor->pid) == 't')
            return proc_dumps_core(family->actor[slot].pid);
    }
    return false;
}

/* Two sleep where no signal but SIGKILL wakes them: the caller of vfork while the child has its memory, and one who
 * calls exec while another thread keeps him waiting for its end. Where a core dump has to wait, nothing wakes those
 * who take part in it. Anybody else waits for a disk or a lock and goes on, also one of these who was killed. */
static bool look_unwakeable(struct family *family, unsigned slot, bool exiting)
{
    if (is_kept_from_dumping(family, slot))
        return look_dying(family, &family->actor[slot]);
    const struct wc_step *step = board_step(slot);
    bool rests = step && !exiting &&
                 (step->call == WC_EXEC ? is_kept_waiting(family, slot) : has_made(family, step));
    struct actor *actor = &family->actor[slot];
    return rests ? look_asleep(family, actor, step->call)
                 : set_state(actor, WC_STATE_RUNNING, step ? step->call : 0);
}

/* What an actor is in the middle of. Whose pid has come to another thread by its exec, is in that: the thread's own
 * pid is gone then. */
static uint8_t call_of(const struct family *family, unsigned slot)
{
    uint8_t heir = __atomic_load_n(&board->box[slot].heir, __ATOMIC_ACQUIRE);
    return heir && !proc_state(family->actor[heir].pid) ? WC_EXEC : board_call(slot);
}

/* Look at one actor; whether it has come to rest. */
static bool look_at(struct family *family, unsigned slot)
{
    struct actor *actor = &family->actor[slot];
    if (actor->state == WC_STATE_GONE)
        return true;
    uint8_t call = call_of(family, slot);
    struct proc_stat stat = {0};
    if (actor->stat_fd < 0)
        actor->stat_fd = proc_open(actor->pid, "stat");
    if (actor->stat_fd >= 0)
        stat = proc_read_stat(actor->stat_fd);
    if (is_outdated(actor, &stat))
        stat = look_anew(actor);
    if (stat.state == 0)
        return look_gone(family, actor);
    actor->ppid = stat.ppid;
    actor->pgid = stat.pgid;
    actor->sid = stat.sid;
    switch (stat.state) {
    case 'Z':
        return set_state(actor, WC_STATE_ZOMBIE, 0);
    case 'T':
        return look_stopped(family, actor, WC_STATE_STOPPED, call);
    case 't':
        return look_stopped(family, actor, WC_STATE_TRACED, call);
    case 'S':
        return stat.exiting ? look_dying(family, actor) : look_asleep(family, actor, call);
    case 'D':
        return look_unwakeable(family, slot, stat.exiting);
    case 'I':
        return look_dying(family, actor);
    case 'R':
        return look_running(family, slot, &stat);
    default: /* dying, waiting for a disk… */
        return set_state(actor, WC_STATE_RUNNING, call);
    }
}

/* An init that no step and no signal concerns can only sleep on in its mailbox, or be ended or stopped against all
 * rules, and of that its parent, the director, hears. So the costly look at it can be spared. */
static bool look_standing_by(struct actor *init)
{
    init->pgid = (int)sys(SYS_getpgid, init->pid);
    init->sid = (int)sys(SYS_getsid, init->pid);
    return set_state(init, WC_STATE_IDLE, 0);
}

/* Look at all, the one that is most likely still on his way first; whether all have come to rest. */
static bool look(struct family *family, bool to_the_end)
{
    bool rest = true;
    family->spinning = 0;
    for (unsigned i = 0, first = family->suspect; i < family->slots; i++) {
        unsigned slot = (first + i) % family->slots;
        struct actor *actor = &family->actor[slot];
        bool stands_by = slot == 0 && family->init_stands_by;
        if (!actor->pid || (stands_by ? look_standing_by(actor) : look_at(family, slot)))
            continue;
        rest = false;
        family->suspect = slot;
        if (!to_the_end)
            break;
    }
    return rest;
}

/* One look that counts only if nothing ran meanwhile. */
static bool snapshot(struct family *family)
{
    int32_t info[32] = {0};
    long before = switches();
    /* An exiting process is a zombie before its parent has been woken, all under the kernel's task-list lock:
     * this call takes the lock, so whoever is a zombie after it has told its parent. */
    sys(SYS_waitid, P_ALL, 0, info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT, 0);
    if (info[0]) /* init ended, stopped or went on */
        family->init_stands_by = false;
    /* Nor may a child have been made since the last announcement was heard. */
    return look(family, false) && !birth_expected(family) && switches() == before;
}

/* Let the case run, if it has anything to do. */
static void give_way(const struct family *family, unsigned times_before)
{
    if (!containment.tells_calls)
        patience_give_way(times_before);
    else if (family->quiet)
        quiet_give_way(times_before);
    else
        sys(SYS_sched_yield);
}

bool settle(struct family *family, uint32_t watchdog_ms)
{
    struct signs last = {0};
    struct quiet_look spinners = {.taken = false};
    uint64_t start = now_ns();
    unsigned agreed = 0;
    for (unsigned times = 0;; give_way(family, times++)) {
        family->unproven = !containment.pinned || !containment.tells_calls;
        if (!birth_notice(family) || !snapshot(family)) {
            spinners.taken = false;
            agreed = 0;
        } else if (quiet_proven(family, &spinners)) {
            if (!family->unproven)
                return true;
            agreed = patience_agrees(family, &last) ? agreed + 1 : 0;
            if (patience_is_over(agreed))
                return true;
        }
        uint64_t now = now_ns();
        frame_keep_alive(now);
        if (now - start >= (uint64_t)watchdog_ms * 1000000u) {
            look(family, true);
            return false;
        }
    }
}
