"""Nodes: their names, their hosts, what runs on them; roles."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from otpgen import naming
from otpgen.catalogue import Catalogue
from otpgen.errors import Problem, listed
from otpgen.model import DEV, Cluster, Node, System
from otpgen.source import quoted

_RUN = ("all", "kill", "nginx", "remote", "start", "stop")
_LOOK = ("help", "logs", "status", "watch")
VERBS = frozenset([*_RUN, *_LOOK, "app", "certs", "cookie"])
"""What ``start-dist.sh`` takes for something else than a node."""


def cluster_keys_need_nodes(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG115: without nodes there is no cluster to speak of."""
    if system.nodes:
        for cluster in system.clusters.values():
            if not cluster.nodes:
                message = f"cluster {quoted(cluster.name)} without nodes"
                hint = "give it some, or leave the key out: it has those above then"
                yield Problem("OG115", message, cluster.key_at("nodes"), hint)
        return
    for key in ("distributed", "sync", "nginx", "tls", "clusters"):
        if getattr(system.decl, key):
            message = f"{key} without nodes"
            yield Problem("OG115", message, system.decl.key_at(key), "add nodes: {node1: 4001}")


def names_of_nodes_are_free(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG102, OG103: applications and nodes share one name space; verbs are no nodes."""
    for cluster in system.clusters.values():
        for name, node in cluster.nodes.items():
            at = cluster.key_at("nodes", name)
            if name in VERBS:
                message = f"node {quoted(name)}: start-dist.sh takes that word for something else"
                yield Problem("OG102", message, at, f"write for instance {name}1")
            if any(port == "erl_epmd" for port in node.ports):
                message = (
                    f"node {quoted(name)}: the port erl_epmd would be ERL_EPMD_PORT, OTP's own"
                )
                yield Problem("OG102", message, at, "choose another name")
            if name in system.apps:
                message = f"{quoted(name)} is an application and a node"
                hint = "applications and nodes share one name space"
                other = ("the application stands here", system.decl.key_at("apps", name))
                yield Problem("OG103", message, at, hint, related=(other,))
    if DEV in (system.decl.clusters or {}):
        message = f"{quoted(DEV)} is the cluster at the top of the file"
        at = system.decl.key_at("clusters", DEV)
        yield Problem("OG102", message, at, "choose another name, or say it at the top")


def hosts_are_hosts_of_one_form(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG112: long names need an address or a name with a dot, or the VM does not start.

    Source: net_kernel, "Can't set long node name!".
    """
    for cluster in system.clusters.values():
        hosts = [node for node in cluster.nodes.values() if _is_host(node.host)]
        for node in cluster.nodes.values():
            if node not in hosts:
                yield Problem(
                    "OG112",
                    f"node {quoted(node.name)}: {quoted(node.host)} is no address and no full name",
                    node.decl.at("host"),
                    "write an address such as 127.0.0.1, or a name with a dot",
                )
        here = [node for node in hosts if node.loopback]
        if here and len(here) < len(hosts):
            beyond = next(node for node in hosts if not node.loopback)
            yield Problem(
                "OG112",
                f"{cluster.what}node {quoted(here[0].name)} is on {here[0].host}, which "
                f"{quoted(beyond.name)} on {beyond.host} cannot reach",
                here[0].decl.at("host"),
                "give each node an address that the others reach, or all of them 127.0.0.1",
            )


def nodes_beyond_this_machine_need_a_private_network(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG117: the distribution is neither encrypted nor authenticated but for the cookie."""
    for cluster in system.clusters.values():
        if cluster.tls:
            continue
        for node in cluster.nodes.values():
            if _is_host(node.host) and not node.loopback:
                yield Problem(
                    "OG117",
                    f"node {quoted(node.name)}: {node.host} is beyond this machine, and the nodes "
                    "talk without TLS",
                    node.decl.at("host"),
                    "say tls: true, or keep the nodes on a private network: whoever reaches them "
                    "and knows the cookie owns them",
                    "warning",
                )


def names_of_nodes_are_of_one_cluster(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG116: a node finds its ports by its name and host, whatever the cluster."""
    first: dict[str, tuple[Cluster, Node]] = {}
    for cluster in system.clusters.values():
        if cluster.decls[0].nodes is None:
            continue  # taken over
        for node in cluster.nodes.values():
            other, same = first.setdefault(node.full_name, (cluster, node))
            if node.ports != same.ports:
                yield Problem(
                    "OG116",
                    f"{cluster.what}node {quoted(node.name)}: {node.full_name} has other ports in "
                    f"the cluster {other.name}",
                    cluster.key_at("nodes", node.name),
                    "a node is one thing: give it the same ports, or another name or host",
                )


def what_runs_on_a_node_has_what_it_needs(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG123: an application cannot run where one that it depends on is off."""
    for role, apps in system.roles.items():
        for place, name in enumerate(apps):
            missing = [n for n in _needed(system, name) if n not in apps]
            if missing:
                yield Problem(
                    "OG123",
                    f"role {quoted(role)}: {name} depends on {listed(missing)}, which the role "
                    "does not have",
                    system.decl.at("roles", role, place),
                    f"add {listed(missing)} to it",
                )
    for cluster in system.clusters.values():
        for node in cluster.nodes.values():
            for place, off in enumerate(node.decl.without):
                users = [n for n in node.apps if off in _needed(system, n)]
                if users:
                    yield Problem(
                        "OG123",
                        f"{cluster.what}node {quoted(node.name)}: without {off}, on which "
                        f"{listed(users)} {'depend' if len(users) > 1 else 'depends'}",
                        node.decl.at("without", place),
                        f"write without: [{', '.join([off, *users])}]",
                    )


def _needed(system: System, name: str) -> Iterator[str]:
    """Yield what has to run for an application to start: libraries need not."""
    for other in system.apps[name].depends_on:
        if system.apps[other].root is not None:
            yield other


def every_application_runs_somewhere(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG135: in no role of a node, or off on all of them."""
    for cluster in system.clusters.values():
        for app in system.apps.values() if cluster.nodes else ():
            if app.root is not None and not any(app.name in n.apps for n in cluster.nodes.values()):
                yield Problem(
                    "OG135",
                    f"{cluster.what}application {quoted(app.name)} runs on no node",
                    system.decl.key_at("apps", app.name),
                    "add it to the role of a node, or take it from without",
                    "warning",
                )


def what_is_off_would_run(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG126: ``without`` of what does not run there anyway says nothing."""
    for cluster in system.clusters.values():
        for node in cluster.nodes.values():
            said = node.decl.without
            role = system.roles.get(node.role or "", tuple(system.apps))
            for place, off in enumerate(said):
                if off not in role:
                    why = f"which the role {quoted(node.role or '')} does not have"
                elif system.apps[off].root is None:
                    why = "which is a library: nothing of it runs"
                elif off in said[:place]:
                    why = "which stands twice"
                else:
                    continue
                message = f"{cluster.what}node {quoted(node.name)}: without {off}, {why}"
                at = node.decl.at("without", place)
                yield Problem("OG126", message, at, "take it away", "warning")


def _is_host(host: str) -> bool:
    """Whether a node can be called by it: an IPv4 address of one machine, or a full name."""
    if host.rpartition(".")[2].isdecimal():
        try:
            return not ipaddress.IPv4Address(host).is_unspecified
        except ValueError:
            return False
    return naming.is_host(host) and "." in host
