"""The whole project: the root, configuration, nodes, applications, the runtime, the test kit."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen import graph
from otpgen.catalogue import Catalogue
from otpgen.model import System
from otpgen.plan.applications import plan_application
from otpgen.plan.cluster import plan_nodes
from otpgen.plan.files import PlannedFile, emitted
from otpgen.plan.readme import plan_readme
from otpgen.plan.views import View, listeners, system_view

_ROOT = (".formatter.exs", ".gitattributes", ".gitignore", ".iex.exs", "mix.exs")


def plan(system: System, catalogue: Catalogue, architecture: str) -> tuple[PlannedFile, ...]:
    """Return every file of the project, sorted by path.

    Args:
        system: what is meant, sound by the rules.
        catalogue: the kinds and parts there are.
        architecture: the text of the architecture, which goes into the project.
    """
    view = system_view(system, catalogue)
    files = [
        PlannedFile("otpgen.yaml", None, content=architecture),
        *_root(view),
        *_config(view),
        *plan_readme(view),
        *plan_nodes(view),
        *_runtime(view),
        *_test_kit(view),
        *(file for app in system.apps.values() for file in plan_application(view, app)),
    ]
    return tuple(sorted(files, key=lambda file: file.path))


def _root(view: View) -> Iterator[PlannedFile]:
    trees = [line for app in view.system.apps.values() for line in graph.tree_lines(app)]
    for name in _ROOT:
        yield PlannedFile(name, f"umbrella/{name}.jinja", {**view.globals, "trees": trees})


def _config(view: View) -> Iterator[PlannedFile]:
    yield PlannedFile("config/config.exs", "umbrella/config/config.exs.jinja", view.globals)
    listening = listeners(view.system)
    if listening or view.system.nodes:
        template = "umbrella/config/runtime.exs.jinja"
        context = {**view.globals, "listeners": listening}
        yield PlannedFile("config/runtime.exs", template, context)


def _runtime(view: View) -> Iterator[PlannedFile]:
    if not view.runtime.exists:
        return
    parts = [view.catalogue.parts[name] for name in view.runtime.parts]
    context = {**view.globals, "parts": parts}
    for template in sorted(view.catalogue.templates):
        if template.startswith("umbrella/apps/system_name_runtime/"):
            if "/application.ex" in template and not view.runtime.rooted:
                continue
            path = emitted(template, system_name=view.system.name)
            yield PlannedFile(path, template, context)
    for part in parts:
        for file in part.files:
            path = f"apps/{view.runtime.app}/{file.path.replace('app_name', view.runtime.app)}"
            yield PlannedFile(path, file.template, context)


def _test_kit(view: View) -> Iterator[PlannedFile]:
    for template in sorted(view.catalogue.templates):
        if template.startswith("umbrella/apps/system_name_test_kit/"):
            if "cluster" in template and not view.runtime.rooted:
                continue
            yield PlannedFile(
                emitted(template, system_name=view.system.name), template, view.globals
            )
