"""``NAME_system_test``: tests that need every application, of those that are isolated."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.escape import elixir_string
from otpgen.model import Application, Worker
from otpgen.plan import elixir
from otpgen.plan.files import PlannedFile, emitted
from otpgen.plan.supervision_tests import ANSWER_SYSTEM_MESSAGES
from otpgen.plan.views import View

_FOLDER = "umbrella/apps/system_name_system_test/"


def plan_isolation(view: View) -> Iterator[PlannedFile]:
    """Yield an application without code, which depends on all others when they are tested.

    An application's own tests see only those that it depends on.
    """
    system = view.system
    if not system.isolated:
        return
    apps = [system.apps[name] for name in system.start_order]
    apps = [app for app in apps if app.root is not None]
    servers = [server for app in apps for server in _servers(app)]
    needed = [app.name for app in apps] + [view.runtime.app] * bool(servers)
    context = {
        **view.globals,
        "deps": [f"{{:{name}, in_umbrella: true, only: :test}}" for name in needed],
        "trees": [elixir.entry(app.name, app.root.module, 4) for app in apps if app.root],
        "processes": [module for app in apps for module in _processes(app)],
        "servers": servers,
    }
    line = (system.decl.at("isolated").line,)
    for template in sorted(view.catalogue.templates):
        if template.startswith(_FOLDER):
            path = emitted(template, system_name=system.name)
            yield PlannedFile(path, template, context, lines=line)


def _processes(app: Application) -> Iterator[str]:
    """Yield what is found by its name and answers system messages, but for the root."""
    for child in app.descendants:
        if isinstance(child, Worker):
            named = child.naming in ("local", "cluster")
            if named and child.kind.behaviour in ANSWER_SYSTEM_MESSAGES:
                yield child.module
    for supervisor in app.supervisors[1:]:
        if supervisor.named:
            yield supervisor.module


def _servers(app: Application) -> Iterator[str]:
    """Yield what serves HTTP, each with a path for which it asks nobody."""
    for worker in app.workers:
        if worker.ports and "http" in worker.kind.parts:
            path = "/unknown" if "/" in worker.asks else "/"
            yield elixir.pair(worker.module, elixir_string(path), 4)
