"""Taking signals on the way to user mode: ``get_signal``, handler frames, and restarted calls.

One transition takes one signal, so that other tasks may run between two of them, as they may in Linux.
"""

from __future__ import annotations

from conformance.abi.ptrace import PTRACE_EVENT_STOP
from conformance.abi.siginfo import siginfo_fields
from conformance.abi.signals import (
    CORE_SIGNALS,
    IGNORED_BY_DEFAULT,
    SA_NODEFER,
    SA_RESETHAND,
    SA_RESTART,
    SI_CODES,
    SIG_DFL,
    SIG_IGN,
    SIGKILL,
    SIGSTOP,
    STOP_SIGNALS,
    UNBLOCKABLE,
)
from conformance.abi.waiting import CORE_FLAG
from conformance.reference.forced import Forced
from conformance.reference.ptracestop import SYSCALL_ENTRY
from conformance.reference.sigsets import SYNCHRONOUS_MASK, bit, pending_set
from conformance.reference.task import Task
from conformance.reference.values import (
    Action,
    Frame,
    Jobctl,
    Notice,
    Phase,
    Restart,
    SigInfo,
    Trap,
    TrapKind,
)
from conformance.trace import Event, Fields


def take(queue: tuple[SigInfo, ...], signo: int) -> tuple[SigInfo, tuple[SigInfo, ...]]:
    """Remove the oldest entry of a signal; return it and the rest of the queue."""
    index = next(i for i, info in enumerate(queue) if info.signo == signo)
    return queue[index], queue[:index] + queue[index + 1 :]


def next_signal(pending: int) -> int:
    """Return which signal of a set goes first: synchronous ones, then by number (``next_signal``)."""
    pending = pending & SYNCHRONOUS_MASK or pending
    return (pending & -pending).bit_length()


