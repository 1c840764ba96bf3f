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
#include "family.h"
#include "proc.h"
#include "spaces.h"
#include "sys.h"

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

long birth_init(struct family *family)
{
    long pid = sys_clone((containment.pidns ? CLONE_NEWPID : 0) | SIGCHLD);
    if (pid == 0)
        init_main();
    if (pid < 0)
        return pid;
    __atomic_store_n(&board->box[0].pid, containment.pidns ? 1 : (int32_t)pid, __ATOMIC_RELEASE);
    board->box[1].forked = 1; /* as good as: if init fails to, that is its end */
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

/* Newborns of which the director has not heard yet, though a fork has returned their pid or they have come to
 * the point of saying so. */
unsigned birth_expected(const struct family *family)
{
    unsigned count = 0;
    for (unsigned slot = 0; slot < family->slots; slot++) {
        const struct box *box = &board->box[slot];
        if (!family->actor[slot].pid && (box->pid || __atomic_load_n(&box->forked, __ATOMIC_ACQUIRE)))
            count++;
    }
    return count;
}

/* The pid outside of a dead newborn, by its pid inside: it is a child of somebody whom we know. */
static int find_dead(const struct family *family, int inside)
{
    int pids[2 * WC_MAX_ACTORS];
    for (unsigned slot = 0; slot < family->slots; slot++) {
        int count = family->actor[slot].pid ? proc_children_of(family->actor[slot].pid, pids, 2 * WC_MAX_ACTORS) : 0;
        for (int i = 0; i < count; i++)
            if (proc_is_zombie(pids[i]) && proc_pid_inside(pids[i]) == inside)
                return pids[i];
    }
    return 0;
}

/* Add those who were killed before they could say a word; whether there were any. */
static bool notice_the_dead(struct family *family)
{
    bool found = false;
    for (unsigned slot = 0; slot < family->slots; slot++) {
        int inside = __atomic_load_n(&board->box[slot].pid, __ATOMIC_ACQUIRE);
        int pid = family->actor[slot].pid || !inside ? 0 : find_dead(family, inside);
        if (!pid)
            continue;
        add(family, slot, pid);
        found = family->mute = true;
    }
    return found;
}

bool birth_notice(struct family *family)
{
    uint8_t slot;
    int pid;
    while (birth_expected(family)) {
        if (!receive(&slot, &pid, 0)) {
            if (!notice_the_dead(family))
                return false;
            continue;
        }
        if (slot < family->slots && !family->actor[slot].pid)
            add(family, slot, pid);
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
