"""Which node runs which distributed application, whatever happens to the nodes.

    state = Nodes(system, system.cluster)
    state.down("node1") -> (Move("g4", "failover", "node1", "node2", (5_000, 5_020)),)

OTP's part: dist_ac.erl of OTP 25, ``find_start_node``, ``dist_take_control``, ``nodedown``, and
kernel's ``sync_nodes``. The emitted runtime's part: ``Placement``, ``Healer`` and ``Root`` in
templates/parts. docs/semantics.md has the table.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from otpgen.model import Cluster, Distributed, System

How = Literal[
    "failover",  # its node is gone; started anew
    "handed_over",  # its node stops, and has it taken over before
    "moved",  # it gave up, and begins anew
    "takeover",  # a node that comes before its own is back
    "started",  # it ran nowhere
    "copy",  # its node is beyond a cut; a second one is started
    "lost_copy",  # the copy of the side that restarts ends
    "nowhere",  # no node is left that may run it
    "waits",  # another node would have to start it first: the boot does not end
]

_STARTS = ("failover", "handed_over", "moved", "takeover", "started", "copy")

LOST = (0, 20)
"""Milliseconds until a killed node is missed: its sockets are closed. Measured: 5 to 20."""
CUT = (45_000, 75_000)
"""The same where packets vanish: net_ticktime is 60 s, noticed a quarter earlier or later."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a distributed application does.

    Attributes:
        source: the node that ran it; empty where none did.
        target: the node that runs it then; empty where none does.
        after: milliseconds from the event to its start, at least and at most.
    """

    app: str
    how: How
    source: str
    target: str
    after: tuple[int, int] = (0, 0)


class Nodes:
    """The nodes of a cluster, all up at first, each distributed application on its first node.

    Attributes:
        up: the nodes that run.
        sides: nodes that see each other; one side unless the network is cut.
        runs: for each distributed application the nodes with a copy, the oldest first.
        off: applications that somebody stopped, with the nodes that know of it.
        waiting: applications for whose start on another node a boot waits, with its node.
    """

    def __init__(self, system: System, cluster: Cluster) -> None:
        self.cluster = cluster
        self.up = set(cluster.nodes)
        self.sides: tuple[frozenset[str], ...] = (frozenset(cluster.nodes),)
        self.off: set[tuple[str, str]] = set()
        self.waiting: set[tuple[str, str]] = set()
        # The order in which a node starts them; Boot has the distributed ones last.
        self.order = [app for app in system.start_order if app in cluster.distributed]
        self.runs: dict[str, list[str]] = {app: [] for app in self.order}
        for app in self.order:
            self._put(app, self.place(app, self.up))

    # Where it runs

    def place(self, app: str, among: Iterable[str]) -> str:
        """Return the node among these that is to run it; empty if none may.

        Source: find_start_node; within a set of equals it is never moved, and else the least
        busy one has it, then the smaller name.
        """
        among = set(among) & self.up
        running = set(self.runs[app])
        for rank in self.cluster.distributed[app].ranks:
            there = [n for n in rank if n in among and app in self.cluster.nodes[n].apps]
            if there:
                staying = [node for node in there if node in running]
                return min(staying or there, key=self._weight)
        return ""

    def _weight(self, node: str) -> tuple[int, str]:
        local = [a for a in self.local(node) if (a, node) not in self.off]
        moving = [app for app in self.order if node in self.runs[app]]
        return len(local) + len(moving), self.cluster.nodes[node].full_name

    def local(self, node: str) -> list[str]:
        """Return the applications of a node that are not distributed."""
        return [a for a in self.cluster.nodes[node].apps if a not in self.cluster.distributed]

    def side(self, node: str) -> frozenset[str]:
        """Return the nodes that a node sees, itself and those that are down included."""
        return next(side for side in self.sides if node in side)

    def where(self, app: str) -> list[str]:
        """Return the nodes on which an application runs, in the order of the file or of age."""
        if app in self.runs:
            return list(self.runs[app])
        nodes = self.cluster.nodes.values()
        up = [n.name for n in nodes if app in n.apps and n.name in self.up]
        return [name for name in up if (app, name) not in self.off]

    def running_on(self, node: str) -> list[str]:
        """Return the distributed applications of a node, in start order."""
        return [app for app in self.order if node in self.runs[app]]

    def missing(self, node: str) -> tuple[str, ...]:
        """Return the mandatory nodes that a node which boots waits for in vain."""
        sync = self.cluster.sync
        seen = self.side(node) & self.up
        return tuple(n for n in (sync.mandatory if sync else ()) if n != node and n not in seen)

    def awaited(self, node: str) -> tuple[str, ...]:
        """Return the optional nodes that a node which boots waits for in vain."""
        sync = self.cluster.sync
        if sync is None:
            return ()
        optional = tuple(self.cluster.nodes) if sync.optional is None else sync.optional
        seen = self.side(node) & self.up
        return tuple(n for n in optional if n != node and n not in seen)

    # What happens

    def down(self, node: str, since: tuple[int, int] = LOST) -> tuple[Move, ...]:
        """A node is lost; the next one starts what it ran when ``timeout`` is over."""
        active = self._by_timeout(self.running_on(node))
        self._gone(node)
        moves = tuple(self._fail_over(app, node, since) for app in active)
        return (*moves, *self._no_longer_awaited(node))

    def shut_down(self, node: str, resting: Collection[str] = ()) -> tuple[Move, ...]:
        """A node stops in order, and hands over what it runs; what rests there begins anew.

        Source: Root.terminate, Placement.drain: the first other node, in the order of the file,
        that is ready.
        """
        moves = []
        for app in reversed(self.running_on(node)):
            ready = self._ready(app, self.side(node) - {node})
            self.runs[app].remove(node)
            if not ready:
                moves.append(Move(app, "nowhere", node, ""))
                continue
            self._put(app, ready[0])
            how: How = "moved" if app in resting else "handed_over"
            moves.append(Move(app, how, node, ready[0]))
        self._gone(node)
        return (*moves, *self._no_longer_awaited(node))

    def boot(self, node: str) -> tuple[Move, ...]:
        """A node is back: it takes over, starts, or stands by. Source: dist_take_control."""
        self.up.add(node)
        return tuple(move for app in self.order if (move := self._join(app, node)))

    def _join(self, app: str, node: str) -> Move | None:
        distributed = self.cluster.distributed[app]
        if node not in distributed.nodes or app not in self.cluster.nodes[node].apps:
            return None
        side = self.side(node)
        active = next((n for n in self.runs[app] if n in side), "")
        first = self.place(app, side)
        if any((app, other) in self.off for other in side & self.up):
            if first != node:
                self.off.add((app, node))
                self.waiting.add((app, node))
                return Move(app, "waits", "", first)
            return self._start(app, node)
        if not active:
            self._put(app, first)
            return Move(app, "started", "", first) if first else None
        if first == node and _rank(distributed, node) < _rank(distributed, active):
            self.runs[app].remove(active)
            self._put(app, node)
            return Move(app, "takeover", active, node)
        return None

    def move(self, app: str, node: str) -> Move | None:
        """Move what gave up on a node to the next that is ready; None: there is none.

        Source: Away.leave: ``permit(app, false)``, and dist_ac places it.
        """
        others = self.side(node) - {node}
        self.runs[app].remove(node)
        target = self.place(app, others)
        self._put(app, target or node)
        return Move(app, "moved", node, target) if target else None

    def come_home(self, app: str, node: str) -> bool:
        """The rest is over: whether it is taken back to the node on which it gave up."""
        distributed = self.cluster.distributed[app]
        away = next((n for n in self.runs[app] if n in self.side(node)), "")
        if node not in self.up or not away or away == node:
            return False
        if _rank(distributed, node) >= _rank(distributed, away):
            return False
        self.runs[app].remove(away)
        self._put(app, node)
        return True

    def stop(self, app: str, node: str) -> None:
        """Somebody stops an application on a node; a distributed one then runs nowhere."""
        self.off.add((app, node))
        if app in self.runs:
            self.off.update((app, other) for other in self.side(node) & self.up)
            self.runs[app].remove(node)

    def split(self, sides: Sequence[Sequence[str]]) -> tuple[Move, ...]:
        """The network is cut: each side that lacks a copy starts one, once it has noticed."""
        self.sides = tuple(frozenset(side) for side in sides)
        moves = []
        for app in self._by_timeout([app for app in self.order if self.runs[app]]):
            source, timeout = self.runs[app][0], self.cluster.distributed[app].timeout
            for side in self.sides:
                if side & set(self.runs[app]):
                    continue
                target = self.place(app, side)
                if target:
                    self._put(app, target)
                    after = (CUT[0] + timeout, CUT[1] + timeout)
                    moves.append(Move(app, "copy", source, target, after))
        return tuple(moves)

    def heal(self) -> tuple[list[str], tuple[Move, ...]]:
        """The sides meet again: all but the largest restart in place and join as standby.

        Of equals the one with the node that comes first stays: in the order in which nodes may
        run distributed applications, then by name. Nothing restarts where nothing is
        distributed. Source: Healer; dist_ac itself does nothing at a ``nodeup``.
        """
        places = {node: number for number, node in enumerate(self._priority())}
        living = [side & self.up for side in self.sides if side & self.up]
        self.sides = (frozenset(self.cluster.nodes),)
        if len(living) < 2 or not self.order:
            return [], ()
        winner = max(living, key=lambda side: (len(side), -min(places[n] for n in side)))
        losers = [node for node in self.cluster.nodes if node in self.up and node not in winner]
        moves = []
        for app in self.order:
            stays = next((n for n in self.runs[app] if n in winner), "")
            for node in [n for n in self.runs[app] if n not in winner]:
                self.runs[app].remove(node)
                moves.append(Move(app, "lost_copy", node, stays))
        for node in losers:
            self._gone(node)
        back = [node for node in losers if not (set(self.missing(node)) - set(losers))]
        for node in back:
            moves.extend(self.boot(node))
        return losers, tuple(moves)

    def _priority(self) -> dict[str, None]:
        """Return the nodes in the order of ``Nodes.all`` of the emitted runtime."""
        hosts = [node for app in self.cluster.distributed.values() for node in app.nodes]
        named = sorted(self.cluster.nodes.values(), key=lambda node: node.full_name)
        return dict.fromkeys([*hosts, *(node.name for node in named)])

    # The small steps

    def _fail_over(self, app: str, node: str, since: tuple[int, int]) -> Move:
        target = self.place(app, self.side(node))
        if not target:
            return Move(app, "nowhere", node, "")
        self._put(app, target)
        timeout = self.cluster.distributed[app].timeout
        return Move(app, "failover", node, target, (since[0] + timeout, since[1] + timeout))

    def _start(self, app: str, node: str) -> Move:
        """It starts where it was stopped, and who waited for that goes on."""
        side = self.side(node)
        self.off = {key for key in self.off if key[0] != app or key[1] not in side}
        self.waiting = {key for key in self.waiting if key[0] != app or key[1] not in side}
        self._put(app, node)
        return Move(app, "started", "", node)

    def _no_longer_awaited(self, node: str) -> Iterator[Move]:
        """A node is gone for whose start of an application others waited in their boot."""
        for app in self.order:
            target = self.place(app, self.side(node))
            if (app, target) in self.waiting:
                yield self._start(app, target)

    def _ready(self, app: str, among: Iterable[str]) -> list[str]:
        nodes = self.cluster.distributed[app].nodes
        allowed = set(among) & self.up
        return [n for n in nodes if n in allowed and app in self.cluster.nodes[n].apps]

    def _by_timeout(self, apps: Sequence[str]) -> list[str]:
        # What moves first weighs where the next is placed.
        return sorted(apps, key=lambda app: self.cluster.distributed[app].timeout)

    def _put(self, app: str, node: str) -> None:
        if node and node not in self.runs[app]:
            self.runs[app].append(node)

    def _gone(self, node: str) -> None:
        self.up.discard(node)
        self.off = {key for key in self.off if key[1] != node}
        self.waiting = {key for key in self.waiting if key[1] != node}
        for copies in self.runs.values():
            if node in copies:
                copies.remove(node)


def restarted(moves: Sequence[Move]) -> tuple[str, ...]:
    """Return the applications that are started somewhere."""
    return tuple(dict.fromkeys(m.app for m in moves if m.how in _STARTS))


def slowest(moves: Sequence[Move]) -> tuple[int, int]:
    """Return after how many milliseconds the last one is started, at least and at most."""
    return (
        max((move.after[0] for move in moves), default=0),
        max((move.after[1] for move in moves), default=0),
    )


def _rank(distributed: Distributed, node: str) -> int:
    return next(n for n, rank in enumerate(distributed.ranks) if node in rank)
