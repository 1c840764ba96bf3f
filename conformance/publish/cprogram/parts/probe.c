//: if probes
/* ---- What the case requires is tried first: each in a child, so that nothing of it is left ---- */

static bool ends_well(long pid, bool (*body)(void))
{
    int status = 1;
    if (pid == 0)
        _exit(!body());
    if (pid > 0)
        waitpid((pid_t)pid, &status, __WALL);
    return status == 0;
}

static void require(bool (*body)(void), const char *else_why)
{
    if (!ends_well(fork(), body))
        give_up(else_why);
}

//: end
//: if probe_inside
/* Make a child in a PID namespace of its own, as init will be made. */
static long clone_inside(void)
{
    long pid = sys(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
//: unless probe_uids
    if (pid < 0 && enter_user_namespace())
        pid = sys(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
//: end
    return pid;
}

//: end
//: if probe_pidfd
/* The two calls without which nothing can be done with pidfds. */
static bool has_pidfds(void)
{
    long pid = fork();
    if (pid == 0)
        _exit(0);
    long fd = pid < 0 ? -1 : sys(SYS_pidfd_open, pid, 0);
    return fd >= 0 && sys(SYS_waitid, P_PIDFD, fd, NULL, WEXITED, NULL) == 0;
}

//: end
//: if probe_uids
static bool becomes_another(void)
{
    return setresgid(30001, 30002, 30003) == 0 && setresuid(30001, 30002, 30003) == 0;
}

/* Several users are to be had: real root, not that of a user namespace; and he may signal them all. */
static bool has_users(void)
{
    siginfo_t info = {0};
    long pid = fork();
    if (pid == 0)
        _exit(!becomes_another());
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
    return geteuid() == 0 && pid > 0 && kill((pid_t)pid, 0) == 0 && info.si_status == 0;
}

//: if exec
/* Whoever calls exec runs this very program. */
static bool is_open_to_all(void)
{
    struct stat program;
    return fstat(FD_PROGRAM, &program) == 0 && program.st_mode & S_IXOTH;
}

//: end
//: end
//: if probe_ptrace
static bool asks_to_be_traced(void)
{
    return sys(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) == 0;
}

static bool seizes(void)
{
    long pid = fork();
    while (pid == 0)
        pause();
    bool seized = pid > 0 && sys(SYS_ptrace, PTRACE_SEIZE, pid, 0, 0) == 0;
    if (pid > 0)
        kill((pid_t)pid, SIGKILL);
    return seized;
}

//: end
//: if probe_seccomp
static bool filters(void)
{
    return filter_getppid(SECCOMP_RET_ERRNO | EPERM) == 0 && sys(SYS_getppid) == -EPERM;
}

//: end
//: if probe_proc
static bool reads_proc(void)
{
    struct proc_of of = {0};
    return proc(getpid(), &of) == 0;
}

//: end
//: if probe_pty
static bool has_terminals(void)
{
    return open_pty(O_NOCTTY) == 0;
}

//: end
//: if probe_stealtty
static bool steals(void)
{
    setsid();
    return sys(SYS_ioctl, SLAVE, TIOCSCTTY, 1) == 0;
}

static bool can_be_robbed(void)
{
    setsid();
    return open_pty(O_NOCTTY) == 0 && sys(SYS_ioctl, SLAVE, TIOCSCTTY, 0) == 0 && ends_well(fork(), steals);
}

//: end
//: if probe_set_tid
static bool takes_number(void)
{
    int wanted = 77;
    struct clone3_args args = {.exit_signal = SIGCHLD, .set_tid = (uintptr_t)&wanted, .set_tid_size = 1};
    return sys(SYS_clone3, &args, sizeof args) == wanted; /* the child gets here too, with 0 */
}

static bool has_set_tid(void)
{
    return ends_well(clone_inside(), takes_number);
}

//: end
//: if probe_last_pid
static bool leads_up_to_number(void)
{
    return number_next(77) == 0 && sys(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) == 77;
}

static bool has_last_pid(void)
{
    return ends_well(clone_inside(), leads_up_to_number);
}

//: end
//: if probes
static void probe(void)
{
//: if probe_pidfd
    require(has_pidfds, "this kernel has no pidfds, to open and to wait for (Linux 5.4)");
//: end
//: if probe_uids
    require(has_users, "this needs several user ids: real root");
//: if exec
    require(is_open_to_all, "other users may not run this program: chmod a+x");
//: end
//: end
//: if probe_ptrace
    require(asks_to_be_traced, "this needs the right to trace");
    require(seizes, "this needs the right to trace");
//: end
//: if probe_seccomp
    require(filters, "this kernel has no filters of system calls (seccomp)");
//: end
//: if probe_proc
    require(reads_proc, "/proc does not tell all that this needs: a stat file of 52 fields");
//: end
//: if probe_pty
    require(has_terminals, "there are no pseudo-terminals");
//: end
//: if probe_stealtty
    require(can_be_robbed, "this needs the right to take another session's terminal: real root");
//: end
//: if probe_set_tid
    require(has_set_tid, "this needs pids by choice: clone3 with set_tid (Linux 5.5), in a PID namespace");
//: end
//: if probe_last_pid
    require(has_last_pid, "this needs pids in turn from a chosen one: /proc/sys/kernel/ns_last_pid, in a PID namespace");
//: end
}
//: end
