/* waitconf's agent: reads programs on standard input, makes their calls, writes what came of it. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "actor.h"
#include "board.h"
#include "family.h"
#include "frame.h"
#include "proc.h"
#include "sys.h"
#include "validate.h"
#include "warden.h"

#define FLOOR_LIMIT 100000000ull

struct options {
    int cpu;
    bool pidns;
};

_Noreturn static void fail(const char *what, int error)
{
    fprintf(stderr, "agent: %s: %s\n", what, strerror(error));
    exit(1);
}

static int number(const char *text, int limit)
{
    char *rest;
    long value = text ? strtol(text, &rest, 10) : -1;
    if (value < 0 || value >= limit || *rest || rest == text) {
        fprintf(stderr, "agent: not a number from 0 to %d: %s\n", limit - 1, text ? text : "");
        exit(2);
    }
    return (int)value;
}

static struct options parse(char **argv)
{
    struct options options = {.cpu = -1, .pidns = true};
    for (argv++; *argv; argv++) {
        if (strcmp(*argv, "--cpu") == 0) {
            options.cpu = number(argv[1], 1024);
            argv++;
        } else if (strcmp(*argv, "--no-pidns") == 0) {
            options.pidns = false;
        } else {
            fprintf(stderr, "usage: agent [--cpu N] [--no-pidns]\n");
            exit(2);
        }
    }
    return options;
}

/* Whatever we were started with, actors start with nothing blocked and nothing ignored. */
static void reset_signals(void)
{
    struct raw_sigaction action = {0};
    uint64_t none = 0;
    for (int signo = 1; signo <= 64; signo++)
        sys(SYS_rt_sigaction, signo, &action, 0, 8);
    sys(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
    action.handler = (void *)SIG_IGN;
    sys(SYS_rt_sigaction, SIGPIPE, &action, 0, 8); /* a reader that went away is an error of write */
}

static void close_all(unsigned first, unsigned last)
{
    if (sys(SYS_close_range, first, last, 0) < 0)
        for (unsigned fd = first; fd <= last && fd < 4096; fd++)
            sys(SYS_close, fd);
}

/* The frames move out of the actors' reach; 0 and 1 become nothing. */
static void arrange_files(void)
{
    if (sys(SYS_dup3, 0, FD_IN, O_CLOEXEC) < 0 || sys(SYS_dup3, 1, FD_OUT, O_CLOEXEC) < 0)
        fail("standard input or output", EBADF);
    close_all(3, FD_IN - 1);
    close_all(FD_OUT + 1, ~0u);
    long null = sys(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0);
    if (null < 0)
        null = sys(SYS_memfd_create, "null", 0); /* a guest without /dev */
    if (null < 0)
        fail("/dev/null", (int)-null);
    sys(SYS_dup3, null, 0, 0);
    sys(SYS_dup3, null, 1, 0);
    if (null != 2)
        sys(SYS_close, null);
}

/* The first process of a guest finds nothing mounted. */
static int open_proc(void)
{
    int error = proc_begin();
    if (error && getpid() == 1) {
        mkdir("/proc", 0555);
        mount("proc", "/proc", "proc", 0, NULL);
        error = proc_begin();
    }
    return error;
}

static void begin(const struct options *options)
{
    int error;
    reset_signals();
    arrange_files();
    contain_begin(options->cpu, options->pidns);
    if (!containment.pidns)
        warden_stand();
    if ((error = open_proc()) < 0)
        fail("/proc", -error);
    if ((error = board_make()) < 0 || (error = birth_begin()) < 0 || (error = frame_begin()) < 0)
        fail("start", -error);
    long exe = sys(SYS_openat, AT_FDCWD, "/proc/self/exe", O_RDONLY, 0);
    if (exe < 0)
        fail("/proc/self/exe", (int)-exe);
    sys(SYS_dup3, exe, FD_EXE, 0);
    sys(SYS_close, exe);
}

static void hello(void)
{
    struct utsname name;
    struct wc_hello *hello = frame_add(sizeof *hello);
    hello->version = WC_VERSION;
    hello->pidns = containment.pidns;
    hello->userns = containment.userns;
    hello->uid = getuid();
    hello->core = containment.core;
    hello->cpu = containment.cpu;
    uname(&name);
    memcpy(hello->sysname, name.sysname, sizeof hello->sysname);
    memcpy(hello->release, name.release, sizeof hello->release);
    memcpy(hello->machine, name.machine, sizeof hello->machine);
    memcpy(hello->why, containment.why, sizeof hello->why);
    frame_send(WC_FRAME_HELLO);
}

/* Run one program whose bytes are all there. */
static void run_program(const struct wc_program *program, const struct wc_step *steps)
{
    char text[sizeof((struct wc_result *)0)->text];
    if (!validate(program, steps, text, sizeof text))
        frame_send_outcome(WC_FRAME_RESULT, program->id, WC_INVALID, "%s", text);
    else if (program->needs & WC_NEED_PIDNS && !containment.pidns)
        frame_send_outcome(WC_FRAME_RESULT, program->id, WC_UNSUPPORTED, "no PID namespace: %s", containment.why);
    else
        direct(program, steps);
}

static void run_batch(const unsigned char *bytes, size_t size)
{
    static struct wc_step steps[WC_MAX_STEPS];
    struct wc_program program;
    if (size == 0)
        frame_send_outcome(WC_FRAME_ERROR, 0, WC_INVALID, "a batch without a program");
    while (size > 0) {
        if (size < sizeof program) {
            frame_send_outcome(WC_FRAME_ERROR, 0, WC_INVALID, "%zu bytes after the last program", size);
            return;
        }
        memcpy(&program, bytes, sizeof program);
        size_t length = sizeof program + program.steps * sizeof *steps;
        if (length > size) {
            frame_send_outcome(WC_FRAME_RESULT, program.id, WC_INVALID, "%u steps, but the batch ends before",
                               program.steps);
            return;
        }
        if (program.steps <= WC_MAX_STEPS)
            memcpy(steps, bytes + sizeof program, length - sizeof program);
        run_program(&program, steps);
        bytes += length;
        size -= length;
    }
}

/* The yardstick: the same number of processes, made and reaped by nothing but the calls it takes. */
static void run_floor(const struct frame *frame)
{
    struct wc_floor floor;
    if (frame->length != sizeof floor) {
        frame_send_outcome(WC_FRAME_ERROR, 0, WC_INVALID, "a floor frame of %u bytes", frame->length);
        return;
    }
    memcpy(&floor, frame->payload, sizeof floor);
    uint64_t count = (uint64_t)floor.processes * floor.rounds;
    if (count > FLOOR_LIMIT) {
        frame_send_outcome(WC_FRAME_ERROR, 0, WC_INVALID, "a floor of more than %llu processes", FLOOR_LIMIT);
        return;
    }
    uint64_t began = now_ns();
    while (count-- > 0) {
        long pid = sys_clone(SIGCHLD);
        if (pid == 0)
            sys(SYS_exit_group, 0);
        sys(SYS_wait4, pid, 0, 0, 0);
    }
    floor.duration_ns = now_ns() - began;
    memcpy(frame_add(sizeof floor), &floor, sizeof floor);
    frame_send(WC_FRAME_FLOOR);
}

int main(int argc, char **argv)
{
    struct frame frame;
    if (argc == 3 && strcmp(argv[1], "--actor") == 0) {
        unsigned slot = (unsigned)number(argv[2], WC_MAX_ACTORS);
        if (board_map() < 0)
            return 127;
        actor_resume(slot);
    }
    struct options options = parse(argv);
    begin(&options);
    hello();
    while (frame_read(&frame)) {
        if (frame.type == WC_FRAME_BATCH)
            run_batch(frame.payload, frame.length);
        else if (frame.type == WC_FRAME_FLOOR)
            run_floor(&frame);
        else
            frame_send_outcome(WC_FRAME_ERROR, 0, WC_INVALID, "a frame of type %u is not for an agent", frame.type);
    }
    return 0;
}
