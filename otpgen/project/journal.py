"""A project is changed wholly or not at all, whenever the process dies.

    look → Step(path, found, file) … → apply: stage, journal (the commit point), roll forward
                                       recover: at the next start, what is half done is finished

Both want the project's lock. Nothing of the user's is lost on the way: what stood at a path is
kept until the next run that changes something, and ``undo`` takes it back from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from otpgen.errors import Location, OtpgenError, Problem
from otpgen.merge import File, Found, Odd
from otpgen.project.disk import DISK, Disk, in_the_way, plain, raw, told, umask
from otpgen.project.forward import Applied, check_stage, read_record, roll_forward, sweep
from otpgen.project.paths import ANCESTOR, LOCAL, wrong_with_step
from otpgen.project.record import Change, Stamp, stamp
from otpgen.project.stage import LATER, check_way, commit, meanwhile, no_folder, plan_record

ARCHITECTURE = "otpgen.yaml"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of a path.

    Attributes:
        path: relative, POSIX.
        found: what stood there when it was decided.
        file: what shall stand there; None: nothing.
    """

    path: str
    found: Found
    file: File | None


def apply(
    root: Path,
    steps: Iterable[Step],
    ancestor: bytes,
    *,
    verb: str = "regenerate",
    disk: Disk = DISK,
) -> Applied:
    """Change the project and its ancestor, all of it or nothing.

    Within the lock, and after :func:`recover`. Steps that change nothing touch nothing.

    Raises:
        OtpgenError: OG403 when the disk does not take it, OG405 when a file is not what it was
            when it was decided, OG406 when something is in the way. Nothing was changed then,
            or, as the hint says, the next start finishes it.
    """
    contents: dict[str, bytes | str] = {}
    with told(root):
        changes, problems = [], []
        for step in steps:
            change = _change(root, step, disk)
            if isinstance(change, Problem):
                problems.append(change)
            elif change:
                changes.append(change)
                if step.file:
                    contents[step.path] = step.file.data
        if problems:
            raise OtpgenError(problems)
        if change := _ancestor_change(root, ancestor, disk):
            changes.append(change)
            contents[ANCESTOR] = ancestor
        if not changes:
            return Applied(verb)
        check_way(root, changes, disk)
        record = plan_record(root, verb, changes, disk)
    commit(root, record, contents, disk)
    return roll_forward(root, record, disk)


def _change(root: Path, step: Step, disk: Disk) -> Change | Problem | None:
    """Return the change that a step is; None: it is none."""
    if step.path == ARCHITECTURE:
        raise ValueError("otpgen.yaml is the user's")
    if wrong := wrong_with_step(step.path):
        return Problem("OG406", wrong, Location(step.path))
    found = raw(root, step.path, disk)
    old = None
    if isinstance(found, File):
        seen = step.found
        if not isinstance(seen, File) or seen.data != found.data:
            return meanwhile(step.path)
        if plain(seen.mode) != plain(found.mode):
            return meanwhile(step.path, "got another mode while otpgen worked")
        old = stamp(found.data, found.mode)
    elif isinstance(found, Odd) and found is not Odd.FOLDER:
        # A link on the way is told by what is a link, not by each path behind it.
        blocked = in_the_way(root, step.path, disk)
        if blocked:
            return no_folder(blocked[0], blocked[1] is Odd.LINK)
        return Problem("OG406", f"is {found}", Location(step.path), "move it away")
    elif isinstance(step.found, File):
        how = "was removed" if found is None else "became a folder"
        return meanwhile(step.path, f"{how} while otpgen worked")
    new = stamp(step.file.data, _mode(step.file.mode, old)) if step.file else None
    return Change(step.path, old, new) if old != new else None


def _mode(mode: int, old: Stamp | None) -> int:
    """Return the mode to write: as the user has it, but for whether it may be executed."""
    if old is None:
        return mode & 0o777 & ~umask()
    if plain(mode) == plain(old.mode):
        return old.mode
    return old.mode | (old.mode & 0o444) >> 2 if mode & 0o100 else old.mode & ~0o111


def _ancestor_change(root: Path, ancestor: bytes, disk: Disk) -> Change | None:
    found = raw(root, ANCESTOR, disk)
    if isinstance(found, Odd):
        raise OtpgenError([Problem("OG406", f"is {found}", Location(ANCESTOR), "move it away")])
    if found and found.data == ancestor:
        return None
    old = stamp(found.data, found.mode) if found else None
    return Change(ANCESTOR, old, stamp(ancestor, old.mode if old else 0o644 & ~umask()))


def recover(root: Path, disk: Disk = DISK) -> Applied | None:
    """Finish what a run left half done; None: there was nothing.

    Within the lock, at the start of each verb. A run that did not come to its commit point
    leaves nothing behind.

    Raises:
        OtpgenError: OG403 when the disk does not take it, OG406 or OG407 when the journal is
            none; then nothing was touched.
    """
    with told(root):
        if blocked := in_the_way(root, f"{LOCAL}/journal", disk):
            raise OtpgenError([no_folder(blocked[0], blocked[1] is Odd.LINK)])
        if disk.lstat(f"{root}/{LOCAL}") is None:
            return None
        record = read_record(root, "journal", disk)
        if record is None:
            sweep(root, disk)
            return None
    with told(root, LATER):
        check_stage(root, record, disk)
    return roll_forward(root, record, disk)
