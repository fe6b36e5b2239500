"""What is merged: files as bytes and mode, and what became of each."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Literal, NamedTuple, TypeAlias

PLAIN = 0o644
BESIDE = ".otpgen-new"
"""What is put behind a path for what is written beside it."""


class File(NamedTuple):
    """A regular file; ``mode`` as ``chmod`` takes it."""

    data: bytes
    mode: int = PLAIN


class Odd(StrEnum):
    """What may stand where a file should."""

    LINK = "a link"
    FOLDER = "a folder"
    SPECIAL = "no regular file"
    UNREADABLE = "a file that cannot be read"


Found: TypeAlias = File | Odd | None
"""What stands at a path; None: nothing."""

Verdict = Literal[
    "same",
    "added",
    "changed",
    "removed",
    "merged",
    "kept",
    "conflict",
    "beside",
]
"""What happens at a path.

``same``: nothing is to be written. ``added``, ``changed``, ``removed``: it follows the
architecture, the user had nothing of his own there. ``merged``: both changed it, in different
places. ``kept``: it stays as the user has it, and ``reason`` says why that is worth saying.
``conflict``: it is written with markers. ``beside``: it stays, and what is new is written
beside it as ``PATH.otpgen-new``.
"""


class Merged(NamedTuple):
    """What becomes of one path.

    Attributes:
        path: where it is afterwards; relative, POSIX.
        file: what is written there; None: nothing is, and what stood there stays unless the
            verdict is ``removed``.
        beside: what is written as ``PATH.otpgen-new``.
        was: the path it had before, where that is another; it stands there no more, unless
            another result is written there. On a disk that folds case both may be one file.
        reason: a clause for ``kept``, ``conflict`` and ``beside``; else empty.
        stages: ancestor, yours and fresh of a conflict, for git's index; None where absent.
    """

    path: str
    verdict: Verdict
    file: File | None = None
    beside: File | None = None
    was: str = ""
    reason: str = ""
    stages: tuple[File | None, File | None, File | None] | None = None


class MergedText(NamedTuple):
    """A text that both sides changed; ``conflicts`` counts the places marked in it."""

    data: bytes
    conflicts: int


Ownership: TypeAlias = Literal["managed", "seeded", "yours"]
"""Who a file belongs to: it is merged; it is written once; it is never touched again."""

RenameText: TypeAlias = Callable[[str, bytes], bytes]
"""Puts new names for old ones into the text of the file that had this path."""

MergeText: TypeAlias = Callable[[bytes, bytes, bytes], MergedText | None]
"""Merges ancestor, yours and fresh; None: there is nothing that could (no git)."""
