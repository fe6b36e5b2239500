"""What stands on the disk, and the only calls that change it.

Nothing here follows a symbolic link below the project's root.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from otpgen.errors import Location, OtpgenError, Problem
from otpgen.merge import File, Found, Odd
from otpgen.project.paths import BESIDE, LOCAL, folders_of, wrong_with

LARGEST = 64 * 1024**2
"""Bytes of a file that is read; a larger one at a path of otpgen's is left alone."""

LARGEST_OWN = 1024**2
_AT_ONCE = 1024**2
_MOST_OWN = 50_000
_SKIPPED = {"_build", ".git", ".otpgen", "node_modules", ".elixir_ls"}
_SKIPPED_AT_THE_TOP = {"deps", "var"}

Barrier = tuple[str, os.stat_result | None]
"""A path, and what stands there."""


class Disk:
    """Each call to the file system that this package makes, so that a test can make it fail.

    Paths are text: to make a Path of each costs as much as the call.
    """

    def lstat(self, path: str) -> os.stat_result | None:
        """Return what stands there; None: nothing."""
        try:
            return os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def barrier(self, root: str, path: str) -> Barrier | None:
        """Return the first on the way from the root to a path that is no folder; None: none."""
        for folder in folders_of(path):
            found = self.lstat(f"{root}/{folder}")
            if found is None or not stat.S_ISDIR(found.st_mode):
                return folder, found
        return None

    def names(self, path: str) -> list[str]:
        """Return the names in a folder, sorted."""
        return sorted(os.listdir(path))  # noqa: PTH208 - names are wanted, of paths as text

    def read(self, path: str, most: int = LARGEST) -> File:
        """Return a regular file with its mode, and one byte more than ``most`` at the most."""
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(errno.EINVAL, "no regular file", path)
            # As much as there is: a buffer of ``most`` would be made for each file. A regular
            # file gives less than was asked for at its end, and nowhere else.
            data = os.read(descriptor, min(found.st_size, most) + 1)
            while (
                len(data) != found.st_size
                and len(data) <= most
                and (more := os.read(descriptor, min(most + 1 - len(data), _AT_ONCE)))
            ):
                data += more
            return File(data, stat.S_IMODE(found.st_mode))
        finally:
            os.close(descriptor)

    def write(self, path: str, data: bytes, mode: int) -> None:
        """Write a file that is not there yet."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o600)
        try:
            write_all(descriptor, data)
            os.fchmod(descriptor, mode)
        finally:
            os.close(descriptor)

    def sync(self, path: str) -> None:
        """Return when a file or a folder is on the medium."""
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def sync_all(self) -> None:
        """Return when everything is on the medium; a thousand single files take seconds."""
        os.sync()

    def rename(self, old: str, new: str) -> None:
        """Put a file in the place of another, in one step."""
        os.rename(old, new)  # noqa: PTH104 - paths are text

    def link(self, old: str, new: str) -> None:
        """Give a file a second name."""
        os.link(old, new, follow_symlinks=False)

    def unlink(self, path: str) -> None:
        """Remove a file, or a link."""
        os.unlink(path)  # noqa: PTH108 - paths are text

    def mkdir(self, path: str) -> None:
        """Make a folder."""
        os.mkdir(path)  # noqa: PTH102 - paths are text

    def rmdir(self, path: str) -> None:
        """Remove an empty folder."""
        os.rmdir(path)  # noqa: PTH106 - paths are text

    def chmod(self, path: str, mode: int) -> None:
        """Set a folder's mode."""
        os.chmod(path, mode)  # noqa: PTH101 - paths are text

    def may_write(self, path: str) -> bool:
        """Whether files may be made and removed in a folder."""
        return os.access(path, os.W_OK | os.X_OK)

    def open_lock(self, path: str) -> int:
        """Return a descriptor of a file to lock."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)

    def lock(self, descriptor: int) -> bool:
        """Lock a file; False: somebody has."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class Remembering(Disk):
    """A disk for one look at a whole project: a folder is one until the end."""

    def __init__(self) -> None:
        self.free: set[str] = set()

    def barrier(self, root: str, path: str) -> Barrier | None:
        """Return the same; each folder is looked at once."""
        folder = path.rpartition("/")[0]
        if not folder or folder in self.free:
            return None
        if found := self.barrier(root, folder):
            return found
        here = self.lstat(f"{root}/{folder}")
        if here is None or not stat.S_ISDIR(here.st_mode):
            return folder, here
        self.free.add(folder)
        return None


