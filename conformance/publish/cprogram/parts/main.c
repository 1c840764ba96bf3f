/* ---- The beginning and the end ---- */

static long containment; /* init */
static bool namespaced;

static void on_alarm(int signo)
{
    (void)signo;
    late = 1;
}

static _Noreturn void give_up(const char *why)
{
    printf("cannot run: %s\n", why);
    exit(2);
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

/* The first process: it looks like one that has done nothing yet, and leads a session. */
static _Noreturn void be_init(void)
{
    uint64_t none = 0;
    struct {
        void *words[4];
    } action = {{0}};
    for (int signo = 1; signo <= 64; signo++)
        sys(SYS_rt_sigaction, signo, &action, NULL, sizeof none);
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (!namespaced)
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    for (int fd = 3; fd < FD_BOARD; fd++)
        close(fd);
    setsid();
    long pid = sys(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, NULL, &box[1].pid, NULL, NULL);
    if (pid == 0) {
        setpgid(0, 0);
        be(1);
    }
    be(init);
}

//: unless probe_uids
static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool fine = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    if (fd >= 0)
        close(fd);
    return fine;
}

/* A user namespace, where an ordinary user may make others, and everybody keeps his number. */
static bool enter_user_namespace(void)
{
    char uid_map[40], gid_map[40];
    snprintf(uid_map, sizeof uid_map, "%u %u 1\n", getuid(), getuid());
    snprintf(gid_map, sizeof gid_map, "%u %u 1\n", getgid(), getgid());
    if (unshare(CLONE_NEWUSER) < 0)
        return false;
    write_file("/proc/self/setgroups", "deny");
    return write_file("/proc/self/uid_map", uid_map) && write_file("/proc/self/gid_map", gid_map);
}

//: end
static long clone_init(unsigned long flags)
{
    long pid = sys(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, NULL);
    if (pid == 0)
        be_init();
    return pid;
}

//: unless probe_uids
/* Whether a user namespace helps; there is no way back out of one, so a child tries. */
static bool user_namespace_helps(void)
{
    int status = 1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(!enter_user_namespace() || unshare(CLONE_NEWPID) < 0);
    waitpid(pid, &status, 0);
    return status == 0;
}

//: end
/* Start init: in a PID namespace of its own, which holds everybody and ends with it, else under a subreaper. */
static void contain(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    namespaced = true;
    box[init].pid = 1;
    containment = clone_init(CLONE_NEWPID);
//: unless probe_uids
    if (containment < 0 && user_namespace_helps() && enter_user_namespace())
        containment = clone_init(CLONE_NEWPID);
//: end
    if (containment < 0) {
        namespaced = false;
//: if pidns
        give_up("this needs a PID namespace, and there are none to be had");
//: else
        fprintf(stderr, "no PID namespaces are to be had: a subreaper contains the processes\n");
        containment = clone_init(0);
        box[init].pid = (int)containment;
//: end
    }
    if (containment < 0)
        give_up("fork fails");
    pids[init] = (int)containment;
//: if nested
    box[init].numbers[0] = 1;
//: end
//: if outside
    box[init].outside = pids[init];
//: end
}

//: if probe_pidfd
static void probe_pidfd(void)
{
    long fd = sys(SYS_pidfd_open, getpid(), 0);
    if (fd < 0)
        give_up("this kernel has no pidfds");
    close((int)fd);
}

//: end
//: if probe_uids
/* Several users are to be had: real root, not that of a user namespace. */
static void probe_uids(void)
{
    int status = 1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(geteuid() != 0 || setresgid(30001, 30001, 30001) < 0 || setresuid(30001, 30001, 30001) < 0);
    waitpid(pid, &status, 0);
    if (status)
        give_up("this needs several user ids: real root");
}

//: end
//: if probe_ptrace
static void probe_ptrace(void)
{
    int status = 1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(sys(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) < 0);
    waitpid(pid, &status, 0);
    if (status)
        give_up("this needs the right to trace");
}

//: end
//: if probe_pty
static void probe_pty(void)
{
    int fd = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        give_up("there are no pseudo-terminals");
    close(fd);
}

//: end
//: if core
/* Cores go to a directory of their own. The kernel writes none for a limit of less than a page. */
static char core_folder[] = "/tmp/cores-XXXXXX";

static void make_room_for_cores(void)
{
    char pattern[130];
    int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);
    long n = fd < 0 ? -1 : read(fd, pattern, sizeof pattern - 1);
    struct rlimit limit = {(rlim_t)sysconf(_SC_PAGESIZE), (rlim_t)sysconf(_SC_PAGESIZE)};
    close(fd);
    pattern[n > 0 ? n : 0] = 0;
    if (n <= 0 || strpbrk(pattern, "|/@"))
        give_up("cores do not go to the directory of who dies: see /proc/sys/kernel/core_pattern");
    if (setrlimit(RLIMIT_CORE, &limit) < 0)
        give_up("this needs a limit for cores of a page at least: ulimit -H -c");
    if (!mkdtemp(core_folder) || chmod(core_folder, 01777) < 0 || chdir(core_folder) < 0)
        give_up("there is no place for cores in /tmp");
}

static void remove_cores(void)
{
    DIR *directory = opendir(".");
    for (struct dirent *entry; directory && (entry = readdir(directory));)
        unlink(entry->d_name);
    if (directory)
        closedir(directory);
    rmdir(core_folder);
}

//: end
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
    signal(SIGALRM, on_alarm);
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
//: if probe_pidfd
    probe_pidfd();
//: end
//: if probe_uids
    probe_uids();
//: end
//: if probe_ptrace
    probe_ptrace();
//: end
//: if probe_pty
    probe_pty();
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
/* A descendant that is not dead; 0: there is none. */
static int find_living(void)
{
    DIR *directory = opendir("/proc");
    int found = 0;
    for (struct dirent *entry; directory && !found && (entry = readdir(directory));) {
        int pid = atoi(entry->d_name);
        if (pid > 0 && pid != getpid() && is_descendant(pid) && !strchr("ZX", read_stat(pid).state))
            found = pid;
    }
    if (directory)
        closedir(directory);
    return found;
}

//: end
/* Nobody is left behind. */
static void finish(void)
{
    alarm(10);
    late = 0;
    kill((pid_t)containment, SIGKILL);
//: unless pidns
    for (int pid; !late && !namespaced && (pid = find_living()); sched_yield())
        kill(pid, SIGKILL);
//: end
    while (!late && (waitpid(-1, NULL, __WALL) >= 0 || errno == EINTR))
        ;
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
