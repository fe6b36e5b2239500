"""The supervision tree of an application.

::

    g4_core  rest_for_one 3/5s
    ├─ store
    ├─ calculators  one_for_all 3/5s
    │  ├─ fibonacci  transient
    │  └─ cache  agent
    └─ sessions  simple_one_for_one 3/5s, at most 1,000
       └─ session*  temporary

``3/5s`` is a budget: 3 restarts in 5 seconds. ``*`` is started at run time, ``x 4`` are four
children of one module. What is not said is a permanent ``gen_server``.
"""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.graph.drawing import Twig, box, lines
from otpgen.model import Application, Child, Foreign, Supervisor, Worker

_PLAIN = ("gen_server", "permanent")
"""The kind and the restart that need no word."""


def tree(app: Application) -> Twig:
    """Return the application's tree; a library has none."""
    return Twig(app.name, "a library") if app.root is None else _twig(app.root, app.root.name)


def tree_lines(app: Application) -> tuple[str, ...]:
    """Return the lines of the application's tree, none for a library."""
    return tuple(str(line) for line in lines(tree(app))) if app.root else ()


def _twig(child: Child, name: str) -> Twig:
    below = tuple(_twig(grandchild, called) for grandchild, called in _below(child))
    return Twig(name, ", ".join(_said(child)), below)


def _below(parent: Child) -> Iterator[tuple[Child, str]]:
    """Yield what stands below it, each with what it is called there."""
    if isinstance(parent, Supervisor):
        for child in parent.children:
            count = child.count if isinstance(child, Worker) else None
            yield child, child.name if count is None else f"{child.name} x {count}"
        if parent.child is not None:
            yield parent.child, f"{parent.child.name}*"
    elif isinstance(parent, Worker) and parent.child is not None:
        yield parent.child, f"{parent.child.name} x {parent.options.get('partitions')}"


def _said(child: Child) -> Iterator[str]:
    if isinstance(child, Supervisor):
        yield f"{child.strategy} {child.max_restarts}/{child.max_seconds}s"
        if child.dynamic and child.child is None:
            yield "any child"
        if child.max_children is not None:
            yield f"at most {child.max_children:,}"
        if child.auto_shutdown != "never":
            yield f"auto_shutdown {child.auto_shutdown}"
    elif isinstance(child, Foreign):
        yield "spec"
    else:
        yield from (child.kind.name,) if child.kind.name not in _PLAIN else ()
        yield from (f"port {port}" for _, port in child.ports)
        yield from ("singleton",) if child.naming == "cluster" else ()
    yield from (child.restart,) if child.restart not in _PLAIN else ()
    yield from ("significant",) if child.significant else ()


def mermaid_tree(app: Application) -> tuple[str, ...]:
    """Return the lines of a Mermaid flowchart of the application's tree, none for a library."""
    return ("flowchart TD", *_mermaid(app.root, app.root.name)) if app.root else ()


def _mermaid(child: Child, name: str) -> Iterator[str]:
    label = " · ".join([name, *_said(child)])
    yield f"  {box(_id(child), label, '[]' if child.type == 'supervisor' else '()')}"
    for grandchild, called in _below(child):
        yield from _mermaid(grandchild, called)
        arrow = "-.->" if called.endswith("*") else "-->"
        yield f"  {_id(child)} {arrow} {_id(grandchild)}"


def _id(child: Child) -> str:
    # Two underscores stand in no name.
    return "p_" + child.path.replace(".", "__")
