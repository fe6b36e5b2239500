"""The project's README: its trees drawn, and what each strategy here means."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen import graph
from otpgen.model import Application
from otpgen.plan.files import PlannedFile
from otpgen.plan.views import View
from otpgen.semantics import members, words

MOST_DEATHS = 20
"""Lines about one supervisor; more teach nothing new."""


def plan_readme(view: View) -> Iterator[PlannedFile]:
    """Yield ``README.md``."""
    system = view.system
    context = {
        **view.globals,
        "apps": [_app(app) for app in system.apps.values()],
        "cluster": graph.mermaid_cluster(system) if system.nodes else (),
        "first": next(iter(system.nodes.values()), None),
    }
    yield PlannedFile("README.md", "umbrella/README.md.jinja", context)


def _app(app: Application) -> dict[str, object]:
    return {
        "app": app,
        "mermaid": graph.mermaid_tree(app),
        "supervisors": [
            {
                "supervisor": supervisor,
                "strategy": words.strategy(supervisor),
                "budget": words.budget(supervisor),
                "deaths": [words.death(supervisor, m) for m in members(supervisor)[:MOST_DEATHS]],
            }
            for supervisor in app.supervisors
        ],
    }
