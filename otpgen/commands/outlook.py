"""What ``regenerate`` would do: the three texts of every file, merged, and the change in words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from otpgen import resources, toolchain
from otpgen.catalogue import Own
from otpgen.changes import Change, Renames, carried_out, compare, likely_renames, renames
from otpgen.commands.check import check, read_architecture
from otpgen.commands.last import Last, declared, read_last
from otpgen.commands.nearest import ARCHITECTURE, nearest_architecture
from otpgen.commands.own import PREFIX, Packed, follow, packed
from otpgen.commands.ownership import ownership_of, ownership_written
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.merge import BESIDE, File, Found, Merged, MergedText, Ownership, merge
from otpgen.model import Foreign, System
from otpgen.plan import PlannedFile, plan
from otpgen.project import (
    JOURNAL,
    Ancestor,
    Kept,
    Remembering,
    Step,
    ancestor_bytes,
    check_emitted,
    locked,
    look,
    own_files,
    read_ancestor,
    recover,
)

MARKERS = (b"<<<<<<< ", b">>>>>>> ")
"""As every merge leaves them, otpgen's own and git's."""

Progress = Callable[[str, int, int], None]
Keep = Literal["yours"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What there is to do.

    Attributes:
        file: the architecture; its folder is the project.
        last: the system of the last run, read when it is asked for.
        templates: which give something else now; looked for when they are asked for.
        likely: ``(old, new)`` of what may have been renamed without being said so.
        merged: what becomes of each path.
        steps: what is to be written and removed.
        ancestor: the ancestor's text afterwards.
        waiting: what lies beside a file since an earlier run, until it is deleted.
    """

    file: Path
    system: System
    planned: tuple[PlannedFile, ...]
    last: Callable[[], Last]
    templates: Callable[[], tuple[str, ...]]
    likely: tuple[tuple[str, str], ...]
    merged: tuple[Merged, ...]
    steps: tuple[Step, ...]
    ancestor: bytes
    warnings: tuple[Problem, ...]
    waiting: tuple[str, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is different in the architecture and in the templates, in words."""
        before = self.last().system
        as_before = before is self.system
        changed = () if before is None or as_before else compare(before, self.system)
        if templates := self.templates():
            text = "these templates give something else now:"
            text = f"the architecture is as before; {text}" if as_before else text
            changed = (*changed, Change("", text, templates))
        return tuple(changed)

    @property
    def in_step(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps and not self.conflicts and not self.waiting

    @property
    def conflicts(self) -> tuple[Merged, ...]:
        """What is left to the user."""
        return tuple(m for m in self.merged if m.verdict in ("conflict", "beside"))

    @property
    def template_in_conflict(self) -> bool:
        """Whether a template of the project's own is among these: what it makes waits for it."""
        return any(m.path.startswith(PREFIX) for m in self.conflicts)


def finish(architecture: Path) -> tuple[Kept, ...]:
    """Finish what a run that was killed left half done; return the files that stay."""
    root = architecture.absolute().parent
    if not os.path.isfile(root / JOURNAL):  # noqa: PTH113 - pathlib raises at a long name
        return ()
    with locked(root, "recover"):
        applied = recover(root)
    return applied.kept if applied else ()


def outlook(
    architecture: Path | None = None,
    *,
    keep: Keep | None = None,
    pack: Packed | None = None,
    progress: Progress = lambda what, done, of: None,
) -> Outlook:
    """Return what ``regenerate`` would do; an earlier run is finished, see ``finish``.

    Args:
        architecture: the file; the nearest one unless said.
        keep: ``yours`` takes what differs for an edit of the user's where otpgen has no
            ancestor of a file.
        pack: the templates of a pack that takes the place of the project's; as it is unless
            said.
        progress: is told how far it is.

    Raises:
        OtpgenError: the architecture's problems; OG303 while markers of an earlier run remain.
    """
    from otpgen.templates import render  # brings Jinja

    file = nearest_architecture(architecture)
    root = file.absolute().parent
    ancestor = read_ancestor(root)
    found = _Disk(root, ancestor.files)
    document = read_architecture(file)
    ownership = ownership_of(ownership_written(document))
    following = follow(file, ancestor, _merge_text, pack or packed(file), ownership)
    _refuse_markers(root, found, set(following.fresh))
    with following.told_as_on_disk():
        checked = check(file, following.own, document)
    text = checked.text.removeprefix("\ufeff").replace("\r\n", "\n")
    written = [file.data for file in ancestor.files.get(ARCHITECTURE, ())]
    declarations = declared(checked.system, checked.catalogue)
    unchanged = written == [text.encode()] and ancestor.declared in ({}, declarations)
    today = Last(checked.system, checked.catalogue)
    last = cache(lambda: today if unchanged else read_last(ancestor, checked.catalogue))
    planned = plan(checked.system, checked.catalogue, text)
    check_emitted(planned, checked.catalogue.own)
    fresh: dict[str, File] = {}
    with following.told_as_on_disk():
        for rendered in render(planned, resources.folder("templates"), following.own):
            file_now = File(rendered.text.encode(), rendered.mode)
            fresh[rendered.path] = _shared(file_now, ancestor.files.get(rendered.path, ()))
            progress("rendering", len(fresh), len(planned))
    known = {path: f for path, f in ancestor.files.items() if not path.startswith(PREFIX)}
    _refuse_markers(root, found, {*fresh, *known})
    old = last().system if fresh.keys() != known.keys() or _may_be_renamed(checked.system) else None
    moved = renames(old, checked.system)
    owner = ownership_of(checked.system.ownership, planned)
    if keep == "yours":
        owner = _keeping(owner, ancestor)
    own = cache(lambda: own_files(root, {*fresh, *ancestor.files, *following.fresh}))
    merged = merge(
        known,
        found,
        fresh,
        merge_text=_merge_text,
        ownership=owner,
        moved=_moved_paths(last(), planned, moved) if moved.elements else {},
        renamed=moved.data if moved.elements else None,
        others=own,
    )
    if keep == "yours":
        merged = tuple(_kept(result, ancestor, found, fresh) for result in merged)
    if old is not None:
        merged += tuple(_left_behind(old, checked.system, own))
        merged += tuple(_old_names(moved, merged, own))
    if unchanged:
        merged = tuple(_by_template(result) for result in merged)
    others = _others(planned, known, fresh)
    now = checked.catalogue.own

    @cache
    def templates() -> tuple[str, ...]:
        found = others if unchanged else _by_themselves(others, last(), known, now)
        return tuple(map(now.at, found))

    merged = (*following.merged, *merged)
    fresh |= following.fresh
    return Outlook(
        file=file,
        system=checked.system,
        planned=planned,
        last=last,
        templates=templates,
        likely=likely_renames(old, checked.system) if old else (),
        merged=merged,
        steps=_steps(merged, found),
        ancestor=ancestor_bytes(fresh | declarations, ancestor.packed),
        warnings=(*checked.warnings, *ancestor.problems, *_not_renamed(checked.system, last)),
        waiting=tuple(_waiting(merged, found, fresh)),
    )


class _Disk:
    """What stands at a path, looked at once."""

    def __init__(self, root: Path, known: Mapping[str, tuple[File, ...]]) -> None:
        self.root = root
        self.known = known
        self.seen: dict[str, Found] = {}
        self.disk = Remembering()

    def __call__(self, path: str) -> Found:
        if path not in self.seen:
            here = look(self.root, path, self.disk)
            if isinstance(here, File):
                here = _shared(here, self.known.get(path, ()))
            self.seen[path] = here
        return self.seen[path]


def _shared(file: File, known: tuple[File, ...]) -> File:
    """Return the file with the bytes of an equal one: most are the same three times."""
    for other in known:
        if other.data == file.data:
            return other if other.mode == file.mode else File(other.data, file.mode)
    return file


def _may_be_renamed(system: System) -> bool:
    """Whether something may have another name though the same files are emitted as before."""
    foreign = (isinstance(c, Foreign) for app in system.apps.values() for c in app.descendants)
    return bool(system.moved) or any(foreign)  # all else has files of its own


def _not_renamed(system: System, last: Callable[[], Last]) -> Iterator[Problem]:
    """Yield a warning where renames are wanted, and nobody knows of what."""
    if system.moved and last().system is None:
        message = f"nothing can be renamed: the last architecture cannot be read: {last().why}"
        hint = "bring .otpgen/ancestor back from git, or move by hand what is listed as kept"
        yield Problem("OG305", message, system.decl.at("moved"), hint, "warning")


Users = Callable[[], Mapping[str, File]]


def _left_behind(before: System, after: System, own: Users) -> Iterator[Merged]:
    """Yield the user's own files in the folders of applications that are gone."""
    moved = carried_out(before, after)
    gone = [name for name in before.apps if moved.get(name, name) not in after.apps]
    folders = tuple(f"apps/{name}/" for name in gone if name not in after.apps)
    for path in sorted(own()) if folders else ():
        if path.startswith(folders):
            reason = "it is yours, and its application is gone"
            yield Merged(path, "kept", reason=reason)


def _old_names(moved: Renames, merged: tuple[Merged, ...], own: Users) -> Iterator[Merged]:
    """Yield the user's own files that still hold the old name of what was renamed."""
    follow = {result.was or result.path for result in merged}
    for path, file in sorted(own().items()) if moved.elements else ():
        if path not in follow and moved.data(path, file.data) != file.data:
            yield Merged(path, "kept", reason="it is yours, and holds a name from before")


def _by_template(result: Merged) -> Merged:
    """Return the same where the architecture has changed nothing."""
    reason = result.reason.replace("the architecture changed", "its template changed")
    return result._replace(reason=reason)


def _others(
    planned: Iterable[PlannedFile],
    known: Mapping[str, tuple[File, ...]],
    fresh: Mapping[str, File],
) -> Mapping[str, list[str]]:
    """Return the templates which give something else than the last time, and where."""
    texts = {path: [file.data for file in files] for path, files in known.items()}
    others: dict[str, list[str]] = {}
    for file in planned:
        if file.template and fresh[file.path].data not in texts.get(file.path, ()):
            others.setdefault(file.template, []).append(file.path)
    return dict(sorted(others.items()))


def _by_themselves(
    others: Mapping[str, list[str]], last: Last, known: Mapping[str, tuple[File, ...]], own: Own
) -> Iterator[str]:
    """Yield those of which the last architecture would make something else there, too."""
    from otpgen.templates import render

    folder = resources.folder("templates")
    planned = plan(last.system, last.catalogue, "") if last.system else ()
    before = {(file.template, file.path): file for file in planned}
    for template, paths in others.items():
        files = [before[template, path] for path in paths if (template, path) in before]
        with suppress(OtpgenError):  # what is given has another name now
            for rendered in render(files, folder, own):
                texts = [file.data for file in known.get(rendered.path, ())]
                if texts and rendered.text.encode() not in texts:
                    yield template
                    break


def _waiting(
    merged: tuple[Merged, ...], found: Callable[[str], Found], fresh: Mapping[str, File]
) -> Iterator[str]:
    """Yield what was written beside a file before, and is still there."""
    for result in merged:
        path = result.path
        here, there = found(path), fresh.get(path)
        same = isinstance(here, File) and there is not None and here.data == there.data
        if not same and result.beside is None and found(path + BESIDE) is not None:
            yield path + BESIDE


def has_markers(data: bytes) -> bool:
    """Whether a file holds the markers of a conflict that is not decided yet."""
    lines = data.split(b"\n")
    return all(any(line.startswith(marker) for line in lines) for marker in MARKERS)


def _refuse_markers(root: Path, found: Callable[[str], Found], paths: set[str]) -> None:
    problems = []
    for path in sorted(paths):
        here = found(path)
        if isinstance(here, File) and MARKERS[0] in here.data and has_markers(here.data):
            lines = enumerate(here.data.split(b"\n"), 1)
            line = next(number for number, text in lines if text.startswith(MARKERS[0]))
            hint = "decide there what stays, take the markers away, and run again"
            at = Location(os.path.relpath(root / path), line, 1)
            message = "the markers of an earlier run are still there"
            problems.append(Problem("OG303", message, at, hint))
    if problems:
        raise OtpgenError(problems)


def _merge_text(ancestor: bytes, yours: bytes, fresh: bytes) -> MergedText | None:
    merged = toolchain.merge_file(ancestor, yours, fresh)
    return None if merged is None else MergedText(*merged)


def _keeping(owner: Callable[[str], Ownership], ancestor: Ancestor) -> Callable[[str], Ownership]:
    """Return the same, but that what otpgen has not written before is the user's."""

    def ownership(path: str) -> Ownership:
        return owner(path) if path in ancestor.files else "yours"

    return ownership


def _kept(
    result: Merged,
    ancestor: Ancestor,
    found: Callable[[str], Found],
    fresh: Mapping[str, File],
) -> Merged:
    """Return what is said of a file that stays because the user has asked for it."""
    path = result.path
    here, there = found(path), fresh.get(path)
    if path in ancestor.files or path == ARCHITECTURE or not isinstance(here, File):
        return result
    if there is None or here.data == there.data:
        return result
    return Merged(path, "kept", reason="it is yours, and the architecture has another")


def _moved_paths(last: Last, planned: tuple[PlannedFile, ...], moved: Renames) -> Mapping[str, str]:
    """Return where files go whose element was renamed, and the folders of applications."""
    now = {(file.element, file.template): file.path for file in planned}
    found = moved.folders()
    for file in plan(last.system, last.catalogue, "") if last.system else ():
        new = now.get((moved.element(file.element), file.template))
        if new is not None and new != file.path:
            found[file.path] = new
    return found


def _steps(merged: tuple[Merged, ...], found: Callable[[str], Found]) -> tuple[Step, ...]:
    """Return what is to be written and removed, by paths."""
    steps: dict[str, Step] = {}
    for result in merged:
        if result.was and (result.file is not None or result.verdict == "removed"):
            steps.setdefault(result.was, Step(result.was, found(result.was), None))
    for result in merged:
        if result.file is not None or (result.verdict == "removed" and not result.was):
            steps[result.path] = Step(result.path, found(result.path), result.file)
        if result.beside is not None:
            path = result.path + BESIDE
            steps[path] = Step(path, found(path), result.beside)
    return tuple(
        step for _, step in sorted(steps.items()) if not (step.file is None and step.found is None)
    )
