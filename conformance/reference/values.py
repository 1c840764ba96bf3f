"""The small values that tasks and processes are described by: signals, actions, stops, credentials, phases.

None of them changes: who has one gets another in its place. So states of the kernel can share them.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from conformance.abi.signals import SIG_DFL


class SigInfo(NamedTuple):
    """A queued signal: the fields of ``siginfo_t`` that a receiver can see. ``pid`` 0 is the kernel's.

    ``by_receiver``: until it is queued, that the sender is to be named as the receiver knows him.
    """

    signo: int
    code: int
    pid: int = 0
    uid: int = 0
    status: int = 0
    by_receiver: bool = False


class Credentials(NamedTuple):
    """``struct cred``, as far as it is modelled: real, effective and saved ids."""

    ruid: int
    euid: int
    suid: int
    rgid: int = 0
    egid: int = 0
    sgid: int = 0


NOBODY = Credentials(65534, 65534, 65534)


class Action(NamedTuple):
    """A disposition, ``struct sigaction``; ``handler`` is SIG_DFL, SIG_IGN or 2 for a handler that logs."""

    handler: int = SIG_DFL
    flags: int = 0
    mask: int = 0


DEFAULT_ACTION = Action()
LOG_HANDLER = 2

OUTSIDE = -1
"""The cgroup of who is in none of the case's."""


class Frame(NamedTuple):
    """A signal frame on the user stack: the handler runs when nothing lies above it.

    ``returning``: it has run, and is in rt_sigreturn.
    """

    info: SigInfo
    saved_mask: int
    returning: bool = False


class Phase(enum.IntEnum):
    """Where a task is between user mode and its call."""

    IDLE = 0  # in user mode, waiting for the next step
    BLOCKED = 1  # asleep inside the call, TASK_INTERRUPTIBLE
    KILLABLE = 2  # asleep inside the call, TASK_KILLABLE: only what it waits for and SIGKILL wake it
    DYING = 3  # the init of a namespace, at its end: waits until it is the last one there
    # From here on it is on its way:
    STARTING = 4  # about to enter (or re-enter) the call it was told to make
    ENTERING = 5  # past the stop at the entry of the call, before seccomp's filters
    ENTERED = 6  # past these too
    LEAVING = 7  # done with the call, before the stop at its exit
    RETURNING = 8  # on its way back to user mode, where signals are taken
    EXITING = 9  # in do_exit, not a zombie yet


class Restart(enum.IntEnum):
    """How a call that a signal interrupted goes on (the kernel's -ERESTART* codes; signal(7))."""

    NONE = 0
    SYS = 1  # -ERESTARTSYS: EINTR only after a handler without SA_RESTART
    NOHAND = 2  # -ERESTARTNOHAND: EINTR after any handler
    AGAIN = 3  # decided: the call is entered again once the handlers are done


class ExitState(enum.IntEnum):
    """``task_struct.exit_state``. A task that is EXIT_DEAD is about to be released."""

    ALIVE = 0
    ZOMBIE = 1
    DEAD = 2


class WaitOpts(NamedTuple):
    """``struct wait_opts``: what a wait selects. ``kind`` is P_ALL, P_PID or P_PGID; ``flags`` as given.

    ``traced``: it looks at a task as at a tracee.
    """

    kind: int
    pid: int
    flags: int
    traced: bool = False


class Watching(NamedTuple):
    """What a task sleeps for in poll or epoll_wait: a file, and the events that wake it."""

    file: int
    events: int
    turn: int = 0  # who went to sleep later has a higher one


class Jobctl:
    """Bits of ``task_struct.jobctl``; the lowest eight are a group stop's signal (JOBCTL_STOP_SIGMASK)."""

    SIGNAL = 0xFF
    STOP_DEQUEUED = 1 << 8  # a stop signal was dequeued, and no SIGCONT has come since
    STOP_PENDING = 1 << 9  # to stop for the group stop
    STOP_CONSUME = 1 << 10  # and is counted in group_stop_count
    TRAP_STOP = 1 << 11  # to trap: for a group stop, or for PTRACE_INTERRUPT
    TRAP_NOTIFY = 1 << 12  # to trap anew: the group stop has begun or ended (seized tracees only)
    LISTENING = 1 << 13  # in a trap that PTRACE_LISTEN has made look like no stop
    TRAPS = TRAP_STOP | TRAP_NOTIFY
    PENDING = STOP_PENDING | TRAPS


class TrapKind(enum.Enum):
    """The ptrace-stops (ptrace(2), "Stopped states"): what a tracee goes on with depends on it."""

    SIGNAL = "signal-delivery-stop"
    GROUP = "group-stop"
    EVENT = "PTRACE_EVENT stop"
    SYSCALL = "syscall-stop"


class Trap(NamedTuple):
    """A ptrace-stop: ``info`` is ``last_siginfo``, ``message`` is ``ptrace_message``.

    ``shared`` says of a signal that it was sent to the whole process.
    """

    kind: TrapKind
    code: int
    info: SigInfo | None = None
    message: int = 0
    shared: bool = False


class Tracing(NamedTuple):
    """Who traces a task, and how: ``tracer`` is a tid, 0 for nobody."""

    tracer: int = 0
    seized: bool = False
    options: int = 0  # PTRACE_O_ bits
    syscalls: bool = False  # resumed by PTRACE_SYSCALL: stops at the next entry or exit
    step: bool = False  # resumed by PTRACE_SINGLESTEP


UNTRACED = Tracing()


class Usage(NamedTuple):
    """What was used, as far as it does not depend on speed: the counters of ``struct rusage``.

    ``faults`` and ``peak`` (the most that was resident at once) count blocks of ``work``; ``switched`` says
    that there was a voluntary context switch.
    """

    faults: int = 0
    peak: int = 0
    switched: bool = False

    def with_usage(self, other: Usage) -> Usage:
        """Add another's: counters add up, of the resident size the larger stays (WAIT-117)."""
        return Usage(self.faults + other.faults, max(self.peak, other.peak), self.switched or other.switched)


class Notice(NamedTuple):
    """A SIGCHLD to be sent about a stop or continue: ``why`` is its si_code.

    ``tracee`` is the thread whose tracer is told; 0: the parent is told, of the process.
    """

    why: int
    tracee: int = 0
