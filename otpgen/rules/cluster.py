"""Nodes, ports, distributed applications and the load balancer."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from otpgen import naming
from otpgen.catalogue import Catalogue
from otpgen.errors import Location, Problem, did_you_mean
from otpgen.model import HEALTH, Node, System
from otpgen.source import quoted

MAX_PORT = 65_535


def cluster_keys_need_nodes(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG115: without nodes there is no cluster to speak of."""
    if system.nodes:
        return
    for key in ("distributed", "sync", "nginx"):
        if getattr(system.decl, key) is not None:
            message = f"{key} without nodes"
            yield Problem("OG115", message, system.decl.key_at(key), "add nodes: {node1: 4001}")


def distributed_applications_have_a_tree(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG110: a library cannot fail over; a list without nodes is nowhere."""
    for distributed in system.distributed.values():
        at = system.decl.key_at("distributed", distributed.app)
        if system.apps[distributed.app].root is None:
            message = (
                f"{distributed.app} is distributed but has no children: there is nothing to run"
            )
            yield Problem("OG110", message, at, "give it children")
        elif system.nodes and not distributed.nodes:
            message = f"{distributed.app} is distributed over no nodes"
            yield Problem("OG110", message, at, "name some; without nodes it is all of them")


VERBS = frozenset(["all", "help", "kill", "logs", "nginx", "remote", "start", "status", "stop"])
"""What ``start-dist.sh`` takes for something else than a node."""


def nodes_are_named_once(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG103: applications and nodes share one name space; a list names a node once."""
    for name in system.nodes:
        if name in VERBS:
            at = system.decl.key_at("nodes", name)
            message = f"node {quoted(name)}: start-dist.sh takes that word for something else"
            yield Problem("OG102", message, at, f"write for instance {name}1")
        if name in system.apps:
            at = system.decl.key_at("nodes", name)
            message = f"{quoted(name)} is an application and a node"
            yield Problem("OG103", message, at, "applications and nodes share one name space")
    for distributed in system.distributed.values():
        for place, name in enumerate(distributed.nodes):
            if name in distributed.nodes[:place]:
                at = distributed.decl.at("nodes", place)
                message = f"distributed {quoted(distributed.app)}: {quoted(name)} stands twice"
                yield Problem("OG103", message, at, "take one away")


def hosts_are_hosts_of_one_form(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG112: long names need an address or a name with a dot, or the VM does not start.

    Source: net_kernel, "Can't set long node name!".
    """
    for node in system.nodes.values():
        if not _is_host(node.host):
            yield Problem(
                "OG112",
                f"node {quoted(node.name)}: {quoted(node.host)} is no address and no full name",
                node.decl.at("host"),
                "write an address such as 127.0.0.1, or a name with a dot",
            )
        elif not node.loopback:
            yield Problem(
                "OG117",
                f"node {quoted(node.name)}: {node.host} is beyond this machine, and the nodes talk "
                "without TLS",
                node.decl.at("host"),
                "keep the nodes on a private network: whoever reaches them and knows the cookie "
                "owns them",
                "warning",
            )


def nodes_have_the_ports_their_children_name(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG116: every application runs on every node, so each node needs each port."""
    if not system.nodes:
        return
    for worker in system.workers.values():
        for option, port in worker.ports:
            without = [node.name for node in system.nodes.values() if port not in node.ports]
            if without:
                known = sorted(
                    {p for node in system.nodes.values() for p in node.ports if p != HEALTH}
                )
                add = f"give it one under nodes: {{ports: {{{port}: NUMBER}}}}"
                yield Problem(
                    "OG116",
                    f"{worker.path} listens on the port {quoted(port)}, which "
                    f"{quoted(without[0])} does not have",
                    worker.decl.at(option),
                    add if port in known else did_you_mean(port, known) or add,
                )


def servers_do_not_share_a_port(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG116: the second to listen on a port of a node does not start."""
    first = {HEALTH: "the health of the node"} if system.nodes else {}
    for worker in system.workers.values():
        for option, port in worker.ports:
            if port in first:
                yield Problem(
                    "OG116",
                    f"{worker.path} listens on the port {quoted(port)}, on which {first[port]} "
                    "listens already",
                    worker.decl.at(option),
                    "give it a port of its own, such as port: api",
                )
            first.setdefault(port, worker.path)


def ports_do_not_meet(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG116: one port of a host is taken once, health included."""
    taken: dict[tuple[str, int], str] = {}
    for node in system.nodes.values():
        if "health" not in node.ports:
            yield Problem(
                "OG116",
                f"node {quoted(node.name)}: its health port would be beyond {MAX_PORT}",
                _port_at(node, "http"),
                "health is http + 10000 unless it is said: ports: {http: N, health: M}",
            )
        said = getattr(node.decl, "ports", None) or {}
        if "http" in said and getattr(node.decl, "port", None) is not None:
            message = f"node {quoted(node.name)}: port and ports both say the port http"
            yield Problem("OG116", message, node.decl.at("port"), "port: N is ports: {http: N}")
        for name, port in node.ports.items():
            me = f"the port {quoted(name)} of {quoted(node.name)}"
            who = taken.setdefault((_address(node.host), port), me)
            if who != me:
                unsaid = HEALTH in (name, who.split('"')[1])
                yield Problem(
                    "OG116",
                    f"node {quoted(node.name)}: {quoted(name)} is {port}, which is {who} already",
                    _port_at(node, name),
                    "health is http + 10000 unless it is said" if unsaid else "",
                )
    for upstream in system.nginx.upstreams if system.nginx else ():
        at = system.nginx.decl.at("listen") if system.nginx else Location("")
        if upstream.listen > MAX_PORT:
            message = f"upstream {quoted(upstream.name)} would listen on {upstream.listen}, beyond"
            hint = "each upstream takes the next port: listen, listen + 1, …"
            yield Problem("OG116", f"{message} {MAX_PORT}", at, hint)
        who = taken.setdefault(("127.0.0.1", upstream.listen), "")
        if who:
            message = f"nginx listens on {upstream.listen}, which is {who} already"
            yield Problem("OG116", message, at)


def upstreams_reach_somebody(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG118: an upstream's port is one that a child listens on."""
    if system.nginx and system.nodes and not system.nginx.upstreams:
        at = system.decl.key_at("nginx")
        hint = f"add upstreams: {{{system.name}: http}}"
        yield Problem("OG118", "nginx has no upstreams: there is nothing to balance", at, hint)
    used = sorted({port for worker in system.workers.values() for _, port in worker.ports})
    for upstream in system.nginx.upstreams if system.nginx and system.nodes else ():
        if upstream.port not in used and system.nginx is not None:
            yield Problem(
                "OG118",
                f"upstream {quoted(upstream.name)}: nobody listens on the port "
                f"{quoted(upstream.port)}",
                system.nginx.decl.at("upstreams", upstream.name),
                did_you_mean(upstream.port, used)
                or "a child names it: {http_server: web, port: http}",
            )


def _port_at(node: Node, name: str) -> Location:
    if name in (getattr(node.decl, "ports", None) or {}):
        return node.decl.at("ports", name)
    return node.decl.at("port")


def _is_host(host: str) -> bool:
    """Whether a node can be called by it: an IPv4 address of one machine, or a full name."""
    if host.rpartition(".")[2].isdecimal():
        try:
            return not ipaddress.IPv4Address(host).is_unspecified
        except ValueError:
            return False
    return naming.is_host(host) and "." in host


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host
