"""``new --template`` and ``templates update``: a pack is fetched, and takes its place."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from otpgen.commands.nearest import nearest_architecture
from otpgen.commands.outlook import Outlook, Progress, outlook
from otpgen.commands.own import Packed
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.packs import Wanted, fetched, source_of
from otpgen.packs.fetch import unknown
from otpgen.project import (
    ROWS,
    Kept,
    Pack,
    apply,
    locked,
    mark_conflicts,
    pack_steps,
    read_lock,
    read_rows,
    recover,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is said of a pack on the command line.

    Attributes:
        template: a folder or an URL; empty: none.
        ref: a tag, a branch or a commit; empty: the newest.
        data: answers to its questions.
        defaults: take the others as the pack has them.
        trust: run what it wants to be run.
        terminal: whether somebody can be asked.
    """

    template: str = ""
    ref: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    defaults: bool = False
    trust: bool = False
    terminal: bool = False


@dataclass(frozen=True, slots=True)
class Updated:
    """What was done, or would be."""

    pack: Pack
    outlook: Outlook
    kept: tuple[Kept, ...]
    warnings: tuple[Problem, ...]


def answers(said: Sequence[str]) -> dict[str, str]:
    """Return what ``--data NAME=VALUE`` says.

    Raises:
        OtpgenError: OG211 for what is none.
    """
    found = {}
    for word in said:
        name, equals, value = word.partition("=")
        if not equals or not name:
            hint = "write --data NAME=VALUE"
            raise OtpgenError([Problem("OG211", "is no answer", Location(f"--data {word}"), hint)])
        found[name] = value
    return found


def fetch(
    asked: Asked, place: Path, before: Pack | None = None, elsewhere: Sequence[str] = ()
) -> tuple[Pack, tuple[Problem, ...]]:
    """Return a pack and what is to be told of it.

    Args:
        asked: what is said of it.
        place: the project, or where it will be: a folder is kept by the way from there.
        before: the pack that the project has, whose answers hold.
        elsewhere: questions that somebody else asks.

    Raises:
        OtpgenError: see :func:`otpgen.packs.fetched`; OG204 and OG210 when it holds no templates.
    """
    said = asked.template or (before.source if before else "")
    source = source_of(said, asked.ref, Path() if asked.template else place)
    kept = said
    if source.folder and asked.template and not Path(said).is_absolute():
        kept = Path(os.path.relpath(source.folder, place)).as_posix()
    if kept.encode(errors="replace").decode() != kept:
        message = "the way to it holds bytes that are no UTF-8, and cannot be kept"
        raise OtpgenError(
            [Problem("OG209", message, Location(said), "give the folder another name")]
        )
    wanted = Wanted(
        source,
        asked.ref,
        asked.data,
        before.answers if before else {},
        defaults=asked.defaults,
        trust=asked.trust,
        terminal=asked.terminal,
    )
    with fetched(wanted) as found:
        for name in asked.data:
            if name not in found.questions and name not in elsewhere:
                raise unknown(name, found.questions)
        files = read_rows(found.folder, source.said)
        if not files:
            message = f"it holds no templates: there is none of {', '.join(ROWS)}"
            raise OtpgenError([Problem("OG210", message, Location(source.said))])
        pack = Pack(kept, found.ref, found.commit, found.answers, files, source.said)
        return pack, found.warnings


def _before(root: Path, asked: Asked) -> Pack | None:
    """Return the pack that a project has; where another is named, it may be damaged."""
    try:
        return read_lock(root)
    except OtpgenError:
        if asked.template:
            return None
        raise


def update(
    asked: Asked,
    architecture: Path | None = None,
    *,
    dry_run: bool = False,
    progress: Progress = lambda what, done, of: None,
) -> Updated:
    """Move to another version of the pack, or to another pack; the project follows.

    Raises:
        OtpgenError: as ``fetch`` and ``regenerate``; OG210 when the project has no pack. Then
            nothing has changed.
    """
    file = nearest_architecture(architecture)
    root = file.absolute().parent
    with locked(root, "templates update"):
        finished = recover(root)
        before = _before(root, asked)
        if before is None and not asked.template:
            hint = "take one: otpgen templates update --template SOURCE"
            message = "the project has no pack"
            raise OtpgenError([Problem("OG210", message, Location(".otpgen/pack.json"), hint)])
        pack, warnings = fetch(asked, root, before)
        found = outlook(file, pack=Packed(pack.files, pack.shown), progress=progress)
        if dry_run:
            return Updated(pack, found, (), warnings)
        steps = (*found.steps, *pack_steps(root, pack))
        applied = apply(root, steps, found.ancestor, verb="update")
        if found.steps:
            mark_conflicts(root, found.merged)
    kept = (*(finished.kept if finished else ()), *applied.kept)
    return Updated(pack, found, kept, warnings)
