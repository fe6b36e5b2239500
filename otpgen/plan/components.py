"""The files of a ready-made application."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from otpgen.kinds import KindFile
from otpgen.model import Application
from otpgen.plan.files import PlannedFile
from otpgen.plan.views import View
from otpgen.spec import Component


def plan_component(
    view: View, app: Application, component: Component, files: Iterable[PlannedFile]
) -> Iterator[PlannedFile]:
    """Yield the files of an application, with those of its component.

    One of the component's at the path of a file that is emitted anyway replaces it, and is given
    all that this one is given: ``lib/app_name/probe.ex`` is the module of the worker ``probe``.
    """
    own: dict[str, KindFile] = {}
    twice = []
    for file in component.files:
        path = f"apps/{app.name}/{file.path.replace('app_name', app.name)}"
        if own.setdefault(path, file) is not file:
            twice.append((path, file))
    built_on = {name: view.system.made_of(name, app.depends_on)[0] for name in component.components}
    shared = {**view.globals, "app": app, "built_on": built_on}
    for planned in files:
        instead = own.pop(planned.path, None)
        if instead is None:
            yield planned
        else:
            yield replace(
                planned,
                template=instead.template,
                context={**planned.context, **shared},
                ownership=instead.ownership,
            )
    line = (app.decl.at("component").line,)
    for path, file in (*own.items(), *twice):  # of what is there twice the project's check tells
        yield PlannedFile(
            path, file.template, shared, ownership=file.ownership, lines=line, element=app.name
        )
