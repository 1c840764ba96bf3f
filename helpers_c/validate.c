#include "validate.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "board.h"
#include "calls.h"
#include "clone.h"
#include "descriptors.h"
#include "facilities.h"
#include "tracing.h"

#if !defined(CLONE_CLEAR_SIGHAND)
#define CLONE_CLEAR_SIGHAND 0x100000000ull
#endif
#if !defined(CLONE_AUTOREAP)
#define CLONE_AUTOREAP 0x400000000ull
#define CLONE_NNP 0x800000000ull
#define CLONE_PIDFD_AUTOKILL 0x1000000000ull
#endif

struct check {
    char *text;
    size_t room;
    unsigned step;
    unsigned actors;
    uint32_t born; /* bit n: slot n exists by now */
    uint32_t there; /* the same at the beginning of the block: who can act in it, and be named */
    unsigned together; /* how many steps of the block came before */
    uint8_t process[WC_MAX_ACTORS]; /* of each slot: that of its thread group's leader */
};

__attribute__((format(printf, 2, 3))) static bool bad(struct check *check, const char *format, ...)
{
    int used = snprintf(check->text, check->room, "step %u: ", check->step);
    va_list args;
    va_start(args, format);
    vsnprintf(check->text + used, check->room - (size_t)used, format, args);
    va_end(args);
    return false;
}

static bool all_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

static bool is_born(const struct check *check, unsigned slot)
{
    return slot < check->actors && check->there >> slot & 1;
}

static bool check_pid(struct check *check, unsigned n, const struct wc_arg *arg, unsigned wanted)
{
    if (!is_born(check, arg->slot))
        return bad(check, "argument %u names slot %u, where nobody was born", n, arg->slot);
    if (arg->value != 1 && (arg->value != -1 || wanted == WC_TAKES_ACTOR))
        return bad(check, "argument %u multiplies a pid by %lld", n, (long long)arg->value);
    return true;
}

static bool check_arg(struct check *check, unsigned n, const struct wc_arg *arg, unsigned wanted)
{
    if (!all_zero(arg->reserved, sizeof arg->reserved))
        return bad(check, "reserved bytes of argument %u are not zero", n);
    if (wanted == WC_TAKES_ACTOR ? arg->kind == WC_ARG_PID : arg->kind == WC_ARG_PID && wanted == WC_TAKES_PID)
        return check_pid(check, n, arg, wanted);
    if (wanted == WC_TAKES_ACTOR || arg->kind != (wanted == WC_TAKES_BUFFER ? WC_ARG_BUFFER : WC_ARG_LITERAL))
        return bad(check, "argument %u is of kind %u, which does not fit there", n, arg->kind);
    if (arg->slot != 0 && arg->slot != WC_SLOT_NONE)
        return bad(check, "argument %u is no pid but has slot %u", n, arg->slot);
    if (wanted == WC_TAKES_BUFFER && (arg->value < WC_BUFFER_GIVEN || arg->value > WC_BUFFER_BAD))
        return bad(check, "argument %u is no buffer: %lld", n, (long long)arg->value);
    if (wanted == WC_TAKES_NOTHING && arg->value != 0)
        return bad(check, "argument %u is beyond the last and not zero", n);
    return true;
}

static bool check_fork(struct check *check, const struct wc_step *step)
{
    if (!calls[step->call].makes_child)
        return step->child == WC_SLOT_NONE || bad(check, "call %u makes no child, yet names slot %u", step->call,
                                                  step->child);
    if (step->child >= check->actors)
        return bad(check, "slot %u of the child is beyond the %u actors", step->child, check->actors);
    if (check->born >> step->child & 1)
        return bad(check, "slot %u of the child is taken", step->child);
    check->born |= 1u << step->child;
    check->process[step->child] = clone_flags(step) & CLONE_THREAD ? check->process[step->actor] : step->child;
    return true;
}

/* Signals by other means than sending: only what calls_raise.c and calls_sigwait.c are made for. */
static bool check_raising(struct check *check, const struct wc_step *step)
{
    int64_t first = step->args[0].value, second = step->args[1].value;
    switch (step->call) {
    case WC_SIGTIMEDWAIT:
        return second == WC_TIMEOUT_ZERO || second == WC_TIMEOUT_FOREVER ||
               bad(check, "no such timeout: %lld", (long long)second);
    case WC_FAULT:
        return first == SIGSEGV || first == SIGBUS || bad(check, "no such fault: %lld", (long long)first);
    case WC_SETRLIMIT:
        return ((first == RLIMIT_SIGPENDING && second == 0) || (first == RLIMIT_CORE && (second == 0 || second == 1))) ||
               bad(check, "resource %lld, limit %lld: not one that cases may set", (long long)first,
                   (long long)second);
    default:
        return true;
    }
}

/* The descriptor that a call on a terminal names. */
static int64_t terminal_end(const struct wc_step *step)
{
    switch (step->call) {
    case WC_TTY_CLOSE:
    case WC_TIOCNOTTY:
    case WC_TCGETPGRP:
    case WC_TCGETSID:
        return step->args[0].value;
    case WC_TIOCSCTTY:
    case WC_TCSETPGRP:
        return step->args[1].value;
    default:
        return FD_SLAVE;
    }
}

