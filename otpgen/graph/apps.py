"""The applications, and which of them needs which.

::

    applications  in start order
    ├─ g4_core
    ├─ g4       depends on g4_core, distributed
    └─ g4_web   depends on g4_core, calls g4
"""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.errors import listed
from otpgen.graph.drawing import Twig, box, table
from otpgen.model import Application, System


def apps(system: System) -> Twig:
    """Return the applications in start order, each with those it needs."""
    started = (system.apps[name] for name in system.start_order)
    rows = ((app.name, ", ".join(_said(system, app))) for app in started)
    return Twig("applications", "in start order", table(rows))


def _said(system: System, app: Application) -> Iterator[str]:
    if app.root is None:
        yield "a library"
    if app.name in system.distributed:
        yield "distributed"
    if app.depends_on:
        yield f"depends on {listed(app.depends_on)}"
    if app.calls:
        yield f"calls {listed(app.calls)}"


def mermaid_apps(system: System) -> tuple[str, ...]:
    """Return the lines of a Mermaid flowchart: the applications, round where they may move."""
    lines = ["flowchart TD"]
    for app in system.apps.values():
        shape = "([])" if app.name in system.distributed else "[]"
        lines.append(f"  {box(_id(app.name), app.name, shape)}")
    for app in system.apps.values():
        lines.extend(f"  {_id(app.name)} --> {_id(needed)}" for needed in app.depends_on)
        lines.extend(f"  {_id(app.name)} -. calls .-> {_id(called)}" for called in app.calls)
    return tuple(lines)


def _id(app: str) -> str:
    return f"a_{app}"
