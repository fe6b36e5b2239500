"""What is different in the tree of an application that was there before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from otpgen.changes.values import Change, differences, spoken_options
from otpgen.kinds import Option
from otpgen.model import Application, Child, Foreign, Supervisor, Worker
from otpgen.semantics import words
from otpgen.spec.defaults import spoken

MOST_FOLLOWING = 5
"""Consequences that are told of one change."""


def compare_trees(
    before: Application, after: Application, moved: Mapping[str, str]
) -> Iterator[Change]:
    """Yield what is different; ``moved`` are the renames of children."""
    old = {_now(c, after.name, moved): c for c in before.descendants}
    new = {c.element: c for c in after.descendants}
    parents = _Parents(before, after, moved)
    if before.root is not None and after.root is not None:
        yield from _compare(before.root, after.root, parents)
    elif before.root is not after.root:
        fate = "has a tree now" if after.root else "has no tree any more"
        yield Change(after.name, f"{after.name} {fate}")
    for element, child in old.items():
        if element not in new:
            yield Change(child.element, f"{child.element} is gone")
    for element, child in new.items():
        if element in old:
            yield from _of_child(old[element], child, parents)
        else:
            under = parents.new[element].name
            yield Change(element, f"{element} is new: {_kind(child)} under {under}")


def _now(child: Child, app: str, moved: Mapping[str, str]) -> str:
    """Return what an element of the old system is called in the new one."""
    return moved.get(child.element, f"{app}.{child.name}")


class _Parents:
    """Who stands above whom in both systems, by the names of the new one."""

    def __init__(self, before: Application, after: Application, moved: Mapping[str, str]) -> None:
        self.app = after.name
        self.before = before.name
        self.moved = moved
        self.old = {_now(c, after.name, moved): s for s, c in _below(before)}
        self.new = {c.element: s for s, c in _below(after)}

    def now(self, child: Child) -> str:
        return _now(child, self.app, self.moved)

    def old_name(self, above: Supervisor | Worker) -> str:
        root = isinstance(above, Supervisor) and above.root
        return self.app if root else self.now(above)


def _below(app: Application) -> Iterator[tuple[Supervisor | Worker, Child]]:
    """Yield who stands above whom; a worker above what it starts for each partition."""
    yield from ((s, child) for s in app.supervisors for child in s.below)
    yield from ((worker, worker.child) for worker in app.workers if worker.child is not None)


def _of_child(old: Child, new: Child, parents: _Parents) -> Iterator[Change]:
    if old.name != new.name or old.app != parents.before:
        yield Change(new.element, f"{old.element} is now {new.element}")
    above_old, above_new = parents.old.get(new.element), parents.new.get(new.element)
    if above_old and above_new and parents.old_name(above_old) != above_new.element:
        text = f"{new.element} moved under {above_new.name}"
        follows: tuple[str, ...] = ()
        if isinstance(above_new, Supervisor):
            text += f" ({above_new.strategy})"
            if isinstance(above_old, Supervisor):
                follows = _deaths(new, above_old, above_new, parents)
        yield Change(new.element, text, follows)
    yield from _compare(old, new, parents)


def _compare(old: Child, new: Child, parents: _Parents) -> Iterator[Change]:
    before, after = _said(old), _said(new)
    for child, said, other in ((old, before, after), (new, after, before)):
        for name in _unsaid(child) - other.keys():
            del said[name]
    changes = list(differences(new.name, new.element, before, after))
    if isinstance(old, Supervisor) and isinstance(new, Supervisor):
        order_old = [parents.now(c) for c in old.children]
        order_new = [c.element for c in new.children]
        both = set(order_old) & set(order_new)
        if [e for e in order_old if e in both] != [e for e in order_new if e in both]:
            text = f"{new.name}: its children are started in another order"
            changes.append(Change(new.element, text))
        follows: list[str] = []
        for child in new.children if changes else ():
            if child.element in both:
                follows.extend(_deaths(child, old, new, parents))
        if follows:
            # One change of a supervisor, or several at once: what follows, follows from all.
            some = follows[:MOST_FOLLOWING]
            if len(follows) > len(some):
                some.append(f"and {len(follows) - len(some)} more such changes")
            changes[-1] = replace(changes[-1], follows=tuple(some))
    yield from changes


def _deaths(child: Child, old: Supervisor, new: Supervisor, parents: _Parents) -> tuple[str, ...]:
    """Return how the consequences of a child's death changed, among those there in both."""
    was = next((c for c in old.children if parents.now(c) == child.element), None)
    before = {parents.now(c) for c in words.falls_with(old, was)} if was else set()
    after = {c.element for c in words.falls_with(new, child)}
    both = [element for element in parents.new if element in parents.old]
    more = [_name(element) for element in both if element in after - before]
    less = [_name(element) for element in both if element in before - after]
    return tuple(words.now_falls(child.name, more, less))


def _name(element: str) -> str:
    return element.rpartition(".")[2]


def _kind(child: Child) -> str:
    if isinstance(child, Worker):
        return child.kind.name
    return "supervisor" if isinstance(child, Supervisor) else "spec"


def _unsaid(child: Child) -> set[str]:
    """Return the options that have their defaults: of another kind's child nobody misses them."""
    if not isinstance(child, Worker):
        return set()
    return {name for name, o in _options(child).items() if child.options[name] == o.default}


def _options(worker: Worker) -> dict[str, Option]:
    """Return the options of its kind, but what it starts: that is a child of its own."""
    return {name: o for name, o in worker.kind.options.items() if "child" not in o.types}


def _said(child: Child) -> dict[str, object]:
    """Return what is said of a child, as one would write it."""
    said: dict[str, object] = {"_kind": _kind(child)}
    if isinstance(child, Supervisor):
        said = {
            "_strategy": child.strategy,
            "_budget": f"{child.max_restarts}/{child.max_seconds}s",
            "max_children": child.max_children,
            "auto_shutdown": child.auto_shutdown,
        }
    elif isinstance(child, Worker):
        said["count"] = child.count
        said |= spoken_options(_options(child), child.options)
    else:
        said |= {"spec": child.code, "type": child.type}
    shutdown = child.shutdown
    said["restart"] = child.restart
    said["shutdown"] = spoken(shutdown) if isinstance(shutdown, int) else shutdown
    said["significant"] = child.significant
    if not isinstance(child, Foreign):
        said["description"] = child.description
    return said
