"""Ports: who listens on them, where, and the load balancer in front."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from otpgen.catalogue import Catalogue
from otpgen.errors import Location, Problem, did_you_mean
from otpgen.model import HEALTH, Cluster, Node, System, Worker
from otpgen.source import quoted

MAX_PORT = 65_535


def nodes_have_the_ports_their_children_name(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG116: each node on which an application runs needs each port of its children."""
    for cluster in system.clusters.values():
        for worker in system.workers.values():
            for option, port in worker.ports:
                running = [node for node in cluster.nodes.values() if worker.app in node.apps]
                without = [node.name for node in running if port not in node.ports]
                if without:
                    yield _without(cluster, worker, option, port, without[0])


def _without(cluster: Cluster, worker: Worker, option: str, port: str, node: str) -> Problem:
    known = sorted({p for node in cluster.nodes.values() for p in node.ports if p != HEALTH})
    add = f"give it one under nodes: {{ports: {{{port}: NUMBER}}}}"
    return Problem(
        "OG116",
        f"{cluster.what}{worker.path} listens on the port {quoted(port)}, which "
        f"{quoted(node)} does not have",
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


def nodes_say_each_port_once(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG116: ``port: N`` is ``ports: {http: N}``; health has to have one."""
    for cluster in system.clusters.values():
        for node in cluster.nodes.values():
            if HEALTH not in node.ports:
                yield Problem(
                    "OG116",
                    f"node {quoted(node.name)}: its health port would be beyond {MAX_PORT}",
                    _port_at(cluster, node, "http"),
                    "health is http + 10000 unless it is said: ports: {http: N, health: M}",
                )
            said = node.decl.ports or {}
            if "http" in said and node.decl.port is not None:
                message = f"node {quoted(node.name)}: port and ports both say the port http"
                at = node.decl.at("port")
                yield Problem("OG116", message, at, "port: N is ports: {http: N}")


def ports_do_not_meet(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG116: one port of a host is taken once, health included."""
    for cluster in system.clusters.values():
        taken: dict[tuple[str, int], tuple[str, str]] = {}
        for node in cluster.nodes.values():
            for name, port in node.ports.items():
                place = (_address(node.host), port)
                other, whose = taken.get(place, ("", ""))
                # That of health follows that of http, of which the same is told.
                follows = name == other == HEALTH and (
                    node.ports.get("http", 0) == cluster.nodes[whose].ports.get("http")
                )
                if place in taken and not follows:
                    yield Problem(
                        "OG116",
                        f"{cluster.what}node {quoted(node.name)}: {quoted(name)} is {port}, which "
                        f"is the port {quoted(other)} of {quoted(whose)} already",
                        _port_at(cluster, node, name),
                        "health is http + 10000 unless it is said: ports: {health: NUMBER}"
                        if HEALTH in (name, other)
                        else "give it another: a port of a host is taken once",
                    )
                taken.setdefault(place, (name, node.name))
        yield from _nginx_meets(cluster, taken)


def _nginx_meets(
    cluster: Cluster, taken: dict[tuple[str, int], tuple[str, str]]
) -> Iterator[Problem]:
    listening: dict[int, str] = {}
    for upstream in cluster.nginx.upstreams if cluster.nginx else ():
        at = upstream.decl.at("listen")
        if upstream.listen > MAX_PORT:
            message = f"upstream {quoted(upstream.name)} would listen on {upstream.listen}, beyond"
            hint = "each upstream takes the next port: listen, listen + 1, …"
            yield Problem("OG116", f"{cluster.what}{message} {MAX_PORT}", at, hint)
        message = f"{cluster.what}nginx listens on {upstream.listen}, which is"
        if meets := taken.get(("127.0.0.1", upstream.listen)):
            who = f"the port {quoted(meets[0])} of {quoted(meets[1])} already"
            yield Problem("OG116", f"{message} {who}", at)
        elif upstream.listen in listening:
            other = quoted(listening[upstream.listen])
            hint = "listen + 1, listen + 2, … are those of upstreams that do not say theirs"
            yield Problem("OG116", f"{message} that of the upstream {other} already", at, hint)
        listening.setdefault(upstream.listen, upstream.name)


def upstreams_reach_somebody(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG118: an upstream's port is one that a child listens on, on every node that has it."""
    used = system.listeners
    for cluster in system.clusters.values():
        if cluster.nginx is None or not cluster.nodes:
            continue
        if not cluster.nginx.upstreams:
            hint = f"add upstreams: {{{system.name}: http}}"
            message = f"{cluster.what}nginx has no upstreams: there is nothing to balance"
            yield Problem("OG118", message, cluster.key_at("nginx"), hint)
        for upstream in cluster.nginx.upstreams:
            at = upstream.decl.at("port")
            what = f"{cluster.what}upstream {quoted(upstream.name)}"
            if upstream.port not in used:
                message = f"{what}: nobody listens on the port {quoted(upstream.port)}"
                hint = did_you_mean(upstream.port, sorted(used))
                listen = "a child names it: {http_server: web, port: http}"
                yield Problem("OG118", message, at, hint or listen)
            elif not any(used[upstream.port] in n.apps for n in cluster.nodes.values()):
                message = f"{what}: {used[upstream.port]} runs on no node"
                yield Problem("OG118", message, at, "let it run on one, or take the upstream away")


def upstreams_drop_no_node(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG131: a node with the port on which nothing listens gets no requests."""
    used = system.listeners
    for cluster in system.clusters.values():
        for upstream in cluster.nginx.upstreams if cluster.nginx else ():
            app = used.get(upstream.port, "")
            for node in cluster.nodes.values():
                said = node.decl.ports or {}
                if app and upstream.port in said and app not in node.apps:
                    yield Problem(
                        "OG131",
                        f"{cluster.what}node {quoted(node.name)} has the port "
                        f"{quoted(upstream.port)}, but {app} does not run there: the upstream "
                        f"{quoted(upstream.name)} leaves it out",
                        node.decl.at("ports", upstream.port),
                        "take the port away, or let it run there",
                        "warning",
                    )


def the_load_balancer_keeps_its_file(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG102: ``nginx/NAME.conf`` stands beside ``nginx/nginx.conf``."""
    if system.name == "nginx" and any(c.nginx for c in system.clusters.values()):
        message = '"nginx" is the name of a file that otpgen emits for the load balancer'
        yield Problem("OG102", message, system.decl.at("name"), "choose another name")


def _port_at(cluster: Cluster, node: Node, name: str) -> Location:
    if name in (node.decl.ports or {}):
        return node.decl.at("ports", name)
    if node.decl.port is not None:
        return node.decl.at("port")
    return cluster.key_at("nodes", node.name)


def _address(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host
