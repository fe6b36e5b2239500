"""``status``: whose each file is, where it comes from, and how it stands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from otpgen.catalogue import DECLARATIONS, Own
from otpgen.commands.check import check
from otpgen.commands.nearest import ARCHITECTURE, nearest_architecture, paths_meant
from otpgen.commands.outlook import finish, has_markers
from otpgen.commands.own import PREFIX, own_of
from otpgen.commands.ownership import ownership_of
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean
from otpgen.merge import BESIDE, File, Found, Ownership, same_text
from otpgen.plan import plan
from otpgen.project import DECLARED, Ancestor, look, read_ancestor
from otpgen.source import quoted

State = Literal["written", "edited", "removed", "conflict", "beside", "odd", "new", "left", "ahead"]
"""How a file stands.

``written``: as otpgen wrote it. ``edited``: by the user. ``removed``: by the user.
``conflict``: it holds markers. ``beside``: ``PATH.otpgen-new`` waits for a decision. ``odd``:
a link or a folder stands there. ``new``: the next ``regenerate`` writes it. ``left``: the
architecture has it no more. ``ahead``: the architecture itself, which says something else than
at the last ``regenerate``.
"""


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One file; ``template`` and ``lines`` are empty for what the architecture has no more."""

    path: str
    owner: Ownership
    state: State
    template: str = ""
    lines: tuple[int, ...] = ()


def status(architecture: Path | None = None, paths: Collection[str] = ()) -> tuple[FileStatus, ...]:
    """Return how each file of the project stands, sorted by path.

    Args:
        architecture: the file; the nearest one unless said.
        paths: only these, from the project's folder or from this one.

    Raises:
        OtpgenError: the architecture's problems; OG304 when a path is no file of otpgen's.
    """
    file = nearest_architecture(architecture)
    root = file.absolute().parent
    finish(file)
    kept = read_ancestor(root)
    ancestor = kept.files
    checked = check(file, _readable(own_of(file), kept))
    text = checked.text.removeprefix("\ufeff")
    planned = {f.path: f for f in plan(checked.system, checked.catalogue, text)}
    owner = ownership_of(checked.system.ownership, planned.values())
    found = []
    has = checked.catalogue.own
    own = {PREFIX + path: path for path in has.texts if has.is_project(path)}
    for path in sorted({*planned, *ancestor}):
        known = ancestor.get(path, ())
        there = path in planned or path in own
        state = _state(look(root, path), known, look(root, path + BESIDE), there)
        if path == ARCHITECTURE:
            now = (planned[path].content or "").encode()
            ahead = known and not any(same_text(now, file.data) for file in known)
            state = "ahead" if ahead else "written" if state == "edited" else state
        if path in planned:
            plan_of = planned[path]
            template = plan_of.template or ""
            found.append(FileStatus(path, owner(path), state, template, plan_of.lines))
        elif state != "removed":
            found.append(FileStatus(path, owner(path), state, own.get(path, "")))
    return tuple(_those(found, paths, file)) if paths else tuple(found)


def _readable(own: Own, ancestor: Ancestor) -> Own:
    """Return declarations that hold markers as they were read in the last run."""
    before = {
        path: declared.data.decode(errors="replace")
        for path, text in own.texts.items()
        if path.endswith(DECLARATIONS) and has_markers(text.encode())
        if (declared := ancestor.declared.get(DECLARED + path))
    }
    return own._replace(texts={**own.texts, **before}) if before else own


def _state(here: Found, known: tuple[File, ...], beside: Found, planned: bool) -> State:
    if isinstance(here, File):
        if has_markers(here.data):
            return "conflict"
        if beside is not None:
            return "beside"
        if not planned:
            return "left"
        if not known:
            return "edited"
        same = any(same_text(here.data, f.data) and _mode(here) == _mode(f) for f in known)
        return "written" if same else "edited"
    if here is not None:
        return "odd"
    if beside is not None:
        return "beside"
    return "removed" if known else "new"


def _mode(file: File) -> int:
    return file.mode & 0o100


def _those(found: list[FileStatus], paths: Collection[str], file: Path) -> list[FileStatus]:
    chosen: set[str] = set()
    for path in paths:
        meant = [word.rstrip("/") for word in paths_meant(path, file)]
        # From this folder goes first: so the shell completes it.
        tried = ({f.path for f in found if _is_in(f.path, word)} for word in reversed(meant))
        those = next(filter(None, tried), None)
        if those is None:
            hint = did_you_mean(path, [f.path for f in found], most=0)
            message = f"{quoted(path)} is no file of otpgen's"
            raise OtpgenError([Problem("OG304", message, Location(path), hint)])
        chosen |= those
    return [f for f in found if f.path in chosen]


def _is_in(path: str, folder: str) -> bool:
    return folder == "." or path == folder or path.startswith(f"{folder}/")
