/* ---- When has a step come to rest? Everybody shares one core with the director, so while it runs nobody else does:
 * a look at all of them is a snapshot if its count of context switches stands still. Two looks must agree. ---- */

static volatile sig_atomic_t late;

/* Read /proc/<pid>/<leaf>; how many bytes. */
static long read_proc(int pid, const char *leaf, char *text, size_t room)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", pid, leaf);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    long n = fd < 0 ? -1 : read(fd, text, room - 1);
    int error = errno;
    if (fd >= 0)
        close(fd);
    text[n > 0 ? n : 0] = 0;
    errno = error;
    return n;
}

struct stat_of {
    char state; /* 0: there is nobody */
    int parent, group, session;
    bool exiting; /* PF_EXITING */
};

static struct stat_of read_stat(int pid)
{
    char text[512];
    struct stat_of stat = {0};
    unsigned flags = 0;
    read_proc(pid, "stat", text, sizeof text);
    char *end = strrchr(text, ')');
    if (end && sscanf(end + 1, " %c %d %d %d %*d %*d %u", &stat.state, &stat.parent, &stat.group, &stat.session, &flags) < 5)
        stat.state = 0;
    stat.exiting = flags & 4;
    return stat;
}

/* The system call in which somebody sleeps. The kernel tells it only of who has left its core for good, which the
 * letter in stat does not prove. */
#define ON_ITS_WAY (-2)
#define UNKNOWN (-3)
static bool unproven; /* this kernel does not tell */

static long sleeps_in(int pid)
{
    char text[64];
    long n = read_proc(pid, "syscall", text, sizeof text);
    if (n < 0 && errno != ESRCH)
        unproven = true;
    if (n <= 0)
        return n < 0 && errno != ESRCH ? UNKNOWN : ON_ITS_WAY;
    return text[0] == 'r' ? ON_ITS_WAY : atol(text);
}

/* The step whose call an actor is in the middle of, or about to make; 0: it is idle. */
static int busy_with(int who)
{
    const struct box *of = &box[who];
//: if threads
    /* Who has got this pid by its exec is in that. */
    int heir = __atomic_load_n(&of->heir, __ATOMIC_ACQUIRE);
    if (heir && !read_stat(pids[heir]).state)
        return box[heir].step;
//: end
    if (__atomic_load_n(&of->done, __ATOMIC_ACQUIRE) == of->posted)
        return 0;
    for (unsigned i = 0; i < of->events && i < ROOM; i++)
        if (__atomic_load_n(&of->event[i].kind, __ATOMIC_ACQUIRE) == RETURNED && of->event[i].step == of->step)
            return 0;
    return of->step;
}

static int whose(int pid)
{
    int found = -1;
    for (int who = 0; who < ACTORS; who++)
        if (pid && pids[who] == pid && (found < 0 || seen[who].state != GONE))
            found = who;
    return found;
}

static bool rests(int who, int state, int step)
{
    seen[who].state = state;
    seen[who].call = step ? steps[step].call : "";
    return state != RUNNING;
}

static bool rests_asleep(int who, int step)
{
    long call = step ? sleeps_in(pids[who]) : 0;
    if (step == 0)
        return rests(who, IDLE, 0);
    if (steps[step].sleeps_in < 0)
        return rests(who, RUNNING, step);
    if (call == UNKNOWN)
        return rests(who, __atomic_load_n(&box[who].taken, __ATOMIC_ACQUIRE) == box[who].posted ? BLOCKED : RUNNING, step);
    return rests(who, call == steps[step].sleeps_in ? BLOCKED : RUNNING, step);
}

//: if unwakeable
/* Two sleep where only SIGKILL wakes them: who has called vfork while the child has its memory, and who calls exec while
 * other threads of its process are not dead. Anybody else goes on by itself. */
static bool rests_unwakeable(int who, int step)
{
    int child = steps[step].child;
    char alive = child && pids[child] ? read_stat(pids[child]).state : 0;
    bool keeps = alive && alive != 'Z' && alive != 'X';
//: if threads
    if (strcmp(steps[step].call, "exec") == 0)
        for (int other = 0; other < ACTORS; other++)
            keeps |= other != who && pids[other] && leader_of[other] == leader_of[who] && seen[other].state != GONE &&
                     (other != leader_of[other] || read_stat(pids[other]).state != 'Z');
//: end
    return keeps ? rests_asleep(who, step) : rests(who, RUNNING, step);
}
//: end

//: if reuse
/* A pid is free only a moment after who had it is out of all lists, and an init waits for that; a group or a session may
 * keep it. */
static bool is_free(int who)
{
    for (int other = 0; other < ACTORS; other++)
        if (other != who && pids[other] && seen[other].state != GONE && (seen[other].group == who || seen[other].session == who))
            return true;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool taken = fcntl(fd, F_SETOWN, pids[who]) == 0; /* asks for the number, not for who has it */
    close(fd);
    return !taken;
}
//: end

