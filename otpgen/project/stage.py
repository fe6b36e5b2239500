"""What comes before the commit point: new contents staged, old ones kept, the journal written.

.otpgen/local/             git ignores it
  lock  journal  undo      who works here, what is half done, what can be taken back
  run-0a1b2c3d4e5f6071/
    new/…  old/…           the contents, named by the path's hash
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from otpgen.errors import Location, OtpgenError, Problem
from otpgen.merge import File, Odd
from otpgen.project.disk import DISK, Disk, clear, in_the_way, raw, told, umask
from otpgen.project.paths import LOCAL, folders_of
from otpgen.project.record import Change, Record, Stamp, parse_record, record_text, slot, stamp

LATER = "the next otpgen in this project finishes it"
FEW = 16
"""Files that are synced one by one: each takes milliseconds."""

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EXDEV, errno.EMLINK, errno.ENOSYS}


def local_folder(root: Path, disk: Disk = DISK) -> str:
    """Return the folder of what is this machine's alone; it is made where it is missing.

    Raises:
        OtpgenError: OG406 when something else stands there.
    """
    for folder in (*folders_of(LOCAL), LOCAL):
        with suppress(FileExistsError):  # of two that start at once, one makes it
            if disk.lstat(f"{root}/{folder}") is None:
                disk.mkdir(f"{root}/{folder}")
        found = disk.lstat(f"{root}/{folder}")
        if found and not stat.S_ISDIR(found.st_mode):
            raise OtpgenError([no_folder(folder, stat.S_ISLNK(found.st_mode))])
    ignored = f"{root}/{LOCAL}/.gitignore"
    if disk.lstat(ignored) is None:
        with suppress(FileExistsError):
            disk.write(ignored, b"*\n", 0o644)
    return f"{root}/{LOCAL}"


def no_folder(folder: str, link: bool) -> Problem:
    """Return the problem of something that stands where a folder is needed."""
    what = "is a link; nothing is written through it" if link else "is no folder"
    return Problem("OG406", what, Location(folder), "move it away")


def standing(root: Path, path: str, disk: Disk) -> Stamp | Odd | None:
    """Return what stands at a path, by its stamp.

    Raises:
        OSError: when it cannot be read.
    """
    found = raw(root, path, disk)
    return stamp(found.data, found.mode) if isinstance(found, File) else found


def plan_record(root: Path, verb: str, changes: Sequence[Change], disk: Disk) -> Record:
    """Return the record of a run that makes these changes, folders included."""
    parents: dict[str, os.stat_result | None] = {}
    for change in changes:
        for folder in folders_of(change.path):
            if folder not in parents:
                parents[folder] = disk.lstat(f"{root}/{folder}")
    needed = {f for c in changes if c.new for f in folders_of(c.path)} - {".otpgen"}
    left = {f for c in changes if not c.new for f in folders_of(c.path)} - needed
    is_folder = {
        folder: found is not None and stat.S_ISDIR(found.st_mode)
        for folder, found in parents.items()
    }
    made = [(folder, 0o777 & ~umask()) for folder in sorted(needed) if not is_folder[folder]]
    pruned = [
        (folder, stat.S_IMODE(found.st_mode))
        for folder in sorted(left - {".otpgen"})
        if is_folder[folder]
        and (found := parents[folder])
        and disk.may_write(f"{root}/{folder}".rpartition("/")[0])
    ]
    ordered = sorted(changes, key=lambda change: change.path)
    return Record(new_run(), verb, tuple(ordered), tuple(made), tuple(pruned))


def new_run() -> str:
    """Return the name of a new run's folder."""
    return f"run-{secrets.token_hex(8)}"


def check_way(root: Path, changes: Sequence[Change], disk: Disk) -> None:
    """Refuse changes that something else on the disk is in the way of.

    Raises:
        OtpgenError: OG406 of each path.
        OSError: when a folder cannot be written.
    """
    removed = {change.path for change in changes if change.new is None}
    problems = []
    folders = set()
    for change in changes:
        blocked = in_the_way(root, change.path, disk)
        if blocked and blocked[0] not in removed:
            problems.append(no_folder(blocked[0], blocked[1] is Odd.LINK))
        elif change.new and not change.old and not _is_free(root, change.path, removed, disk):
            hint = "move it away"
            problems.append(Problem("OG406", "is a folder", Location(change.path), hint))
        else:
            folders.add(_nearest(root, change.path, disk))
    if problems:
        raise OtpgenError(problems)
    for folder in sorted(folders):
        if not disk.may_write(folder):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder)


