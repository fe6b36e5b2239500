"""The system drawn: trees as text, trees and cluster as Mermaid."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen import escape
from otpgen.model import Application, Child, Foreign, Supervisor, System, Worker


def tree_lines(app: Application) -> tuple[str, ...]:
    """Return the application's tree, one process a line.

    ::

    g4_core  rest_for_one
    ├─ store
    └─ calculators  one_for_all
       ├─ fibonacci
       └─ cache
    """
    return tuple(_supervisor(app.root, "")) if app.root else ()


def _supervisor(supervisor: Supervisor, indent: str) -> Iterator[str]:
    yield f"{supervisor.name}  {_rules(supervisor)}"
    below: list[Child] = list(supervisor.children)
    if supervisor.child is not None:
        below.append(supervisor.child)
    for child in below:
        last = child is below[-1]
        branch, under = ("└─ ", "   ") if last else ("├─ ", "│  ")
        if isinstance(child, Supervisor):
            first, *rest = _supervisor(child, indent + under)
            yield f"{indent}{branch}{first}"
            yield from rest
        else:
            yield f"{indent}{branch}{child.name}{_mark(supervisor, child)}"


def _rules(supervisor: Supervisor) -> str:
    budget = (supervisor.max_restarts, supervisor.max_seconds)
    return supervisor.strategy + ("" if budget == (3, 5) else f"  {budget[0]}/{budget[1]}s")


def _mark(supervisor: Supervisor, worker: Worker | Foreign) -> str:
    if isinstance(worker, Foreign):
        return "  (spec)"
    star = "*" if supervisor.dynamic else "" if worker.count is None else f" x {worker.count}"
    kind = worker.kind.name if worker.kind.name != "gen_server" else ""
    words = [kind, "one in the cluster" if worker.naming == "cluster" else ""]
    said = ", ".join(word for word in words if word)
    return f"{star}  ({said})" if said else star


def mermaid_tree(app: Application) -> tuple[str, ...]:
    """Return the lines of a Mermaid flowchart of the application's tree."""
    if app.root is None:
        return ()
    return ("flowchart TD", *_mermaid(app.root))


def _mermaid(supervisor: Supervisor) -> Iterator[str]:
    me = _id(supervisor.path)
    yield f"  {me}[{escape.mermaid_text(f'{supervisor.name} · {supervisor.strategy}')}]"
    below: list[Child] = list(supervisor.children)
    if supervisor.child is not None:
        below.append(supervisor.child)
    for child in below:
        arrow = "-.->" if supervisor.dynamic else "-->"
        if isinstance(child, Supervisor):
            yield from _mermaid(child)
        else:
            yield f"  {_id(child.path)}({escape.mermaid_text(child.name)})"
        yield f"  {me} {arrow} {_id(child.path)}"


def mermaid_cluster(system: System) -> tuple[str, ...]:
    """Return the lines of a Mermaid flowchart: nginx, the nodes and what may run where."""
    lines = ["flowchart LR"]
    for upstream in system.nginx.upstreams if system.nginx else ():
        label = escape.mermaid_text(f"nginx {upstream.name} :{upstream.listen}")
        lines.append(f"  nginx_{upstream.name}{{{{{label}}}}}")
    for node in system.nodes.values():
        label = escape.mermaid_text(node.full_name)
        lines.append(f"  subgraph node_{node.name}[{label}]")
        lines.extend(
            f"    {node.name}__{app.name}[{escape.mermaid_text(app.name)}]"
            for app in system.apps.values()
            if app.root is not None
        )
        lines.append("  end")
    for upstream in system.nginx.upstreams if system.nginx else ():
        for node in system.nodes.values():
            if upstream.port in node.ports:
                port = node.ports[upstream.port]
                lines.append(f"  nginx_{upstream.name} -->|{port}| node_{node.name}")
    for distributed in system.distributed.values():
        for here, there in zip(distributed.nodes, distributed.nodes[1:], strict=False):
            lines.append(
                f"  {here}__{distributed.app} -. fails over .-> {there}__{distributed.app}"
            )
    return tuple(lines)


def _id(path: str) -> str:
    return "p_" + path.replace(".", "__")
