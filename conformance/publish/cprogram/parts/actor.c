/* ---- What the actors share with the process that directs them ---- */

#define ROOM 64 /* for what one actor goes through */
#define FD_BOARD 60
#define FD_PROGRAM 62

enum kind { NOTHING, RETURNED, HANDLED };

struct event {
    int kind, step;
    long value[FIELDS];
};

static struct box {
    unsigned posted, taken, done; /* commands: given out, read, carried out */
    int step;                     /* the command: the step whose call is to be made */
    int pid;                      /* as the actors see it; 0: not born */
//: if pidfd_first
    int pidfd;                    /* of an actor that is born and has not noted its pid yet */
//: end
//: if threads
    int heir;                     /* the thread that calls exec, and will then have this one's pid */
//: end
//: if outside
    int outside;                  /* the pid outside of all namespaces */
//: end
//: if nested
    int numbers[9];               /* in each namespace, from the outermost on */
//: end
    unsigned events;
    struct event event[ROOM];
} *box; /* one for each actor */

/* ---- Actors: processes and threads that carry out one call at a time ---- */

struct step {
    int actor;
    const char *call;   /* its name */
    void (*act)(void);  /* makes the call, in the actor */
    void (*check)(void);
    long sleeps_in;     /* the system call in which it may sleep; -1: it never does */
    int child;          /* the actor that it makes; 0: none */
    const char *rule;
};
static const struct step steps[STEPS + 1];

//: if apart
/* Who am I? Tasks that share their memory are told apart by their stacks. */
static struct stack {
    _Alignas(64) int self;
    char room[98304 - 64];
} stacks[ACTORS];
static int first_self;

static int *self(void)
{
    /* The first frame of a stack may be told by its end, as on RISC-V: that is still the same stack. */
    uintptr_t offset = (uintptr_t)__builtin_frame_address(0) - 1 - (uintptr_t)stacks;
    return offset < sizeof stacks ? &stacks[offset / sizeof *stacks].self : &first_self;
}
//: else
static int who_am_i;

static int *self(void)
{
    return &who_am_i;
}
//: end

//: if nested
/* The number of an actor, as another one sees it; 0: it does not. */
static long pid_seen(int viewer, int who)
{
    return sees[viewer][who] ? box[who].numbers[depth_of[viewer]] : 0;
}
//: else
#define pid_seen(viewer, who) box[who].pid
//: end

//: if pid_of
/* The number of an actor; if there is none, one that nobody has. */
static long pid_of(int who)
{
    return pid_seen(*self(), who) ? pid_seen(*self(), who) : 4194304;
}

//: end
/* The kind comes last: who is killed in the middle of this leaves an event that says nothing. */
static void note(int who, const struct event *event)
{
    unsigned at = __atomic_fetch_add(&box[who].events, 1, __ATOMIC_RELAXED);
    if (at >= ROOM)
        return;
    struct event *to = &box[who].event[at];
    to->step = event->step;
    memcpy(to->value, event->value, sizeof to->value);
    __atomic_store_n(&to->kind, event->kind, __ATOMIC_RELEASE);
}

/* The call of a step has returned, with these values. */
#define returned(who, number, ...) \
    note(who, &(struct event){.kind = RETURNED, .step = number, .value = {__VA_ARGS__}})

/* Be an actor: sleep until there is a command, carry it out, and so on. */
static _Noreturn void be(int who)
{
    struct box *mine = &box[who];
    *self() = who;
    for (;;) {
        unsigned done = mine->done;
        while (__atomic_load_n(&mine->posted, __ATOMIC_ACQUIRE) == done)
            sys(SYS_futex, &mine->posted, FUTEX_WAIT, done, NULL);
        __atomic_store_n(&mine->taken, done + 1, __ATOMIC_RELEASE);
        sys(SYS_futex, &mine->taken, FUTEX_WAKE, 1);
        steps[mine->step].act();
        __atomic_store_n(&mine->done, done + 1, __ATOMIC_RELEASE);
    }
}
