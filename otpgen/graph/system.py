"""All drawings of a system, or the one that is asked for."""

from __future__ import annotations

from otpgen.graph.apps import apps, mermaid_apps
from otpgen.graph.cluster import clusters, mermaid_cluster
from otpgen.graph.drawing import Drawing, lines
from otpgen.graph.tree import mermaid_tree, tree
from otpgen.model import Application, System

APPS = "apps"
CLUSTER = "cluster"


def draw(system: System, what: str | None = None) -> tuple[Drawing, ...]:
    """Return each application's tree, the applications and the cluster.

    Args:
        system: a sound one.
        what: draws that alone: an application, else ``apps`` or ``cluster``; nothing, if it
            is none of them.
    """
    if what is None:
        trees = tuple(_tree(app) for app in system.apps.values())
        return (*trees, _apps(system), *(_clusters(system) if system.nodes else ()))
    if what in system.apps:
        return (_tree(system.apps[what]),)
    return {APPS: (_apps(system),), CLUSTER: _clusters(system)}.get(what, ())


def _tree(app: Application) -> Drawing:
    return Drawing(app.name, tuple(lines(tree(app))), mermaid_tree(app))


def _apps(system: System) -> Drawing:
    return Drawing("applications", tuple(lines(apps(system))), mermaid_apps(system))


def _clusters(system: System) -> tuple[Drawing, ...]:
    drawn = zip(clusters(system), system.clusters.values(), strict=False)
    return tuple(
        Drawing(
            f"{twig.name} {twig.said}".strip() if system.nodes else twig.name,
            tuple(lines(twig)),
            mermaid_cluster(system, cluster) if system.nodes else (),
        )
        for twig, cluster in drawn
    )
