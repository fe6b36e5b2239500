"""What processes are called: ``app.path.to.child``, for short ``app.child``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from otpgen.errors import nearest
from otpgen.model import Cluster, System
from otpgen.semantics.processes import Dynamic, Process, process_tree

_STEP = re.compile(r"(\w+)(?:\[(\d{1,9}|n)\])?")
MOST_STARTED = 1_000
"""Children of one dynamic supervisor that are started so that an event can name one."""


class Names:
    """The processes, applications and nodes of a system.

    Args:
        system: whose.
        cluster: the nodes that count.
    """

    def __init__(self, system: System, cluster: Cluster) -> None:
        self.apps = tuple(system.apps)
        self.nodes = tuple(cluster.nodes)
        self._system = system
        self._trees: dict[str, Process | None] = {}

    def tree(self, app: str) -> Process | None:
        """Return the tree of an application; None for a library."""
        if app not in self._trees:
            self._trees[app] = process_tree(self._system.apps[app])
        return self._trees[app]

    def process(self, said: str) -> str | None:
        """Return the path of a process in full; None where nothing is called so.

        What is started at run time is the first one unless its number is said, ``[1]``; so it
        is with one of several that share a name.
        """
        app, *steps = said.split(".")
        root = self.tree(app) if app in self.apps else None
        if root is None:
            return None
        path = root.path
        for number, step in enumerate(steps):
            found = _STEP.fullmatch(step)
            if not found:
                return None
            below = _child(root, found[1], found[2])
            if below is None and number == 0:
                for name, outer in _above(root, found[1]):
                    path, root = f"{path}.{name}", outer
                below = _child(root, found[1], found[2])
            if below is None:
                return None
            name, root = below
            path = f"{path}.{name}"
        return path

    @cached_property
    def processes(self) -> tuple[str, ...]:
        """The paths of all processes, in start order; what is started at run time as the first."""
        return tuple(
            path for app in self.apps if (tree := self.tree(app)) for path, _ in declared(tree)
        )

    def nearest_process(self, said: str) -> str:
        """Return a hint: the process whose name is nearest, first of all in its application."""
        app, _, rest = said.partition(".")
        if app not in self.apps:
            near = nearest(app, self.apps)
            if near and (not rest or self.process(f"{near}.{rest}")):
                return f"did you mean {near}{'.' if rest else ''}{rest}?"
            if near is None and not rest:
                names = {p.rpartition(".")[2]: p for p in reversed(self.processes)}
                found = nearest(app, names)
                return f"did you mean {names[found]}?" if found else ""
            app = near or ""
        tree = self.tree(app) if app in self.apps else None
        if tree is None:
            return ""
        names = {path.rpartition(".")[2]: path for path, _ in declared(tree)}
        near = nearest(rest.rpartition(".")[2], names)
        return f"did you mean {names[near]}?" if near else ""


def declared(root: Process) -> Iterator[tuple[str, Process]]:
    """Yield every process of a tree with its path, of those started at run time the first."""
    stack = [(root.path, root)]
    while stack:
        path, process = stack.pop()
        yield path, process
        below = [(f"{path}.{child.name}", child) for child in process.children]
        if isinstance(process.supervises, Dynamic) and process.supervises.child:
            child = process.supervises.child
            below.append((f"{path}.{child.name}[1]", child))
        stack.extend(reversed(below))


def is_done(process: Process) -> bool:
    """Whether it does its work at its start and is gone, as the tree that runs has it."""
    return process.kind == "task" and process.restart != "permanent" and not process.significant


def walk(root: Process, path: str) -> Process | None:
    """Return what stands at a full path in a tree, be it there or started at run time."""
    found: Process | None = root
    for step in path.split(".")[1:]:
        below = _child(found, *_split(step)) if found else None
        found = below[1] if below else None
    return found


def _split(step: str) -> tuple[str, str | None]:
    name, _, number = step.partition("[")
    return name, number.rstrip("]") or None


def _child(parent: Process, name: str, number: str | None) -> tuple[str, Process] | None:
    """Return the name with its number, and what it stands for."""
    if isinstance(parent.supervises, Dynamic):
        child = parent.supervises.child
        which = 1 if number in (None, "n") else int(number or 1)
        if child is None or child.name != name or not 1 <= which <= MOST_STARTED:
            return None
        return f"{name}[{which}]", child
    for child in parent.children:
        word, _, index = child.name.partition("[")
        if word == name and (
            index == f"{number}]" or (index and number in (None, "n")) or (not index and not number)
        ):
            return child.name, child
    return None


def _above(root: Process, name: str) -> list[tuple[str, Process]]:
    """Return the supervisors from below the root to that of a child of this name.

    Each with its name; empty where there is no such child, or it is the root's.
    """
    stack: list[tuple[Process, list[tuple[str, Process]]]] = [(root, [])]
    while stack:
        process, steps = stack.pop()
        below = [(child.name, child) for child in process.children]
        if isinstance(process.supervises, Dynamic) and process.supervises.child:
            below.append((f"{process.supervises.child.name}[1]", process.supervises.child))
        for step in below:
            if step[0].partition("[")[0] == name:
                return steps
            stack.append((step[1], [*steps, step]))
    return []
