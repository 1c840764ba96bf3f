"""The table of changes: what holds since which release, what was before, and where that can be read.

An entry is about what a case can see. ``docs/releases.md`` is made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from conformance.abi.releases import Release, release_in
from conformance.reference.kernel import Kernel
from conformance.reference.past import cloning, ends, pidfdinfo, pidfds, polling, signals, tracing, waits


@dataclass(frozen=True, slots=True)
class Change:
    """A behaviour that is not what it was.

    ``rules`` say what holds since the release ``since``, and in stable series since the releases
    ``backports``. ``before`` says in words what Linux did until then, and ``kernel`` does it. ``source`` is
    the commit, or the kernel function where it is not known.
    """

    rules: str
    since: str
    before: str
    source: str
    kernel: type[Kernel]
    backports: str = ""

    @property
    def release(self) -> Release:
        """The release since which it is as it is now."""
        return _release(self.since)

    @property
    def ports(self) -> tuple[Release, ...]:
        """The releases with which it came into stable series."""
        return tuple(map(_release, self.backports.split()))


def _release(text: str) -> Release:
    found = release_in(text)
    assert found is not None, text
    return found


TABLE: Final = (
    # pidfds
    Change(
        "PIDFD-321 PIDFD-508",
        "5.1",
        "no pidfd_send_signal: ENOSYS",
        "3eb39f47934f",
        pidfds.NoPidfdSendSignal,
    ),
    Change("PIDFD-083", "5.2", "clone ignores CLONE_PIDFD", "b3e583825266", pidfds.NoClonePidfd),
    Change("PIDFD-001", "5.3", "no pidfd_open: ENOSYS", "32fcb426ec00", pidfds.NoPidfdOpen),
    Change(
        "PIDFD-020",
        "5.3",
        "a pidfd cannot be polled: it is always ready",
        "b53b0b9d9a61",
        polling.PidfdsAreAlwaysReady,
    ),
    Change("PIDFD-011", "5.4", "waitid knows no P_PIDFD: EINVAL", "3695eae5fee0", pidfds.NoWaitByPidfd),
    Change(
        "PIDFD-030",
        "5.5",
        "fdinfo tells the former pid of one who is reaped",
        "3d6d8da48d0b",
        pidfdinfo.FdinfoKeepsThePid,
    ),
    Change("PIDFD-059", "5.6", "no pidfd_getfd: ENOSYS", "8649c322f75c", pidfds.NoPidfdGetfd),
    Change(
        "PIDFD-013 PIDFD-401",
        "5.10",
        "pidfd_open takes no flags, and waitid with a pidfd that is O_NONBLOCK blocks",
        "4da9af0014b5, ba7d25f3df4c",
        pidfds.NoNonblock,
    ),
    Change("PIDFD-340", "6.5", "no SO_PEERPIDFD: ENOPROTOOPT", "7b26952a91cf", pidfds.NoPeerPidfd),
    Change(
        "PIDFD-062 PIDFD-087",
        "6.9",
        "pidfds are of processes alone: PIDFD_THREAD, and CLONE_PIDFD with CLONE_THREAD, are EINVAL",
        "64bef697d33b, 83b290c9e3b5",
        pidfds.ProcessesOnly,
    ),
    Change("PIDFD-047", "6.9", "pidfd_send_signal takes no flags: EINVAL", "e1fb1dd10db8", pidfds.NoScopes),
    Change(
        "PIDFD-110 PIDFD-302",
        "6.9",
        "all pidfds are open on one anonymous inode; pread is ESPIPE",
        "cb12fd8e0dab",
        pidfds.OneInodeForAll,
    ),
    Change(
        "PIDFD-027 PIDFD-311",
        "6.9",
        "no POLLHUP of one who is reaped, and nobody is woken then",
        "43f0df54c96f",
        polling.NoHangUp,
    ),
    Change(
        "PIDFD-060",
        "6.9",
        "pidfd_getfd of a zombie is EBADF",
        "0c9bd6bc4bb2",
        pidfds.BadFileOfTheDead,
        backports="5.10.262 6.1.176",
    ),
    Change(
        "PIDFD-425",
        "6.9",
        "an epoll instance has no ioctls, so that those of pidfds are ENOTTY",
        "18e2bf0edf4d",
        pidfdinfo.EpollHasNoIoctls,
    ),
    Change("PIDFD-420", "6.11", "no PIDFD_GET_*_NAMESPACE: ENOTTY", "5b08bd408534", pidfdinfo.NoNamespaces),
    Change("PIDFD-120", "6.13", "no PIDFD_GET_INFO", "cdda1f26e74b", pidfdinfo.NoInfo),
    Change(
        "PIDFD-124",
        "6.13",
        "a request for a namespace with an argument is EINVAL also of one who is reaped",
        "cdda1f26e74b",
        pidfdinfo.ArgumentBeforeTask,
    ),
    Change(
        "PIDFD-010",
        "6.14",
        "an unknown ioctl of a pidfd is ENOTTY only if a request for a namespace would be granted",
        "091ee63e36e8",
        pidfdinfo.RequestsAreReadLast,
        backports="6.13.3",
    ),
    Change(
        "PIDFD-094", "6.15", "no number stands for a pidfd of the caller", "f08d0c3a7111", pidfds.NoSentinels
    ),
    Change(
        "PIDFD-032 PIDFD-350",
        "6.15",
        "PIDFD_GET_INFO of one who is reaped is ESRCH, whatever is asked and whereto",
        "7477d7dce48a",
        pidfdinfo.NoEpitaphs,
    ),
    Change(
        "PIDFD-071 PIDFD-074",
        "6.15",
        "a thread pidfd of a first thread is readable when that ends, though other threads go on",
        "0fb482728ba1",
        polling.LeadersEndAlone,
        backports="6.12.31",
    ),
    Change(
        "PIDFD-333",
        "6.16",
        "of those who sleep in epoll_wait the end of a process wakes two, of whom one finds nothing",
        "kernel/exit.c exit_notify (do_notify_pidfd)",
        polling.EndsWakeTwice,
    ),
    Change(
        "PIDFD-061",
        "6.16",
        "pidfd_open of a thread without PIDFD_THREAD is EINVAL, and so of a number that only a group has",
        "17f1b08acf50",
        pidfds.ThreadsAreInvalid,
    ),
    Change("PIDFD-351", "6.16", "no PIDFD_INFO_COREDUMP", "1d8db6fd698d", pidfdinfo.NoCoredumpInfo),
    Change(
        "PIDFD-341",
        "6.16",
        "SO_PEERPIDFD of one who is reaped is EINVAL",
        "net/core/sock.c sk_getsockopt (PIDFD_STALE)",
        pidfds.ReapedPeersAreInvalid,
    ),
    Change(
        "PIDFD-096",
        "6.17",
        "PIDFD_SELF_THREAD_GROUP is -20000",
        "67fcec2919e4",
        pidfds.GroupSentinelIsAnother,
    ),
    Change(
        "PIDFD-122",
        "6.18",
        "PIDFD_GET_INFO with less than 64 bytes is EINVAL",
        "3c17001b21b9",
        pidfdinfo.SmallInfoIsInvalid,
        backports="6.17.4",
    ),
    Change(
        "PIDFD-123",
        "6.19",
        "PIDFD_INFO_SUPPORTED_MASK is ignored",
        "fs/pidfs.c pidfd_info",
        pidfdinfo.NoSupportedMask,
    ),
    Change(
        "PIDFD-352",
        "6.19",
        "PIDFD_INFO_COREDUMP is told of everybody, the reaped included",
        "fs/pidfs.c pidfd_info",
        pidfdinfo.CoredumpOfEverybody,
    ),
    Change(
        "PIDFD-127",
        "7.0",
        "PIDFD_GET_INFO of one outside the caller's namespace is ESRCH",
        "ab89060fbc92",
        pidfdinfo.InfoFromOutsideIsNobody,
        backports="6.18.14 6.19.4",
    ),
    Change(
        "PIDFD-360 PIDFD-361 PIDFD-362 PIDFD-363",
        "7.1",
        "clone3 knows neither CLONE_AUTOREAP nor CLONE_NNP nor CLONE_PIDFD_AUTOKILL: EINVAL",
        "07c3ef58223e",
        pidfds.NoAutoreap,
    ),
    Change(
        "PIDFD-353",
        "7.2",
        "PIDFD_INFO_COREDUMP is told only of those who have their memory yet, so of no zombie",
        "fs/pidfs.c pidfd_info (task_exec_state)",
        pidfdinfo.CoredumpOfTheLiving,
    ),
    # waits
    Change("WAIT-017", "5.4", "waitid(P_PGID, 0) is EINVAL", "821cc7b0b205", waits.GroupZeroIsInvalid),
    Change(
        "PIDFD-426",
        "7.2",
        "a request for a namespace of a zombie is ESRCH for those too who may not look into it",
        "fs/pidfs.c pidfd_ioctl (exec_update_lock)",
        pidfdinfo.NoLeaveForZombies,
        backports="6.12.112",
    ),
    # making processes
    Change("ZOMBIE-049", "5.3", "no clone3: ENOSYS", "7f192e3cd316", cloning.NoClone3),
    Change(
        "ZOMBIE-344 THREAD-012",
        "5.5",
        "clone3 has no set_tid (E2BIG) and no CLONE_CLEAR_SIGHAND (EINVAL)",
        "49cb2fc42ce4, b612e5df4587",
        cloning.NoChoiceOfPids,
    ),
    Change(
        "ZOMBIE-050",
        "7.1",
        "clone takes an exit signal that is none, and the child dies silently",
        "09e7827e7857",
        cloning.AnyExitSignal,
    ),
    # ends
    Change(
        "ZOMBIE-321 ZOMBIE-322",
        "5.17",
        "field 52 of /proc/PID/stat is the first thread's own code, whatever ended or stopped the process",
        "2d18f7f45620",
        ends.StatShowsTheLeader,
    ),
    Change(
        "ZOMBIE-108",
        "5.17",
        "waitid with WNOWAIT tells how the leader ended, whatever ended the process",
        "907c311f37ba",
        ends.PeekShowsTheLeader,
    ),
    Change(
        "THREAD-023",
        "5.17",
        "a thread that another's execve ends passes no signals on",
        "49697335e0b4",
        ends.ExecEndsQuietly,
    ),
    Change(
        "ZOMBIE-105",
        "6.1",
        "a process of which every thread has called exit ends as its leader did, not as the last thread",
        "d80f7d7b2c75",
        ends.LeaderDecides,
    ),
    Change(
        "PTRACE-080 PTRACE-084 PTRACE-330",
        "6.1",
        "a process at its end is signalled still, and SIGKILL wakes it even from PTRACE_EVENT_EXIT",
        "9a95f78eab70",
        ends.TheDyingAreSignalled,
    ),
    Change(
        "ZOMBIE-106 ZOMBIE-109",
        "6.15",
        "SIGCHLD about a process whose leader died before other threads tells how the leader ended",
        "9133607de37a",
        ends.LeaderAnnouncesItsOwnEnd,
    ),
    # tracing
    Change("PTRACE-092", "5.3", "no PTRACE_GET_SYSCALL_INFO: EIO", "201766a20e30", tracing.NoSyscallInfo),
    Change(
        "PTRACE-329",
        "5.3",
        "PTRACE_GETEVENTMSG at a syscall-stop tells of the last event",
        "201766a20e30",
        tracing.SyscallStopsHaveNoMessage,
    ),
    Change(
        "PTRACE-322",
        "5.13",
        "a tracee that has got its leader's id by an execve takes requests at once",
        "dbb5afad100a",
        tracing.AnyIdWillDo,
        backports="5.10.40",
    ),
    Change(
        "PTRACE-091",
        "5.15",
        "a filter that kills ends the process without a signal, and a dead leader counts as a thread",
        "d21918e5a94a, 307d522f5eb8",
        tracing.SeccompEndsAtOnce,
    ),
    Change(
        "PTRACE-348",
        "5.16",
        "the SIGSYS by which a filter kills is shown to the tracer",
        "fcb116bc43c8",
        tracing.SigsysIsShown,
    ),
    Change(
        "PTRACE-337",
        "5.16",
        "a core dump waits until the other threads are past their stop of PTRACE_EVENT_EXIT",
        "92307383082d",
        tracing.DumpsWait,
    ),
    Change(
        "PTRACE-257",
        "5.17",
        "a signal that the tracer lets pass and that is blocked by now is queued for the thread",
        "5768d8906bc2",
        tracing.InjectedSignalsAreTheThreads,
    ),
    Change(
        "PTRACE-308",
        "5.18",
        "PTRACE_GETEVENTMSG tells of the last event in later stops too",
        "336d4b814bf0",
        tracing.MessageStays,
    ),
    Change(
        "PTRACE-220",
        "5.19",
        "PTRACE_KILL of a tracee that is not in a ptrace-stop does nothing",
        "6a2d90ba027a",
        tracing.KillOfTheRunningIsNothing,
        backports="5.10.127 5.18.3",
    ),
    # signals
    Change(
        "KILL-389",
        "7.3",
        "of one kill with several receivers those after one who cannot see the sender are told si_pid 0 too",
        "kernel/signal.c send_signal_locked",
        signals.OneSiginfoForAll,
        backports="6.12.109 7.2.6",
    ),
    Change(
        "PIDFD-327",
        "7.3",
        "a SIGCONT for a dead leader alone continues his process, and a stop signal for him discards SIGCONT",
        "kernel/signal.c task_can_queue_signal",
        signals.SignalsOfTheDeadCount,
        backports="6.18.44 7.2.13",  # the oldest that were seen to have it
    ),
    Change(
        "KILL-388",
        "7.3",
        "kill tells a receiver outside the sender's namespace the number that the sender has for itself",
        "kernel/signal.c sys_kill (SEND_SIG_NOINFO)",
        signals.SendersNumberIsItsOwn,
    ),
)
"""Every change that a case can see, by subject, the oldest first."""
