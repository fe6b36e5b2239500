"""What looks renamed: gone on one side, alike and new on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from otpgen.changes.names import carried_out
from otpgen.model import Application, Child, Supervisor, System, Worker

T = TypeVar("T")


def likely_renames(before: System, after: System) -> tuple[tuple[str, str], ...]:
    """Return ``(old, new)`` for what may have been renamed without a word in ``moved``.

    Only where there is no doubt which one: of those alike one is gone, and one is new.
    """
    moved = carried_out(before, after)
    old = {moved.get(name, name): app for name, app in before.apps.items()}
    gone = [app for name, app in old.items() if name not in after.apps]
    new = [app for name, app in after.apps.items() if name not in old]
    found = [(one.name, other.name) for one, other in _pairs(gone, new, _shape)]
    for name, app in after.apps.items():
        if name in old:
            found.extend(_children(old[name], app, moved))
    for name, cluster in after.clusters.items():
        if name in before.clusters:
            nodes = {moved.get(n, n): node for n, node in before.clusters[name].nodes.items()}
            lost = [node for n, node in nodes.items() if n not in cluster.nodes]
            added = [node for n, node in cluster.nodes.items() if n not in nodes]
            pairs = _pairs(lost, added, lambda node: (node.host, tuple(node.ports.items())))
            found.extend((one.name, other.name) for one, other in pairs)
    return tuple(dict.fromkeys(found))


def _children(
    old: Application, new: Application, moved: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    known = {moved.get(c.element, f"{new.name}.{c.name}"): c for c in old.descendants}
    there = {child.element: child for child in new.descendants}
    gone = [child for element, child in known.items() if element not in there]
    added = [child for element, child in there.items() if element not in known]
    for one, other in _pairs(gone, added, _child_shape):
        yield one.element, other.element


def _pairs(
    gone: Sequence[T], new: Sequence[T], shape: Callable[[T], object]
) -> Iterator[tuple[T, T]]:
    for one in gone:
        twins = [other for other in gone if shape(other) == shape(one)]
        alike = [other for other in new if shape(other) == shape(one)]
        if len(twins) == len(alike) == 1:
            yield one, alike[0]


def _shape(app: Application) -> object:
    tree = tuple((c.path.partition(".")[2], _child_shape(c)) for c in app.descendants)
    return tree or ("library", app.depends_on, app.calls)


def _child_shape(child: Child) -> object:
    if isinstance(child, Supervisor):
        return "supervisor", child.strategy, tuple(c.name for c in child.below)
    if isinstance(child, Worker):
        return child.kind.name, tuple(sorted(map(str, child.options.items())))
    return "spec", child.code
