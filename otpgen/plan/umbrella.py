"""The whole project: the root, configuration, nodes, applications, the runtime, the test kit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from otpgen import escape, graph
from otpgen.catalogue import Catalogue
from otpgen.model import System
from otpgen.plan import elixir
from otpgen.plan.applications import plan_application
from otpgen.plan.cluster import plan_nodes
from otpgen.plan.files import EXECUTABLE, PLAIN, PlannedFile, emitted
from otpgen.plan.isolation import plan_isolation
from otpgen.plan.readme import plan_readme
from otpgen.plan.releases import plan_releases, releases
from otpgen.plan.views import ListenerView, View, listeners, system_view

STATE = ".otpgen/"
SCHEMA = f"{STATE}schema.json"
# Source: yaml-language-server, modelineUtil.ts; it takes such a line wherever it stands.
_MODELINE = re.compile(r"^#\s+yaml-language-server\s*:", re.MULTILINE)
FILES = "files/"
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
        *_architecture(catalogue, architecture),
        *_root(view),
        *_config(view),
        *plan_readme(view),
        *plan_nodes(view),
        *plan_releases(view),
        *_runtime(view),
        *_test_kit(view),
        *plan_isolation(view),
        *_whole_files(view),
        *(file for app in system.apps.values() for file in plan_application(view, app)),
    ]
    return tuple(sorted(files, key=lambda file: file.path))


def _architecture(catalogue: Catalogue, architecture: str) -> Iterator[PlannedFile]:
    """Plan the architecture and its schema, and have editors find the one from the other."""
    from otpgen.spec.schema import schema_text  # no other verb but schema needs it

    line = "" if _MODELINE.search(architecture) else f"# yaml-language-server: $schema={SCHEMA}\n"
    yield PlannedFile("otpgen.yaml", None, content=line + architecture)
    text = schema_text(catalogue.kinds, catalogue.components)
    yield PlannedFile(SCHEMA, None, content=text)


def _root(view: View) -> Iterator[PlannedFile]:
    trees = [line for app in view.system.apps.values() for line in graph.tree_lines(app)]
    context = {**view.globals, "trees": trees, "releases": releases(view)}
    for name in _ROOT:
        yield PlannedFile(name, f"umbrella/{name}.jinja", context)


def _config(view: View) -> Iterator[PlannedFile]:
    yield PlannedFile("config/config.exs", "umbrella/config/config.exs.jinja", view.globals)
    listening = listeners(view.system)
    if listening or view.system.nodes or view.system.secrets:
        template = "umbrella/config/runtime.exs.jinja"
        nodes = {n.full_name: n for c in view.system.clusters.values() for n in c.nodes.values()}
        listed = [{"name": app.name, "ports": _ports(view, app)} for app in listening]
        context = {**view.globals, "listeners": listed, "nodes": list(nodes.values())}
        yield PlannedFile("config/runtime.exs", template, context)


def _ports(view: View, app: ListenerView) -> list[str]:
    """Return the entries of an application's ports: the environment's word, or the node's."""
    entries = []
    for port in app.ports:
        default = elixir.number(port.default)
        if view.system.nodes:
            default = f"Map.get(ports, :{port.name}, {default})"
        arguments = [escape.elixir_string(port.variable), default]
        last = port is app.ports[-1]
        entries.append(elixir.entry_call(port.name, "port.", arguments, 4, last=last))
    return entries


def _whole_files(view: View) -> Iterator[PlannedFile]:
    """Plan what a project or its pack adds: where it lies below ``files`` is where it goes."""
    own = view.catalogue.own
    for template in sorted(path for path in own.texts if path.startswith(FILES)):
        path = emitted(template.removeprefix(FILES), system_name=view.system.name)
        mode = EXECUTABLE if template in own.executable else PLAIN
        yield PlannedFile(path, template, view.globals, mode=mode)


def _runtime(view: View) -> Iterator[PlannedFile]:
    if not view.runtime.exists:
        return
    parts = [view.catalogue.parts[name] for name in view.runtime.parts]
    context = {**view.globals, "parts": parts}
    for template in sorted(view.catalogue.templates):
        if template.startswith("umbrella/apps/system_name_runtime/"):
            if "/application.ex" in template and not view.runtime.supervises:
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
