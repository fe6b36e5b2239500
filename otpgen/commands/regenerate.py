"""``diff``, ``regenerate``, ``undo``: the project follows its architecture, and back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from otpgen.commands.nearest import nearest_architecture
from otpgen.commands.outlook import Keep, Outlook, Progress, finish, outlook
from otpgen.project import Kept, Undone, apply, locked, mark_conflicts, recover, restore_index
from otpgen.project.undo import undo as take_back


@dataclass(frozen=True, slots=True)
class Regenerated:
    """What was done; ``kept`` are files that changed while it was at work, and stayed."""

    outlook: Outlook
    kept: tuple[Kept, ...] = ()


def diff(
    architecture: Path | None = None, *, progress: Progress = lambda what, done, of: None
) -> Outlook:
    """Return what ``regenerate`` would do.

    Raises:
        OtpgenError: as ``outlook``.
    """
    file = nearest_architecture(architecture)
    finish(file)
    return outlook(file, progress=progress)


def regenerate(
    architecture: Path | None = None,
    *,
    keep: Keep | None = None,
    progress: Progress = lambda what, done, of: None,
) -> Regenerated:
    """Bring the project in step with its architecture; what the user wrote stays.

    Raises:
        OtpgenError: as ``outlook``; OG404 when another run holds the lock, OG403 when the disk
            does not take it: then nothing has changed.
    """
    file = nearest_architecture(architecture)
    root = file.absolute().parent
    with locked(root, "regenerate"):
        finished = recover(root)
        found = outlook(file, keep=keep, progress=progress)
        applied = apply(root, found.steps, found.ancestor)
        if found.steps:
            mark_conflicts(root, found.merged)
    return Regenerated(found, (*(finished.kept if finished else ()), *applied.kept))


def undo(architecture: Path | None = None) -> Undone:
    """Take the last run back that changed something.

    Raises:
        OtpgenError: OG408 when there is none, OG409 when files have changed since; then
            nothing has changed.
    """
    root = nearest_architecture(architecture).absolute().parent
    with locked(root, "undo"):
        recover(root)
        undone = take_back(root)
        if undone.verb == "regenerate":  # no other verb has put a conflict there
            restore_index(root)
        return undone