class Delivery(Forced):
    """Signals as their receiver meets them."""

    def deliver(self, task: Task) -> None:
        """Take one step on the way back to user mode (``get_signal``, then ``handle_signal``)."""
        group = task.group
        if task.frames and task.frames[-1].returning:
            self.leave_handler(task)
        elif self.looks_at_news(task):
            self.tell_of_continue(task)
        elif group.group_exit or group.exec_task not in (0, task.tid):
            self.die(task)
        elif task.jobctl & Jobctl.PENDING:
            self.stop_or_trap(task)
        elif self.signal_pending(task) and (taken := self.dequeue(task, ~task.blocked)) is not None:
            self.meet(task, *taken)
        elif task.frames:
            self.run_handler(task)
        elif task.phase is Phase.RETURNING or self.is_in_a_step(task):
            self.return_to_user(task)

    def looks_at_news(self, task: Task) -> bool:
        """Say whether a thread comes to see that its process has to tell of a continue.

        That is looked at when signals are (``get_signal``), but not between one and the next (PTRACE-120g).
        So a thread that was not stopped may leave it untold until there is a signal to take (PTRACE-120h).
        """
        return bool(task.group.cld_pending) and not task.looping and self.signal_pending(task)

    def die(self, task: Task) -> None:
        """Come to the end that the process is marked for, or another thread's execve."""
        self.group_exit(task, SIGKILL)
        if task.trap is None and task.resuming is None:
            self.go_on_exiting(task)

    def tell_of_continue(self, task: Task) -> None:
        """Tell the parent that the process goes on, and the tracer of its leader too."""
        group = task.group
        task.telling += (Notice(group.cld_pending),)
        if self.is_reparented(self.leader(group)):
            task.telling += (Notice(group.cld_pending, group.tgid),)
        group.cld_pending = 0

    def stop_or_trap(self, task: Task) -> None:
        """Stop with the process; a tracee enters a ptrace-stop for it, or for PTRACE_INTERRUPT."""
        task.looping = False
        if task.tracing.tracer:
            self.group_stop(task)
        else:
            self.join_stop(task)

    def meet(self, task: Task, info: SigInfo, shared: bool) -> None:
        """Act on a signal that was dequeued; a tracee shows it to its tracer first, but not SIGKILL, nor what
        seccomp kills it with (PTRACE-348).
        """
        task.looping = True
        if info.signo in STOP_SIGNALS:
            task.jobctl |= Jobctl.STOP_DEQUEUED
        hidden = info.signo == SIGKILL or self.is_immutable(task, info.signo)
        if task.tracing.tracer and not hidden:
            self.signal_delivery_stop(task, info, shared=shared)
        else:
            self.act_on(task, info)

    def leave_trap(self, task: Task) -> None:
        """Go on from a ptrace-stop; ``exit_code`` is what the tracer gave along.

        After a signal-delivery-stop it is the signal to act on, 0 for none. At a syscall-stop it is sent to
        the tracee. After the other stops it means nothing.
        """
        trap, task.resuming = task.resuming, None
        assert trap is not None
        signo, task.exit_code = task.exit_code, 0
        task.jobctl &= ~Jobctl.LISTENING
        self.look_after_stop(task, trap)
        if not signo:
            return
        if trap.kind is TrapKind.SIGNAL:
            self.inject(task, trap, signo)
        elif trap.kind is TrapKind.SYSCALL and self.valid_signal(signo):  # SIGTRAP|0x80 is none (PTRACE-239)
            self.send_to_thread(SigInfo(signo, SI_CODES["SI_KERNEL"]), task)

    def look_after_stop(self, task: Task, trap: Trap) -> None:
        """Look for signals that did not wake the tracee while it was stopped (the end of ``ptrace_stop``).

        In the middle of ``get_signal`` it goes on looking in any case; what it knows, it does not forget.
        """
        knows = task.notified or trap.kind in (TrapKind.SIGNAL, TrapKind.GROUP)
        self.look_for_signals(task)
        task.notified = task.notified or knows or trap.code >> 8 == PTRACE_EVENT_STOP

    def inject(self, task: Task, trap: Trap, signo: int) -> None:
        """Act on the signal that the tracer lets pass, or has put in the place of the one it saw (PTRACE-007,
        PTRACE-008). One that is blocked by now, or has found the thread amid another's execve, is queued
        again.
        """
        info = trap.info
        if info is None or info.signo != signo:
            tracer = self.parent_of(task)
            assert tracer is not None
            pid = self.number(tracer.group.tgid, self.space_of(task.tid))
            info = SigInfo(signo, SI_CODES["SI_USER"], pid, self.uid_told(tracer))
        if task.blocked & bit(signo) or task.fatal:
            self.requeue(task, info, shared=trap.shared)
        else:
            self.act_on(task, info)

    def requeue(self, task: Task, info: SigInfo, *, shared: bool) -> None:
        """Put a signal back where it came from; of a dying process it is lost."""
        queue = task.group.pending if shared else task.pending
        if not self.prepare_signal(info.signo, task, force=False) or self.already_queued(info.signo, queue):
            return
        self.complete_signal(info.signo, task, thread_only=not shared)
        if shared:
            task.group.pending += (info,)
        else:
            task.pending += (info,)

    def dequeue(self, task: Task, wanted: int) -> tuple[SigInfo, bool] | None:
        """Take the next signal of a set: the thread's own before the process's (``dequeue_signal``).

        Returns it, and whether it was the process's.
        """
        mine = pending_set(task.pending) & wanted
        if mine:
            info, task.pending = take(task.pending, next_signal(mine))
            self.look_for_signals(task)
            return info, False
        shared = pending_set(task.group.pending) & wanted
        if shared:
            info, task.group.pending = take(task.group.pending, next_signal(shared))
            self.look_for_signals(task)
            return info, True
        self.look_for_signals(task)
        return None

    def act_on(self, task: Task, info: SigInfo) -> None:
        """Do what the signal's action says."""
        action = task.group.action(info.signo)
        if action.handler == SIG_IGN:
            return
        if action.handler != SIG_DFL:
            self.push_frame(task, info, action)
        elif info.signo in IGNORED_BY_DEFAULT or self.spared_as_init(task, info.signo):
            return
        elif info.signo in STOP_SIGNALS:
            if self.stop_is_discarded(task, info.signo):
                task.looping = False
            else:
                self.stop(task, info.signo)
        else:
            self.group_exit(task, self.fatal_status(task, info.signo))

    def spared_as_init(self, task: Task, signo: int) -> bool:
        """Say whether init skips a signal that was blocked when it came (JOBCTL-060)."""
        return task.group.unkillable and signo not in UNBLOCKABLE

    def stop_is_discarded(self, task: Task, signo: int) -> bool:
        """Say whether an orphaned group ignores a stop signal: all but SIGSTOP (JOBCTL-030, JOBCTL-032)."""
        return signo != SIGSTOP and self.is_orphaned(task.group.pgid)

    def fatal_status(self, task: Task, signo: int) -> int:
        """Return the wait status of a death by a signal, with the core flag if a core is written
        (WAIT-042, WAIT-043).
        """
        return signo | CORE_FLAG if signo in CORE_SIGNALS and self.dumps_core(task) else signo

    def dumps_core(self, task: Task) -> bool:
        """Say whether a core is written (``do_coredump``): where the place allows it, within the process's
        own limit (WAIT-310), and of nobody who changed his effective ids (WAIT-360).
        """
        return self.environment.core and task.group.dumpable and not task.group.no_core

    def push_frame(self, task: Task, info: SigInfo, action: Action) -> None:
        """Set up a handler. With several signals pending, the last one set up runs first.

        The first handler decides how an interrupted call goes on (WAIT-100, WAIT-101).
        """
        task.looping = False
        if task.restart in (Restart.SYS, Restart.NOHAND):
            restarts = task.restart is Restart.SYS and action.flags & SA_RESTART
            task.restart = Restart.AGAIN if restarts else Restart.NONE
        saved = task.blocked if task.saved_mask is None else task.saved_mask
        task.saved_mask = None  # what the first handler returns to; KILL-338
        task.frames += (Frame(info, saved),)
        mask = action.mask if action.flags & SA_NODEFER else action.mask | bit(info.signo)
        self.set_mask(task, task.blocked | mask)
        if action.flags & SA_RESETHAND:
            self.set_action(task.group, info.signo, action._replace(handler=SIG_DFL))
        if task.tracing.step:
            self.step_into_handler(task)

    def run_handler(self, task: Task) -> None:
        """Run the topmost handler to its end, where it calls rt_sigreturn: a system call like any other for a
        tracer (PTRACE-336).
        """
        if task.tracing.step:
            self.trap_step(task, "TRAP_TRACE")
            return
        frame = task.frames[-1]
        self.log.append(Event(self.names[task.tid], "handled", "", self.siginfo_fields(frame.info)))
        task.frames = (*task.frames[:-1], frame._replace(returning=True))
        if task.tracing.syscalls:
            self.syscall_stop(task, SYSCALL_ENTRY)
        else:
            self.leave_handler(task)

    def leave_handler(self, task: Task) -> None:
        """Go back to what the handler has interrupted, with the mask of that time (rt_sigreturn)."""
        frame = task.frames[-1]
        task.frames = task.frames[:-1]
        self.set_mask(task, frame.saved_mask)
        self.report_exit(task)

    def siginfo_fields(self, info: SigInfo) -> Fields:
        """Spell a ``siginfo_t`` as a trace does (sigaction(2); KILL-012, ZOMBIE-040)."""
        return siginfo_fields(info.signo, info.code, self.spelled(info.pid), info.uid, info.status)

    def return_to_user(self, task: Task) -> None:
        """Re-enter an interrupted call, or return from a finished one; a single step ends right after either.

        A sigsuspend that no handler ended gets its mask back first; what that unblocks is taken before
        the call is entered again. That a call is entered is a step's end only when the call is over
        (PTRACE-342).
        """
        task.notified = False
        if task.saved_mask is not None:
            mask, task.saved_mask, task.restart = task.saved_mask, None, Restart.AGAIN
            self.set_mask(task, mask)
        elif task.restart is not Restart.NONE:
            task.restart, task.phase = Restart.NONE, Phase.STARTING
        elif task.tracing.step:
            self.trap_step(task, "TRAP_TRACE")
        else:
            assert task.call is not None
            self.name_descriptor(task)
            self.log.append(Event(self.names[task.tid], "returned", task.call.name, task.result))
            task.call, task.phase, task.result = None, Phase.IDLE, ()
            if task.queue:
                self.enter_next(task)

    def enter_next(self, task: Task) -> None:
        """Go from user mode towards the next call of those that a task was told to make."""
        task.call, *rest = task.queue
        task.queue, task.phase, task.unsignalled = tuple(rest), Phase.STARTING, True
