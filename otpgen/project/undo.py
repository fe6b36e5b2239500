"""The last run that changed something, taken back: byte for byte, mode for mode."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

from otpgen.errors import Location, OtpgenError, Problem
from otpgen.merge import Odd
from otpgen.project.disk import DISK, Disk, told
from otpgen.project.forward import Kept, broken, read_record, roll_forward
from otpgen.project.paths import ANCESTOR, LOCAL
from otpgen.project.record import Change, Stamp, slot, turned
from otpgen.project.stage import check_way, commit, new_run, standing


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back.

    Attributes:
        verb: of the run.
        restored: the files whose text and mode are as before it, sorted as the next two are.
        back: those which it had removed.
        gone: those which it had added.
        kept: the files that were edited while this was going on.
    """

    verb: str
    restored: tuple[str, ...]
    back: tuple[str, ...]
    gone: tuple[str, ...]
    kept: tuple[Kept, ...] = ()


def undo(root: Path, disk: Disk = DISK) -> Undone:
    """Take back the last run that changed something; only one can be taken back.

    Within the lock, and after ``recover``.

    Raises:
        OtpgenError: OG408 when there is none, OG409 for each file that was changed since,
            OG403, OG406 or OG407 when it cannot be done. Nothing was changed then.
    """
    with told(root):
        last = read_record(root, "undo", disk)
        if last is None:
            hint = "only the last run that changed something can be taken back, and only once"
            raise OtpgenError([Problem("OG408", "there is nothing to undo", Location("."), hint)])
        record = turned(last, new_run())
        _check_unchanged(root, record.changes, disk)
        contents: dict[str, bytes | str] = {}
        for change in record.changes:
            if change.new:
                kept = f"{LOCAL}/{last.run}/old/{slot(change.path)}"
                if standing(root, kept, disk) != change.new:
                    raise broken("undo", f"what {change.path} was before is missing or damaged")
                contents[change.path] = f"{root}/{kept}"
        check_way(root, record.changes, disk)
        made = [
            (path, mode)
            for path, mode in record.made
            if standing(root, path, disk) is not Odd.FOLDER  # else it is there, and the user's
        ]
        record = dataclasses.replace(record, made=tuple(made))
    commit(root, record, contents, disk)
    applied = roll_forward(root, record, disk)
    done = {*applied.changed} - {ANCESTOR}
    changes = [change for change in record.changes if change.path in done]
    return Undone(
        last.verb,
        tuple(c.path for c in changes if c.old and c.new),
        tuple(c.path for c in changes if not c.old),
        tuple(c.path for c in changes if not c.new),
        applied.kept,
    )


def _check_unchanged(root: Path, changes: tuple[Change, ...], disk: Disk) -> None:
    problems = []
    for change in changes:
        found = standing(root, change.path, disk)
        if found == change.old or (found is Odd.FOLDER and change.old is None):
            continue  # a folder in the way is looked at later
        problems.append(Problem("OG409", _how(found, change.old), Location(change.path)))
    if problems:
        raise OtpgenError(problems)


def _how(found: Stamp | Odd | None, old: Stamp | None) -> str:
    if found is None:
        return "was removed since"
    if isinstance(found, Odd):
        return f"is {found} now"
    if old is None:
        return "was written since"
    return "was changed since" if found.sha256 != old.sha256 else "got another mode since"
