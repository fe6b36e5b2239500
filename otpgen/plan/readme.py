"""The project's README: its trees drawn, and what each strategy here means."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen import graph, semantics
from otpgen.model import Application, Distributed
from otpgen.plan.files import PlannedFile
from otpgen.plan.releases import releases, starts
from otpgen.plan.views import View, listeners, otp_applications
from otpgen.semantics import members, words

MOST_DEATHS = 20
"""Lines about one supervisor; more teach nothing new."""


def plan_readme(view: View) -> Iterator[PlannedFile]:
    """Yield ``README.md``."""
    system = view.system
    context = {
        **view.globals,
        "apps": [_app(view, app) for app in system.apps.values()],
        "cluster": graph.mermaid_cluster(system, system.cluster) if system.nodes else (),
        "nodes": [
            (node, [name for name in node.apps if system.apps[name].root is not None])
            for node in system.nodes.values()
        ],
        "ports": list(dict.fromkeys(p for node in system.nodes.values() for p in node.ports)),
        "otp": sorted(otp_applications(system, view.catalogue)),
        "packages": any(app.packages for app in system.apps.values()),
        "distributed": [_distributed(d) for d in system.cluster.distributed.values()],
        "first": next(iter(starts(system, system.cluster)), None),
        "releases": releases(view),
        "switchable": _switchable(view),
        "listeners": () if system.nodes else listeners(system),
    }
    yield PlannedFile("README.md", "umbrella/README.md.jinja", context)


def _switchable(view: View) -> str:
    """Return what may be switched off with the least harm: others go on, or start before it."""
    last_first = (*view.system.isolated, *reversed(view.system.start_order))
    return next((name for name in last_first if view.system.apps[name].root is not None), "APP")


def _distributed(distributed: Distributed) -> dict[str, object]:
    ranks = ", ".join(" or ".join(rank) for rank in distributed.ranks)
    equals = "; of equals the less busy one" if semantics.has_equals(distributed) else ""
    return {
        "app": distributed.app,
        "order": f"{ranks}{equals}",
        "timeout": distributed.timeout,
        "first": semantics.order(distributed)[0],
        "fails_over": len(distributed.nodes) > 1,
        "is_taken_back": len(distributed.ranks) > 1,
        "goes_home": semantics.goes_home(distributed),
    }


def _app(view: View, app: Application) -> dict[str, object]:
    return {
        "app": app,
        "mermaid": graph.mermaid_tree(app),
        "supervisors": [
            {
                "supervisor": supervisor,
                "text": " ".join(view.texts(supervisor)),
                "deaths": [words.death(supervisor, m) for m in members(supervisor)[:MOST_DEATHS]],
            }
            for supervisor in app.supervisors
        ],
    }
