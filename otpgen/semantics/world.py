"""All trees on all nodes, as they are between two events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from otpgen.errors import OtpgenError
from otpgen.model import Cluster, System
from otpgen.semantics.answers import WithinMs
from otpgen.semantics.applications import Rest
from otpgen.semantics.cluster import Nodes
from otpgen.semantics.events import Event
from otpgen.semantics.names import Names
from otpgen.semantics.processes import Dynamic
from otpgen.semantics.running import Trace
from otpgen.semantics.simulation import NotRunning, Simulation


class World:
    """A system that runs, on a cluster or without nodes; then the one node is called ``""``.

    Attributes:
        nodes: None where the architecture has none.
        now: the instant, in seconds.
        down: applications that ended for good, with their nodes.
    """

    def __init__(self, system: System, cluster: Cluster, names: Names) -> None:
        self.system = system
        self.names = names
        self.nodes = Nodes(system, cluster) if cluster.nodes else None
        self.now = 0.0
        self.down: set[tuple[str, str]] = set()
        self._trees: dict[tuple[str, str], Simulation] = {}
        self._started: dict[tuple[str, str], int] = {}
        self._rests: dict[tuple[str, str], Rest] = {}

    # What runs where

    def where(self, event: Event, app: str) -> str:
        """Return the node on which something befalls an application. Raises: OtpgenError."""
        nodes = [""] if self.nodes is None else self.nodes.where(app)
        for node in nodes:
            if (node, app) not in self.down:
                return node
        raise OtpgenError([event.problem(f"{app} does not run at this point")])

    def tree(self, node: str, app: str) -> Simulation:
        """Return the tree of an application on a node; it starts when it is asked for first."""
        if (node, app) not in self._trees:
            root = self.names.tree(app)
            assert root is not None
            # Where the phase of the second decides, restarts count: it is the worse outcome.
            self._trees[node, app] = Simulation(root, in_band=True)
        return self._trees[node, app]

    def living(self, node: str, apps: Iterable[str]) -> tuple[str, ...]:
        """Return all that lives of some applications of a node, in their order."""
        return tuple(
            path
            for app in apps
            if self.names.tree(app) is not None and (node, app) not in self.down
            for path in self.tree(node, app).living()
        )

    def others(self, node: str, app: str) -> tuple[str, ...]:
        """Return all that lives on a node of the other applications."""
        return self.living(node, [other for other in self.apps(node) if other != app])

    def apps(self, node: str) -> list[str]:
        """Return the applications that run on a node as it started them, distributed ones last."""
        if self.nodes is None:
            return [app for app in self.system.start_order if ("", app) not in self.down]
        local = set(self.nodes.local(node))
        found = [app for app in self.system.start_order if app in local]
        off = self.nodes.off
        return [app for app in (*found, *self.nodes.running_on(node)) if (app, node) not in off]

    def resting(self, node: str) -> list[str]:
        """Return the applications that stay down on a node, though OTP takes them for running."""
        return [app for where, app in self.down if where == node]

    def runs(self) -> dict[str, tuple[str, ...]]:
        """Return where each distributed application runs."""
        if self.nodes is None:
            return {}
        return {
            app: tuple(node for node in nodes if (node, app) not in self.down)
            for app, nodes in self.nodes.runs.items()
        }

    def rest(self, node: str, app: str) -> int:
        """An application gave up: return how many milliseconds it rests."""
        rest = self._rests.setdefault((node, app), Rest())
        return rest.failed(self.now * 1_000)

    # What changes

    def start_until(self, node: str, path: str) -> None:
        """Start the children at run time that a path names, if they never were."""
        steps = path.split(".")
        tree = self.tree(node, steps[0])
        for length in range(1, len(steps)):
            above = ".".join(steps[:length])
            if not lives(tree, above) or not isinstance(tree.process(above).supervises, Dynamic):
                continue
            number = int(steps[length].partition("[")[2].rstrip("]"))
            for _ in range(self._started.get((node, above), 0), number):
                tree.start_child(above, at=self.now)
            self._started[node, above] = max(number, self._started.get((node, above), 0))

    def shut_down(self, node: str, apps: Iterable[str]) -> Ended:
        """End the trees of applications in order, one after the other."""
        ended = Ended()
        for app in apps:
            if self.names.tree(app) is None or (node, app) in self.down:
                continue
            trace = self.tree(node, app).shut_down(self.now)
            ended = Ended(
                (*ended.terminated, *trace.terminated),
                (*ended.unordered, *trace.unordered),
                later(ended.within, trace.within_ms),
            )
            self.forget(node, app)
        return ended

    def forget(self, node: str, app: str) -> None:
        """The tree of an application is gone; the next one begins anew."""
        self._trees.pop((node, app), None)
        self.down.discard((node, app))
        for where, path in list(self._started):
            if where == node and path.partition(".")[0] == app:
                del self._started[where, path]

    def forget_moved(self, node: str) -> None:
        """What is distributed and does not run on a node any more is forgotten there."""
        assert self.nodes is not None
        for app, runs in self.nodes.runs.items():
            if node not in runs:
                self.forget(node, app)

    def forget_node(self, node: str) -> None:
        """A node is gone, with all it remembered."""
        for _, app in [key for key in self._trees if key[0] == node]:
            self.forget(node, app)
        self.down = {key for key in self.down if key[0] != node}
        self._rests = {key: rest for key, rest in self._rests.items() if key[0] != node}


class Ended(NamedTuple):
    """What ended in order, what of it in no order, and how long that may take."""

    terminated: tuple[str, ...] = ()
    unordered: tuple[tuple[str, ...], ...] = ()
    within: WithinMs = (0, 0)


def lives(tree: Simulation, path: str) -> bool:
    """Whether something lives at a path."""
    try:
        tree.process(path)
    except NotRunning:
        return False
    return True


def later(one: WithinMs, other: WithinMs) -> WithinMs:
    """Return how long both take, one after the other."""
    most = None if one[1] is None or other[1] is None else one[1] + other[1]
    return one[0] + other[0], most


def merged(traces: Sequence[Trace]) -> Trace:
    """Return several traces as one: what noticed nothing noticed none of them."""
    last = traces[-1]
    if len(traces) == 1:
        return last
    changed: set[str] = set()
    within: WithinMs = (0, 0)
    for trace in traces:
        changed.update(trace.killed, trace.terminated, trace.started)
        within = later(within, trace.within_ms)
    return replace(
        last,
        killed=tuple(path for trace in traces for path in trace.killed),
        terminated=tuple(path for trace in traces for path in trace.terminated),
        started=tuple(path for trace in traces for path in trace.started),
        unchanged=tuple(path for path in last.unchanged if path not in changed),
        gave_up=tuple(path for trace in traces for path in trace.gave_up),
        auto_shutdown=tuple(path for trace in traces for path in trace.auto_shutdown),
        unordered=tuple(dict.fromkeys(group for trace in traces for group in trace.unordered)),
        within_ms=within,
        undecided=next((trace.undecided for trace in traces if trace.undecided), ""),
    )