static bool is_at_rest(int who)
{
    if (!pids[who] || seen[who].state == GONE)
        return true;
    int step = busy_with(who);
    struct stat_of stat = read_stat(pids[who]);
    if (stat.state == 0)
//: if reuse
        return rests(who, is_free(who) ? GONE : RUNNING, 0);
//: else
        return rests(who, GONE, 0);
//: end
    seen[who].parent = whose(stat.parent);
    seen[who].group = whose(stat.group);
    seen[who].session = whose(stat.session);
    switch (stat.state) {
    case 'Z':
        return rests(who, ZOMBIE, 0);
    case 'T':
        return rests(who, sleeps_in(pids[who]) == ON_ITS_WAY ? RUNNING : STOPPED, step);
    case 't':
        return rests(who, sleeps_in(pids[who]) == ON_ITS_WAY ? RUNNING : TRACED, step);
    case 'S':
    case 'I': /* the init of a namespace at its end waits until it is alone there */
        if (stat.exiting || stat.state == 'I')
            return rests(who, sleeps_in(pids[who]) == ON_ITS_WAY ? RUNNING : BLOCKED, 0);
        return rests_asleep(who, step);
//: if unwakeable
    case 'D':
        return step && !stat.exiting ? rests_unwakeable(who, step) : rests(who, RUNNING, step);
//: end
    default:
        return rests(who, RUNNING, step);
    }
}

static bool is_descendant(int pid)
{
    for (int most = 64; most-- && pid > 1; pid = read_stat(pid).parent)
        if (pid == getpid())
            return true;
    return false;
}

/* Somebody in a directory of /proc who is one of us and whom we do not know yet; 0: there is none. */
static int find_stranger(const char *path)
{
    DIR *directory = opendir(path);
    int found = 0;
    for (struct dirent *entry; directory && !found && (entry = readdir(directory));) {
        int pid = atoi(entry->d_name), who = whose(pid);
        if (pid > 0 && pid != getpid() && (who < 0 || seen[who].state == GONE) && is_descendant(pid))
            found = pid;
    }
    if (directory)
        closedir(directory);
    return found;
}

static int find_newborn(int who)
{
//: if threads
    char path[64];
    if (leader_of[who] != who) {
        snprintf(path, sizeof path, "/proc/%d/task", pids[leader_of[who]]);
        return find_stranger(path);
    }
//: end
    (void)who;
    return find_stranger("/proc");
}

//: if nested
static void note_numbers(int who)
{
    char text[2048];
    int *number = box[who].numbers;
    if (pids[who])
        read_proc(pids[who], "status", text, sizeof text);
    char *at = pids[who] ? strstr(text, "\nNSpid:") : NULL;
    for (int i = 0; !at && i < 9; i++)
        number[i] = box[who].pid; /* gone */
    for (int i = -1; at && i < 9 && (at = strchr(at, '\t')); i++)
        if (i < 0)
            at++; /* the director's own */
        else
            number[i] = (int)strtol(at + 1, &at, 10);
}

//: end
/* Get to know who was born; whoever has a pid, and is nowhere any more, is gone again. */
static bool know_newborns(void)
{
    for (int who = 1; who < ACTORS; who++) {
        if (pids[who])
            continue;
//: if pidfd_first
        if (!__atomic_load_n(&box[who].pid, __ATOMIC_ACQUIRE) && __atomic_load_n(&box[who].pidfd, __ATOMIC_ACQUIRE)) {
            if (find_newborn(who))
                return false; /* it has not noted its pid yet */
        }
//: end
        if (!__atomic_load_n(&box[who].pid, __ATOMIC_ACQUIRE))
            continue;
        for (int times = 0; times < 2 && !pids[who]; times++)
            pids[who] = find_newborn(who);
        seen[who] = (struct state_of){.state = pids[who] ? RUNNING : GONE, .call = ""};
//: if nested
        note_numbers(who);
//: end
//: if outside
        box[who].outside = pids[who];
//: end
        if (!pids[who])
            pids[who] = -1;
    }
    return true;
}

static long switches(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_nvcsw + usage.ru_nivcsw;
}

/* One look at everybody that counts only if nobody ran meanwhile. */
static bool look(void)
{
    siginfo_t info;
    long before = switches();
    bool rest = know_newborns();
    /* Who ends is seen as a zombie before its parent is woken, all under one lock of the kernel. This call takes it. */
    waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL);
    for (int who = 0; who < ACTORS; who++)
        rest &= is_at_rest(who);
    return rest && know_newborns() && switches() == before;
}

/* Wait until a step has come to rest; whether it has. */
static bool settle(void)
{
    struct state_of last[ACTORS];
    for (int alike = 0; alike < (unproven ? 20 : 2); sched_yield()) {
        if (late)
            return false;
        bool rest = look(), same = alike > 0 && memcmp(last, seen, sizeof seen) == 0;
        memcpy(last, seen, sizeof seen);
        alike = !rest ? 0 : same ? alike + 1 : 1;
    }
    return true;
}
