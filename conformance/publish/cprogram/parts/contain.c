/* ---- What contains the actors ---- */

static long containment; /* init */
static bool namespaced;

static _Noreturn void give_up(const char *why)
{
    printf("cannot run: %s\n", why);
    exit(2);
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
