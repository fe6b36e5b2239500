"""A new project: built beside its target, then put in its place by one rename."""

from __future__ import annotations

import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from otpgen.catalogue import OWN_TEMPLATES
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.merge import File
from otpgen.project.ancestor import ancestor_bytes
from otpgen.project.disk import umask, write_all
from otpgen.project.paths import ANCESTOR

if TYPE_CHECKING:
    from otpgen.templates import RenderedFile  # brings Jinja

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""


class OwnFile(NamedTuple):
    """A template of the project's own, and what it was made from, if otpgen has such a one."""

    path: str
    file: File
    ancestor: File | None


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
        left = _left_over(target, target)
        found = sorted(
            entry.name
            for entry in entries
            if entry not in left and not _is_harmless(entry, architecture)
        )
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
    if entry.is_symlink():
        return False
    if entry.is_dir():
        return _is_templates(entry, architecture)
    if name.startswith(_MAY_START) or entry.resolve() == architecture.resolve():
        return True
    return entry.name == "otpgen.yaml" and entry.read_bytes() == architecture.read_bytes()


def _is_templates(folder: Path, architecture: Path) -> bool:
    """Whether a folder holds the templates beside the architecture, and nothing else."""
    above, _, below = OWN_TEMPLATES.partition("/")
    beside = folder.parent.resolve() == architecture.resolve().parent
    return beside and folder.name == above and [f.name for f in folder.iterdir()] == [below]


def _prefix(target: Path) -> str:
    return f".{target.name}.otpgen-"


def _left_over(parent: Path, target: Path) -> list[Path]:
    """Return what runs that were killed have built of a target and never put in its place."""
    found = parent.glob(f"{glob.escape(_prefix(target))}*") if parent.is_dir() else ()
    return [path for path in found if path.is_dir() and not path.is_symlink() and _is_free(path)]


def _is_free(folder: Path) -> bool:
    """Whether no process is at work in a folder, see :func:`_in_use`."""
    try:
        with _in_use(folder):
            return True
    except OSError:
        return False


@contextmanager
def _in_use(folder: Path) -> Iterator[None]:
    """Lock a folder; the system takes the lock from a process that dies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def create(
    target: Path,
    shown: str,
    files: Sequence[RenderedFile],
    progress: Progress = lambda what, done, of: None,
    own: Sequence[OwnFile] = (),
    declared: Mapping[str, File] = MappingProxyType({}),
) -> None:
    """Write the project and its ancestor.

    An existing target may hold what :func:`check_target` lets through; that stays as it is.
    ``own`` are the project's templates, ``declared`` goes into the ancestor alone.

    Raises:
        OtpgenError: OG403 when the disk does not take it; then nothing is left behind.
    """
    staging: Path | None = None
    new: list[Path] = []
    try:
        # What is there may be a file system of its own, below a folder that is not ours.
        parent = target if target.is_dir() else target.parent
        new = [folder for folder in (parent, *parent.parents) if not folder.exists()]
        parent.mkdir(parents=True, exist_ok=True)
        for left in _left_over(parent, target):
            shutil.rmtree(left, ignore_errors=True)
        staging = Path(tempfile.mkdtemp(prefix=_prefix(target), dir=parent))
        with _in_use(staging):
            _write_all(staging, files, own, declared, progress)
            if target.is_dir():
                _fill(staging, target)
            else:
                staging.chmod(0o777 & ~umask())
                staging.rename(target)
                staging = None
        new = []  # they hold the project
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise _failure("OG403", f"cannot be written: {reason}", shown) from error
    finally:
        if staging is not None:
            shutil.rmtree(staging, ignore_errors=True)
        for folder in new:
            with suppress(OSError):  # somebody else has put something into it
                folder.rmdir()


def _write_all(
    folder: Path,
    files: Sequence[RenderedFile],
    own: Sequence[OwnFile],
    declared: Mapping[str, File],
    progress: Progress,
) -> None:
    written = dict(declared)
    made = {str(folder)}
    base = str(folder)
    for done, file in enumerate(files, start=1):
        data = file.text.encode()
        _write(base, file.path, data, file.mode, made)
        written[file.path] = File(data, file.mode)
        progress("writing", done, len(files))
    for template in own:
        _write(base, template.path, template.file.data, template.file.mode, made)
        if template.ancestor:
            written[template.path] = template.ancestor
    ancestor = folder / PurePosixPath(ANCESTOR)
    ancestor.parent.mkdir(exist_ok=True)
    ancestor.write_bytes(ancestor_bytes(written))


def _write(base: str, path: str, data: bytes, mode: int, made: set[str]) -> None:
    path = f"{base}/{path}"
    _make_folder(path.rpartition("/")[0], made)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)


def _make_folder(path: str, made: set[str]) -> None:
    """Make a folder below those that are made; ``makedirs`` would ask the disk about each."""
    if path not in made:
        _make_folder(path.rpartition("/")[0], made)
        os.mkdir(path)  # noqa: PTH102 - pathlib costs as much as the write
        made.add(path)


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


def _failure(code: str, message: str, shown: str, hint: str = "") -> OtpgenError:
    return OtpgenError([Problem(code, message, Location(shown), hint)])
