"""Nodes, ports, distributed applications and the load balancer."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from otpgen import naming
from otpgen.catalogue import Catalogue
from otpgen.errors import Location, Problem, did_you_mean
from otpgen.model import Node, System, Worker
from otpgen.source import quoted


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
        if system.nodes and not distributed.nodes:
            yield Problem("OG110", f"{distributed.app} is distributed over no nodes", at)


def nodes_are_named_once(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG103: applications and nodes share one name space; a list names a node once."""
    for name in system.nodes:
        if name in system.apps:
            at = system.decl.key_at("nodes", name)
            yield Problem("OG103", f"{quoted(name)} is an application and a node", at)
    for distributed in system.distributed.values():
        for place, name in enumerate(distributed.nodes):
            if name in distributed.nodes[:place]:
                at = distributed.decl.at("nodes", place)
                yield Problem("OG103", f"distributed {distributed.app}: {name} stands twice", at)


def hosts_are_hosts_of_one_form(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG112: long names need an address or a name with a dot, or the VM does not start.

    Source: net_kernel, "Can't set long node name!".
    """
    for node in system.nodes.values():
        if not naming.is_host(node.host) or ("." not in node.host):
            yield Problem(
                "OG112",
                f"node {quoted(node.name)}: {quoted(node.host)} is no address and no full name",
                node.decl.at("host"),
                "long node names need an address or a name with a dot",
            )
    for node in system.nodes.values():
        if not node.loopback and naming.is_host(node.host):
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
        for option, port in _ports(worker):
            without = [node.name for node in system.nodes.values() if port not in node.ports]
            if without:
                known = sorted({name for node in system.nodes.values() for name in node.ports})
                yield Problem(
                    "OG116",
                    f"{worker.path} listens on the port {quoted(port)}, which {without[0]} does "
                    "not have",
                    worker.decl.at(option),
                    did_you_mean(port, known),
                )


def ports_do_not_meet(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG116: one port of a host is taken once, health included."""
    taken: dict[tuple[str, int], str] = {}
    for node in system.nodes.values():
        if "health" not in node.ports:
            yield Problem(
                "OG116",
                f"node {quoted(node.name)}: its health port would be beyond 65535",
                _port_at(node, "http"),
                "say it: ports: {http: N, health: M}",
            )
        for name, port in node.ports.items():
            who = taken.setdefault((_address(node.host), port), f"{name} of {node.name}")
            if who != f"{name} of {node.name}":
                yield Problem(
                    "OG116",
                    f"node {quoted(node.name)}: {name} is {port}, which is {who} already",
                    _port_at(node, name),
                    "health is http + 10000 unless it is said" if "health" in (name, who) else "",
                )
    for upstream in system.nginx.upstreams if system.nginx else ():
        who = taken.setdefault(("127.0.0.1", upstream.listen), f"upstream {upstream.name}")
        if who != f"upstream {upstream.name}" and system.nginx is not None:
            yield Problem(
                "OG116",
                f"nginx listens on {upstream.listen}, which is {who} already",
                system.nginx.decl.at("listen"),
            )


def upstreams_reach_somebody(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG118: an upstream's port is one that a child listens on."""
    used = sorted({port for worker in system.workers.values() for _, port in _ports(worker)})
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


def _ports(worker: Worker) -> Iterator[tuple[str, str]]:
    for name, option in worker.kind.options.items():
        if option.type == "port":
            yield name, str(worker.options[name])


def _port_at(node: Node, name: str) -> Location:
    if name in (getattr(node.decl, "ports", None) or {}):
        return node.decl.at("ports", name)
    return node.decl.at("port")


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host