/* Of the terminal: no descriptor, mode or character beyond what the calls are made for. */
static bool check_terminal(struct check *check, const struct wc_step *step)
{
    int64_t first = step->args[0].value, end = terminal_end(step);
    if (end != FD_MASTER && end != FD_SLAVE)
        return bad(check, "a terminal has no end %lld", (long long)end);
    if (step->call == WC_TTY_TYPE && (first < 0 || first > 255))
        return bad(check, "no such character: %lld", (long long)first);
    if (step->call == WC_TCSETATTR && (step->args[1].value < 0 || step->args[1].value > 2))
        return bad(check, "no such time to set a mode: %lld", (long long)step->args[1].value);
    return true;
}

/* The argument that names a new descriptor, NULL if a call opens none; of clone and clone3 in check_clone(). */
static const struct wc_arg *new_descriptor(const struct wc_step *step)
{
    switch (step->call) {
    case WC_PIDFD_OPEN:
        return &step->args[2];
    case WC_PIDFD_GETFD:
        return &step->args[3];
    case WC_OPEN_PROC:
    case WC_RECV_FD:
    case WC_PEER_PIDFD:
    case WC_SOCKETPAIR:
        return &step->args[1];
    case WC_EPOLL_CREATE:
        return &step->args[0];
    default:
        return NULL;
    }
}

static bool check_choice(struct check *check, int64_t value, int64_t last)
{
    return (value >= 0 && value <= last) || bad(check, "no such choice: %lld", (long long)value);
}

/* The descriptor that a call closes, changes, reads from or gives to somebody: one of the case's own. */
static const struct wc_arg *touched_descriptor(const struct wc_step *step)
{
    switch (step->call) {
    case WC_CLOSE:
    case WC_FCNTL:
    case WC_IO:
        return &step->args[0];
    case WC_PIDFD_GETFD:
    case WC_SEND_FD:
        return &step->args[1];
    default:
        return NULL;
    }
}

/* Of descriptors: none of the agent's own gets into a case's hands. */
static bool check_descriptor(struct check *check, const struct wc_step *step)
{
    const struct wc_arg *name = new_descriptor(step), *touched = touched_descriptor(step);
    if ((name && !descriptor_is_name(name)) || (step->call == WC_SOCKETPAIR && !descriptor_is_name(&step->args[0])))
        return bad(check, "no name of a descriptor: %lld", (long long)name->value);
    if (touched && !descriptor_is_own(touched))
        return bad(check, "descriptor %lld is the agent's own", (long long)touched->value);
    switch (step->call) {
    case WC_PIDFD_SEND_SIGNAL:
        return check_choice(check, step->args[2].value, WC_INFO_OTHER);
    case WC_PIDFD_GET_INFO:
        return check_choice(check, step->args[2].value, WC_MAX_INFO);
    case WC_PIDFD_NAMESPACE:
        return check_choice(check, step->args[1].value, 0xFF);
    case WC_FCNTL:
        return (step->args[1].value >= F_GETFD && step->args[1].value <= F_SETFL &&
                !(step->args[2].value & ~(int64_t)(FD_CLOEXEC | O_NONBLOCK | O_EXCL))) ||
               bad(check, "fcntl %lld with %llx is not for cases", (long long)step->args[1].value,
                   (unsigned long long)step->args[2].value);
    case WC_IO:
        return check_choice(check, step->args[1].value, WC_IO_LSEEK);
    case WC_POLL:
        return check_choice(check, step->args[2].value, WC_TIMEOUT_FOREVER);
    case WC_EPOLL_WAIT:
        return check_choice(check, step->args[1].value, WC_TIMEOUT_FOREVER);
    default:
        return true;
    }
}

/* What a child can share and how it can differ, in whatever combination: what does not go together is for the kernel
 * to refuse. */
static bool check_clone(struct check *check, const struct wc_step *step)
{
    uint64_t flags = clone_flags(step);
    uint64_t allowed = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_PTRACE | CLONE_VFORK | CLONE_PARENT |
                       CLONE_THREAD | CLONE_UNTRACED | CLONE_NEWPID | CLONE_PIDFD | CLONE_DETACHED | CLONE_PARENT_SETTID;
    const struct wc_arg *pidfd = step->call == WC_CLONE3 ? &step->args[3] : &step->args[2];
    if ((step->call == WC_CLONE || step->call == WC_CLONE3) && !descriptor_is_name(pidfd))
        return bad(check, "no name of a pidfd: %lld", (long long)pidfd->value);
    if (step->call == WC_CLONE3)
        allowed |= CLONE_CLEAR_SIGHAND | CLONE_AUTOREAP | CLONE_NNP | CLONE_PIDFD_AUTOKILL;
    return !(flags & ~allowed) || bad(check, "%s flags %llx are not ones that cases may use",
                                      step->call == WC_CLONE3 ? "clone3" : "clone", (unsigned long long)flags);
}

