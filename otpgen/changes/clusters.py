"""What is different in a cluster: nodes, what is distributed over them, the load balancer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from otpgen.changes.values import Change, came_and_went, differences
from otpgen.model import DEV, Cluster, Distributed, Node
from otpgen.spec.defaults import spoken


def compare_clusters(
    before: Mapping[str, Cluster],
    after: Mapping[str, Cluster],
    moved: Mapping[str, str],
    apps: Collection[str],
) -> Iterator[Change]:
    """Yield what is different between the clusters of two systems.

    ``apps`` are there in both: that a new one runs somewhere goes without saying.
    """
    yield from came_and_went("cluster", before, after)
    for name in (name for name in after if name in before):
        yield from _compare(before[name], after[name], moved, apps)


def _compare(
    before: Cluster, after: Cluster, moved: Mapping[str, str], apps: Collection[str]
) -> Iterator[Change]:
    where = "" if after.name == DEV else f"cluster {after.name}: "
    old = {moved.get(name, name): node for name, node in before.nodes.items()}
    yield from came_and_went("node", old, after.nodes, where)
    for name, node in after.nodes.items():
        if name in old:
            was, now = _node(old[name], moved, apps), _node(node, {}, apps)
            yield from differences(f"{where}node {name}", name, was, now)
    olds = {moved.get(app, app): said for app, said in before.distributed.items()}
    for app in {**olds, **after.distributed}:
        was = _distributed(olds.get(app), moved)
        now = _distributed(after.distributed.get(app), {})
        yield from differences(f"{where}distributed {app}", app, was, now)
    yield from differences(f"{where}sync", "", _sync(before, moved), _sync(after, {}))
    yield from differences(f"{where}nginx", "", _upstreams(before), _upstreams(after))
    yield from differences(f"{where}nodes", "", {"tls": before.tls}, {"tls": after.tls})


def _node(node: Node, moved: Mapping[str, str], apps: Collection[str]) -> dict[str, object]:
    ports = {f"port {name}": port for name, port in node.ports.items()}
    runs = tuple(name for app in node.apps if (name := moved.get(app, app)) in apps)
    return {"host": node.host, **ports, "role": node.role, "runs": runs}


def _distributed(said: Distributed | None, moved: Mapping[str, str]) -> dict[str, object]:
    if said is None:
        return {}
    ranks = tuple(" or ".join(moved.get(n, n) for n in rank) for rank in said.ranks)
    return {"nodes": ranks, "timeout": spoken(said.timeout)}


def _sync(cluster: Cluster, moved: Mapping[str, str]) -> dict[str, object]:
    sync = cluster.sync
    if sync is None:
        return {}
    optional = "others"
    if sync.optional is not None:
        optional = ", ".join(moved.get(n, n) for n in sync.optional)
    mandatory = tuple(moved.get(n, n) for n in sync.mandatory)
    return {"optional": optional, "mandatory": mandatory, "timeout": spoken(sync.timeout)}


def _upstreams(cluster: Cluster) -> dict[str, object]:
    upstreams = cluster.nginx.upstreams if cluster.nginx else ()
    return {f"upstream {up.name}": f"{up.port} on {up.listen}" for up in upstreams}
