"""What applications want of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from otpgen.catalogue import Catalogue
from otpgen.errors import Problem, did_you_mean
from otpgen.model import Application, System, Worker
from otpgen.source import quoted

_PATH = re.compile(r"/[A-Za-z0-9/._~!&'()*+,;=:@-]*\Z")
"""Source: RFC 3986, 3.3; without ``$``, which nginx expands, and ``%``, which it decodes."""
MOST_SHOWN = 12
"""Applications of a circle that a message names."""


def dependencies_have_no_cycle(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG107: over ``depends_on`` and ``calls`` together, as the compiler sees them."""
    done: set[str] = set()
    for name in system.apps:
        # Depth first without recursion: a chain may be longer than Python's stack.
        path = {} if name in done else {name: _needs(system.apps[name])}
        while path:
            here, needs = next(reversed(path.items()))
            key, place, other = next(needs, ("", 0, ""))
            if not key:
                done.add(here)
                del path[here]
            elif other in path:
                yield _cycle(system.apps[here], list(path), key, place, other)
            elif other not in done:
                path[other] = _needs(system.apps[other])


def _needs(app: Application) -> Iterator[tuple[str, int, str]]:
    """Yield whom an application needs, and where it says so."""
    for key in ("depends_on", "calls"):
        for place, other in enumerate(getattr(app, key)):
            yield key, place, other


def _cycle(app: Application, path: list[str], key: str, place: int, other: str) -> Problem:
    circle = [*path[path.index(other) :], other]
    if len(circle) > MOST_SHOWN:
        circle = [*circle[:3], "…", *circle[-2:]]
    return Problem(
        "OG107",
        f"application {quoted(app.name)}: {key} {other} closes a circle: {' → '.join(circle)}",
        app.decl.at(key, place),
        "each needs the next to be compiled first; take one of these depends_on or calls away",
    )


def lists_name_an_application_once(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG103: the second one says nothing, and Mix refuses it."""
    for app in system.apps.values():
        for key in ("depends_on", "calls"):
            seen: set[str] = set()
            for place, other in enumerate(getattr(app, key)):
                if other in seen:
                    message = f"application {quoted(app.name)}: {key}: {quoted(other)} stands twice"
                    yield Problem("OG103", message, app.decl.at(key, place), "take one away")
                seen.add(other)


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
        for key in ("strategy", "max_restarts", "max_seconds", "max_children", "auto_shutdown"):
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
            said = worker.options[name]
            if option.of == "process" and isinstance(said, dict):
                for path, target in said.items():
                    yield from _odd_path(worker, name, path)
                    yield from _cannot_be_asked(system, worker, str(target), name, path)
            elif "process" in option.types and said:
                yield from _cannot_be_asked(system, worker, str(said), name)


def _odd_path(worker: Worker, option: str, path: str) -> Iterator[Problem]:
    """Processes are asked by the path of a request, and no request has another one."""
    if not _PATH.match(path):
        plain = re.sub(r"[^A-Za-z0-9/._~-]+", "-", path).strip("-").lstrip("/")
        yield Problem(
            "OG114",
            f"{worker.path}: {option}: {quoted(path)} is no path of a request",
            worker.decl.key_at(option, path),
            f"write for instance /{plain}",
        )


def _cannot_be_asked(system: System, worker: Worker, path: str, *option: str) -> Iterator[Problem]:
    if problem := _why_not(system, system.apps[worker.app], path):
        message, hint = problem
        where = f"{worker.path}: {option[0]}"
        yield Problem("OG114", f"{where}: {message}", worker.decl.at(*option), hint)


def _why_not(system: System, app: Application, path: str) -> tuple[str, str] | None:
    target = system.find_worker(path)
    if target is None:
        supervisors = {s.path for other in system.apps.values() for s in other.supervisors}
        if path in supervisors:
            return f"{quoted(path)} is a supervisor, which answers no requests", ""
        hint = did_you_mean(path, [w.path for w in system.workers.values() if _answers(w)])
        return f"there is no process {quoted(path)}", hint or "write APPLICATION.NAME"
    if _answers(target) and target.app in (app.name, *app.depends_on, *app.calls):
        if target.app == app.name or target.app not in system.distributed:
            return None
        if target.naming == "cluster":
            return None
        return (
            f"{quoted(path)} is found on its own node only, and {target.app} is distributed: on "
            "the others nobody would answer",
            "make it one in the cluster: singleton: true",
        )
    if target.naming == "none":
        message = f"{quoted(path)} is started at run time and has no name to be found by"
        return message, "ask one that is listed under children"
    if "cluster" not in target.kind.namings:
        return f"{quoted(path)} is of kind {target.kind.name}, which answers no requests", ""
    return (
        f"application {quoted(app.name)} neither depends on {quoted(target.app)} nor calls it",
        f"add calls: [{target.app}], or depends_on where it runs beside",
    )


def _answers(worker: Worker) -> bool:
    return worker.naming != "none" and "cluster" in worker.kind.namings
