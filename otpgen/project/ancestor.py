"""What otpgen wrote last time, kept as text so that git merges it like everything else.

One entry a file, sorted by path, a blank line between; two branches which both regenerated
meet only in the files that both changed::

    otpgen ancestor 1

    README.md 644
    |# g4
    |…

    apps/g4/mix.exs 644
    eNqNUk1v4jAQvfMrRrkE…

Files at the top and small ones stand there line by line, behind a bar: two branches which
changed the architecture have both changed otpgen.yaml and README.md, and git shall merge them
here as it merges the files themselves. What is larger is packed (docs/decisions/005).

Behind ``.otpgen/declared/`` stand the declarations with which the architecture was read, for
that of the last run is read with them again.

It is read whatever became of it: with git's markers inside, both sides count; an entry that
cannot be read is left out and told.
"""

from __future__ import annotations

import base64
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from otpgen.errors import Location, OtpgenError, Problem
from otpgen.merge import File, Odd
from otpgen.project.disk import DISK, Disk, raw
from otpgen.project.paths import ANCESTOR, DECLARED, folded, wrong_with

LARGEST_PLAIN = 512
"""Bytes; packing takes as long for a small file as for a large one, and gains little."""
LARGEST_PLAIN_AT_THE_TOP = 65_536
"""Bytes, which the README of some 200 applications has."""
LARGEST_FILE = 16 * 1024**2
LARGEST_SUM = 512 * 1024**2
LARGEST_TEXT = 256 * 1024**2
_MOST_TOLD = 20
_HEADER = "otpgen ancestor 1\n"
_VERSION = re.compile(r"otpgen ancestor (\S+)")
_HEAD = re.compile(r"(.+) ([0-7]{3,4})")
_BEGINS = "<<<<<<<"
_MARK = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?: .*)?")

_BARS = ("|", " ")
"""What stands before a line: a space at first, which those who clean blanks away damaged."""

_NONE: Mapping[bytes, str] = MappingProxyType({})

Line = tuple[int, str]
_Entry = tuple[int, re.Match[str], str]
"""The number of its first line, that line, and the content as it stands below."""


