"""Texts as git sees them: binary or not, line ends, and an ancestor that is of two minds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import reduce

_LF, _CRLF = b"\n", b"\r\n"
_APART = b"<<<<<<<<<\n%b=========\n%b>>>>>>>>>\n"  # as git: longer, for it stands in others
_SNIFFED = 8000
"""Bytes that git looks at. Source: git's xdiff-interface.c, FIRST_FEW_BYTES."""


def is_binary(data: bytes) -> bool:
    """Whether git would take it for binary."""
    return b"\0" in data[:_SNIFFED]


def same_text(one: bytes, other: bytes) -> bool:
    """Whether two files differ in nothing but line ends."""
    if one == other:
        return True
    if _CRLF not in one and _CRLF not in other:
        return False
    return not is_binary(one) and not is_binary(other) and _to_lf(one) == _to_lf(other)


def is_mixed(data: bytes) -> bool:
    """Whether some lines end as on Windows and some do not."""
    return 0 < data.count(_CRLF) < data.count(_LF)


def untouched(yours: bytes, ancestor: bytes) -> bool:
    """Whether the user wrote nothing; one kind of line ends for another is a check-out's doing.

    Mixed line ends are somebody's doing, and would be lost: they count as an edit.
    """
    return yours == ancestor or (same_text(yours, ancestor) and not is_mixed(yours))


def keeps(merged: bytes, yours: bytes, ancestor: bytes) -> bool:
    """Whether each line that the user wrote is in what git has made of it."""
    return _bare(yours) - _bare(ancestor) <= _bare(merged)


def with_ends_of(data: bytes, model: bytes) -> bytes:
    """Return a text with the line ends that most lines of another have."""
    crlf = model.count(_CRLF)
    lf = model.count(_LF) - crlf
    if crlf == lf:
        return data
    plain = _to_lf(data)
    return plain if lf > crlf else plain.replace(_LF, _CRLF)


def aligned(ancestor: bytes, yours: bytes, fresh: bytes) -> tuple[bytes, bytes]:
    """Return ancestor and fresh with the line ends of yours, which itself is never changed."""
    if is_mixed(ancestor) and is_mixed(yours):
        return ancestor, fresh
    return with_ends_of(ancestor, yours), with_ends_of(fresh, yours)


def virtual(candidates: Sequence[bytes]) -> bytes:
    """Return one ancestor for several: where they disagree it is like nothing else.

    As git makes one of several merge bases: what both sides have agreed upon since merges,
    what they have not is a conflict. Source: git's merge-recursive, virtual merge base.
    """
    return reduce(_both, candidates, candidates[0]) if candidates else b""


def _both(one: bytes, other: bytes) -> bytes:
    if same_text(one, other):
        return one
    left, right = _lines(one), _lines(with_ends_of(other, one))
    text = b""
    for tag, i, j, k, m in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        mine, theirs = b"".join(left[i:j]), b"".join(right[k:m])
        text += mine if tag == "equal" else _APART % (mine, theirs)
    return text


def _bare(data: bytes) -> set[bytes]:
    return {line.rstrip(b"\r") for line in data.split(b"\n")} - {b""}


def _lines(data: bytes) -> list[bytes]:
    """Split after LF only, as git does."""
    return [line for line in re.split(rb"(?<=\n)", data) if line]


def _to_lf(data: bytes) -> bytes:
    return data.replace(_CRLF, _LF)