def _nearest(root: Path, path: str, disk: Disk) -> str:
    """Return the innermost folder on the way to a path that is there."""
    place = str(root)
    for folder in folders_of(path):
        found = disk.lstat(f"{root}/{folder}")
        if found is None or not stat.S_ISDIR(found.st_mode):
            break
        place = f"{root}/{folder}"
    return place


def _is_free(root: Path, path: str, removed: set[str], disk: Disk) -> bool:
    """Whether no folder stands at a path once these are removed."""
    found = disk.lstat(f"{root}/{path}")
    if found is None or not stat.S_ISDIR(found.st_mode):
        return True
    return all(inside in removed for inside in _inside(root, path, disk))


def _inside(root: Path, folder: str, disk: Disk) -> Iterator[str]:
    """Yield the paths of all that keeps a folder from going: files, and empty folders."""
    names = disk.names(f"{root}/{folder}")
    if not names:
        yield folder
    for name in names:
        path = f"{folder}/{name}"
        found = disk.lstat(f"{root}/{path}")
        if found and stat.S_ISDIR(found.st_mode):
            yield from _inside(root, path, disk)
        else:
            yield path


def commit(root: Path, record: Record, contents: Mapping[str, bytes | str], disk: Disk) -> None:
    """Stage a run and write its journal; from then on it will be done, come what may.

    Args:
        root: the project.
        record: what the run does.
        contents: what is new, by path: the bytes, or the path of a file to link.
        disk: the file system.

    Raises:
        OtpgenError: OG403, OG405 or OG406; then nothing was changed.
    """
    with told(root):
        local = local_folder(root, disk)
        folder = f"{local}/{record.run}"
        try:
            _stage(root, folder, record, contents, disk)
            disk.rename(f"{folder}/journal", f"{local}/journal")
        except Exception:
            with suppress(OSError):
                if disk.lstat(f"{local}/journal") is None:
                    clear(folder, disk)
            raise
    with told(root, LATER):
        disk.sync(local)


def _stage(
    root: Path, folder: str, record: Record, contents: Mapping[str, bytes | str], disk: Disk
) -> None:
    text = record_text(record)
    if parse_record(text) != record:
        raise AssertionError("a journal that could not be read again")
    for made in (folder, f"{folder}/new", f"{folder}/old"):
        disk.mkdir(made)
    written = [f"{folder}/journal", f"{folder}/new", f"{folder}/old", folder]
    for change in record.changes:
        name = slot(change.path)
        if change.new:
            content = contents[change.path]
            if isinstance(content, bytes):
                disk.write(f"{folder}/new/{name}", content, change.new.mode)
                written.insert(0, f"{folder}/new/{name}")
            elif not _linked(content, f"{folder}/new/{name}", change.new.mode, disk):
                written.insert(0, f"{folder}/new/{name}")
        if change.old:
            kept = f"{folder}/old/{name}"
            if not _linked(f"{root}/{change.path}", kept, change.old.mode, disk):
                written.insert(0, kept)
            if standing(root, f"{LOCAL}/{record.run}/old/{name}", disk) != change.old:
                raise OtpgenError([meanwhile(change.path)])
    disk.write(f"{folder}/journal", text, 0o644)
    sync(written, disk)


def sync(paths: Sequence[str], disk: Disk) -> None:
    """Return when these are on the medium."""
    if len(paths) > FEW:
        disk.sync_all()
    else:
        for path in paths:
            disk.sync(path)


def meanwhile(path: str, how: str = "was changed while otpgen worked") -> Problem:
    """Return the problem of a path that is not as it was when the run was decided on."""
    return Problem("OG405", how, Location(path), "nothing was changed; run it again")


def _linked(old: str, new: str, mode: int, disk: Disk) -> bool:
    """Give a file a second name; where there are no links, copy it and return False."""
    try:
        disk.link(old, new)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        disk.write(new, disk.read(old).data, mode)
        return False
    return True