@dataclass(frozen=True, slots=True)
class Ancestor:
    """What was read.

    Attributes:
        files: the files by path; more than one where two branches did not agree.
        problems: warnings, each of an entry that was left out.
        packed: how contents are packed in it, so that it need not be done again.
        declared: what the architecture was read with, by paths that begin with ``DECLARED``.
    """

    files: Mapping[str, tuple[File, ...]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    packed: Mapping[bytes, str] = field(default_factory=dict, repr=False)
    declared: Mapping[str, File] = field(default_factory=dict)


def ancestor_bytes(files: Mapping[str, File], packed: Mapping[bytes, str] = _NONE) -> bytes:
    """Return the ancestor's text for these files, in UTF-8; see ``Ancestor.packed``."""
    text = io.BytesIO()  # of 5,000 applications it is 19 MB, and stands here once
    text.write(_HEADER.encode())
    for path, file in sorted(files.items()):
        head = f"\n{path} {file.mode:o}\n".encode()
        text.write(b"%b%b\n" % (head, _content(path, file.data, packed)))
    return text.getvalue()


def _content(path: str, data: bytes, packed: Mapping[bytes, str]) -> bytes:
    most = LARGEST_PLAIN if "/" in path else LARGEST_PLAIN_AT_THE_TOP
    if len(data) <= most and data.endswith(b"\n") and b"\r" not in data and _is_text(data):
        return b"|" + data[:-1].replace(b"\n", b"\n|")
    return (packed.get(data) or _packed(data)).encode()


def _is_text(data: bytes) -> bool:
    with suppress(UnicodeDecodeError):
        return data.isascii() or bool(data.decode())
    return False


@lru_cache(maxsize=256)
def _packed(data: bytes) -> str:
    """Pack a file; many of a project's files are the same."""
    return base64.b64encode(zlib.compress(data, 1)).decode("ascii")


def read_ancestor(root: Path, disk: Disk = DISK) -> Ancestor:
    """Return what the project's ancestor tells; nothing where there is none.

    Raises:
        OtpgenError: OG301 when a newer otpgen wrote it.
    """
    try:
        found = raw(root, ANCESTOR, disk, LARGEST_TEXT)
    except OSError as error:
        return Ancestor(problems=(_warning(0, (error.strerror or str(error)).lower()),))
    if isinstance(found, Odd):
        why = "it is larger than 256 MiB" if found is Odd.UNREADABLE else f"it is {found}"
        return Ancestor(problems=(_warning(0, why),))
    return parse_ancestor(found.data) if found else Ancestor()


def parse_ancestor(data: bytes) -> Ancestor:
    """Return what an ancestor's text tells.

    Raises:
        OtpgenError: OG301 when a newer otpgen wrote it.
    """
    return _Reader().read(data.decode("utf-8", "surrogateescape"))


class _Reader:
    """One text; what it holds in all is bounded."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[File, ...]] = {}
        self.problems: list[Problem] = []
        self.folded: dict[str, str] = {}
        self.seen: set[tuple[str, str]] = set()
        self.left = LARGEST_SUM
        self.packed: dict[bytes, str] = {}
        self.declared: dict[str, File] = {}

    def read(self, text: str) -> Ancestor:
        untouched = _untouched(text)
        for number, head, packed in untouched or ():
            self.read_entry(number, head, packed)
        if untouched is None:
            lines = list(enumerate(text.split("\n"), 1))
            if "\r" in text:
                lines = [(number, line.rstrip("\r")) for number, line in lines]
            for side in sides(lines) if _BEGINS in text else [lines]:
                self.read_side(side)
        told = list(dict.fromkeys(self.problems))
        if len(told) > _MOST_TOLD:
            more = f"{len(told) - _MOST_TOLD:,} more entries cannot be used"
            told[_MOST_TOLD:] = [_warning(0, more)]
        return Ancestor(dict(sorted(self.files.items())), tuple(told), self.packed, self.declared)

    def read_side(self, lines: list[Line]) -> None:
        rest = [(number, line) for number, line in lines if line]
        if rest and (version := _VERSION.fullmatch(rest[0][1])):
            if version[1] != "1":
                raise OtpgenError([_newer(rest[0][0], version[1])])
            del rest[0]
        else:
            self.tell(rest[0][0] if rest else 1, "it does not begin with: otpgen ancestor 1")
        for number, head, packed in self.entries(rest):
            if (head[0], packed) not in self.seen:  # else the other side has it too
                self.seen.add((head[0], packed))
                self.read_entry(number, head, packed)

    def entries(self, lines: Iterable[Line]) -> Iterator[_Entry]:
        """Pair heads and contents; a line begins with a bar, and what is packed holds none."""
        open_head: tuple[int, re.Match[str]] | None = None
        text: list[str] = []
        for number, line in (*lines, (0, "")):
            if line.startswith(_BARS) and open_head:
                text.append(line)
                continue
            if text and open_head:
                yield *open_head, "\n".join(text)
                open_head, text = None, []
            if not line:
                continue
            if " " not in line and open_head:
                yield *open_head, line
                open_head = None
                continue
            if open_head:
                self.tell(open_head[0], f"{_shown(open_head[1][1])} is without its content")
                open_head = None
            if match := _HEAD.fullmatch(line):
                open_head = number, match
            else:
                self.tell(number, "this line is no entry")
        if open_head:
            self.tell(open_head[0], f"{_shown(open_head[1][1])} is without its content")

    def read_entry(self, number: int, head: re.Match[str], packed: str) -> None:
        path, mode = head[1], int(head[2], 8)
        if wrong := wrong_with(path.removeprefix(DECLARED)):
            self.tell(number, f"{_shown(path)} {wrong}")
        elif mode & ~0o777 or not mode & 0o400:
            self.tell(number, f"{_shown(path)} has mode {head[2]}, which no file of otpgen's has")
        elif self.folded.setdefault(folded(path), path) != path:
            other = self.folded[folded(path)]
            self.tell(number, f"{_shown(path)} differs from {_shown(other)} by case alone")
        elif isinstance(data := _unpacked(packed, min(LARGEST_FILE, self.left)), str):
            self.tell(number, f"{_shown(path)} {data}")
        else:
            self.left -= len(data)
            if not packed.startswith(_BARS):
                self.packed[data] = packed
            if path.startswith(DECLARED):
                self.declared.setdefault(path, File(data, mode))
            else:
                self.files[path] = (*self.files.get(path, ()), File(data, mode))

    def tell(self, number: int, message: str) -> None:
        self.problems.append(_warning(number, message))


def _untouched(text: str) -> list[_Entry] | None:
    """Return the entries of a text as otpgen writes it, None where anything is otherwise.

    That is ten times as quick as to look at each line, and most texts are so.
    """
    header, *blocks = text.removesuffix("\n").split("\n\n")
    if header != _HEADER.rstrip("\n") or "\r" in text or not text.endswith("\n"):
        return None
    entries = []
    number = 3
    for block in blocks:
        head, _, content = block.partition("\n")
        match = _HEAD.fullmatch(head)
        further = content.count("\n")
        bar = content[:1]
        is_plain = bar in _BARS and content.count(f"\n{bar}") == further
        if match is None or not content or not (is_plain or (not further and " " not in content)):
            return None
        entries.append((number, match, content))
        number += further + 3
    return entries


def _unpacked(packed: str, most: int) -> bytes | str:
    """Return the content, or what is wrong with it."""
    if packed.startswith(_BARS):
        lines = packed.replace("\n ", "\n|") if packed[0] == " " else packed
        data = f"{lines[1:]}\n".replace("\n|", "\n").encode(errors="replace")
        return data if len(data) <= most else "is larger than a file may be"
    try:
        unpack = zlib.decompressobj()
        data = unpack.decompress(base64.b64decode(packed, validate=True), most + 1)
    except (ValueError, zlib.error):
        return "is damaged"
    if len(data) > most:
        return "is larger than a file may be"
    return data if unpack.eof and not unpack.unused_data else "is damaged"


def sides(lines: list[Line]) -> list[list[Line]]:
    """Return the text as each side of git's markers has it; what both began with is neither's."""
    sides: tuple[list[Line], list[Line]] = [], []
    state = ""
    for number, line in lines:
        mark = match[1][0] if (match := _MARK.fullmatch(line)) else ""
        if mark == "<" and not state:
            state = "<"
        elif mark in ("|", "=") and state in ("<", "|") and mark != state:
            state = mark
        elif mark == ">" and state:
            state = ""
        elif state != "|":
            for side, skipped in zip(sides, "=<", strict=True):
                if state != skipped:
                    side.append((number, line))
    return list(sides)


def _shown(path: str) -> str:
    return f'"{path}"' if len(path) <= 80 else f'"{path[:77]}…"'


def _warning(line: int, message: str) -> Problem:
    # Without a length it is not shown: the line has been written anew when this is read.
    where = Location(ANCESTOR, line, 1 if line else 0, length=0)
    return Problem("OG302", message, where, severity="warning")


def _newer(line: int, version: str) -> Problem:
    return Problem(
        "OG301",
        f"a newer otpgen wrote this: ancestor {version[:20]}",
        Location(ANCESTOR, line, 1),
        "use that version of otpgen, or a later one",
    )
