"""A tree that runs: what lives, what stands in each supervisor's list, and what has been seen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from otpgen.semantics.processes import Process


@dataclass(frozen=True, slots=True)
class Trace:
    """What OTP did after an event; all by paths, a path may be there more than once.

    Attributes:
        killed: what died of the signal itself: the victim first, then, if that was a supervisor
            or a registry that was killed, what it took with it, sorted.
        terminated: what supervisors ended, in order of death: children before their supervisor.
        started: in order of start: a supervisor before its children. Only starts that succeeded.
        unchanged: what noticed nothing, in start order.
        gave_up: supervisors that ended since their budget was used up, inner to outer.
        auto_shutdown: supervisors that ended since significant children had, inner to outer.
        unordered: groups of siblings that end at the same time, in no order; what is below each
            of them ends in the order told.
        ended: whether the root is gone, and with it the application.
        within_ms: for how many milliseconds supervisors waited for ends, at least and at most;
            None at most: for as long as it takes. Starts are not in it.
        undecided: the first supervisor of which the phase of the second decides if it gives up.
    """

    killed: tuple[str, ...] = ()
    terminated: tuple[str, ...] = ()
    started: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    gave_up: tuple[str, ...] = ()
    auto_shutdown: tuple[str, ...] = ()
    unordered: tuple[tuple[str, ...], ...] = ()
    ended: bool = False
    within_ms: tuple[int, int | None] = (0, 0)
    undecided: str = ""


@dataclass(slots=True)
class Record:
    """A trace while it grows."""

    killed: list[str] = field(default_factory=list)
    terminated: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    gave_up: list[str] = field(default_factory=list)
    auto_shutdown: list[str] = field(default_factory=list)
    unordered: list[tuple[str, ...]] = field(default_factory=list)
    waited: float = 0
    undecided: str = ""

    def together(self, siblings: list[str]) -> None:
        """Note that these end in no order."""
        if len(siblings) > 1:
            self.unordered.append(tuple(siblings))


@dataclass(slots=True, eq=False)
class Entry:
    """A line in a supervisor's list.

    Attributes:
        supervisor: None for the root, which the application started.
        running: its process, dead or alive, until its supervisor has heard of its end; None:
            ``undefined``, or ``restarting``.
        restarting: whether its last start failed and is tried again.
    """

    process: Process
    path: str
    supervisor: Running | None
    running: Running | None = None
    restarting: bool = False

    @property
    def alive(self) -> Running | None:
        """Its process if that lives."""
        return self.running if self.running is not None and self.running.alive else None

    def line(self) -> Iterator[Entry]:
        """Yield it, its supervisor's line, and so on to the root."""
        yield self
        if self.supervisor is not None:
            yield from self.supervisor.entry.line()


@dataclass(slots=True, eq=False)
class Running:
    """A process that was started, and if it is a supervisor its state.

    Attributes:
        since: the number of the event in which it was started.
        entries: its children in start order, a dynamic supervisor's by their first start.
        restarts: the instants of the restarts that may still count, in seconds, the oldest first.
    """

    entry: Entry
    since: int
    alive: bool = True
    entries: list[Entry] = field(default_factory=list)
    restarts: deque[float] = field(default_factory=deque)

    @property
    def path(self) -> str:
        """Where it stands."""
        return self.entry.path

    @property
    def process(self) -> Process:
        """What it was started from."""
        return self.entry.process

    @property
    def children(self) -> list[Running]:
        """Its living children, in start order."""
        return [found for entry in self.entries if (found := entry.alive) is not None]

    def everybody(self) -> Iterator[Running]:
        """Yield it and all that lives below, a supervisor before its children."""
        yield self
        for child in self.children:
            yield from child.everybody()
