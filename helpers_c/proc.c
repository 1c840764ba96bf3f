#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "board.h"
#include "family.h"
#include "sys.h"

#define PF_EXITING 4 /* of the kernel's own flags, which stat shows */
#define STACK_REACH 65536 /* two addresses of one stack are not further apart, in a function and what it calls */

static const char *read_number(const char *at, long *number)
{
    bool negative = *at == '-';
    if (negative)
        at++;
    *number = 0;
    while (*at >= '0' && *at <= '9')
        *number = *number * 10 + (*at++ - '0');
    if (negative)
        *number = -*number;
    return *at == ' ' ? at + 1 : at;
}

/* Not snprintf: this is done for every actor of every case. */
static char *write_number(char *to, unsigned number)
{
    char digits[10];
    int n = 0;
    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) != 0);
    while (n)
        *to++ = digits[--n];
    return to;
}

int proc_begin(void)
{
    char self[16] = "", *end;
    long fd = sys(SYS_openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (fd < 0)
        return (int)fd;
    if (fd != FD_PROC) {
        sys(SYS_dup3, fd, FD_PROC, O_CLOEXEC);
        sys(SYS_close, fd);
    }
    /* Another namespace's /proc would show strangers under our pids. */
    char pid[16];
    end = write_number(pid, (unsigned)sys(SYS_getpid));
    long n = sys(SYS_readlinkat, FD_PROC, "self", self, sizeof self);
    return n == end - pid && memcmp(self, pid, (size_t)n) == 0 ? 0 : -ENOENT;
}

void proc_path(char *path, int pid, const char *leaf)
{
    char *end = write_number(path, (unsigned)pid);
    *end++ = '/';
    strcpy(end, leaf);
}

int proc_open(int pid, const char *leaf)
{
    char path[32];
    proc_path(path, pid, leaf);
    return (int)sys(SYS_openat, FD_PROC, path, O_RDONLY | O_CLOEXEC, 0);
}

/* `pid (name) S ppid pgid sid tty tpgid flags …`; the name may hold anything, a parenthesis or a space too. */
static struct proc_stat parse_stat(const char *text, long length)
{
    struct proc_stat stat = {0};
    const char *at = text + (length < 64 ? length : 64);
    while (at > text && *at != ')')
        at--;
    if (at == text || at + 4 > text + length)
        return stat;
    long pid, ppid, pgid, sid, flags;
    read_number(text, &pid);
    stat.pid = (int)pid;
    stat.state = at[2];
    at = read_number(at + 4, &ppid);
    at = read_number(at, &pgid);
    at = read_number(at, &sid);
    at = read_number(at, &flags); /* the terminal and */
    at = read_number(at, &flags); /* its group are of no concern */
    read_number(at, &flags);
    stat.exiting = flags & PF_EXITING;
    stat.ppid = (int)ppid;
    stat.pgid = (int)pgid;
    stat.sid = (int)sid;
    return stat;
}

struct proc_stat proc_read_stat(int fd)
{
    char text[128];
    long n = sys(SYS_pread64, fd, text, sizeof text - 1, 0);
    if (n <= 0)
        return (struct proc_stat){0};
    text[n] = 0;
    return parse_stat(text, n);
}

long proc_read_call(int fd)
{
    char text[32];
    long number;
    long n = sys(SYS_pread64, fd, text, sizeof text - 1, 0);
    if (n == -ESRCH || n == 0)
        return PROC_GONE;
    if (n < 0)
        return PROC_UNKNOWN;
    text[n] = 0;
    if (text[0] == 'r')
        return PROC_RUNNING;
    read_number(text, &number);
    return number < 0 ? PROC_NO_CALL : number;
}

/* The last number but one of the line is the stack pointer with which the reader made the call. */
bool proc_tells_calls(void)
{
    char text[256];
    long fd = sys(SYS_openat, AT_FDCWD, "/proc/thread-self/syscall", O_RDONLY | O_CLOEXEC, 0);
    long n = sys(SYS_pread64, fd, text, sizeof text - 1, 0);
    sys(SYS_close, fd);
    text[n > 0 ? n : 0] = 0;
    char *last = strrchr(text, ' ');
    if (!last)
        return false;
    *last = 0;
    const char *before = strrchr(text, ' ');
    uintptr_t stack = before ? strtoul(before, NULL, 16) : 0;
    return stack - ((uintptr_t)text - STACK_REACH) < 2 * STACK_REACH;
}

bool proc_is_taken(int pid)
{
    /* Of all calls only this one asks for the number and not for who has it. Nothing will ever be sent for it. */
    return sys(SYS_fcntl, FD_PROC, F_SETOWN, pid) != -ESRCH;
}

#define STATUS_ROOM 2048

static void status_of(int pid, char *text)
{
    int fd = proc_open(pid, "status");
    long n = fd < 0 ? fd : sys(SYS_pread64, fd, text, STATUS_ROOM - 1, 0);
    text[n > 0 ? n : 0] = 0;
    if (fd >= 0)
        sys(SYS_close, fd);
}

/* Take the numbers that follow a label in the text of a status; how many. */
static int take_numbers(const char *text, const char *label, int *numbers, int room)
{
    long number;
    int count = 0;
    const char *at = strstr(text, label);
    for (at = at ? at + strlen(label) : ""; *at == '\t' && count < room; numbers[count++] = (int)number)
        at = read_number(at + 1, &number);
    return count;
}

static int read_status(int pid, const char *label, int *numbers, int room)
{
    char text[STATUS_ROOM];
    status_of(pid, text);
    return take_numbers(text, label, numbers, room);
}

int proc_numbers(int pid, int *numbers, int room)
{
    return read_status(pid, "\nNSpid:", numbers, room);
}

int proc_tracer(int pid)
{
    int tracer = 0;
    read_status(pid, "\nTracerPid:", &tracer, 1);
    return tracer;
}

bool proc_dumps_core(int pid)
{
    int dumping = 0;
    read_status(pid, "\nCoreDumping:", &dumping, 1);
    return dumping;
}

long proc_switches(int tid)
{
    char text[STATUS_ROOM];
    int willing = 0, unwilling = 0;
    status_of(tid, text);
    take_numbers(text, "\nvoluntary_ctxt_switches:", &willing, 1);
    take_numbers(text, "\nnonvoluntary_ctxt_switches:", &unwilling, 1);
    return (long)willing + unwilling;
}

struct entry {
    uint64_t inode, offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

/* The names in an open directory that are numbers and fulfil a condition; how many. Closes it. */
static int list_numbers(long dir, bool (*wanted)(int number), int *numbers, int room)
{
    _Alignas(8) char names[2048];
    int count = 0;
    long n, number;
    while ((n = sys(SYS_getdents64, dir, names, sizeof names)) > 0)
        for (long at = 0; at < n; at += ((struct entry *)(names + at))->size) {
            const char *name = ((struct entry *)(names + at))->name;
            if (*read_number(name, &number) == 0 && number > 0 && wanted((int)number) && count < room)
                numbers[count++] = (int)number;
        }
    sys(SYS_close, dir);
    return count;
}

static struct proc_stat stat_of(int pid)
{
    int fd = proc_open(pid, "stat");
    if (fd < 0)
        return (struct proc_stat){0};
    struct proc_stat stat = proc_read_stat(fd);
    sys(SYS_close, fd);
    /* gVisor leads from the old number of a thread that has called exec to its new one. */
    return stat.pid == pid ? stat : (struct proc_stat){0};
}

static int parent_sought;

static bool is_child_sought(int pid)
{
    return stat_of(pid).ppid == parent_sought;
}

/* Without /proc/…/children: whoever in the whole of /proc names a process as the parent. */
static int scan(int parent, int *pids, int room)
{
    long dir = sys(SYS_openat, AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    parent_sought = parent;
    return dir < 0 ? 0 : list_numbers(dir, is_child_sought, pids, room);
}

static bool any_number(int number)
{
    return number > 0;
}

int proc_threads_of(int pid, int *tids, int room)
{
    long dir = proc_open(pid, "task");
    return dir < 0 ? 0 : list_numbers(dir, any_number, tids, room);
}

char proc_state(int pid)
{
    return stat_of(pid).state;
}

bool proc_tells_children(void)
{
    return sys(SYS_faccessat, AT_FDCWD, "/proc/thread-self/children", R_OK) == 0;
}

static int read_children(long fd, int *pids, int room)
{
    char text[512];
    long pid;
    int count = 0;
    long n = sys(SYS_read, fd, text, sizeof text - 1);
    sys(SYS_close, fd);
    text[n > 0 ? n : 0] = 0;
    /* A list cut short costs a round more: only numbers followed by their space count. */
    for (const char *at = text, *next; count < room && *at; at = next) {
        next = read_number(at, &pid);
        if (next == at || next[-1] != ' ')
            break;
        pids[count++] = (int)pid;
    }
    return count;
}

int proc_children_of(int parent, int *pids, int room)
{
    char leaf[40];
    snprintf(leaf, sizeof leaf, "task/%d/children", parent);
    int fd = proc_open(parent, leaf);
    if (fd < 0)
        return containment.tells_calls ? 0 : scan(parent, pids, room);
    return read_children(fd, pids, room);
}

int proc_children(int *pids, int room)
{
    long fd = sys(SYS_openat, AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC, 0);
    return fd < 0 ? scan((int)sys(SYS_getpid), pids, room) : read_children(fd, pids, room);
}
