"""From what is written of clusters to nodes with ports and applications."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from otpgen.errors import Location, Problem, did_you_mean
from otpgen.model.clusters import (
    DEV,
    HEALTH,
    Cluster,
    Distributed,
    Nginx,
    Node,
    Sync,
    Upstream,
)
from otpgen.source import quoted
from otpgen.spec import (
    ArchitectureDecl,
    ClusterDecl,
    DistributedDecl,
    NginxDecl,
    NodeDecl,
    SyncDecl,
    defaults,
)


def build_clusters(architecture: ArchitectureDecl) -> dict[str, Cluster]:
    """Return the clusters by their names, ``dev`` first; their references are sound."""
    found = {DEV: _cluster(DEV, architecture, (architecture,))}
    for name, decl in (architecture.clusters or {}).items():
        found[name] = _cluster(name, architecture, (decl, architecture))
    return found


def cluster_problems(architecture: ArchitectureDecl) -> Iterator[Problem]:
    """Yield OG105, OG106, OG122: names that do not exist, and roles."""
    yield from _of_cluster("", architecture, architecture, architecture)
    for name, decl in (architecture.clusters or {}).items():
        yield from _of_cluster(f"cluster {quoted(name)}: ", architecture, decl, architecture)


def _cluster(name: str, top: ArchitectureDecl, decls: tuple[ClusterDecl, ...]) -> Cluster:
    nodes = {n: _node(n, decl, top) for n, decl in (_said(decls, "nodes") or {}).items()}
    distributed: Mapping[str, DistributedDecl] = _said(decls, "distributed") or {}
    return Cluster(
        name,
        nodes,
        {app: _distributed(app, decl, nodes) for app, decl in distributed.items()},
        _sync(_said(decls, "sync"), bool(distributed)),
        _nginx(_said(decls, "nginx")),
        bool(_said(decls, "tls")),
        decls,
    )


def _said(decls: Iterable[ClusterDecl], key: str) -> Any:
    """Return what the first of these records that says something says."""
    return next((said for decl in decls if (said := getattr(decl, key)) is not None), None)


def _node(name: str, decl: NodeDecl, top: ArchitectureDecl) -> Node:
    ports = dict(decl.ports or {})
    if decl.port is not None:
        ports = {"http": decl.port, **ports}
    if HEALTH not in ports and ports.get("http", 0) + defaults.HEALTH_ABOVE_HTTP <= 65_535:
        ports[HEALTH] = ports.get("http", 4_000) + defaults.HEALTH_ABOVE_HTTP
    role = tuple(top.apps) if decl.role is None else (top.roles or {})[decl.role]
    apps = tuple(app for app in top.apps if app in role and app not in decl.without)
    return Node(name, decl.host or defaults.HOST, ports, apps, decl.role, decl)


def _distributed(app: str, decl: DistributedDecl, nodes: Mapping[str, Node]) -> Distributed:
    said = decl.nodes
    if said is None:
        said = tuple(node.name for node in nodes.values() if app in node.apps)
    ranks = tuple((rank,) if isinstance(rank, str) else rank for rank in said)
    timeout = defaults.FAILOVER_TIMEOUT if decl.timeout is None else decl.timeout
    return Distributed(app, timeout, ranks, decl)


def _sync(decl: SyncDecl | None, distributed: bool) -> Sync | None:
    if decl is None:
        return Sync(None, (), defaults.SYNC_TIMEOUT, None) if distributed else None
    timeout = defaults.SYNC_TIMEOUT if decl.timeout is None else decl.timeout
    return Sync(decl.optional, decl.mandatory, timeout, decl)


def _nginx(decl: NginxDecl | None) -> Nginx | None:
    if decl is None:
        return None
    first = defaults.NGINX_PORT if decl.listen is None else decl.listen
    upstreams = (
        Upstream(name, said.port, first + place if said.listen is None else said.listen, said)
        for place, (name, said) in enumerate(decl.upstreams.items())
    )
    return Nginx(tuple(upstreams), decl)


def _of_cluster(
    what: str, top: ArchitectureDecl, decl: ClusterDecl, base: ClusterDecl
) -> Iterator[Problem]:
    """Yield what one cluster names that is not there; ``base`` is said where it says nothing."""
    nodes: Mapping[str, NodeDecl] = _said((decl, base), "nodes") or {}
    for name, node in (decl.nodes or {}).items():
        yield from _of_node(f"{what}node {quoted(name)}", top, node)
    for name in decl.distributed or ():
        if name not in top.apps:
            at = decl.key_at("distributed", name)
            yield unknown("OG105", f"{what}distributed", "application", name, top.apps, at)
    if not nodes:
        return  # a rule says so, once

    def own(key: str) -> Any:
        """Return what is said under a key, unless it is taken over with the nodes it names."""
        taken_over = decl is not base and decl.nodes is None and getattr(decl, key) is None
        return None if taken_over else _said((decl, base), key)

    before = frozenset(base.nodes or ()) if decl is not base else frozenset[str]()

    def unknown_node(key: str, where: str, name: str, at: Location) -> Iterator[Problem]:
        if name in nodes:
            return
        if getattr(decl, key) is not None:
            yield unknown("OG106", f"{what}{where}", "node", name, nodes, at)
        elif name in before:  # else it is said of the first cluster
            message = f"{what}{where}: there is no node {quoted(name)}"
            yield Problem("OG106", message, at, f"say {key} in this cluster as well")

    distributed: Mapping[str, DistributedDecl] = own("distributed") or {}
    for name, said in distributed.items():
        for place, rank in enumerate(said.nodes or ()):
            for equal, node_name in enumerate((rank,) if isinstance(rank, str) else rank):
                steps = (place,) if isinstance(rank, str) else (place, equal)
                at = said.at("nodes", *steps)
                where = f"distributed {quoted(name)}"
                yield from unknown_node("distributed", where, node_name, at)
    sync: SyncDecl | None = own("sync")
    for key in ("optional", "mandatory"):
        for place, name in enumerate(getattr(sync, key, None) or ()):
            assert sync is not None
            yield from unknown_node("sync", "sync", name, sync.at(key, place))


def _of_node(what: str, top: ArchitectureDecl, node: NodeDecl) -> Iterator[Problem]:
    for place, app in enumerate(node.without):
        if app not in top.apps:
            at = node.at("without", place)
            yield unknown("OG105", f"{what}: without", "application", app, top.apps, at)
    if node.role is not None and node.role not in (top.roles or ()):
        hint = did_you_mean(node.role, top.roles or ()) or f"add roles: {{{node.role}: [APPS]}}"
        message = f"{what}: there is no role {quoted(node.role)}"
        yield Problem("OG122", message, node.at("role"), hint)


def unknown(
    code: str, what: str, noun: str, name: str, known: Iterable[str], at: Location
) -> Problem:
    """Return the problem that something of this name is not there."""
    return Problem(
        code, f"{what}: there is no {noun} {quoted(name)}", at, did_you_mean(name, known)
    )
