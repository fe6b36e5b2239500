"""What the death of each process costs, and how many of them its application survives.

One walk over each tree, so that thousands of processes take no longer than their number says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate

from otpgen.model import Cluster, System
from otpgen.semantics import otp
from otpgen.semantics.cluster import Nodes
from otpgen.semantics.names import declared, is_done
from otpgen.semantics.processes import Dynamic, Process, Static, process_tree


@dataclass(frozen=True, slots=True)
class Cost:
    """What the death of one process costs, when all of its tree lives and nothing died before.

    Attributes:
        path: the process; ``session[n]`` stands for what is started at run time.
        others: how many other processes end with it, started again or not.
        restarted: whether it is started again itself.
        more: whether children that were started at run time are lost with them.
        deaths: how many of its deaths make its application give up; None: none do.
        within: all within so many seconds.
    """

    path: str
    others: int
    restarted: bool
    more: bool = False
    deaths: int | None = None
    within: int | None = None

    def as_data(self) -> dict[str, object]:
        """Return it for programs."""
        return {
            "process": self.path,
            "others": self.others,
            "restarted": self.restarted,
            "others_at_run_time": self.more,
            "deaths": self.deaths,
            "within_ms": None if self.within is None else self.within * 1_000,
        }


@dataclass(frozen=True, slots=True)
class _Size:
    """How many processes there are, and whether some are started at run time."""

    number: int
    more: bool

    def __add__(self, other: _Size) -> _Size:
        return _Size(self.number + other.number, self.more or other.more)


_NONE = _Size(0, False)


@dataclass(frozen=True, slots=True)
class _Above:
    """A supervisor as its children see it.

    Attributes:
        supervisor: it.
        quits: what ends when it gives up, itself and what its own end takes along included.
        back: whether it is there again then.
        deaths: how many of its own ends make the application give up; None: none do.
        within: all within so many seconds; 0: the first of them is enough.
    """

    supervisor: Process
    quits: _Size
    back: bool
    deaths: int | None
    within: int


def costs(system: System, cluster: Cluster) -> tuple[Cost, ...]:
    """Return what the death of each process costs, the worst first.

    First what takes most others along, then what fewer deaths bring to its application's end.
    """
    trees = {name: tree for name, app in system.apps.items() if (tree := process_tree(app))}
    sizes: dict[int, _Size] = {}
    for tree in trees.values():
        _measure(tree, sizes, _registries(tree))
    nodes = Nodes(system, cluster) if cluster.nodes else None

    @cache
    def whole(node: str) -> _Size:
        running = (*nodes.local(node), *nodes.running_on(node)) if nodes else ()
        return sum((sizes[id(trees[app])] for app in running if app in trees), _NONE)

    found: list[Cost] = []
    for name, tree in trees.items():
        on_give_up = system.apps[name].on_give_up
        again = nodes is not None and on_give_up in ("restart", "move")
        size = sizes[id(tree)]
        if nodes and on_give_up == "stop_node" and (where := nodes.where(name)):
            size = whole(where[0])
        found.extend(_costs(tree, size, again, sizes))
    endless = float("inf")
    return tuple(
        sorted(found, key=lambda c: (-c.others, endless if c.deaths is None else c.deaths))
    )


def tree_costs(root: Process, *, again: bool) -> Iterator[Cost]:
    """Yield the costs of one tree; ``again``: whether its application is started again."""
    sizes: dict[int, _Size] = {}
    size = _measure(root, sizes, _registries(root))
    yield from _costs(root, size, again, sizes)


def _costs(root: Process, size: _Size, again: bool, sizes: dict[int, _Size]) -> Iterator[Cost]:
    """Yield the same; ``size``: all that the end of the root takes along, itself included."""
    yield Cost(root.path, size.number - 1, again, size.more, 1, 1)
    top = _Above(root, size, again, 1, 0)
    yield from _below(root.path, top, sizes)


def _registries(root: Process) -> frozenset[str]:
    """Return the registries in which something registers that is started at run time."""
    return frozenset(found.registry for _, found in declared(root) if found.registry)


def _measure(process: Process, sizes: dict[int, _Size], registries: Collection[str]) -> _Size:
    """Note how many there are; ``registries``: those in which something registers."""
    more = isinstance(process.supervises, Dynamic) or process.path in registries
    size = _Size(0 if is_done(process) else 1, more)
    for child in process.children:
        size += _measure(child, sizes, registries)
    if isinstance(process.supervises, Dynamic) and process.supervises.child:
        _measure(process.supervises.child, sizes, registries)
    sizes[id(process)] = size
    return size


def _below(path: str, above: _Above, sizes: dict[int, _Size]) -> Iterator[Cost]:
    supervises = above.supervisor.supervises
    if supervises is None:
        return
    if isinstance(supervises, Dynamic):
        child = supervises.child
        if child is not None:
            size = sizes[id(child)]
            # Of those started at run time there is the one that dies.
            one = replace(above, quits=above.quits + size)
            yield from _child(f"{path}.{child.name}[n]", child, size, one, sizes)
        return
    # What an end takes along, by the place of the child: one sum for each supervisor.
    each = [sizes[id(child)] for child in supervises.children]
    match supervises.strategy:
        case "one_for_all":
            groups = [sum(each, _NONE)] * len(each)
        case "rest_for_one":
            groups = list(accumulate(reversed(each)))[::-1]
        case _:
            groups = each
    for child, group in zip(supervises.children, groups, strict=True):
        yield from _child(f"{path}.{child.name}", child, group, above, sizes)


def _child(
    path: str, child: Process, group: _Size, above: _Above, sizes: dict[int, _Size]
) -> Iterator[Cost]:
    supervises = above.supervisor.supervises
    assert supervises is not None
    if is_done(child):
        return
    none_left = not otp.allows(supervises.max_restarts, 1)
    killed = _end(child, "killed", group, above, sizes[id(child)], none_left)
    yield Cost(path, killed.quits.number - 1, killed.back, killed.quits.more, *_deaths(killed))
    if child.supervises is not None:
        own = _end(child, "shutdown", group, above, sizes[id(child)], none_left)
        yield from _below(path, own, sizes)


def _deaths(found: _Above) -> tuple[int | None, int | None]:
    return found.deaths, None if found.deaths is None else found.within or 1


def _end(
    child: Process, reason: str, group: _Size, above: _Above, size: _Size, none_left: bool
) -> _Above:
    """Return what one end of a child brings about; it is the ``_Above`` of its own children."""
    supervises = above.supervisor.supervises
    assert supervises is not None
    if otp.is_restarted(child.restart, reason):
        units = otp.first_refused(supervises.max_restarts)
        deaths = None if above.deaths is None else above.deaths * units
        within = min(above.within or supervises.max_seconds, supervises.max_seconds)
        if none_left:
            return _Above(child, above.quits, above.back, deaths, within)
        return _Above(child, group, True, deaths, within)
    if child.significant and isinstance(supervises, Static):
        left = [c.significant for c in supervises.children if c is not child]
        if otp.shuts_down(supervises.auto_shutdown, left):
            return _Above(child, above.quits, above.back, above.deaths, above.within)
    return _Above(child, size, False, None, 0)
