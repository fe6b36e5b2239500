"""The templates of a project's own, in ``otpgen/templates``, and those of its pack.

They are read as if a stranger had sent them: no link is followed, nothing is hidden behind
another name, and what is no text is no template.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from otpgen.catalogue import OWN_TEMPLATES, Own
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.merge import File, Odd
from otpgen.plan import PlannedFile
from otpgen.project.disk import DISK, Disk, in_the_way, plain, raw, told, umask
from otpgen.project.paths import BESIDE, folded, folders_of, wrong_with

LARGEST = 1024**2
MOST = 10_000


def read_own(
    root: Path, folder: str = OWN_TEMPLATES, shown: str = OWN_TEMPLATES, disk: Disk = DISK
) -> Mapping[str, File]:
    """Return the files of a folder of templates by their paths in it, sorted.

    Args:
        root: the project.
        folder: in it.
        shown: how messages call the folder.
        disk: the file system.

    Raises:
        OtpgenError: OG204 for each that is no template.
    """
    found: dict[str, File] = {}
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    if blocked := in_the_way(root, f"{folder}/x", disk):
        raise OtpgenError([Problem("OG204", f"is {blocked[1]}", Location(shown), _OWN)])
    try:
        paths = list(islice(_walk(f"{root}/{folder}", "", disk), MOST + 1))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        problem = Problem("OG204", f"cannot be read: {reason}", Location(shown))
        raise OtpgenError([problem]) from error
    if len(paths) > MOST:
        raise OtpgenError([Problem("OG204", f"holds more than {MOST:,} files", Location(shown))])
    for path in paths:
        why = wrong_with(path)
        other = seen.setdefault(folded(path), path)
        if not why and other != path:
            why = f"differs from {other} by case alone"
        file = "" if why else _read(root, f"{folder}/{path}", disk)
        if isinstance(file, File):
            found[path] = file
        else:
            problems.append(Problem("OG204", why or file, Location(f"{shown}/{path}"), _OWN))
    if problems:
        raise OtpgenError(problems)
    return dict(sorted(found.items()))


_LEFT = re.compile(r"__pycache__|.*\.py[co]|\.#.*|#.*#|.*~|.*\.(?:bak|orig|rej|sw[a-p])|\.DS_Store")
"""What editors, patches and Python leave beside a file."""

_OWN = "take it away, or put a plain file in its place"


def _read(root: Path, path: str, disk: Disk) -> File | str:
    """Return a template, or what is wrong with it."""
    try:
        file = raw(root, path, disk, LARGEST)
    except OSError as error:
        return f"cannot be read: {(error.strerror or str(error)).lower()}"
    if file is None:
        return "was removed while otpgen worked"
    if isinstance(file, Odd):
        return (
            f"is larger than {LARGEST // 1024**2} MiB" if file is Odd.UNREADABLE else f"is {file}"
        )
    try:
        file.data.decode()
    except UnicodeDecodeError:
        return "is not UTF-8 text"
    return File(file.data, plain(file.mode))


def _walk(top: str, folder: str, disk: Disk) -> Iterator[str]:
    """Yield the paths of files, and of folders that may not be; what waits beside is none."""
    for name in disk.names(f"{top}/{folder}"):
        if _LEFT.fullmatch(name):
            continue
        path = f"{folder}/{name}" if folder else name
        entry = disk.lstat(f"{top}/{path}")
        if entry and stat.S_ISDIR(entry.st_mode) and not wrong_with(path):
            yield from _walk(top, path, disk)
        elif not path.endswith(BESIDE):
            yield path


def put(root: Path, files: Mapping[str, File], disk: Disk = DISK) -> None:
    """Write templates where there is no project yet: no run to take back, nothing in ``.otpgen``.

    Raises:
        OtpgenError: OG403 when the disk does not take it, or something is there.
    """
    with told(root):
        for path, file in sorted(files.items()):
            for folder in folders_of(path):
                if disk.lstat(f"{root}/{folder}") is None:
                    disk.mkdir(f"{root}/{folder}")
            disk.write(f"{root}/{path}", file.data, file.mode & ~umask())


def check_emitted(files: Iterable[PlannedFile], own: Own) -> None:
    """Refuse what a project's own templates would put where nothing may be.

    Raises:
        OtpgenError: OG204 for each path that leads out of the project, belongs to git or otpgen,
            or is emitted twice, be it in another case, or as a folder, or would be a template
            itself. Without own templates there is none.
    """
    if not own.texts:
        return
    problems: list[Problem] = []
    seen: dict[str, PlannedFile] = {}
    folders: set[str] = set()
    files = list(files)
    emitted = {folded(file.path): file for file in files}
    for file in files:
        name = folded(file.path)
        other = seen.setdefault(name, file)
        inside = next((emitted[f] for f in folders_of(name) if f in emitted), None)
        if why := wrong_with(file.path):
            problems.append(_refused(file, why, own))
        elif file.template in own.texts and name.startswith(f"{OWN_TEMPLATES}/"):
            problems.append(_refused(file, "would be a template of the project's own", own))
        elif other is not file:
            mine, its = (file, other) if file.template in own.texts else (other, file)
            why = f"is emitted from {_source(its)}, too"
            if mine.path != its.path:
                why = f"differs by case alone from {its.path} of {_source(its)}"
            problems.append(_refused(mine, why, own))
        elif inside and file.template in own.texts:
            why = f"would be inside {inside.path}, which is a file of {_source(inside)}"
            problems.append(_refused(file, why, own))
        elif inside and inside.path not in folders:
            folders.add(inside.path)
            why = f"would be a folder, too, with {file.path} of {_source(file)}"
            problems.append(_refused(inside, why, own))
    if problems:
        raise OtpgenError(problems)


def _refused(file: PlannedFile, why: str, own: Own) -> Problem:
    at = Location(own.at(file.template or ""))
    return Problem("OG204", f"its file {file.path} {why}", at, _OTHER)


def _source(file: PlannedFile) -> str:
    return file.template or "otpgen itself"


_OTHER = "give the template another name"
