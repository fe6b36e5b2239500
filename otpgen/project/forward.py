"""What comes after the commit point: each change made or found made, however often it starts.

Whether a change was made can be seen: what it stages is gone. Whether it may be made can be
seen too: the file is still the one that the journal names. Else it is the user's, and stays.
"""

from __future__ import annotations

import errno
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from otpgen.errors import Location, OtpgenError, Problem
from otpgen.merge import Odd
from otpgen.project.disk import Disk, clear, in_the_way, raw, told
from otpgen.project.paths import BESIDE, LOCAL, folders_of, wrong_with
from otpgen.project.record import Change, Record, parse_record, record_text, slot
from otpgen.project.stage import LATER, standing, sync

_STAYS = {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT, errno.EBUSY, errno.EINVAL}


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was edited while a run was half done, and stays.

    Attributes:
        path: where it is.
        reason: what became of it, as a clause.
        beside: where what is new was written; empty: nowhere.
    """

    path: str
    reason: str
    beside: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a run did.

    Attributes:
        verb: what was called.
        changed: the paths written and removed, sorted, the ancestor's among them.
        kept: the files that were edited while it was half done.
    """

    verb: str
    changed: tuple[str, ...] = ()
    kept: tuple[Kept, ...] = ()


def broken(name: str, why: str) -> OtpgenError:
    """Return the error of a journal, or what belongs to it, that cannot be used."""
    hint = "see what to do with: otpgen explain OG407"
    return OtpgenError([Problem("OG407", why, Location(f"{LOCAL}/{name}"), hint)])


def roll_forward(root: Path, record: Record, disk: Disk) -> Applied:
    """Do what the journal says, then close it.

    Raises:
        OtpgenError: OG403 when the disk does not take it; the journal stays.
    """
    with told(root, LATER):
        run = _Run(root, record, disk)
        run.remove()
        run.prune()
        run.write()
        run.sync()
        _close(root, record, run, disk)
    changed = [c.path for c in record.changes if c.path not in run.kept]
    return Applied(record.verb, tuple(changed), tuple(run.kept.values()))


def check_stage(root: Path, record: Record, disk: Disk) -> None:
    """Refuse a stage that is not the journal's, before anything is touched.

    Raises:
        OtpgenError: OG407 when something is missing or damaged.
    """
    folder = f"{LOCAL}/{record.run}"
    for needed in (folder, f"{folder}/new", f"{folder}/old"):
        found = disk.lstat(f"{root}/{needed}")
        if found is None or not stat.S_ISDIR(found.st_mode):
            raise broken("journal", f"{needed} is missing")
    for change in record.changes:
        staged = standing(root, f"{folder}/new/{slot(change.path)}", disk)
        if change.new and staged not in (None, change.new):
            raise broken("journal", f"what {change.path} shall be is damaged")


