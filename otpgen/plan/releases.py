"""Releases, one for each role, and how a node is started: under mix and from its release alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from otpgen.model import DEV, Cluster, Node, System
from otpgen.plan.files import PlannedFile
from otpgen.plan.views import View


@dataclass(frozen=True, slots=True)
class Start:
    """What a node is started with.

    Attributes:
        release: the one that has its applications.
        config: its kernel's configuration, without ``.config``; relative to the project, and
            in a release to the folder of its version.
        flags: of the VM, as one writes them in a shell.
        epmd: the addresses on which epmd listens, if it is this node that starts it; empty: all.
        secrets: variables of the environment without which some process does not start.
        tls: whether the nodes of the cluster talk by it.
    """

    cluster: str
    node: Node
    release: str
    config: str
    flags: str
    epmd: str
    secrets: tuple[str, ...]
    tls: bool


def starts(system: System, cluster: Cluster) -> tuple[Start, ...]:
    """Return how each node of a cluster is started."""
    loopback = all(node.loopback for node in cluster.nodes.values())
    hosts = ",".join(dict.fromkeys(node.host for node in cluster.nodes.values()))
    folder = "config" if cluster.name == DEV else f"config/{cluster.name}"
    found = []
    for node in cluster.nodes.values():
        # Source: kernel(6), inet_dist_use_interface; an address is a tuple there.
        address = f"{{{node.host.replace('.', ',')}}}"
        found.append(
            Start(
                cluster.name,
                node,
                _release(system, node),
                f"{folder}/{node.name}",
                f"-kernel inet_dist_use_interface {address}" if loopback else "",
                hosts if loopback else "",
                system.needed_secrets_of(node.apps),
                cluster.tls,
            )
        )
    return tuple(found)


def plan_releases(view: View) -> Iterator[PlannedFile]:
    """Yield ``rel/env.sh.eex``, which every command of a release reads."""
    system = view.system
    if system.nodes:
        clusters = system.clusters.values()
        names = ((c.name, ", ".join(c.nodes)) for c in clusters)
        context = {
            **view.globals,
            "starts": [start for cluster in clusters for start in starts(system, cluster)],
            "nodes": "; ".join(n if c == DEV else f"in {c}: {n}" for c, n in names),
        }
        yield PlannedFile("rel/env.sh.eex", "umbrella/rel/env.sh.eex.jinja", context)


def releases(view: View) -> list[dict[str, Any]]:
    """Return the releases: their nodes, and what ``mix.exs`` says of their applications.

    An application is started before those that use it, the distributed ones last, because
    their start may wait for other nodes. Of what is called and runs elsewhere the code is there.
    """
    system = view.system
    # Its root process sees to an application that gives up; without one the node has to stop.
    mode = "temporary" if view.runtime.rooted else "permanent"
    found = []
    for name, apps in _contents(system).items():
        order = [app for app in system.start_order if app in apps]
        order.sort(key=system.distributed.__contains__)
        # Mix adds libraries that no role lists.
        held = system.with_dependencies(order)
        called = {other for app in held for other in system.apps[app].calls}
        loaded = [app for app in system.start_order if app in called and app not in apps]
        # Without it nothing of the node is worth anything.
        runtime = [f"{view.runtime.app}: :permanent"] if view.runtime.rooted else []
        entries = [*runtime, *(f"{app}: :{mode}" for app in order)]
        entries += [f"{app}: :load" for app in loaded]
        nodes = [node.name for node in system.nodes.values() if _release(system, node) == name]
        found.append({"name": name, "applications": entries, "nodes": nodes})
    return found


def _contents(system: System) -> Mapping[str, tuple[str, ...]]:
    """Return the applications of each release: of each role, and of nodes without one."""
    found = dict(system.roles)
    for cluster in system.clusters.values():
        for node in cluster.nodes.values():
            found.setdefault(_release(system, node), tuple(system.apps))
    return found


def _release(system: System, node: Node) -> str:
    """Return the release of a node: its role, else a role which has everything, else a new one."""
    if node.role is not None:
        return node.role
    everything = set(system.apps)
    whole = (role for role, apps in system.roles.items() if set(apps) == everything)
    name = system.name
    while name in system.roles:
        name += "_all"
    return next(whole, name)
