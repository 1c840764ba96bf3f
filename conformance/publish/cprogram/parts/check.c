/* ---- What is checked, by the process that directs the actors ---- */

enum state { UNBORN, IDLE, BLOCKED, STOPPED, TRACED, ZOMBIE, GONE, RUNNING };
static const char *const state_name[] = {"unborn", "idle", "blocked", "stopped", "in a ptrace-stop",
                                         "a zombie", "gone", "running"};

struct state_of {
    int state;
    const char *call; /* what it sleeps in, or was about when it was stopped; empty: none */
    int parent, group, session;
};
static struct state_of seen[ACTORS], expected[ACTORS];
static int pids[ACTORS]; /* as the director sees them */

static int number;      /* of the step that is running */
static int differences;
static int read_events[ACTORS];

/* The event that is being looked at; NULL if it did not happen. */
static const struct event *event;
static int event_of;
static const char *event_call;

static void differs(int who, const char *call, const char *what, const char *wanted, const char *got)
{
    differences++;
    printf("step %d: %s: %s%s%s%sexpected %s, got %s (%s)\n", number, name[who], call, *call ? ": " : "", what,
           *what ? ": " : "", wanted, got, steps[number].rule);
}

static const struct event *peek(int who)
{
    for (; read_events[who] < (int)box[who].events && read_events[who] < ROOM; read_events[who]++)
        if (__atomic_load_n(&box[who].event[read_events[who]].kind, __ATOMIC_ACQUIRE) != NOTHING)
            return &box[who].event[read_events[who]];
    return NULL;
}

static const char *event_text(const struct event *what)
{
    static char text[64];
    if (!what)
        return "nothing";
//: if heard
    if (what->kind == HANDLED) {
        snprintf(text, sizeof text, "that it handles signal %ld", what->value[SI_SIGNO]);
        return text;
    }
//: end
    snprintf(text, sizeof text, "that %s returns %ld", steps[what->step].call, what->value[RET]);
    return text;
}

/* The next thing that an actor went through is of this kind. */
static void next(int who, int kind, const char *call, const char *wanted)
{
    const struct event *found = peek(who);
    event_of = who;
    event_call = call;
    event = found && found->kind == kind ? found : NULL;
    if (event && kind == RETURNED && strcmp(steps[event->step].call, call) != 0)
        event = NULL;
    if (event)
        read_events[who]++;
    else
        differs(who, call, "", wanted, event_text(found));
}

//: if told_as
static void told_as(int field, long value, const char *wanted)
{
    char got[40];
    if (!event || event->value[field] == value)
        return;
    if (field == RET && event->value[RET] < 0)
        snprintf(got, sizeof got, "errno %ld", -event->value[RET]);
    else
        snprintf(got, sizeof got, in_hexadecimal[field] ? "%#lx" : "%ld", event->value[field]);
    differs(event_of, event_call, field == RET && value < 0 ? "errno" : field_name[field], wanted, got);
}
//: end
//: if told_pid

/* The value is the pid of an actor. */
static void told_pid(int field, int who)
{
    char got[40];
    long value = event ? event->value[field] : 0;
    if (!event || value == pid_seen(event_of, who))
        return;
    snprintf(got, sizeof got, value < 0 ? "errno %ld" : "%ld", value < 0 ? -value : value);
    for (int other = 0; other < ACTORS; other++)
        if (value > 0 && pid_seen(event_of, other) == value)
            snprintf(got, sizeof got, "%s", name[other]);
    differs(event_of, event_call, field_name[field], name[who], got);
}
//: end

//: if told_outside

/* The value is the pid of an actor as it is known outside. */
static void told_outside(int field, int who)
{
    char got[40];
    if (!event || event->value[field] == pids[who])
        return;
    snprintf(got, sizeof got, "%ld", event->value[field]);
    for (int other = 0; other < ACTORS; other++)
        if (pids[other] && pids[other] == event->value[field])
            snprintf(got, sizeof got, "%s", name[other]);
    differs(event_of, event_call, field_name[field], name[who], got);
}
//: end

#define told(field, value) told_as(field, value, #value)
#define returns(who, call, value) (next(who, RETURNED, call, "to return"), told_as(RET, value, #value))
#define returns_pid(who, call, pid) (next(who, RETURNED, call, "to return"), told_pid(RET, pid))
#define returns_fd(who, call) next(who, RETURNED, call, "to return")
#define fails(who, call, error) (next(who, RETURNED, call, "to return"), told_as(RET, -(error), #error))
//: if heard
#define handles(who, signal) (next(who, HANDLED, "handler", "to run"), told_as(SI_SIGNO, signal, #signal))
//: end

//: if becomes
/* How the step leaves an actor; nothing is said of one that it leaves as it was. */
static void becomes(int who, int state, const char *call)
{
    expected[who].state = state;
    expected[who].call = call;
}

#define is_idle(who) becomes(who, IDLE, "")
#define is_blocked(who, call) becomes(who, BLOCKED, call)
#define is_stopped(who, call) becomes(who, STOPPED, call)
#define is_traced(who, call) becomes(who, TRACED, call)
#define is_zombie(who) becomes(who, ZOMBIE, "")
#define is_gone(who) becomes(who, GONE, "")

//: end
//: if belongs_to
/* Its parent, process group and session. */
static void belongs_to(int who, int parent, int group, int session)
{
    expected[who].parent = parent;
    expected[who].group = group;
    expected[who].session = session;
}

//: end
static const char *state_text(const struct state_of *of, char text[64])
{
    snprintf(text, 64, *of->call ? "%s in %s" : "%s", state_name[of->state], of->call);
    return text;
}

static void compare_id(int who, const char *what, int wanted, int got)
{
    if (wanted != got)
        differs(who, "", what, name[wanted], got < 0 ? "somebody outside" : name[got]);
}

static bool same_state(const struct state_of *one, const struct state_of *other)
{
    return one->state == other->state && strcmp(one->call, other->call) == 0 && one->parent == other->parent &&
           one->group == other->group && one->session == other->session;
}

/* Compare how an actor is left, unless it has been said already. */
static void compare_state(int who)
{
    static struct {
        bool is;
        struct state_of seen, expected;
    } said[ACTORS];
    char wanted[64], got[64];
    if (said[who].is && same_state(&said[who].seen, &seen[who]) && same_state(&said[who].expected, &expected[who]))
        return;
    said[who].is = true;
    said[who].seen = seen[who];
    said[who].expected = expected[who];
    if (seen[who].state != expected[who].state || strcmp(seen[who].call, expected[who].call) != 0) {
        differs(who, "", "state", state_text(&expected[who], wanted), state_text(&seen[who], got));
        return;
    }
    if (seen[who].state == UNBORN || seen[who].state == GONE)
        return;
    if (who != init)
        compare_id(who, "parent", expected[who].parent, seen[who].parent);
    compare_id(who, "process group", expected[who].group, seen[who].group);
    compare_id(who, "session", expected[who].session, seen[who].session);
}

/* After a step's own checks: nothing else has happened, and everybody is left as expected. */
static void compare_rest(void)
{
    for (int who = 0; who < ACTORS; who++) {
        for (const struct event *found; (found = peek(who)); read_events[who]++)
            differs(who, "", "", "nothing more", event_text(found));
        compare_state(who);
    }
}
