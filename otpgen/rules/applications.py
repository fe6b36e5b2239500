"""What applications want of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from otpgen.catalogue import Catalogue
from otpgen.errors import Location, Problem, did_you_mean, known_are, listed
from otpgen.model import Application, Cluster, Package, System, Worker
from otpgen.rules.lists import MOST_SHOWN, shortened, twice
from otpgen.rules.names import KNOWN_APPLICATIONS, emitted_applications
from otpgen.source import quoted

_PATH = re.compile(r"/[A-Za-z0-9/._~!&'()*+,;=:@-]*\Z")
"""Source: RFC 3986, 3.3; without ``$``, which nginx expands, and ``%``, which it decodes."""
MOST_RELATED = 3
"""Further steps of a circle that are shown with their places."""


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
                yield _cycle(system, list(path), key, place, other)
            elif other not in done:
                path[other] = _needs(system.apps[other])


def _needs(app: Application) -> Iterator[tuple[str, int, str]]:
    """Yield whom an application needs, and where it says so."""
    for key in ("depends_on", "calls"):
        for place, other in enumerate(getattr(app, key)):
            yield key, place, other


def _cycle(system: System, path: list[str], key: str, place: int, other: str) -> Problem:
    app = system.apps[path[-1]]
    circle = [*path[path.index(other) :], other]
    related = _steps(system, circle[:-1]) if len(circle) <= MOST_RELATED + 2 else ()
    return Problem(
        "OG107",
        f"application {quoted(app.name)}: {key} {other} closes a circle: "
        f"{' → '.join(shortened(circle))}",
        app.decl.at(key, place),
        "each needs the next to be compiled first; take one of these depends_on or calls away",
        related=tuple(related),
    )


def _steps(system: System, path: list[str]) -> Iterator[tuple[str, Location]]:
    """Yield where each application of a path says that it needs the next."""
    for here, there in pairwise(path):
        app = system.apps[here]
        at = next(app.decl.at(key, place) for key, place, to in _needs(app) if to == there)
        yield f"{here} needs {there}", at


def lists_name_an_application_once(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG103: the second one says nothing, and Mix refuses it."""
    for app in system.apps.values():
        for key in ("depends_on", "calls"):
            names = ((n, app.decl.at(key, i)) for i, n in enumerate(getattr(app, key)))
            yield from twice(f"application {quoted(app.name)}: {key}", names)
    for role, apps in system.roles.items():
        names = ((n, system.decl.at("roles", role, i)) for i, n in enumerate(apps))
        yield from twice(f"role {quoted(role)}", names)
    names = ((n, system.decl.at("isolated", i)) for i, n in enumerate(system.isolated))
    yield from twice("isolated", names)


