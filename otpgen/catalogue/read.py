"""The folders below ``templates``: which kinds, parts and components there are, and if they fit."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from otpgen import naming
from otpgen.catalogue.declarations import (
    COMPONENT_DECLARATION,
    DECLARATION,
    DECLARATIONS,
    PART_DECLARATION,
    Declarations,
    read_component,
    read_kind,
    read_part,
)
from otpgen.catalogue.values import NOTHING_OWN, Catalogue, Lazy, Own, V
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.kinds import Wrong, wrong_with, wrong_with_parts
from otpgen.source import Reader, name_hint, place, quoted
from otpgen.spec import WorkerDecl, problems_of_component
from otpgen.spec.components import wrong_with_component

NEW_KIND = "_new_kind"
"""What a kind of one's own is made from; nothing is emitted from it."""

STARTER = "starter"
"""The questions of ``new`` without an architecture."""

_NO_TEMPLATES = ("__pycache__", NEW_KIND, STARTER)
OPEN = ("kinds/", "parts/", "components/", "_macros/", "files/")
"""Folders in which there may be more than otpgen has itself."""


def read_catalogue(
    folder: Path, shown: str = "templates", own: Own = NOTHING_OWN, *, check: bool = True
) -> Catalogue:
    """Return what the template folder offers, and what a project has of its own.

    What is wrong with a ``kind.yaml`` or ``part.yaml`` of otpgen's is raised, as an
    ``OtpgenError``, when that kind or that part is asked for.

    Raises:
        OtpgenError: what is wrong with those of the project's own; without ``check`` it is
            raised when they are asked for, too.
    """
    built_in = frozenset(_files_below(str(folder)))
    if own.pack:
        built_in = frozenset(_without_replaced(built_in, own.pack))
    # Nothing asks for a further file of the umbrella: which files it has is planned.
    more = {template for template in own.texts if template not in built_in and "/" in template}
    unused = tuple(sorted(template for template in more if not template.startswith(OPEN)))
    templates = built_in.union(more).difference(unused) if own.texts else built_in
    files: dict[str, dict[str, list[str]]] = {"kinds": {}, "parts": {}, "components": {}}
    for template in sorted(templates):
        row, _, rest = template.partition("/")
        name, _, file = rest.partition("/")
        if row in files and file:
            files[row].setdefault(name, []).append(file)
    kinds, parts, components = files.values()
    declared = Declarations(folder, shown, own, built_in)
    catalogue = Catalogue(
        Lazy(kinds, lambda name: _sound(read_kind, declared, name, kinds[name])),
        Lazy(parts, lambda name: _sound(read_part, declared, name, parts[name])),
        Lazy(components, lambda name: _sound(read_component, declared, name, components[name])),
        templates,
        own,
        unused,
    )
    if own.texts and check:
        _check_own(catalogue, declared)
    return catalogue


def _without_replaced(built_in: Iterable[str], pack: frozenset[str]) -> Iterator[str]:
    """Yield otpgen's templates, but of a folder that a pack declares: that is the pack's alone."""
    declared = [path for path in pack if path.endswith(DECLARATIONS)]
    folders = tuple(f"{path.rpartition('/')[0]}/" for path in declared)
    return (template for template in built_in if not template.startswith(folders))


def _sound(
    read_one: Callable[[Declarations, str, list[str], Reader], V | None],
    declared: Declarations,
    name: str,
    files: list[str],
) -> V:
    reader = Reader()
    found = read_one(declared, name, files, reader)
    if found is None or reader.problems:
        raise OtpgenError(reader.problems)
    return found


def _check_own(catalogue: Catalogue, declared: Declarations) -> None:
    """Ask for what a project declares itself, and for all that this must not meet.

    Raises:
        OtpgenError: all that is wrong with it.
    """
    folders = {"/".join(path.split("/")[:2]) for path in declared.own.texts}
    kinds, parts, components = catalogue.kinds, catalogue.parts, catalogue.components
    if unnamed := [_unnamed(declared, row, name) for row, name in _no_names(catalogue)]:
        raise OtpgenError(unnamed)
    asked = [name for name in kinds if f"kinds/{name}" in folders]
    problems = [
        _two(declared, where)
        for name in components
        if name in kinds
        for where in (
            f"components/{name}/{COMPONENT_DECLARATION}",
            f"kinds/{name}/{DECLARATION}",
        )
        if where not in declared.built_in
    ]
    for name in (name for name in parts if f"parts/{name}" in folders):
        with _noted(problems):
            wrong = wrong_with_parts(parts[name].needs, parts, "needs")
            problems.extend(_told(declared, "part", f"parts/{name}/{PART_DECLARATION}", wrong))
    for name in asked:
        with _noted(problems):
            others = (
                [] if declared.is_built_in(name) else (kinds[o] for o in kinds if o not in asked)
            )
            wrong = wrong_with(kinds[name], kinds, parts, others)
            problems.extend(_told(declared, "kind", f"kinds/{name}/{DECLARATION}", wrong))
    models: dict[str, type[WorkerDecl]] = {}
    for name in (name for name in components if f"components/{name}" in folders):
        with _noted(problems):
            found = list(wrong_with_component(components[name], kinds, parts))
            where = f"components/{name}/{COMPONENT_DECLARATION}"
            problems.extend(_told(declared, "component", where, found))
            if not found:
                problems.extend(problems_of_component(components[name], kinds, models))
    if problems:
        raise OtpgenError(problems)


def _no_names(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield the folders that are called as nothing can be, each with its row."""
    for row, found in (
        ("kinds", catalogue.kinds),
        ("parts", catalogue.parts),
        ("components", catalogue.components),
    ):
        yield from ((row, name) for name in found if not naming.is_name(name))


def _unnamed(declared: Declarations, row: str, name: str) -> Problem:
    at = Location(declared.own.folder_at(f"{row}/{name}"))
    return Problem("OG207", f"{quoted(name)} is no name", at, name_hint(name))


def _two(declared: Declarations, where: str) -> Problem:
    row, name, _ = where.split("/")
    other = "component" if row == "kinds" else "kind"
    message = f"two of one name: there is a {other} {quoted(name)}, too"
    at = Location(declared.own.at(where))
    return Problem("OG206", message, at, "give yours another name")


@contextmanager
def _noted(problems: list[Problem]) -> Iterator[None]:
    try:
        yield
    except OtpgenError as error:
        problems.extend(error.problems)


def _told(
    declared: Declarations, row: str, where: str, found: Iterable[Wrong]
) -> Iterator[Problem]:
    name = where.split("/")[1]
    for wrong in found:
        root = declared.read(where, "", Reader())
        at = place(root, *wrong.keys) if root else Location(where)
        yield Problem("OG207", f"{row} {quoted(name)}: {wrong.message}", at, wrong.hint)


def _files_below(folder: str) -> Iterator[str]:
    """Yield the paths of templates, relative to the folder; what stands at the top is none."""
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _NO_TEMPLATES]
        inside = here[len(folder) + 1 :]
        if inside:
            yield from (f"{inside}/{name}" for name in names)