/* What would end init, or take it out of the agent's hands; a thread of init may end by itself. */
static bool check_init(struct check *check, const struct wc_step *step)
{
    if ((step->call == WC_EXIT && step->actor == 0) || step->call == WC_EXIT_GROUP || step->call == WC_EXEC)
        return bad(check, "init may neither exit nor exec");
    if (step->call == WC_SETRESUID || step->call == WC_SETRESGID)
        return bad(check, "init may not change its ids: that could clear the parent-death signal, the agent's own");
    if (step->call == WC_FAULT)
        return bad(check, "init may not fault: the case would end with it");
    if (step->call == WC_PRCTL && step->args[0].value == PR_SET_PDEATHSIG)
        return bad(check, "init's parent-death signal is the agent's own");
    return true;
}

/* What no rule of the table says: values that would break the agent rather than test the kernel. */
static bool check_sense(struct check *check, const struct wc_step *step)
{
    int64_t first = step->args[0].value;
    if (check->process[step->actor] == 0 && !check_init(check, step))
        return false;
    if (step->call == WC_SIGACTION && (step->args[1].value < 0 || step->args[1].value > 2))
        return bad(check, "no such handler: %lld", (long long)step->args[1].value);
    if (calls[step->call].makes_child)
        return check_clone(check, step);
    if (step->call == WC_WORK && (first < 0 || first > WC_MAX_BLOCKS))
        return bad(check, "%lld blocks of work", (long long)first);
    if (step->call == WC_CGROUP_JOIN || step->call == WC_CGROUP_KILL) {
        int64_t place = step->args[1].value;
        return place == WC_CGROUP_CASE || place == WC_CGROUP_BELOW ||
               bad(check, "no such cgroup: %lld", (long long)place);
    }
    if (step->call >= WC_OPENPTY && step->call <= WC_TCSETATTR)
        return check_terminal(check, step);
    if (step->call >= WC_PIDFD_OPEN && step->call <= WC_PEER_PIDFD)
        return check_descriptor(check, step);
    const char *fault = tracing_fault(step);
    if (fault)
        return bad(check, "%s", fault);
    if (step->call != WC_PRCTL)
        return check_raising(check, step);
    if (first != PR_SET_PDEATHSIG && first != PR_GET_PDEATHSIG && first != PR_SET_CHILD_SUBREAPER &&
        first != PR_GET_CHILD_SUBREAPER)
        return bad(check, "prctl option %lld is not one that cases may use", (long long)first);
    return true;
}

static bool check_joined(struct check *check, const struct wc_step *step, bool last)
{
    if (check->together == 0)
        check->there = check->born;
    check->together = step->joined ? check->together + 1 : 0;
    if (step->joined > 1)
        return bad(check, "it is joined %u times", step->joined);
    if (step->joined && last)
        return bad(check, "the last step is joined to nothing");
    if (check->together == WC_MAX_TOGETHER)
        return bad(check, "more than %u calls together", WC_MAX_TOGETHER);
    return true;
}

static bool check_step(struct check *check, const struct wc_step *step)
{
    if (step->call > WC_LAST_CALL || !calls[step->call].body)
        return bad(check, "no such call: %u", step->call);
    if (!is_born(check, step->actor))
        return bad(check, "its actor, slot %u, was not born", step->actor);
    if (!all_zero(step->reserved, sizeof step->reserved))
        return bad(check, "reserved bytes are not zero");
    const struct call *call = &calls[step->call];
    if (step->nargs != call->nargs)
        return bad(check, "call %u takes %u arguments, not %u", step->call, call->nargs, step->nargs);
    for (unsigned n = 0; n < WC_MAX_ARGS; n++)
        if (!check_arg(check, n, &step->args[n], call->takes[n]))
            return false;
    return check_sense(check, step) && check_fork(check, step);
}

static const char *header_fault(const struct wc_program *program)
{
    if (program->steps == 0 || program->steps > WC_MAX_STEPS)
        return "a program has 1 to 64 steps";
    if (program->actors < 2 || program->actors > WC_MAX_ACTORS)
        return "a program has 2 to 16 actors, init and the root actor included";
    if (program->needs & ~facilities_known())
        return "a need that this agent does not know";
    if (program->reserved != 0)
        return "reserved bytes of the program are not zero";
    return NULL;
}

_Static_assert(WC_MAX_STEPS == 64 && WC_MAX_ACTORS == 16, "the words of header_fault()");

int validate(const struct wc_program *program, const struct wc_step *steps, char *text, size_t room)
{
    const char *fault = header_fault(program);
    if (fault) {
        snprintf(text, room, "%s", fault);
        return 0;
    }
    struct check check = {.text = text, .room = room, .actors = program->actors, .born = 3, .process = {0, 1}};
    for (unsigned i = 0; i < program->steps; i++) {
        check.step = i;
        if (!check_joined(&check, &steps[i], i + 1u == program->steps) || !check_step(&check, &steps[i]))
            return 0;
    }
    return 1;
}