def nobody_depends_on_a_distributed_application(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG108: it runs on one node only, and the dependents on all of them."""
    for cluster in system.clusters.values():
        for app in system.apps.values():
            for place, other in enumerate(app.depends_on):
                if other in app.calls:
                    continue  # of which OG111 speaks
                if other in cluster.distributed and not _together(cluster, app.name, other):
                    yield Problem(
                        "OG108",
                        f"{cluster.what}application {quoted(app.name)} depends on {other}, which "
                        "is distributed and may run on another node",
                        app.decl.at("depends_on", place),
                        f"write calls: [{other}]",
                    )


def _together(cluster: Cluster, name: str, other: str) -> bool:
    """Whether two applications run on one node as long as OTP places them by their order."""
    said = cluster.distributed.get(name)
    return said is not None and said.ranks == cluster.distributed[other].ranks


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


def what_follows_a_give_up_fits(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG134: it is the root process that sees to it, and that comes with nodes."""
    clusters = system.clusters.values()
    for app in system.apps.values():
        said = app.decl.on_give_up
        if said is None:
            continue
        at = app.decl.at("on_give_up")
        what = f"application {quoted(app.name)}: on_give_up"
        if app.root is None:
            hint = "an application without children is a library; it runs nothing"
            yield Problem("OG134", f"{what} without children", at, hint)
        elif not system.nodes:
            hint = "without nodes OTP's own holds: the application ends; in prod the VM stops"
            yield Problem("OG134", f"{what} without nodes", at, hint)
        elif said == "move" and not any(app.name in c.distributed for c in clusters):
            message = f"{what}: {app.name} cannot move, for it is not distributed"
            yield Problem("OG134", message, at, f"name {app.name} under distributed:")


def asked_processes_can_be_asked(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG114: whom an option names must exist, be reachable, and answer requests."""
    for worker in system.workers.values():
        for name, option in worker.kind.options.items():
            said = worker.options[name]
            if option.of == "process" and isinstance(said, dict):
                for path, target in said.items():
                    if option.keys == "path":
                        yield from _odd_path(worker, name, path)
                    yield from _cannot_be_asked(system, worker, str(target), name, path)
            elif "process" in option.types and isinstance(said, str):
                yield from _cannot_be_asked(system, worker, said, name)
    for app in system.apps.values():
        for name, target in _processes_told(app):
            if problem := _why_not(system, app, target):
                message = f"application {quoted(app.name)}: {name}: {problem[0]}"
                yield Problem("OG114", message, app.decl.at("options", name), problem[1])


def _processes_told(app: Application) -> Iterator[tuple[str, str]]:
    """Yield the processes that a component is told, but for those that its tree hands on."""
    if app.component is None:
        return
    for name, option in app.component.options.items():
        said = app.options[name]
        told = "process" in option.types and name not in app.component.handed_on
        if told and isinstance(said, str):
            yield name, said


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
            return f"{quoted(path)} is a supervisor, which answers no requests", _candidates(system)
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
        message = f"{quoted(path)} is of kind {target.kind.name}, which answers no requests"
        return message, _candidates(system)
    return (
        f"application {quoted(app.name)} neither depends on {quoted(target.app)} nor calls it",
        f"add calls: [{target.app}], or depends_on where it runs beside",
    )


def packages_have_one_source(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG132: Mix takes a package from Hex by its version, from git, or from a path."""
    for app in system.apps.values():
        for package in app.packages:
            if why := _odd_package(system, package):
                message, hint = why
                said = package.name in app.decl.deps
                at = app.decl.key_at("deps", package.name) if said else package.decl.at()
                what = f"application {quoted(app.name)}: package {quoted(package.name)}"
                yield Problem("OG132", f"{what} {message}", at, hint)


def _odd_package(system: System, package: Package) -> tuple[str, str] | None:
    options = package.options
    references = [key for key in ("branch", "tag", "ref") if key in options]
    if package.name in system.apps:
        return "is one of these applications", "write depends_on: or calls: instead"
    if package.name in emitted_applications(system):
        return "is an application that otpgen emits", "take it away"
    if package.name in KNOWN_APPLICATIONS:
        return "is an application of OTP's or Elixir's own", "take it away: no package has its name"
    if package.version is None and "git" not in options and "path" not in options:
        return "comes from nowhere", 'give a version such as "~> 1.0", git: URL or path: FOLDER'
    if "git" in options and "path" in options:
        return "comes from git and from a path", "take one away"
    if references and "git" not in options:
        return f"has a {references[0]} without git", "add git: URL"
    if len(references) > 1:
        return f"has {listed(references)}, of which git takes one", "take one away"
    return None


def _candidates(system: System) -> str:
    """Return a hint that lists whom one can ask, if the list is short."""
    paths = [worker.path for worker in system.workers.values() if _answers(worker)]
    return known_are(paths) if 0 < len(paths) <= MOST_SHOWN else ""


def _answers(worker: Worker) -> bool:
    return worker.naming != "none" and "cluster" in worker.kind.namings


def components_stand_on_others(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG142: its code names the one application of each."""
    for app in system.apps.values():
        for needed in app.component.components if app.component else ():
            found = system.made_of(needed, dict.fromkeys(app.depends_on))
            if len(found) == 1:
                continue
            there = [other.name for other in system.made_of(needed, system.apps)]
            hint = f"write depends_on: [{there[0]}]" if there else f"add one: component: {needed}"
            many = f"on {listed([other.name for other in found])}" if found else "on none"
            yield Problem(
                "OG142",
                f"application {quoted(app.name)}: it stands on one application made of the "
                f"component {needed}, and depends {many}",
                app.decl.at("component"),
                "leave one" if found else hint,
            )
