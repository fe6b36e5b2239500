"""The templates of a project's own, those of its pack, and how both follow those of otpgen.

An override is a file like any other: its ancestor is what lay below it on the day on which it
was ejected, yours is what it has become, fresh is what lies below it today.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from otpgen import resources
from otpgen.catalogue import (
    DECLARATIONS,
    NOTHING_OWN,
    OWN_TEMPLATES,
    PACK,
    Catalogue,
    Own,
    read_catalogue,
)
from otpgen.errors import Location, OtpgenError, Problem

if TYPE_CHECKING:  # a project without templates of its own is checked without
    from otpgen.merge import File, Merged, MergeText, Ownership
    from otpgen.project import Ancestor
    from otpgen.project.create import OwnFile

PREFIX = f"{OWN_TEMPLATES}/"
_OTPGENS = ("otpgen/pyproject.toml", "otpgen/__init__.py")
"""What a check-out of otpgen has, and its package; their templates are no project's own."""

Files = Mapping[str, "File"]
"""Templates by their paths, which are those of otpgen's."""


class Packed(NamedTuple):
    """The templates of a pack, and how messages call their folder."""

    files: Files
    shown: str = PACK


def own_of(architecture: Path) -> Own:
    """Return the templates beside an architecture, and those of the pack there.

    Raises:
        OtpgenError: OG204 for what is no template.
    """
    own, pack = own_files(architecture), packed(architecture)
    if not own and not pack.files:
        return NOTHING_OWN
    from otpgen.project import read_ancestor

    return as_own(architecture, own, pack, lambda: read_ancestor(_root(architecture)))


def catalogue_of(architecture: Path | None) -> Catalogue:
    """Return the kinds and parts that an architecture may use; otpgen's own without one.

    Raises:
        OtpgenError: what is wrong with those of the project's own.
    """
    own = NOTHING_OWN if architecture is None else own_of(architecture)
    return read_catalogue(resources.folder("templates"), own=own)


def own_files(architecture: Path) -> Files:
    """Return the project's own templates."""
    root = _root(architecture)
    if not os.path.lexists(root / OWN_TEMPLATES) or any((root / f).is_file() for f in _OTPGENS):
        return {}
    from otpgen.project import read_own

    return read_own(root, shown=_shown(architecture))


def packed(architecture: Path) -> Packed:
    """Return the templates of the project's pack."""
    root = _root(architecture)
    shown = _shown(architecture, PACK)
    if not os.path.lexists(root / PACK):
        return Packed({}, shown)
    from otpgen.project import read_pack_files

    return Packed(read_pack_files(root, shown), shown)


def own_as_files(architecture: Path, pack: Files) -> list[OwnFile]:
    """Return the project's own for a new project: each with what it was made from."""
    files = own_files(architecture)
    if not files:
        return []
    from otpgen.project import read_ancestor
    from otpgen.project.create import OwnFile

    known = read_ancestor(_root(architecture)).files
    return [
        OwnFile(PREFIX + path, file, known.get(PREFIX + path, (below(path, pack),))[0])
        for path, file in files.items()
    ]


def _root(architecture: Path) -> Path:
    return architecture.absolute().parent


def _shown(architecture: Path, folder: str = OWN_TEMPLATES) -> str:
    return (architecture.parent / folder).as_posix()


def as_own(architecture: Path, own: Files, pack: Packed, ancestor: Callable[[], Ancestor]) -> Own:
    """Return both as they are read and rendered."""
    files = {**pack.files, **own}
    declared = {
        path: lies
        for path in own
        if path.endswith(DECLARATIONS) and (lies := below(path, pack.files))
    }
    # Such a one is a copy, or else another of the same name; the ancestor knows, and is long.
    copies = {path for path, lies in declared.items() if lies == own[path]}
    if len(copies) < len(declared):
        # Before there is a project nobody does: then each counts as made from today's.
        known = ancestor().files
        copies.update(path for path in declared if not known or PREFIX + path in known)
    return Own(
        {path: file.data.decode("utf-8-sig") for path, file in files.items()},
        _shown(architecture),
        frozenset(copies),
        frozenset(pack.files),
        frozenset(own).intersection(pack.files),
        pack.shown,
        frozenset(path for path, file in files.items() if file.mode & 0o100),
    )


def below(template: str, pack: Files) -> File | None:
    """Return what lies below an override: the pack's template, else otpgen's."""
    from otpgen.merge import File

    if template in pack:
        return pack[template]
    path = resources.folder("templates") / template
    return File(path.read_bytes()) if path.is_file() else None


class Following(NamedTuple):
    """What becomes of the overrides, by their paths in the project.

    Attributes:
        own: as they are to be rendered: merged, where that was possible.
        fresh: what lies below each.
        merged: what becomes of each.
        before: the texts as they stand on the disk, of those that were merged.
    """

    own: Own
    fresh: Mapping[str, File]
    merged: tuple[Merged, ...]
    before: Mapping[str, str] = MappingProxyType({})

    @contextmanager
    def told_as_on_disk(self) -> Iterator[None]:
        """Have problems of what was merged told where it stands, for nothing is written then."""
        try:
            yield
        except OtpgenError as error:
            raise OtpgenError(map(self._on_disk, error.problems)) from error

    def _on_disk(self, problem: Problem) -> Problem:
        at = problem.location
        template = at.path.removeprefix(f"{self.own.shown}/")
        if template not in self.before or not at.line:
            return problem
        merged = self.own.texts[template].split("\n")[at.line - 1 : at.line]
        lines = self.before[template].split("\n")
        place = Location(at.path)
        if merged and lines.count(merged[0]) == 1:
            place = Location(at.path, lines.index(merged[0]) + 1, at.column, at.length)
        return problem._replace(location=place)


def follow(
    architecture: Path,
    ancestor: Ancestor,
    merge_text: MergeText,
    pack: Packed,
    ownership: Callable[[str], Ownership],
) -> Following:
    """Return the overrides, merged with what has changed in the pack's and otpgen's templates.

    One that otpgen has not seen before was made from today's.

    Raises:
        OtpgenError: OG204 for what is no template.
    """
    files = own_files(architecture)
    if not files:
        own = as_own(architecture, {}, pack, lambda: ancestor) if pack.files else NOTHING_OWN
        return Following(own, {}, ())
    from otpgen.merge import merge

    yours = {PREFIX + path: file for path, file in files.items()}
    fresh = {PREFIX + path: file for path in files if (file := below(path, pack.files))}
    merged = merge(
        {path: ancestor.files.get(path, (file,)) for path, file in fresh.items()},
        yours.get,
        fresh,
        merge_text=merge_text,
        ownership=ownership,
    )
    merged = tuple(m._replace(reason=_told(m, pack.files)) for m in merged)
    now, before = {**files}, {}
    for result in merged:
        if result.verdict in ("changed", "merged") and result.file:
            path = result.path.removeprefix(PREFIX)
            now[path], before[path] = result.file, files[path].data.decode("utf-8-sig")
    own = as_own(architecture, now, pack, lambda: ancestor)
    return Following(own, fresh, merged, before)


def _told(result: Merged, pack: Files) -> str:
    whose = "the pack" if result.path.removeprefix(PREFIX) in pack else "otpgen"
    return result.reason.replace("the architecture", whose)
