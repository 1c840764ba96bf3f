"""Which child a wait finds first, and when it gives up."""

from __future__ import annotations

from typing import Self

from conformance.abi.waiting import WCONTINUED, WEXITED, WNOHANG, WUNTRACED
from conformance.reference.children import Found, Nothing, Report
from conformance.reference.kernel import Kernel
from conformance.reference.task import Task
from conformance.reference.values import ExitState, WaitOpts
from conformance.reference.wait import WAITID_EVENTS


class G8A11NewestFirst(Kernel):
    """Children come in another order than that of their birth."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Turn it round."""
        return super().candidates(task, opts)[::-1]


class A11OrderOfPids(Kernel):
    """Children come by their pids, not in the order in which they became children."""

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Sort them."""
        return sorted(super().candidates(task, opts), key=lambda candidate: candidate[0].tid)


class G9S12ZombiesFirst(Kernel):
    """All zombies are reported before all stops and continues."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look for exits alone first."""
        found = super().scan(task, opts._replace(flags=opts.flags & ~(WUNTRACED | WCONTINUED)))
        return found if isinstance(found, Report) else super().scan(task, opts)


class G9StopsFirst(Kernel):
    """All stops are reported before all zombies."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look for stops alone first."""
        found = super().scan(task, opts._replace(flags=opts.flags & ~WEXITED))
        return found if isinstance(found, Report) else super().scan(task, opts)


class S12KindByKind(Kernel):
    """First all zombies, then all stops, then all continues."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Look three times."""
        for kind in (WEXITED, WUNTRACED, WCONTINUED):
            found = super().scan(task, opts._replace(flags=opts.flags & (~WAITID_EVENTS | kind)))
            if isinstance(found, Report):
                return found
        return super().scan(task, opts)


class S9ZombieIsHopeful(Kernel):
    """A wait for stops only blocks on a zombie."""

    def may_report_later(self, opts: WaitOpts, child: Task) -> bool:
        """Take a zombie for a child that may still stop."""
        return True


class S10ChildrenOfTheFirstLook(Kernel):
    """A sleeping wait knows only the children that it began with."""

    first_look: frozenset[int] = frozenset()

    def copy(self) -> Self:
        """Take the memory along."""
        twin = super().copy()
        twin.first_look = self.first_look
        return twin

    def key(self) -> tuple[object, ...]:
        """Tell worlds apart by it."""
        return (*super().key(), self.first_look)

    def is_remembered(self, opts: WaitOpts, child: Task) -> bool:
        """Say whether a child of the first look counts."""
        return True

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Remember the children of the first look."""
        if task.waiting is None:
            found = super().candidates(task, opts)
            views = [(opts._replace(traced=traced), child) for child, traced in found]
            self.first_look = frozenset(child.tid for view, child in views if self.is_remembered(view, child))
        return super().do_wait(task, opts)

    def candidates(self, task: Task, opts: WaitOpts) -> list[tuple[Task, bool]]:
        """Leave out those who came later."""
        return [found for found in super().candidates(task, opts) if found[0].tid in self.first_look]


class S10MembersOfTheFirstLook(S10ChildrenOfTheFirstLook):
    """A sleeping wait knows only those children that it selected when it began."""

    def is_remembered(self, opts: WaitOpts, child: Task) -> bool:
        """Count those who are selected."""
        return self.eligible_child(opts, child)


class B17NobodyIsNothing(Kernel):
    """WNOHANG without a matching child gives 0."""

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Call it nothing."""
        found = super().do_wait(task, opts)
        return Nothing("") if isinstance(found, Nothing) and opts.flags & WNOHANG else found


class B52WaitForAStrangerSleeps(Kernel):
    """A wait for a process that is no child blocks while there are others."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Hope for any child."""
        found = super().scan(task, opts)
        return Nothing("") if isinstance(found, Nothing) and task.children else found


class B52StoppedChildrenAreNobody(Kernel):
    """A stopped child gives ECHILD to a wait without WUNTRACED."""

    def may_report_later(self, opts: WaitOpts, child: Task) -> bool:
        """Give it up."""
        return super().may_report_later(opts, child) and not child.stopped


class B54B55AnyZombieEndsTheSearch(Kernel):
    """A zombie that is not selected ends a wait, which finds nothing."""

    def scan(self, task: Task, opts: WaitOpts) -> Found:
        """Stumble over it."""
        found = super().scan(task, opts)
        zombies = any(self.tasks[tid].exit_state is ExitState.ZOMBIE for tid in task.children)
        return Nothing("ECHILD") if isinstance(found, Nothing) and zombies else found


class B61WnohangSleeps(Kernel):
    """WNOHANG is ignored."""

    def do_wait(self, task: Task, opts: WaitOpts) -> Found | None:
        """Sleep."""
        return super().do_wait(task, opts._replace(flags=opts.flags & ~WNOHANG))
