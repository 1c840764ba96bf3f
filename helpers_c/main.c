/* waitconf's agent: reads programs on standard input, makes their calls, writes what came of it. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "actor.h"
#include "board.h"
#include "facilities.h"
#include "family.h"
#include "frame.h"
#include "guest.h"
#include "keep.h"
#include "link.h"
#include "prepare.h"
#include "sys.h"
#include "validate.h"

#define FLOOR_LIMIT 1000000ull /* a minute or so */

struct options {
    int cpu;
    bool pidns, patient, console;
};

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
        } else if (strcmp(*argv, "--console") == 0) {
            options.console = true;
        } else if (strcmp(*argv, "--patient") == 0) {
            options.patient = true;
        } else {
            fprintf(stderr, "usage: agent [--cpu N] [--no-pidns] [--patient] [--console]\n");
            exit(2);
        }
    }
    return options;
}

static void hello(void)
{
    struct utsname name;
    struct wc_hello *hello = frame_add(sizeof *hello);
    hello->version = WC_VERSION;
    hello->have = facilities_here();
    hello->userns = containment.userns;
    hello->uid = getuid();
    hello->cpu = containment.cpu;
    uname(&name);
    memcpy(hello->sysname, name.sysname, sizeof hello->sysname);
    memcpy(hello->release, name.release, sizeof hello->release);
    memcpy(hello->machine, name.machine, sizeof hello->machine);
    memcpy(hello->build, name.version, sizeof hello->build);
    memcpy(hello->why, containment.why, sizeof hello->why);
    frame_send(WC_FRAME_HELLO);
}

/* Run one program whose bytes are all there. */
static void run_program(const struct wc_program *program, const struct wc_step *steps)
{
    char text[sizeof((struct wc_result *)0)->text];
    if (!validate(program, steps, text, sizeof text)) {
        frame_send_outcome(WC_FRAME_RESULT, program->id, WC_INVALID, "%s", text);
    } else if (program->needs & ~facilities_here()) {
        facilities_explain(program->needs, text, sizeof text);
        frame_send_outcome(WC_FRAME_RESULT, program->id, WC_UNSUPPORTED, "%s", text);
    } else {
        frame_running(program->id);
        direct(program, steps);
        frame_idle();
    }
}

static void run_batch(const unsigned char *bytes, size_t size)
{
    const struct wc_program *program;
    if (size == 0)
        frame_send_outcome(WC_FRAME_ERROR, 0, WC_INVALID, "a batch without a program");
    while (size > 0) {
        if (size < sizeof *program) {
            frame_send_outcome(WC_FRAME_ERROR, 0, WC_INVALID, "%zu bytes after the last program", size);
            return;
        }
        program = (const struct wc_program *)bytes;
        size_t length = sizeof *program + program->steps * sizeof(struct wc_step);
        if (length > size) {
            frame_send_outcome(WC_FRAME_RESULT, program->id, WC_INVALID, "%u steps, but the batch ends before",
                               program->steps);
            return;
        }
        run_program(program, (const struct wc_step *)(program + 1));
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
    if (guest_is_init(argv))
        guest_main();
    if (argc > 2 && strcmp(argv[1], "--keep") == 0)
        keep(argv + 2);
    if (argc > 3 && strcmp(argv[1], "--keep-at") == 0)
        keep_at(argv[2], argv + 3);
    if (argc > 3 && strcmp(argv[1], "--keep-contained") == 0)
        keep_contained(argv[2], argv + 3);
    if (argc == 4 && strcmp(argv[1], "--actor") == 0) {
        unsigned slot = (unsigned)number(argv[2], WC_MAX_ACTORS), caller = (unsigned)number(argv[3], WC_MAX_ACTORS);
        if (board_map() < 0)
            return 127;
        actor_resume(slot, caller);
    }
    struct options options = parse(argv);
    prepare(options.cpu, options.pidns, options.patient);
    link_begin(options.console);
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
