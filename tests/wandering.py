"""Random walks: cases that nobody thought of, made by asking the reference kernel who can act next.

A walk is a case like any other. It is made from a number, so a failure can be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from conformance.abi.processes import THREAD_FLAGS
from conformance.abi.ptrace import PTRACE_OPTIONS, PTRACE_REQUESTS
from conformance.abi.signals import SA_FLAGS, SIGNALS
from conformance.abi.waiting import WAIT_OPTIONS
from conformance.case.calls import CALLS
from conformance.case.model import Act, Arg, Call, Case, Pid, Step
from conformance.reference import Kernel
from conformance.reference.scheduler import settle
from conformance.trace import Environment

ROOT = "P"
NAMES = tuple("ABCDEFGHJKLM")
SENT = ("SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGSTOP", "SIGCONT", "SIGTSTP", "SIGTERM", "SIGKILL", "SIGRT40")
CAUGHT = ("SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGCONT", "SIGTSTP", "SIGTERM", "SIGRT40")
OPTIONS = tuple(name for name in PTRACE_OPTIONS if name != "PTRACE_O_SUSPEND_SECCOMP")
QUIET = ("PTRACE_SYSCALL",)
"""Requests that need quiet tracees, which cost time."""


def call(name: str, *args: Arg) -> Call:
    """Make a call, with the defaults of what is not given."""
    params = CALLS[name].params
    rest = [param.default for param in params[len(args) :]]
    return Call(name, (*args, *(value for value in rest if value is not None)))


@dataclass
class Walk:
    """A walk so far: ``world`` is where the reference kernel has come on the usual way."""

    random: Random
    quiet: bool
    kernel: type[Kernel] = Kernel
    world: Kernel = field(init=False)
    born: list[str] = field(default_factory=lambda: [ROOT])
    named: list[str] = field(default_factory=lambda: [ROOT])
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin where every case begins."""
        self.world = self.kernel(ROOT, Environment())

    def case(self, name: str) -> Case:
        """Return the case that the walk is."""
        return Case(
            name,
            name,
            ("WAIT-001",),
            tuple(self.steps),
            ("init", *self.named),
            requires=("pidns", "ptrace"),
        )

    def someone(self) -> Pid:
        """Name somebody who was born, most often one who is still there."""
        there = [name for name in self.born if self.world.pids[name] in self.world.tasks]
        return Pid(self.random.choice(there if self.random.random() < 0.9 else self.born))

    def flags(self, names: tuple[str, ...], numbers: dict[str, int]) -> int:
        """Return some flags or-ed together."""
        return sum(numbers[name] for name in names if self.random.random() < 0.3)

    def signal(self, names: tuple[str, ...] = SENT) -> int:
        """Return some signal."""
        return SIGNALS[self.random.choice(names)]

    def wander(self, length: int) -> None:
        """Take steps until nobody can act any more, or ``length`` of them."""
        while len(self.steps) < length:
            idle = [name for name in self.born if self.world.is_idle(name)]
            if not idle:
                return
            self.step(ROOT if ROOT in idle and self.random.random() < 0.5 else self.random.choice(idle))

    def race(self, length: int) -> None:
        """Make some calls at once, the last thing that happens: what comes of it is not foreseen."""
        idle = [name for name in self.born if self.world.is_idle(name)]
        acts: list[Act] = []
        for _ in range(4 * length):
            if not idle or len(acts) == length:
                break
            actor = self.random.choice(idle)
            made = self.random.choice(tuple(self.calls(actor)))()
            ends = [act for act in acts if act.call.name in ("exit", "exit_group", "fault")]
            if made is None or made.name in ("pause", "ptrace") or any(act.actor == actor for act in ends):
                continue
            self.named += [arg for arg in made.args if isinstance(arg, str)]
            acts.append(Act(actor, made))
        if acts:
            self.steps.append(Step(*acts[0], more=tuple(acts[1:])))

    def step(self, actor: str) -> None:
        """Let an actor do something."""
        made = self.random.choice(tuple(self.calls(actor)))()
        if made is not None and not self.is_refused(actor, made):
            self.take(actor, made)

    def take(self, actor: str, made: Call) -> None:
        """Take a step, and foresee where it leads."""
        for arg in made.args:
            if isinstance(arg, str):
                self.named.append(arg)
        self.steps.append(Step(actor, made))
        self.world.start(actor, made)
        settle(self.world, self.world.pids[actor])
        self.world.log = []
        self.born = [name for name in self.named if name in self.world.pids]

    def is_refused(self, actor: str, made: Call) -> bool:
        """Say whether a call is one that no case may make."""
        task = self.world.tasks[self.world.pids[actor]]
        args = self.world.resolved(task, made)
        if made.name in ("poll", "io"):
            return self.world.is_foreign(task, args[0])
        return made.name == "ptrace" and self.world.closes_ring(task, *args)

    def newborn(self, name: str, *args: Arg) -> Call | None:
        """Make somebody, while there are names left."""
        free = [new for new in NAMES if new not in self.named]
        return call(name, free[0], *args) if free and len(self.born) < 8 else None

    def calls(self, actor: str) -> Iterator[Callable[[], Call | None]]:
        """Give what an actor might do, the more often the likelier."""
        yield from [self.fork] * 3
        yield from [self.wait4, self.waitid] * 4
        yield from [self.kill] * 4
        yield from [self.ptrace] * 12
        yield lambda: call("sigaction", self.signal(CAUGHT), self.random.choice((0, 1, 2)), self.sa_flags())
        yield lambda: call("sigprocmask", self.random.choice((0, 1)), 1 << (self.signal(CAUGHT) - 1))
        yield self.look
        yield lambda: call(self.random.choice(("getppid", "gettid", "getpid", "sigpending", "pause")))
        if actor != ROOT:
            yield lambda: call("exit", self.random.randrange(1, 9))
            yield lambda: call("exit_group", self.random.randrange(11, 19))
            yield from (
                [] if self.quiet else [lambda: call("exec")]
            )  # a new program begins with calls of its own

    def fork(self) -> Call | None:
        """Make a process or a thread."""
        name = self.random.choice(("fork", "fork", "thread", "thread", "vfork", "clone"))
        if name != "clone":
            return self.newborn(name)
        flags = self.random.choice((0x8000, 0x100, 0x4000, THREAD_FLAGS | 0x8000, 0x2000, 0x800000))
        return self.newborn(name, self.random.choice((0, 17, 10)), flags)

    def sa_flags(self) -> int:
        """Return some flags of sigaction."""
        return self.flags(("SA_RESTART", "SA_NOCLDSTOP", "SA_NOCLDWAIT"), SA_FLAGS)

    def options(self) -> int:
        """Return options of a wait, that does not sleep as a rule."""
        names = ("WUNTRACED", "WCONTINUED", "WNOWAIT", "__WALL", "__WCLONE", "__WNOTHREAD")
        sleeps = self.random.random() < 0.15
        return self.flags(names, WAIT_OPTIONS) | (0 if sleeps else WAIT_OPTIONS["WNOHANG"])

    def wait4(self) -> Call:
        """Wait for somebody or anybody."""
        options = self.options() & ~WAIT_OPTIONS["WNOWAIT"]
        return call("wait4", self.someone() if self.random.random() < 0.7 else -1, 0, options)

    def waitid(self) -> Call:
        """Wait for somebody or anybody."""
        options = self.options() | WAIT_OPTIONS[self.random.choice(("WEXITED", "WEXITED", "WSTOPPED"))]
        if self.random.random() < 0.7:
            return call("waitid", 1, self.someone(), 0, options)
        return call("waitid", 0, 0, 0, options)

    def kill(self) -> Call:
        """Send a signal."""
        target = self.someone()
        if self.random.random() < 0.4 and target.actor in self.world.pids:
            task = self.world.tasks.get(self.world.pids[target.actor])
            leader = self.world.names[task.group.tgid] if task else target.actor
            return call("tgkill", Pid(leader), target, self.signal())
        return call("kill", target, self.signal())

    def look(self) -> Call:
        """Look at a tracee, or through /proc."""
        name = self.random.choice(("ptrace_getsiginfo", "ptrace_peeksiginfo", "getpgid"))
        return call(name, self.someone())

    def ptrace(self) -> Call:
        """Ask for something, most often of an own tracee."""
        name = self.random.choice((*PTRACE_REQUESTS, *["PTRACE_CONT"] * 6, "PTRACE_SEIZE", "PTRACE_ATTACH"))
        if name in ("PTRACE_SYSCALL", "PTRACE_SINGLESTEP") and not (self.quiet and name in QUIET):
            name = "PTRACE_CONT"
        data = 0
        if name in ("PTRACE_SEIZE", "PTRACE_SETOPTIONS"):
            data = self.flags(OPTIONS, PTRACE_OPTIONS)
        elif name in ("PTRACE_CONT", "PTRACE_DETACH", "PTRACE_SYSCALL") and self.random.random() < 0.5:
            data = self.signal()
        target: Arg = self.someone()
        return call("ptrace", PTRACE_REQUESTS[name], target if name != "PTRACE_TRACEME" else 0, data)


def walk(
    seed: int, length: int = 24, *, kernel: type[Kernel] = Kernel, quiet: bool = False, race: int = 0
) -> Case:
    """Return the case that a number makes, as far as ``kernel`` foresees it; ``race`` is how many calls it
    ends with, made together.
    """
    made = Walk(Random(seed), quiet, kernel)
    made.wander(length)
    made.race(race)
    return made.case(f"walk-{seed}")
