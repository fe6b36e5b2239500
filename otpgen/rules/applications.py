"""What applications want of each other."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.catalogue import Catalogue
from otpgen.errors import Problem, did_you_mean
from otpgen.model import Application, System
from otpgen.source import quoted


def dependencies_have_no_cycle(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG107: over ``depends_on`` and ``calls`` together, as the compiler sees them."""
    done: set[str] = set()
    for name in system.apps:
        path: list[str] = []
        yield from _cycles(system, name, path, done)


def _cycles(system: System, name: str, path: list[str], done: set[str]) -> Iterator[Problem]:
    if name in done:
        return
    app = system.apps[name]
    path.append(name)
    for key in ("depends_on", "calls"):
        for place, other in enumerate(getattr(app, key)):
            if other in path:
                circle = " → ".join([*path[path.index(other) :], other])
                yield Problem(
                    "OG107",
                    f"application {quoted(name)}: {key} {other} closes a circle: {circle}",
                    app.decl.at(key, place),
                    "the compiler needs one of them first; take one of the words away",
                )
            else:
                yield from _cycles(system, other, path, done)
    path.pop()
    done.add(name)


def nobody_depends_on_a_distributed_application(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG108: it runs on one node only, and the dependents on all of them."""
    for app in system.apps.values():
        for place, other in enumerate(app.depends_on):
            if other in system.distributed and app.name not in system.distributed:
                yield Problem(
                    "OG108",
                    f"application {quoted(app.name)} depends on {other}, which is distributed and "
                    "may run on another node",
                    app.decl.at("depends_on", place),
                    f"write calls: [{other}]",
                )


def nobody_both_depends_and_calls(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG111: one of the two says nothing."""
    for app in system.apps.values():
        for place, other in enumerate(app.calls):
            if other in app.depends_on:
                yield Problem(
                    "OG111",
                    f"application {quoted(app.name)} both depends on {other} and calls it",
                    app.decl.at("calls", place),
                    "depends_on is enough where it runs beside; calls where it may run elsewhere",
                )


def libraries_have_no_supervisor_keys(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG113: an application without children has no supervisor to say something about."""
    for app in system.apps.values():
        if app.root is not None:
            continue
        for key in ("max_restarts", "max_seconds", "max_children"):
            if getattr(app.decl, key) is not None:
                yield Problem(
                    "OG113",
                    f"application {quoted(app.name)}: {key} without children",
                    app.decl.key_at(key),
                    "an application without children is a library; an empty tree is children: []",
                )


def asked_processes_can_be_asked(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG114: whom an option names must exist, be reachable, and answer requests."""
    for worker in system.workers.values():
        for name, option in worker.kind.options.items():
            if "process" not in (option.type, option.of):
                continue
            said = worker.options[name]
            targets = said.items() if isinstance(said, dict) else [("", said)] if said else []
            for key, path in targets:
                at = worker.decl.at(name, key) if key else worker.decl.at(name)
                if problem := _cannot_be_asked(system, system.apps[worker.app], str(path)):
                    message, hint = problem
                    yield Problem("OG114", f"{worker.path}: {name}: {message}", at, hint)


def _cannot_be_asked(system: System, app: Application, path: str) -> tuple[str, str] | None:
    target = system.find_worker(path)
    if target is None:
        hint = did_you_mean(path, [w.path for w in system.workers.values()])
        return f"there is no process {quoted(path)}", hint or "write app.name"
    if target.naming == "none":
        return f"{path} has no name to be found by", "ask one that is not started at run time"
    if "cluster" not in target.kind.namings:
        return f"{path} is of kind {target.kind.name}, which answers no requests", ""
    if target.app not in (app.name, *app.depends_on, *app.calls):
        return (
            f"application {app.name} neither depends on {target.app} nor calls it",
            f"add calls: [{target.app}], or depends_on where it runs beside",
        )
    return None