class _Run:
    """A journal on its way."""

    def __init__(self, root: Path, record: Record, disk: Disk) -> None:
        self.root = root
        self.record = record
        self.disk = disk
        self.kept: dict[str, Kept] = {}

    def remove(self) -> None:
        made = {folder for folder, _ in self.record.made}
        for change in self.record.changes:
            if change.new:
                continue
            found = standing(self.root, change.path, self.disk)
            if found is None or (found is Odd.FOLDER and change.path in made):
                continue  # done before the process died
            if found == change.old:
                self.disk.unlink(f"{self.root}/{change.path}")
            else:
                self.keep(change, found)

    def prune(self) -> None:
        for folder, _ in sorted(self.record.pruned, reverse=True):
            found = self.disk.lstat(f"{self.root}/{folder}")
            if found is None or not stat.S_ISDIR(found.st_mode):
                continue
            if in_the_way(self.root, folder, self.disk):
                continue
            try:
                self.disk.rmdir(f"{self.root}/{folder}")
            except OSError as error:
                if error.errno not in _STAYS:
                    raise

    def write(self) -> None:
        for change in self.record.changes:
            if change.new:
                self.write_one(change)
        for folder, mode in reversed(self.record.made):
            found = self.disk.lstat(f"{self.root}/{folder}")
            if in_the_way(self.root, folder, self.disk) or found is None:
                continue
            if stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) != mode:
                self.disk.chmod(f"{self.root}/{folder}", mode)

    def write_one(self, change: Change) -> None:
        staged = f"{self.root}/{LOCAL}/{self.record.run}/new/{slot(change.path)}"
        found = standing(self.root, change.path, self.disk)
        if found == change.new:
            return
        if self.disk.lstat(staged) is None:
            # Written before the process died, here or beside.
            if name := self.beside_of(change):
                self.kept[change.path] = Kept(change.path, "was changed meanwhile", name)
            return
        if found == change.old and not in_the_way(self.root, change.path, self.disk):
            self.make_folders(change.path)
            self.disk.rename(staged, f"{self.root}/{change.path}")
        else:
            self.keep(change, found, staged)

    def keep(self, change: Change, found: object, staged: str = "") -> None:
        reason = "was removed meanwhile" if found is None else "was changed meanwhile"
        if isinstance(found, Odd):
            reason = f"is {found} now"
        beside = self.put_beside(change, staged) if staged else ""
        self.kept[change.path] = Kept(change.path, reason, beside)

    def put_beside(self, change: Change, staged: str) -> str:
        """Put what is new beside what stays, under a name that nothing has."""
        if in_the_way(self.root, change.path, self.disk):
            return ""
        if name := self.beside_of(change):
            return name
        count = 1
        while not wrong_with(name := _beside(change.path, count)):
            if self.disk.lstat(f"{self.root}/{name}") is None:
                self.make_folders(change.path)
                self.disk.rename(staged, f"{self.root}/{name}")
                return name
            count += 1
        return ""  # too long a name, or the ancestor's

    def beside_of(self, change: Change) -> str:
        """Return where what is new stands beside already."""
        count = 1
        while not wrong_with(name := _beside(change.path, count)):
            found = standing(self.root, name, self.disk)
            if found is None or found == change.new:
                return name if found else ""
            count += 1
        return ""

    def make_folders(self, path: str) -> None:
        for folder in folders_of(path):
            if self.disk.lstat(f"{self.root}/{folder}") is None:
                self.disk.mkdir(f"{self.root}/{folder}")

    def sync(self) -> None:
        """Make the renames last, before the journal goes."""
        parents = {(folders_of(change.path) or [""])[-1] for change in self.record.changes}
        found = {folder: self.disk.lstat(f"{self.root}/{folder}") for folder in sorted(parents)}
        folders = [f for f, known in found.items() if known and stat.S_ISDIR(known.st_mode)]
        sync([f"{self.root}/{folder}".rstrip("/") for folder in folders], self.disk)

    def done(self) -> Record:
        """Return what was done, for ``undo``."""
        changes = [change for change in self.record.changes if change.path not in self.kept]
        for change in self.record.changes:
            kept = self.kept.get(change.path)
            if kept and kept.beside:
                changes.append(Change(kept.beside, None, change.new))
        record = self.record
        return Record(record.run, record.verb, tuple(changes), record.made, record.pruned)


def _beside(path: str, count: int) -> str:
    return f"{path}{BESIDE}" if count == 1 else f"{path}.{count}{BESIDE}"


def _close(root: Path, record: Record, run: _Run, disk: Disk) -> None:
    """Say what can be taken back; then the journal goes."""
    local = f"{root}/{LOCAL}"
    done = run.done()
    if record.verb == "undo":
        if disk.lstat(f"{local}/undo"):
            disk.unlink(f"{local}/undo")
    elif done.changes:
        clear(f"{local}/undo.new", disk)
        disk.write(f"{local}/undo.new", record_text(done), 0o644)
        disk.sync(f"{local}/undo.new")
        disk.rename(f"{local}/undo.new", f"{local}/undo")
        disk.sync(local)
    disk.unlink(f"{local}/journal")
    disk.sync(local)
    with suppress(OSError):  # the next start does it
        sweep(root, disk)


def sweep(root: Path, disk: Disk) -> None:
    """Remove what runs left that never committed, or that can no longer be taken back."""
    local = f"{root}/{LOCAL}"
    try:
        last = read_record(root, "undo", disk)
    except OtpgenError:
        return  # whose contents these are cannot be said
    for name in disk.names(local):
        if name == "undo.new" or (name.startswith("run-") and not (last and name == last.run)):
            clear(f"{local}/{name}", disk)
    if last and disk.lstat(f"{local}/{last.run}/new"):
        clear(f"{local}/{last.run}/new", disk)


def read_record(root: Path, name: str, disk: Disk) -> Record | None:
    """Return the journal, or what ``undo`` takes back; None: there is none.

    Raises:
        OtpgenError: OG407 when it is none of otpgen's.
    """
    found = raw(root, f"{LOCAL}/{name}", disk)
    if found is None:
        return None
    if isinstance(found, Odd):
        raise broken(name, f"is {found}")
    try:
        return parse_record(found.data)
    except ValueError as error:
        raise broken(name, str(error)) from None