DISK = Disk()


def umask() -> int:
    """Return this process's umask."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it: a disk that is nearly full takes a part, and says so at the next try."""
    while (written := os.write(descriptor, data)) < len(data):
        data = data[written:]


def plain(mode: int) -> int:
    """Return 755 where the owner may execute, else 644: as git, and whatever the umask was."""
    return 0o755 if mode & 0o100 else 0o644


def look(root: Path, path: str, disk: Disk = DISK) -> Found:
    """Return what stands at a path, with a mode of 644 or 755.

    What lies behind a symbolic link is ``Odd.LINK``; what lies behind a file is not there.
    """
    try:
        found = raw(root, path, disk)
    except OSError:
        return Odd.UNREADABLE
    if isinstance(found, File) and found.mode != plain(found.mode):
        return File(found.data, plain(found.mode))
    return found


def raw(root: Path, path: str, disk: Disk = DISK, most: int = LARGEST) -> Found:
    """Return what stands at a path, with the mode it really has.

    Raises:
        OSError: when it cannot be read.
    """
    base = str(root)
    if barrier := disk.barrier(base, path):
        return Odd.LINK if barrier[1] and stat.S_ISLNK(barrier[1].st_mode) else None
    try:
        file = disk.read(f"{base}/{path}", most)
    except OSError:
        # What is no file is rare, and asked about only then.
        found = disk.lstat(f"{base}/{path}")
        if found is None:
            return None
        if stat.S_ISREG(found.st_mode):
            raise
        return _odd(found.st_mode)
    return file if len(file.data) <= most else Odd.UNREADABLE


def in_the_way(root: Path, path: str, disk: Disk = DISK) -> tuple[str, Odd] | None:
    """Return the first on the way to a path that is no folder; None: the way is free."""
    barrier = disk.barrier(str(root), path)
    return (barrier[0], _odd(barrier[1].st_mode)) if barrier and barrier[1] else None


def _odd(mode: int) -> Odd:
    if stat.S_ISLNK(mode):
        return Odd.LINK
    return Odd.FOLDER if stat.S_ISDIR(mode) else Odd.SPECIAL


def own_files(root: Path, known: Collection[str], disk: Disk = DISK) -> Mapping[str, File]:
    """Return the user's other files, for finding what was renamed; sorted by path.

    Not those that are built, fetched or large, nor what links lead to.
    """
    found: dict[str, File] = {}
    for path in _walk(root, "", disk):
        if path in known or path.endswith(BESIDE) or wrong_with(path):
            continue
        if len(found) == _MOST_OWN:
            break
        try:
            file = raw(root, path, disk, LARGEST_OWN)
        except OSError:
            continue  # it went while we looked
        if isinstance(file, File):
            found[path] = File(file.data, plain(file.mode))
    return dict(sorted(found.items()))


def _walk(root: Path, folder: str, disk: Disk) -> Iterator[str]:
    """Yield the paths of regular files that are not too large, below a folder of the root."""
    try:
        names = disk.names(f"{root}/{folder}")
    except OSError:
        return
    for name in names:
        if name in _SKIPPED or (not folder and name in _SKIPPED_AT_THE_TOP):
            continue
        path = f"{folder}/{name}" if folder else name
        found = disk.lstat(f"{root}/{path}")
        if found and stat.S_ISDIR(found.st_mode):
            yield from _walk(root, path, disk)
        elif found and stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST_OWN:
            yield path


def clear(path: str, disk: Disk = DISK) -> None:
    """Remove whatever stands at a path, a folder with all that is in it."""
    found = disk.lstat(path)
    if found is None:
        return
    if not stat.S_ISDIR(found.st_mode):
        disk.unlink(path)
        return
    for name in disk.names(path):
        clear(f"{path}/{name}", disk)
    disk.rmdir(path)


@contextmanager
def told(root: Path, then: str = "nothing was changed") -> Iterator[None]:
    """Turn what the system refuses into OG403, with the path inside the project."""
    try:
        yield
    except OSError as error:
        named = str(error.filename2 or error.filename or root)
        inside = named.removeprefix(f"{root}/")
        reason = (error.strerror or str(error)).lower()
        message = f"cannot be written: {reason}"
        if inside == str(root) or inside.startswith(f"{LOCAL}/"):
            inside = "."  # names of no meaning to the user
        where = Location(inside)
        raise OtpgenError([Problem("OG403", message, where, then)]) from error
