"""What is emitted for nodes: their configuration, the start script, nginx."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.model import Node, System, Upstream
from otpgen.plan.files import EXECUTABLE, PlannedFile, emitted
from otpgen.plan.views import CALL_TIMEOUT, View, patience, variable

READ_TIMEOUT = 2
"""Seconds: a node that hangs costs its clients this long (nginx's own 60 froze them)."""


def plan_nodes(view: View) -> Iterator[PlannedFile]:
    """Yield the files which only a project with nodes has."""
    system = view.system
    if not system.nodes:
        return
    for node in system.nodes.values():
        template = "umbrella/config/node_name.config.jinja"
        context = {**view.globals, "node": node, "optional": _optional(system, node)}
        path = emitted(template, node_name=node.name)
        yield PlannedFile(path, template, context, lines=(node.decl.at().line,))
    boot = [name for name in system.start_order if system.apps[name].root is not None]
    ports = {port for node in system.nodes.values() for port in node.ports}
    context = {
        **view.globals,
        "boot": boot,
        "loopback": _loopback(system),
        "variables": sorted(variable(port) for port in {"http", *ports}),
    }
    template = "umbrella/start-dist.sh.jinja"
    yield PlannedFile("start-dist.sh", template, context, mode=EXECUTABLE)
    yield PlannedFile("var/.gitignore", "umbrella/var/.gitignore")
    if system.nginx is not None:
        yield from _nginx(view)


def _optional(system: System, node: Node) -> list[str]:
    """Return the full names of the nodes for which ``node`` waits at boot."""
    if system.sync is None:
        return []
    names = system.nodes if system.sync.optional is None else system.sync.optional
    return [system.nodes[name].full_name for name in names if name != node.name]


def _loopback(system: System) -> bool:
    return all(node.loopback for node in system.nodes.values())


def _nginx(view: View) -> Iterator[PlannedFile]:
    assert view.system.nginx is not None
    upstreams = [_upstream(view, upstream) for upstream in view.system.nginx.upstreams]
    context = {**view.globals, "upstreams": upstreams}
    for name in ("nginx.conf", "system_name.conf"):
        template = f"umbrella/nginx/{name}.jinja"
        path = emitted(template, system_name=view.system.name)
        yield PlannedFile(path, template, context)


def _upstream(view: View, upstream: Upstream) -> dict[str, object]:
    waiting = sorted(
        path
        for worker in view.system.workers.values()
        if worker.options.get("port") == upstream.port
        for path in _asked_paths(worker.options.get("asks"))
    )
    return {
        "name": upstream.name,
        "listen": upstream.listen,
        "servers": [
            f"{node.host}:{node.ports[upstream.port]}"
            for node in view.system.nodes.values()
            if upstream.port in node.ports
        ],
        "waiting": waiting,
        "read_timeout": READ_TIMEOUT,
        # Longer than the call waits, which is longer than a failover takes.
        "long_read_timeout": (patience(view.system) + CALL_TIMEOUT // 2 + 999) // 1_000,
    }


def _asked_paths(asks: object) -> list[str]:
    return list(asks) if isinstance(asks, dict) else []
