/* How a case begins, and how the director learns of each newborn's pid. */
#define _GNU_SOURCE
#include <signal.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "actor.h"
#include "board.h"
#include "calls.h"
#include "clone.h"
#include "family.h"
#include "newborn.h"
#include "spaces.h"
#include "sys.h"

#define PROMPT_NS 200000

int birth_begin(void)
{
    int pair[2], on = 1;
    long r = sys(SYS_socketpair, AF_UNIX, SOCK_SEQPACKET, 0, pair);
    if (r < 0)
        return (int)r;
    sys(SYS_dup3, pair[0], FD_CRADLE, O_CLOEXEC);
    sys(SYS_dup3, pair[1], FD_BIRTH, 0);
    sys(SYS_close, pair[0]);
    sys(SYS_close, pair[1]);
    /* A newborn that is killed before it says a word must not keep the director from its watchdog. */
    struct timeval patience = {.tv_usec = 20000};
    sys(SYS_setsockopt, FD_CRADLE, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return (int)sys(SYS_setsockopt, FD_CRADLE, SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
}

static void default_action(int signo)
{
    struct raw_sigaction action = {0};
    sys(SYS_rt_sigaction, signo, &action, 0, 8);
}

/* Whoever dies before he is asked to tell tells nobody; but the other end of the line is closed then. Inside a
 * PID namespace the parent's pid cannot say it: it is always 0. */
static bool director_is_dead(void)
{
    struct pollfd line = {.fd = FD_BIRTH};
    struct timespec at_once = {0, 0};
    return sys(SYS_ppoll, &line, 1, &at_once, 0, 8) > 0 && line.revents & POLLHUP;
}

/* The first process of a case. It must look as a process looks that has done nothing yet, except that it dies
 * with the director. */
static _Noreturn void init_main(void)
{
    default_action(SIGPIPE);
    default_action(SIGTERM);
    if (!containment.pidns)
        sys(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    sys(SYS_dup3, 0, 2, 0);
    if (sys(SYS_close_range, 3, FD_BOARD - 1, 0) < 0)
        for (int fd = 3; fd < FD_BOARD; fd++)
            sys(SYS_close, fd);
    sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (director_is_dead())
        sys(SYS_exit_group, 125);
    sys(SYS_setsid);
    long root = sys_clone(SIGCHLD);
    if (root < 0)
        sys(SYS_exit_group, 126);
    if (root == 0) {
        sys(SYS_setpgid, 0, 0);
        actor_born(1);
    }
    actor_init();
}

static void add(struct family *family, unsigned slot, int pid)
{
    struct actor *actor = &family->actor[slot];
    actor->pid = pid;
    actor->state = WC_STATE_IDLE; /* of all that can be told before the first look */
    spaces_enter(family, slot);
}

void birth_expect(struct family *family, const struct wc_step *step)
{
    uint64_t flags = clone_flags(step);
    if (calls[step->call].makes_child)
        family->actor[step->child].process = flags & CLONE_THREAD ? family->actor[step->actor].process : step->child;
    spaces_expect(family, step);
}

long birth_init(struct family *family)
{
    long pid = contain_clone();
    if (pid == 0)
        init_main();
    if (pid < 0)
        return pid;
    __atomic_store_n(&board->box[0].pid, containment.pidns ? 1 : (int32_t)pid, __ATOMIC_RELEASE);
    board->box[1].forked = 1; /* as good as: if init fails to, that is its end */
    family->actor[1].process = 1;
    add(family, 0, (int)pid);
    return pid;
}

/* The next announcement: its slot and the sender's pid as the kernel tells it; false if there is none. */
static bool receive(uint8_t *slot, int *pid, int flags)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
    struct iovec part = {.iov_base = slot, .iov_len = 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (sys(SYS_recvmsg, FD_CRADLE, &message, flags) != 1)
        return false;
    struct ucred sender = {0};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_CREDENTIALS)
        memcpy(&sender, CMSG_DATA(header), sizeof sender);
    *pid = sender.pid;
    return true;
}

/* Newborns of which the director has not heard yet, though a fork has returned their pid, the kernel has given their
 * maker a pidfd, or they have come to the point of saying so. */
unsigned birth_expected(const struct family *family)
{
    unsigned count = 0;
    for (unsigned slot = 0; slot < family->slots; slot++) {
        const struct box *box = &board->box[slot];
        if (!family->actor[slot].pid && (box->pid || box->pidfd || __atomic_load_n(&box->forked, __ATOMIC_ACQUIRE)))
            count++;
    }
    return count;
}

/* Somebody who is there or was, dead or alive, has made himself heard or was found. */
static void enter(struct family *family, unsigned slot, int pid)
{
    add(family, slot, pid);
    if (pid == PID_UNKNOWN)
        family->actor[slot].state = WC_STATE_GONE;
}

/* Add those who cannot say a word: they died before, or were stopped. Whether there were any. */
static bool notice_the_silent(struct family *family)
{
    bool found = false;
    for (unsigned slot = 0; slot < family->slots; slot++) {
        int pid = family->actor[slot].pid ? 0 : newborn_silent(family, slot);
        if (!pid)
            continue;
        enter(family, slot, pid);
        found = family->mute = true;
    }
    return found;
}

/* Hear one announcement, for as long as is reasonable. A tracee is often stopped before it can speak: then that is
 * soon looked for. */
static bool hear(const struct family *family, uint8_t *slot, int *pid)
{
    struct pollfd line = {.fd = FD_CRADLE, .events = POLLIN};
    struct timespec soon = {.tv_nsec = PROMPT_NS};
    if (family->traces)
        sys(SYS_ppoll, &line, 1, &soon, 0, 8);
    return receive(slot, pid, family->traces ? MSG_DONTWAIT : 0);
}

bool birth_notice(struct family *family)
{
    uint8_t slot;
    int pid;
    while (birth_expected(family)) {
        if (family->traces && notice_the_silent(family))
            continue;
        if (!hear(family, &slot, &pid)) {
            if (!notice_the_silent(family))
                return false;
            continue;
        }
        /* Of a thread the kernel tells the process, and the thread may be gone by now. */
        if (slot < family->slots && !family->actor[slot].pid)
            enter(family, slot, newborn_is_thread(family, slot) ? newborn_thread(family, slot) : pid);
    }
    return true;
}

void birth_forget(const struct family *family)
{
    uint8_t slot;
    int pid;
    while ((family->mute || birth_expected(family)) && receive(&slot, &pid, MSG_DONTWAIT))
        ;
}
