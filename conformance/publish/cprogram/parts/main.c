/* ---- The beginning and the end ---- */

/* It comes again and again: the first one may be just ahead of a call that sleeps. */
static void on_alarm(int signo)
{
    (void)signo;
    late = 1;
    alarm(1);
}

static void map_boxes(void)
{
//: if exec
    box = mmap(NULL, sizeof *box * ACTORS, PROT_READ | PROT_WRITE, MAP_SHARED, FD_BOARD, 0);
//: else
    box = mmap(NULL, sizeof *box * ACTORS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
//: end
    if (box == MAP_FAILED)
        give_up("there is no shared memory");
}

/* All on one core, and who is woken does not push anybody off it: so the usual order of events is the order. */
static void schedule(void)
{
    cpu_set_t set;
    struct sched_param parameter = {0};
    int cpu = sched_getcpu();
    CPU_ZERO(&set);
    CPU_SET(cpu < 0 ? 0 : cpu, &set);
    unproven |= sched_setaffinity(0, sizeof set, &set) < 0;
    sched_setscheduler(0, SCHED_BATCH, &parameter);
}

static void begin(void)
{
//: unless core
    struct rlimit no_core = {1, 1}; /* not 0: a core_pattern that is a pipe would be run */
//: end
    setvbuf(stdout, NULL, _IOLBF, 0);
//: if one_machine
#if !defined(__x86_64__)
    give_up("what is expected here is what Linux does on x86_64, and this is another machine");
#endif
//: end
    sigaction(SIGALRM, &(struct sigaction){.sa_handler = on_alarm}, NULL); /* it interrupts */
    signal(SIGCHLD, SIG_DFL);
    alarm(10);
//: unless core
    setrlimit(RLIMIT_CORE, &no_core);
//: end
//: if exec
    int fd = memfd_create("actors", 0);
    if (fd < 0 || ftruncate(fd, sizeof *box * ACTORS) < 0 || dup2(fd, FD_BOARD) < 0)
        give_up("there is no shared memory");
    close(fd);
    fd = open("/proc/self/exe", O_RDONLY);
    if (fd < 0 || dup2(fd, FD_PROGRAM) < 0)
        give_up("/proc/self/exe cannot be opened");
    close(fd);
//: end
    map_boxes();
    for (int who = 0; who < ACTORS; who++)
        seen[who] = expected[who] = (struct state_of){.state = UNBORN, .call = ""};
    if (!read_stat(getpid()).state)
        give_up("/proc is not mounted");
//: if probes
    probe();
//: end
//: if core
    make_room_for_cores();
//: end
    schedule();
    contain();
    while (!late && !pids[1])
        settle();
}

//: if exec
/* Go on in a program that has replaced itself. Whatever else a leader was about, it never returned from. */
static _Noreturn void resume(int who, int step)
{
    map_boxes();
    returned(who, step, [RET] = 0);
//: if threads
    box[who].heir = 0;
//: end
    box[who].done = box[who].posted;
    be(who);
}

//: end
//: unless pidns
/* A zombie is no exception: other threads of its process may be alive. */
static void kill_descendants(void)
{
    DIR *directory = opendir("/proc");
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        int pid = atoi(entry->d_name);
        if (pid > 0 && pid != getpid() && is_descendant(pid))
            kill(pid, SIGKILL);
    }
    if (directory)
        closedir(directory);
}

//: end
/* Nobody is left behind: whoever loses his parent is the director's child, unless a namespace takes him along. */
static void finish(void)
{
    alarm(10);
    late = 0;
    kill((pid_t)containment, SIGKILL);
    for (pid_t pid = 0; !late && (pid >= 0 || errno == EINTR);) {
//: unless pidns
        if (!namespaced)
            kill_descendants();
//: end
        pid = waitpid(-1, NULL, __WALL | (namespaced ? 0 : WNOHANG));
        if (pid == 0)
            sched_yield();
    }
//: if core
    remove_cores();
//: end
}

static void say_who_hangs(void)
{
    for (int who = 0; who < ACTORS; who++)
        if (!is_at_rest(who))
            printf("step %d: %s does not come to rest: it is running%s%s\n", number, name[who],
                   *seen[who].call ? " in " : "", seen[who].call);
    printf("hung in step %d\n", number);
}

/* Have a step's call made; whether that can be, and has come to rest. */
static bool run(const struct step *step)
{
    struct box *to = &box[step->actor];
    struct timespec patience = {.tv_nsec = 20000000}; /* who is killed from outside takes nothing */
    if (seen[step->actor].state != IDLE) {
        differs(step->actor, step->call, "", "to be made", state_name[seen[step->actor].state]);
        return false;
    }
    unsigned before = to->taken;
    alarm(10);
    to->step = number;
    __atomic_store_n(&to->posted, to->posted + 1, __ATOMIC_RELEASE);
    sys(SYS_futex, &to->posted, FUTEX_WAKE, 1);
    sys(SYS_futex, &to->taken, FUTEX_WAIT, before, &patience);
    return settle();
}

int main(int argc, char **argv)
{
//: if exec
    if (argc == 3 && strcmp(argv[0], "actor") == 0)
        resume(atoi(argv[1]), atoi(argv[2]));
//: end
    (void)argc, (void)argv;
    begin();
    bool going = !late;
    expected[init] = (struct state_of){IDLE, "", init, init, init};
    expected[1] = (struct state_of){IDLE, "", init, 1, init};
    if (going)
        compare_rest();
    while (going && number < STEPS) {
        going = run(&steps[++number]);
        if (going) {
            steps[number].check();
            compare_rest();
        }
    }
    if (late)
        say_who_hangs();
    int status = late ? 3 : differences > 0;
    finish();
    if (status == 1)
        printf("differs: %d\n", differences);
    else if (status == 0)
        printf("conforms\n");
    return status;
}
