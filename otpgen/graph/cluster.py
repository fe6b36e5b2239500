"""The nodes, what may run where, and the load balancer in front.

::

    cluster
    ├─ nodes
    │  ├─ node1  127.0.0.1, http 4001, health 14001
    │  └─ node2  127.0.0.1, http 4002, health 14002
    ├─ applications
    │  ├─ g4_core  on every node
    │  └─ g4       node1, else node2; fails over after 5s
    ├─ sync  at boot a node waits 2s for all others
    └─ nginx
       └─ g4  127.0.0.1:8080, http of node1 and node2
"""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.errors import listed
from otpgen.graph.drawing import Twig, box, table
from otpgen.model import DEV, Application, Cluster, Distributed, Node, Sync, System, Upstream


def clusters(system: System) -> tuple[Twig, ...]:
    """Return each cluster, the first one first."""
    if not system.nodes:
        return (Twig("cluster", "none: there are no nodes"),)
    return tuple(
        Twig("cluster", "" if one.name == DEV else one.name, tuple(_parts(system, one)))
        for one in system.clusters.values()
    )


def _parts(system: System, cluster: Cluster) -> Iterator[Twig]:
    nodes = ((node.name, _node(node)) for node in cluster.nodes.values())
    yield Twig("nodes", "", table(nodes))
    rows = ((app.name, _place(cluster, app)) for app in _run(system))
    yield Twig("applications", "", table(rows))
    if cluster.sync is not None:
        yield Twig("sync", _sync(cluster.sync))
    if cluster.tls:
        yield Twig("tls", "each node has a certificate that the others verify")
    if cluster.nginx is not None:
        rows = ((up.name, _upstream(system, cluster, up)) for up in cluster.nginx.upstreams)
        yield Twig("nginx", "", table(rows))


def _run(system: System) -> Iterator[Application]:
    """Yield the applications that have something to run, in start order."""
    apps = (system.apps[name] for name in system.start_order)
    return (app for app in apps if app.root is not None)


def _node(node: Node) -> str:
    said = [node.host, *(f"{name} {port}" for name, port in node.ports.items())]
    return ", ".join(said if node.role is None else [*said, f"role {node.role}"])


def _place(cluster: Cluster, app: Application) -> str:
    """Say on which nodes an application may run; of a distributed one, in which order."""
    if app.name in cluster.distributed:
        return _order(cluster.distributed[app.name])
    running = [node.name for node in cluster.nodes.values() if app.name in node.apps]
    if len(running) == len(cluster.nodes):
        return "on every node"
    return f"on {listed(running)}" if running else "on no node"


def _order(distributed: Distributed) -> str:
    ranks = ", else ".join(" or ".join(rank) for rank in distributed.ranks)
    return f"{ranks}; fails over after {_time(distributed.timeout)}"


def _sync(sync: Sync) -> str:
    others = "all others" if sync.optional is None else listed(sync.optional) or "nobody"
    needed = f", and not without {listed(sync.mandatory)}" if sync.mandatory else ""
    return f"at boot a node waits {_time(sync.timeout)} for {others}{needed}"


def _upstream(system: System, cluster: Cluster, upstream: Upstream) -> str:
    names = listed(node.name for node in system.servers(cluster, upstream))
    return f"127.0.0.1:{upstream.listen}, {upstream.port} of {names}"


def _time(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1_000)
    return f"{milliseconds}ms" if rest else f"{seconds}s"


def mermaid_cluster(system: System, cluster: Cluster) -> tuple[str, ...]:
    """Return the lines of a Mermaid flowchart: nginx, the nodes and what may run where."""
    upstreams = cluster.nginx.upstreams if cluster.nginx else ()
    lines = ["flowchart LR"]
    for upstream in upstreams:
        label = f"nginx {upstream.name} :{upstream.listen}"
        lines.append(f"  {box(f'nginx_{upstream.name}', label, '{{}}')}")
    for node in cluster.nodes.values():
        lines.append(f"  subgraph {box(_id(node.name), node.full_name)}")
        lines.extend(
            f"    {box(_id(node.name, app.name), app.name)}"
            for app in _run(system)
            if app.name in node.apps
        )
        lines.append("  end")
    for upstream in upstreams:
        lines.extend(
            f"  nginx_{upstream.name} -->|{node.ports[upstream.port]}| {_id(node.name)}"
            for node in system.servers(cluster, upstream)
        )
    for distributed in cluster.distributed.values():
        for here, there in _failovers(distributed):
            path = f"{_id(here, distributed.app)} -. fails over .-> {_id(there, distributed.app)}"
            lines.append(f"  {path}")
    return tuple(lines)


def _failovers(distributed: Distributed) -> Iterator[tuple[str, str]]:
    """Yield from where to where an application fails over first."""
    for rank in distributed.ranks:
        yield from ((here, there) for here in rank for there in rank if here < there)
    for higher, lower in zip(distributed.ranks, distributed.ranks[1:], strict=False):
        yield from ((here, there) for here in higher for there in lower)


def _id(*names: str) -> str:
    # Two underscores stand in no name.
    return "node_" + "__".join(names)
