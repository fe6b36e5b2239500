"""Disks that fail, projects to change, and what became of them."""

import errno
import os
import stat

from otpgen.merge import File
from otpgen.project import ANCESTOR, Step, ancestor_bytes, look
from otpgen.project.disk import Disk

CALLS = [name for name in vars(Disk) if not name.startswith("_")]


CHANGING = ["write", "sync", "sync_all", "rename", "link", "unlink", "mkdir", "rmdir", "chmod"]
"""Only these leave a disk that a process may stop at: before a call that reads, it is as before."""


class Stopped(BaseException):
    """The process is gone: no handler gets to do anything."""


class Quick(Disk):
    """A disk that waits for no medium."""

    def sync(self, path):
        os.lstat(path)

    def sync_all(self):
        pass


class Faulty(Quick):
    """Counts calls; the n-th stops the process, or fails with an error number."""

    def __init__(self, at=-1, error=0, only=CALLS, sticky=False):
        self.calls, self.at, self.error, self.only, self.sticky = 0, at, error, only, sticky
        self.hit = ""

    def reach(self, name, arguments):
        if name not in self.only:
            return
        here = self.calls
        self.calls += 1
        if here == self.at or (here > self.at >= 0 and (self.sticky or not self.error)):
            self.hit = self.hit or name
            if name == "write":
                path, data, mode = arguments
                if not os.path.lexists(path):
                    super().write(path, data[: len(data) // 2], mode)
            if self.error:
                raise OSError(self.error, os.strerror(self.error), str(arguments[0]))
            raise Stopped


def _faulty(name):
    def call(self, *arguments):
        self.reach(name, arguments)
        return getattr(super(Faulty, self), name)(*arguments)

    return call


for _name in CALLS:
    setattr(Faulty, _name, _faulty(_name))


class NoLinks(Quick):
    """A file system without hard links."""

    def link(self, old, new):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), old)


def tree(root):
    """What is in a project: bytes and mode of each file, mode of each folder."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith(".otpgen/local"):
            continue
        about = path.lstat()
        mode = stat.S_IMODE(about.st_mode)
        if path.is_symlink():
            found[name] = ("link", str(path.readlink()))
        elif path.is_dir():
            found[name] = ("folder", mode)
        elif path.is_file():
            found[name] = (path.read_bytes(), mode)
        else:
            found[name] = ("special", mode)
    return found


def contents(root):
    """The bytes of every file, of otpgen's own too."""
    return {p.read_bytes() for p in root.rglob("*") if p.is_file() and not p.is_symlink()}


def write(root, files):
    for path, (data, mode) in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        place.chmod(mode)


OLD = {
    "mix.exs": (b"old mix\n", 0o644),
    "bin/start": (b"#!/bin/sh old\n", 0o700),
    "gone/lib/a.ex": (b"going\n", 0o640),
    "gone/lib/b.ex": (b"going too\n", 0o644),
    "apps/half/gone.ex": (b"half\n", 0o644),
    "apps/half/mine.ex": (b"the user's\n", 0o600),
    "becomes/folder": (b"file first\n", 0o644),
    "becomes_file/inner": (b"folder first\n", 0o644),
    "same.txt": (b"same\n", 0o644),
    "otpgen.yaml": (b"otpgen: 1\n", 0o644),
}
NEW = {
    "mix.exs": (b"new mix\n", 0o644),
    "bin/start": (b"#!/bin/sh old\n", 0o644),
    "becomes/folder/x.ex": (b"inside now\n", 0o644),
    "becomes_file": (b"file now\n", 0o755),
    "apps/new/lib/deep/n.ex": (b"brand new\n", 0o644),
}
REMOVED = ["gone/lib/a.ex", "gone/lib/b.ex", "apps/half/gone.ex", "becomes/folder"]
REMOVED += ["becomes_file/inner"]
BEFORE = ancestor_bytes({path: File(*file) for path, file in OLD.items()})
AFTER = ancestor_bytes({path: File(*file) for path, file in NEW.items()})


def project(root):
    """Make a project and return it."""
    root.mkdir()
    write(root, {**OLD, ANCESTOR: (BEFORE, 0o644)})
    (root / "gone/lib").chmod(0o750)
    (root / "apps/half/link").symlink_to("mine.ex")
    return root


def steps(root):
    """The steps from old to new."""
    made = [
        Step(path, look(root, path), File(data, mode | 0o100 if mode & 0o100 else mode))
        for path, (data, mode) in NEW.items()
        if path != "becomes_file" and not path.startswith("becomes/")
    ]
    made += [Step(path, look(root, path), None) for path in REMOVED]
    made += [Step(path, None, File(*NEW[path])) for path in ("becomes_file", "becomes/folder/x.ex")]
    return made
