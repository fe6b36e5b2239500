"""Distributed applications, and how long nodes wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from otpgen.catalogue import Catalogue
from otpgen.errors import Location, Problem, listed
from otpgen.model import Cluster, Distributed, System
from otpgen.rules.lists import twice
from otpgen.source import quoted


def _each(system: System) -> Iterator[tuple[Cluster, Distributed]]:
    for cluster in system.clusters.values():
        for distributed in cluster.distributed.values():
            yield cluster, distributed


def distributed_applications_have_a_tree(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG110: a library cannot fail over; a list without nodes is nowhere."""
    for cluster, distributed in _each(system):
        at = cluster.key_at("distributed", distributed.app)
        if system.apps[distributed.app].root is None:
            message = (
                f"{distributed.app} is distributed but has no children: there is nothing to run"
            )
            yield Problem("OG110", message, at, "give it children")
        elif cluster.nodes and not distributed.nodes:
            message = f"{cluster.what}{distributed.app} is distributed over no nodes"
            yield Problem("OG110", message, at, "name some; without nodes it is all of them")


def lists_name_a_node_once(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG103: the second one says nothing."""
    for _, distributed in _each(system):
        what = f"distributed {quoted(distributed.app)}"
        yield from twice(what, _placed(distributed))
    for cluster in system.clusters.values():
        if cluster.sync is not None and cluster.sync.decl is not None:
            decl = cluster.sync.decl
            said = {"mandatory": cluster.sync.mandatory, "optional": cluster.sync.optional or ()}
            names = ((n, decl.at(key, i)) for key, ns in said.items() for i, n in enumerate(ns))
            yield from twice("sync", names)


def _placed(distributed: Distributed) -> Iterator[tuple[str, Location]]:
    """Yield each node of a distributed application, and where it stands."""
    for place, rank in enumerate(distributed.ranks):
        for equal, name in enumerate(rank):
            steps = (place,) if len(rank) == 1 else (place, equal)
            yield name, distributed.decl.at("nodes", *steps)


def distributed_applications_run_where_they_are_placed(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG123: a node on which it is off would be chosen, and it would run nowhere."""
    for cluster, distributed in _each(system):
        for name, at in _placed(distributed):
            node = cluster.nodes.get(name)
            if node is not None and distributed.app not in node.apps:
                yield Problem(
                    "OG123",
                    f"{cluster.what}distributed {quoted(distributed.app)}: it does not run on "
                    f"{quoted(name)}",
                    at,
                    f"take {name} from the list, or let {distributed.app} run there",
                )


def a_failover_waits(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG125: at 0 a connection that breaks for a moment makes two copies.

    Source: measured; OTP does not end one of two copies when the nodes meet again.
    """
    for cluster, distributed in _each(system):
        if distributed.timeout == 0:
            yield Problem(
                "OG125",
                f"{cluster.what}distributed {quoted(distributed.app)}: with a timeout of 0 a "
                "connection that breaks for a moment makes a second copy",
                distributed.decl.at("timeout"),
                "give the nodes time to meet again: 5s",
                "warning",
            )


def equals_do_not_move_together(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG124: two that move at one instant among the same equals hang OTP for ever.

    Source: dist_ac.erl, ``collect_answers``: it finds the weight of a node, whatever the
    application it was asked for; measured with 2 and 3 applications, each time.
    """
    for cluster in system.clusters.values():
        for one, other in combinations(cluster.distributed.values(), 2):
            shared = _shared_equals(one, other)
            if one.timeout == other.timeout and shared:
                yield Problem(
                    "OG124",
                    f"{cluster.what}{one.app} and {other.app} have one timeout and the equal nodes "
                    f"{listed(shared)}: when both move at once, OTP hangs and one runs nowhere",
                    cluster.key_at("distributed", other.app),
                    f"give {other.app} a timeout of its own, or its nodes an order",
                )


def _shared_equals(one: Distributed, other: Distributed) -> list[str]:
    """Return nodes, two or more, which are equals for both."""
    for rank in one.ranks:
        for second in other.ranks:
            shared = [name for name in rank if name in second]
            if len(shared) > 1:
                return shared
    return []
