"""What a run does, as a record: first the journal, afterwards what ``undo`` takes back.

A record is read as if a stranger had written it: it names nothing outside the project::

    {"otpgen journal": 1, "run": "run-0a1b2c3d4e5f6071", "verb": "regenerate",
     "changes": [["mix.exs", ["<sha256>", 420], ["<sha256>", 420]],
                 ["apps/a/mix.exs", ["<sha256>", 420], null]],
     "made": [], "pruned": [["apps/a", 493]]}
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from otpgen.catalogue import PACK
from otpgen.project.paths import wrong_with_step

LARGEST = 64 * 1024**2
_VERSION = 1
_RUN = re.compile(r"run-[0-9a-f]{16}")
_VERB = re.compile(r"[a-z][a-z-]{0,19}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file is known by; ``mode`` is the one it really has."""

    sha256: str
    mode: int


@dataclass(frozen=True, slots=True)
class Change:
    """A path, what stood there and what shall stand there; None: nothing."""

    path: str
    old: Stamp | None
    new: Stamp | None


@dataclass(frozen=True, slots=True)
class Record:
    """What a run does.

    The contents lie in the run's folder, as ``old/SLOT`` and ``new/SLOT``.

    Attributes:
        run: the name of its folder below ``.otpgen/local``.
        verb: what was called.
        changes: by path, each path once.
        made: the folders that it makes, with their modes, the outermost first.
        pruned: the folders that go if nothing is left in them, with their modes.
    """

    run: str
    verb: str
    changes: tuple[Change, ...]
    made: tuple[tuple[str, int], ...] = ()
    pruned: tuple[tuple[str, int], ...] = ()


class Newer(ValueError):
    """A newer otpgen wrote this."""


def stamp(data: bytes, mode: int) -> Stamp:
    """Return what a file is known by."""
    return Stamp(hashlib.sha256(data).hexdigest(), mode)


def slot(path: str) -> str:
    """Return the name that a path's contents have in the folder of a run."""
    return hashlib.sha256(path.encode()).hexdigest()[:32]


def record_text(record: Record) -> bytes:
    """Return the record as it is written."""
    changes = [[change.path, _pair(change.old), _pair(change.new)] for change in record.changes]
    fields = {
        "otpgen journal": _VERSION,
        "run": record.run,
        "verb": record.verb,
        "changes": changes,
        "made": record.made,
        "pruned": record.pruned,
    }
    return json.dumps(fields).encode() + b"\n"


def _pair(known: Stamp | None) -> tuple[str, int] | None:
    return (known.sha256, known.mode) if known else None


def parse_record(data: bytes) -> Record:
    """Return what was written.

    Raises:
        ValueError: a clause that says what is wrong; ``Newer`` where a newer otpgen wrote it.
    """
    if len(data) > LARGEST:
        raise ValueError("is larger than 64 MiB")
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError("is no JSON") from error
    if not isinstance(fields, dict) or type(version := fields.get("otpgen journal")) is not int:
        raise ValueError("is no journal of otpgen's")
    if version != _VERSION:
        raise Newer("was written by a newer otpgen")
    if set(fields) != {"otpgen journal", "run", "verb", "changes", "made", "pruned"}:
        raise ValueError("has not the fields of a journal")
    record = Record(
        _text(fields["run"], _RUN),
        _text(fields["verb"], _VERB),
        tuple(_change(change) for change in _list(fields["changes"])),
        tuple(_folder(folder) for folder in _list(fields["made"])),
        tuple(_folder(folder) for folder in _list(fields["pruned"])),
    )
    for paths in (
        [change.path for change in record.changes],
        [path for path, _ in record.made],
        [path for path, _ in record.pruned],
    ):
        _check_paths(paths)
    return record


def _check_paths(paths: Iterable[str]) -> None:
    seen: set[str] = set()
    for path in paths:
        if (wrong := wrong_with_step(path)) and path != PACK:
            raise ValueError(f"names a path that {wrong}")
        if path in seen:
            raise ValueError("names a path twice")
        seen.add(path)


def _change(value: object) -> Change:
    path, old, new = _list(value, 3)
    change = Change(_text(path), _stamp(old), _stamp(new))
    if change.old == change.new:
        raise ValueError("holds a change that changes nothing")
    return change


def _stamp(value: object) -> Stamp | None:
    if value is None:
        return None
    sha256, mode = _list(value, 2)
    return Stamp(_text(sha256, _SHA256), _mode(mode))


def _folder(value: object) -> tuple[str, int]:
    path, mode = _list(value, 2)
    return _text(path), _mode(mode)


def _mode(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 0o7777:
        raise ValueError("holds a mode that is none")
    return value


def _list(value: object, length: int | None = None) -> list[object]:
    if not isinstance(value, list) or (length is not None and len(value) != length):
        raise ValueError("has not the form of a journal")
    return value


def _text(value: object, like: re.Pattern[str] | None = None) -> str:
    if not isinstance(value, str) or (like and not like.fullmatch(value)):
        raise ValueError("has not the form of a journal")
    return value


def turned(record: Record, run: str) -> Record:
    """Return the record of the run that takes another back."""
    changes = (Change(change.path, change.new, change.old) for change in record.changes)
    return Record(run, "undo", tuple(changes), record.pruned, record.made)
