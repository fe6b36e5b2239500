"""A new project: built beside its target, then put in its place by one rename."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from otpgen.errors import Location, OtpgenError, Problem
from otpgen.project.ancestor import ANCESTOR, Entry, ancestor_text
from otpgen.templates import RenderedFile

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""

_MAY_START = ("readme", "licen", "copying")


def check_target(target: Path, shown: str, architecture: Path) -> None:
    """Refuse a target that is not new or as good as new.

    Raises:
        OtpgenError: OG401 when it is not empty, OG402 when it is no folder or not writable.
    """
    try:
        if target.is_symlink():
            raise _failure("OG402", "is a symbolic link", shown, "name the folder itself")
        if target.exists() and not target.is_dir():
            raise _failure("OG402", "is not a folder", shown)
        if not os.access(_existing(target), os.W_OK | os.X_OK):
            raise _failure("OG402", "cannot be written", shown)
        entries = list(target.iterdir()) if target.is_dir() else []
        found = sorted(entry.name for entry in entries if not _is_harmless(entry, architecture))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _failure("OG402", f"cannot be written: {reason}", shown) from error
    if found:
        some = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")
        raise _failure(
            "OG401",
            f"is not empty: it holds {some}",
            shown,
            "name another folder; nothing was written",
        )


def _is_harmless(entry: Path, architecture: Path) -> bool:
    name = entry.name.lower()
    if entry.name == ".git":
        return True
    if entry.is_dir() or entry.is_symlink():
        return False
    if name.startswith(_MAY_START) or entry.resolve() == architecture.resolve():
        return True
    return entry.name == "otpgen.yaml" and entry.read_bytes() == architecture.read_bytes()


def create(
    target: Path,
    shown: str,
    files: Sequence[RenderedFile],
    progress: Progress = lambda what, done, of: None,
) -> None:
    """Write the project and its ancestor.

    An existing target may hold what :func:`check_target` lets through; that stays as it is.

    Raises:
        OtpgenError: OG403 when the disk does not take it; then nothing is left behind.
    """
    staging: Path | None = None
    try:
        # What is there may be a file system of its own, below a folder that is not ours.
        parent = target if target.is_dir() else target.parent
        parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.otpgen-", dir=parent))
        _write_all(staging, files, progress)
        if target.is_dir():
            _fill(staging, target)
        else:
            staging.chmod(0o777 & ~_umask())
            staging.rename(target)
            staging = None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _failure("OG403", f"cannot be written: {reason}", shown) from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)


def _write_all(folder: Path, files: Sequence[RenderedFile], progress: Progress) -> None:
    entries = []
    made = {str(folder)}
    base = str(folder)
    for done, file in enumerate(files, start=1):
        data = file.text.encode()
        path = f"{base}/{file.path}"
        _make_folder(path.rpartition("/")[0], made)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, file.mode)
        try:
            _write(descriptor, data)
        finally:
            os.close(descriptor)
        entries.append(Entry(file.path, file.mode, data))
        progress("writing", done, len(files))
    ancestor = folder / PurePosixPath(ANCESTOR)
    ancestor.parent.mkdir()
    ancestor.write_text(ancestor_text(entries), encoding="utf-8", newline="\n")


def _make_folder(path: str, made: set[str]) -> None:
    """Make a folder below those that are made; ``makedirs`` would ask the disk about each."""
    if path not in made:
        _make_folder(path.rpartition("/")[0], made)
        os.mkdir(path)  # noqa: PTH102 - pathlib costs as much as the write
        made.add(path)


def _write(descriptor: int, data: bytes) -> None:
    """Write all of it: a disk that is nearly full takes a part, and says so at the next try."""
    while (written := os.write(descriptor, data)) < len(data):
        data = data[written:]


def _fill(staging: Path, target: Path) -> None:
    """Move what was built into a folder that is as good as new.

    What the user has there stays; should a move fail, those already made are taken back.
    """
    moved: list[tuple[Path, Path]] = []
    try:
        for entry in sorted(staging.iterdir()):
            place = target / entry.name
            if not os.path.lexists(place):
                entry.rename(place)
                moved.append((place, entry))
    except BaseException:
        for place, entry in reversed(moved):
            place.rename(entry)
        raise


def _existing(path: Path) -> Path:
    while not path.exists():
        path = path.parent
    return path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _failure(code: str, message: str, shown: str, hint: str = "") -> OtpgenError:
    return OtpgenError([Problem(code, message, Location(shown), hint)])
