"""Sending a signal: what is dropped at once, what is queued, what a queued signal does before delivery.

After ``kernel/signal.c``: ``prepare_signal``, ``sig_ignored``, ``__send_signal_locked``,
``complete_signal``. Who is told of it is in ``takers``; taking it from the queue is the receiver's own doing:
see ``delivery``.
"""

from __future__ import annotations

from conformance.abi.signals import (
    CORE_SIGNALS,
    IGNORED_BY_DEFAULT,
    SENDERLESS,
    SI_CODES,
    SIG_DFL,
    SIG_IGN,
    SIGCONT,
    SIGKILL,
    SIGRTMAX,
    SIGRTMIN,
    STOP_SIGNALS,
    UNBLOCKABLE,
)
from conformance.abi.waiting import CLD_CONTINUED, CLD_STOPPED
from conformance.reference.sigsets import STOP_MASK, bit, without
from conformance.reference.takers import Takers
from conformance.reference.task import Task, ThreadGroup
from conformance.reference.values import Jobctl, SigInfo


class Signals(Takers):
    """Generation of signals."""

    def valid_signal(self, signo: int) -> bool:
        """Say whether a number is a signal or 0, the probe (KILL-005)."""
        return 0 <= signo <= SIGRTMAX

    def send_to_process(
        self, info: SigInfo, group: ThreadGroup, *, force: bool = False, via: Task | None = None
    ) -> str | None:
        """Send a process-directed signal (``group_send_sig_info``); return an errno's name or None.

        ``via`` is the thread by whose id the process was found, its leader as a rule: the first that is
        offered the signal, and whose mask counts (KILL-030).
        """
        task = via or self.leader(group)
        force = force or self.is_forced(info, task)
        info = self.as_told(info, group.tgid)
        if not self.prepare_signal(info.signo, task, force=force):
            return None
        if self.already_queued(info.signo, group.pending):
            return None
        if self.queue_is_full(info, group):
            return "EAGAIN"
        self.complete_signal(info.signo, task, thread_only=False)
        group.pending += self.queued(info, group, group.pending)
        return None

    def send_to_thread(self, info: SigInfo, task: Task) -> str | None:
        """Send a thread-directed signal (``do_send_specific``; KILL-013); return an errno's name or None."""
        force = self.is_forced(info, task)
        info = self.as_told(info, task.tid)
        if not self.can_queue(task) or not self.prepare_signal(info.signo, task, force=force):
            return None
        if self.already_queued(info.signo, task.pending) or self.is_killed_alone(info.signo, task):
            return None
        if self.queue_is_full(info, task.group):
            return "EAGAIN"
        self.complete_signal(info.signo, task, thread_only=True)
        task.pending += self.queued(info, task.group, task.pending)
        return None

    def can_queue(self, task: Task) -> bool:
        """Say whether a thread's own signals mean anything: once it has begun to end they are dropped, and do
        nothing to its process either (``task_can_queue_signal``; PIDFD-326, PIDFD-327).
        """
        return not self.is_dying(task)

    def is_killed_alone(self, signo: int, task: Task) -> bool:
        """Say whether a SIGKILL is dropped as the second one of a thread: an execve has queued the first, to
        end this thread and no other (``zap_other_threads``; THREAD-057).
        """
        return task.fatal and signo == SIGKILL

    def queue_is_full(self, info: SigInfo, group: ThreadGroup) -> bool:
        """Say whether a signal is refused for want of room: a real-time one that kill did not send.

        The receiver's limit counts (``__send_signal_locked``, ``__sigqueue_alloc``; KILL-345, KILL-348).
        """
        return group.no_queue and info.signo >= SIGRTMIN and info.code != SI_CODES["SI_USER"]

    def queued(self, info: SigInfo, group: ThreadGroup, queue: tuple[SigInfo, ...]) -> tuple[SigInfo, ...]:
        """Return what a signal adds to the queue: itself, or where there is no room, only its number.

        Of a standard signal from the kernel or from kill the siginfo always has room (KILL-346). Signals
        without siginfo do not add up, real-time ones included (KILL-347).
        """
        if not group.no_queue or (info.signo < SIGRTMIN and info.code >= 0):
            return (info,)
        known = any(other.signo == info.signo for other in queue)
        return () if known else (SigInfo(info.signo, SI_CODES["SI_USER"]),)

    def prepare_signal(self, signo: int, task: Task, *, force: bool) -> bool:
        """Do what the mere generation of a signal does; say whether it is to be queued.

        A dying process takes nothing more (KILL-011, ZOMBIE-002). A stop signal discards a pending
        SIGCONT (JOBCTL-006), a SIGCONT discards pending stop signals (JOBCTL-005, JOBCTL-008) and
        resumes the process whatever its action and mask (JOBCTL-002, JOBCTL-003).
        """
        group = task.group
        if group.group_exit:
            return False
        if signo in STOP_SIGNALS:
            self.discard(group, bit(SIGCONT))
        elif signo == SIGCONT:
            self.discard(group, STOP_MASK)
            self.resume(group)
        return not self.sig_ignored(signo, task, force=force)

    def discard(self, group: ThreadGroup, mask: int) -> None:
        """Remove signals from every queue of a process."""
        group.pending = without(group.pending, mask)
        for task in self.live_threads(group):
            task.pending = without(task.pending, mask)

    def resume(self, group: ThreadGroup) -> None:
        """Continue a stopped process at once, in the sender's context.

        The continue is therefore waitable as soon as kill() returns (WAIT-077), it supersedes an
        unreported stop (WAIT-073), and only a process that was stopped has one to report
        (JOBCTL-017, WAIT-078). SIGCHLD comes later, from the process itself (ZOMBIE-043).
        A process of which only some threads had stopped so far tells its parent that it stopped. All
        threads go on (JOBCTL-022), but a tracee stays in its ptrace-stop (PTRACE-150).
        """
        for task in self.all_threads(group):
            self.clear_jobctl(task, Jobctl.STOP_PENDING)
            if task.tracing.seized:
                self.notify_trap(task)
            elif task.stopped:
                task.stopped, task.notified = False, True
        if group.stop_stopped or group.stop_count:
            group.cld_pending = CLD_CONTINUED if group.stop_stopped else CLD_STOPPED
            group.stop_stopped = False
            group.stop_continued = True
            group.stop_count = 0
            group.group_exit_code = 0

    def sig_ignored(self, signo: int, task: Task, *, force: bool) -> bool:
        """Say whether a signal is dropped when it is generated.

        A blocked signal is always kept, even one whose action is to be ignored: it may be caught by
        the time it is unblocked (KILL-102, KILL-103). So is one that a tracer may want to see (PTRACE-009).
        """
        group = task.group
        if (task.blocked | task.real_blocked) & bit(signo):
            return False
        if task.tracing.tracer and signo != SIGKILL:
            return False
        if self.spares_init(signo, group):
            return not (signo in UNBLOCKABLE and force)
        handler = group.action(signo).handler
        return handler == SIG_IGN or (handler == SIG_DFL and signo in IGNORED_BY_DEFAULT)

    def spares_init(self, signo: int, group: ThreadGroup) -> bool:
        """Say whether a namespace's init is immune: any signal that it has no handler for (KILL-080), but
        SIGKILL and SIGSTOP of the kernel or from outside (JOBCTL-061, JOBCTL-062, KILL-082).
        """
        return group.unkillable and group.action(signo).handler == SIG_DFL

    def is_forced(self, info: SigInfo, task: Task) -> bool:
        """Say whether a signal is the kernel's, or from outside the namespace, by its siginfo
        (``send_signal_locked``).

        One of a process's own making can say the one to itself (PIDFD-514), and leave out the other
        (PIDFD-513).
        """
        if info.code in SENDERLESS:
            return False
        return info.code == SI_CODES["SI_KERNEL"] or self.comes_from_outside(task.group.tgid)

    def already_queued(self, signo: int, queue: tuple[SigInfo, ...]) -> bool:
        """Say whether a standard signal is pending already: a second one is dropped, the first
        one's siginfo stays (``legacy_queue``; KILL-050, KILL-051). Real-time signals queue up.
        """
        return signo < SIGRTMIN and any(info.signo == signo for info in queue)

    def complete_signal(self, signo: int, task: Task, *, thread_only: bool) -> None:
        """Settle who takes a queued signal; a fatal one ends the whole process at once.

        A signal that a stopped or blocking process does not want now just stays pending (KILL-043).
        """
        taker = self.choose_taker(signo, task, thread_only=thread_only)
        if taker is None:
            return
        if self.is_fatal(signo, task) and not taker.real_blocked & bit(signo):
            self.begin_group_exit(task.group, signo)
        taker.notified = True

    def is_fatal(self, signo: int, task: Task) -> bool:
        """Say whether a signal ends the process at once: its default action does, without a core
        (``sig_fatal``), and no tracer is to see it first.
        """
        if signo != SIGKILL and task.tracing.tracer:
            return False
        default = task.group.action(signo).handler == SIG_DFL
        return default and signo not in IGNORED_BY_DEFAULT | STOP_SIGNALS | CORE_SIGNALS

    def begin_group_exit(self, group: ThreadGroup, status: int) -> None:
        """Mark a process for death; the first cause decides the status (ZOMBIE-116).

        Stop and continue reports that nobody fetched are lost with it (WAIT-072, WAIT-076), and
        SIGKILL needs no SIGCONT to end a stopped process (JOBCTL-011), nor a tracer to end a tracee.
        """
        self.mark_group_exit(group, status)
        for task in self.live_threads(group):
            self.kill_thread(task)

    def mark_group_exit(self, group: ThreadGroup, status: int) -> None:
        """Note how a process ends (SIGNAL_GROUP_EXIT)."""
        group.group_exit = True
        group.group_exit_code = status
        group.stop_stopped = group.stop_continued = False
        group.cld_pending = group.stop_count = 0

    def kill_thread(self, task: Task) -> None:
        """Wake a thread for its end, from any stop (``signal_wake_up`` with SIGKILL in its queue).

        It can stop no more, but for its tracer's PTRACE_EVENT_EXIT (PTRACE-078).
        """
        self.clear_jobctl(task, Jobctl.PENDING)
        task.group.stop_count = 0
        task.fatal = task.notified = True
        task.stopped = False
        self.leave_stop(task)
