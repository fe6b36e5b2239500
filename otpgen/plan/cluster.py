"""What is emitted for nodes: their configuration, the start script, nginx."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from otpgen.model import DEV, HEALTH, Cluster, Node, System, Upstream
from otpgen.plan.files import EXECUTABLE, PlannedFile, emitted
from otpgen.plan.releases import Start, starts
from otpgen.plan.views import CALL_TIMEOUT, View, parts_of, patience, variable

READ_TIMEOUT = 2
"""Seconds: a node that hangs costs its clients this long (nginx's own 60 froze them)."""

FAIL_TIMEOUT = 10
"""Seconds: so often one request tries a node that was left out, and stalls if it still hangs."""


def plan_nodes(view: View) -> Iterator[PlannedFile]:
    """Yield the files which only a project with nodes has."""
    system = view.system
    if not system.nodes:
        return
    for cluster in system.clusters.values():
        yield from _configuration(view, cluster)
        if cluster.nginx is not None:
            yield from _nginx(view, cluster)
    boot = [name for name in system.start_order if system.apps[name].root is not None]
    nodes = [node for cluster in system.clusters.values() for node in cluster.nodes.values()]
    context = {
        **view.globals,
        "boot": boot,
        "clusters": [_started(view, cluster) for cluster in system.clusters.values()],
        "balanced": any(cluster.nginx for cluster in system.clusters.values()),
        "variables": sorted({variable(port) for node in nodes for port in ("http", *node.ports)}),
    }
    template = "umbrella/start-dist.sh.jinja"
    yield PlannedFile("start-dist.sh", template, context, mode=EXECUTABLE)
    if system.encrypted:
        template = "umbrella/bin/certs.sh.jinja"
        yield PlannedFile("bin/certs.sh", template, view.globals, mode=EXECUTABLE)
    yield PlannedFile("var/.gitignore", "umbrella/var/.gitignore", view.globals)


def _configuration(view: View, cluster: Cluster) -> Iterator[PlannedFile]:
    """Yield what each node's kernel is told: ``config/NODE.config``."""
    part_nodes = list(_part_nodes(view, cluster))
    for node in cluster.nodes.values():
        template = "umbrella/config/node_name.config.jinja"
        context = {
            **view.globals,
            "cluster": cluster,
            "node": node,
            "mandatory": _others(cluster, node, cluster.sync.mandatory if cluster.sync else ()),
            "optional": _others(cluster, node, _optional(cluster)),
            "part_nodes": part_nodes,
            "off": [
                app.name
                for app in view.system.apps.values()
                if app.root is not None and app.name not in node.apps
            ],
        }
        path = _below(cluster, emitted(template, node_name=node.name))
        element = node.name if cluster.name == DEV else f"{node.name}@{cluster.name}"
        line = (node.decl.at().line,)
        yield PlannedFile(path, template, context, lines=line, element=element)


def _part_nodes(view: View, cluster: Cluster) -> Iterator[tuple[str, list[str]]]:
    """Yield the parts that are told where else they are, with the full names of these nodes."""
    apps = view.system.apps.values()
    needs = {app.name: view.catalogue.with_needs(parts_of(app)) for app in apps}
    for part in view.catalogue.parts.values():
        if not part.peers:
            continue
        users = {app for app, parts in needs.items() if part.name in parts}
        nodes = [n.full_name for n in cluster.nodes.values() if users.intersection(n.apps)]
        if nodes:
            yield part.name, nodes


def _below(cluster: Cluster, path: str) -> str:
    """Return the path in a further cluster: ``config/production/node1.config``."""
    folder, _, name = path.rpartition("/")
    return path if cluster.name == DEV else f"{folder}/{cluster.name}/{name}"


def _optional(cluster: Cluster) -> Collection[str]:
    if cluster.sync is None:
        return ()
    if cluster.sync.optional is not None:
        return cluster.sync.optional
    return [name for name in cluster.nodes if name not in cluster.sync.mandatory]


def _others(cluster: Cluster, node: Node, names: Collection[str]) -> list[str]:
    """Return the full names of those for which ``node`` waits: not for itself."""
    return [cluster.nodes[name].full_name for name in names if name != node.name]


def _started(view: View, cluster: Cluster) -> dict[str, object]:
    """Return what ``start-dist.sh`` knows of a cluster; its values are words of the shell."""
    upstreams = cluster.nginx.upstreams if cluster.nginx else ()
    return {
        "name": cluster.name,
        "hosts": list(dict.fromkeys(node.host for node in cluster.nodes.values())),
        "loopback": all(node.loopback for node in cluster.nodes.values()),
        "certs": _below(cluster, "var/certs/of").removesuffix("/of") if cluster.tls else "",
        "nginx": _below(cluster, "nginx/nginx.conf") if cluster.nginx else "",
        "urls": [(upstream.name, f"http://127.0.0.1:{upstream.listen}") for upstream in upstreams],
        "balancer": upstreams[0].listen if upstreams else "",
        "nodes": [_node(view.system, start) for start in starts(view.system, cluster)],
    }


def _node(system: System, start: Start) -> dict[str, object]:
    node = start.node
    ports = {name: f"${{{variable(name)}:-{port}}}" for name, port in node.ports.items()}
    return {
        "name": node.name,
        "host": node.host,
        "http": ports.get("http", ""),
        "health": ports[HEALTH],
        "web": ports.get("http", "") if system.listeners.get("http") in node.apps else "",
        "apps": " ".join(node.apps),
        "ports": " ".join(ports.values()),
        "config": start.config,
        "flags": start.flags,
        "epmd": start.epmd,
        "secrets": " ".join(start.secrets),
    }


def _nginx(view: View, cluster: Cluster) -> Iterator[PlannedFile]:
    assert cluster.nginx is not None
    upstreams = [_upstream(view, cluster, upstream) for upstream in cluster.nginx.upstreams]
    context = {
        **view.globals,
        "upstreams": upstreams,
        "configuration": _below(cluster, "nginx/nginx.conf"),
    }
    for name in ("nginx.conf", "system_name.conf"):
        template = f"umbrella/nginx/{name}.jinja"
        path = _below(cluster, emitted(template, system_name=view.system.name))
        yield PlannedFile(path, template, context)


def _upstream(view: View, cluster: Cluster, upstream: Upstream) -> dict[str, object]:
    listening = [
        worker
        for worker in view.system.workers.values()
        if upstream.port in (port for _, port in worker.ports)
    ]
    waiting = sorted(path for worker in listening for path in worker.asks)
    servers = [
        f"{node.host}:{node.ports[upstream.port]}"
        for node in view.system.servers(cluster, upstream)
    ]
    # Longer than the call waits, which is longer than a failover takes.
    long_read_timeout = (patience(view.system) + CALL_TIMEOUT // 2 + 999) // 1_000
    return {
        "name": upstream.name,
        "listen": upstream.listen,
        "servers": servers,
        "alone": len(servers) == 1,
        # After the first: so each node is tried once.
        "more_tries": len(servers) - 2,
        "waiting": waiting,
        "fail_timeout": FAIL_TIMEOUT,
        "read_timeout": READ_TIMEOUT,
        "long_read_timeout": long_read_timeout,
        "longest_read_timeout": long_read_timeout if waiting else READ_TIMEOUT,
    }
