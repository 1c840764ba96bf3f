/* What /proc says of a process. */
#ifndef WAITCONF_PROC_H
#define WAITCONF_PROC_H

#include <stdbool.h>
#include <stdint.h>

struct proc_stat {
    char state; /* 'R', 'S', 'Z'…; 0: the process is gone */
    bool exiting; /* PF_EXITING: its end has begun */
    int pid; /* whose this is now: on Linux, as when the file was opened */
    int ppid, pgid, sid;
};

/* Call numbers that are none. */
#define PROC_NO_CALL (-1)  /* asleep, in no system call */
#define PROC_RUNNING (-2)  /* on a core, or about to be */
#define PROC_UNKNOWN (-3)  /* this kernel does not tell */
#define PROC_GONE (-4)

/* Open FD_PROC. Returns 0, or a negative errno; -ENOENT also if it is another PID namespace's. */
int proc_begin(void);

/* Write "<pid>/<leaf>", at most 12 characters and the leaf. */
void proc_path(char *path, int pid, const char *leaf);

/* Open /proc/<pid>/<leaf>; a descriptor, or a negative errno. */
int proc_open(int pid, const char *leaf);

/* Read an open stat file. */
struct proc_stat proc_read_stat(int fd);

/* Read an open syscall file: a number, or one of the above. The kernel answers a number only once the process
 * has left its core for good, which a letter in stat does not prove. */
long proc_read_call(int fd);

/* Whether the syscall files tell of the calls that are made here: there may be none, and under a translator they tell
 * of the calls that it makes for us, on a stack of its own. */
bool proc_tells_calls(void);

/* How often a thread has left its core, 0 if the kernel does not tell. */
long proc_switches(int tid);

/* Whether a pid is taken: by a process, by a group or session, or by one that nobody sees any more but whose end
 * is not quite over. */
bool proc_is_taken(int pid);

/* A process's pids, from the caller's namespace to its own; how many. */
int proc_numbers(int pid, int *numbers, int room);

/* The thread that traces a thread, 0 if none does. */
int proc_tracer(int pid);

/* Whether a process is dumping core. */
bool proc_dumps_core(int pid);

/* The letter of a process's state, 0 if it is gone. */
char proc_state(int pid);

/* Whether the kernel tells of the children of others. */
bool proc_tells_children(void);

/* The pids of the children that one thread has made or inherited; how many. None where the
 * kernel does not tell; without /proc/<tid>/syscall either (gVisor) those of a process, for its leader. */
int proc_children_of(int parent, int *pids, int room);

/* The thread ids of a process; how many. */
int proc_threads_of(int pid, int *tids, int room);

/* The pids of the caller's children; how many. */
int proc_children(int *pids, int room);

#endif
