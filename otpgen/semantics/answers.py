"""What an event brings about, as a value; ``as_data`` is what programs are told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from otpgen.semantics.applications import Fate
from otpgen.semantics.cluster import Move
from otpgen.semantics.events import Event
from otpgen.semantics.processes import Process

WithinMs = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Budget:
    """How many further deaths of the same process a supervisor does not survive.

    Attributes:
        supervisor: its path.
        deaths: how many, all within ``seconds``.
        back: whether the one above starts it again; True for a root.
        shuts_down: whether it shuts itself down, for the one before is significant.
    """

    supervisor: str
    deaths: int
    seconds: int
    back: bool = True
    shuts_down: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What an event brings about. Processes are those of one node, and their paths say which.

    Attributes:
        node: the node on which the processes are; empty without nodes, and for what befalls
            several.
        victim: the process that the event names, and its supervisor.
        played: how many of the deaths found the process alive.
        killed: what died of the signal itself, the victim first.
        terminated: what was ended in order, by time of death.
        started: what supervisors started, or a node at its boot, in that order.
        lost: what is gone and is not started again, though its application goes on.
        unchanged: what noticed nothing on the node, in start order.
        stopped_apps: applications that ended on ``node``, in that order.
        restarted_apps: those that are started again, there or elsewhere.
        restarted_nodes: nodes that restart in place.
        distributed: for each distributed application where it runs right after the event.
        home: applications that go back when their rest is over, and to which node.
        missing: the mandatory nodes for want of which a node does not boot.
        within: milliseconds until all that is over, starts left out; None: no bound.
        undecided: the supervisor of which the phase of the second decides if it gives up.
        budgets: from the nearest supervisor to the root, as far as an end is passed on.
    """

    event: Event
    node: str = ""
    victim: Process | None = None
    supervisor: Process | None = None
    played: int = 1
    killed: tuple[str, ...] = ()
    terminated: tuple[str, ...] = ()
    started: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    gave_up: tuple[str, ...] = ()
    auto_shutdown: tuple[str, ...] = ()
    unordered: tuple[tuple[str, ...], ...] = ()
    fate: Fate | None = None
    moves: tuple[Move, ...] = ()
    stopped_apps: tuple[str, ...] = ()
    stopped_nodes: tuple[str, ...] = ()
    restarted_apps: tuple[str, ...] = ()
    restarted_nodes: tuple[str, ...] = ()
    distributed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    home: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    within: WithinMs = (0, 0)
    undecided: str = ""
    budgets: tuple[Budget, ...] = ()

    def as_data(self) -> dict[str, object]:
        """Return it for programs."""
        ends = self.fate is not None and self.fate.outcome == "ends"
        return {
            "event": self.event.text,
            "node": self.node or None,
            "killed": list(self.killed),
            "terminated": list(self.terminated),
            "started": list(self.started),
            "unchanged": list(self.unchanged),
            "gave_up": list(self.gave_up),
            "auto_shutdown": list(self.auto_shutdown),
            "stopped_apps": list(self.stopped_apps),
            "stopped_nodes": list(self.stopped_nodes),
            "restarted_apps": list(self.restarted_apps),
            "restarted_nodes": list(self.restarted_nodes),
            "distributed": {app: list(nodes) for app, nodes in self.distributed.items()},
            "home": dict(self.home),
            "vm_stops_in": ["prod"] if ends else [],
            "undecided": self.undecided or None,
            "unordered": [list(group) for group in self.unordered],
            "within_ms": {"min": self.within[0], "max": self.within[1]},
        }
