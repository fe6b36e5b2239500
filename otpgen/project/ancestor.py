"""What otpgen wrote last time, kept as text so that git merges it like everything else.

One entry a file, sorted by path, a blank line between; two branches which both regenerated
meet only in the files that both changed::

    otpgen ancestor 1

    apps/g4/mix.exs 644
    eNqNUk1v4jAQvfMrRrkE…
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

ANCESTOR = ".otpgen/ancestor"
_HEADER = "otpgen ancestor 1\n"
_WIDTH = 120


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it was written."""

    path: str
    mode: int
    data: bytes


def ancestor_text(entries: Iterable[Entry]) -> str:
    """Return the ancestor's text for these files."""
    blocks = [_HEADER]
    for entry in sorted(entries, key=lambda entry: entry.path):
        packed = _packed(entry.data)
        lines = "\n".join(packed[i : i + _WIDTH] for i in range(0, len(packed), _WIDTH))
        blocks.append(f"{entry.path} {entry.mode:o}\n{lines}\n")
    return "\n".join(blocks)


@lru_cache(maxsize=256)
def _packed(data: bytes) -> str:
    """Pack a file; many of a project's files are the same."""
    return base64.b64encode(zlib.compress(data, 1)).decode("ascii")


def parse_ancestor(text: str) -> Iterator[Entry]:
    """Yield the entries of an ancestor's text.

    Raises:
        ValueError: when it is no ancestor.
    """
    header, _, rest = text.partition("\n\n")
    if header + "\n" != _HEADER:
        raise ValueError("no ancestor of otpgen's")
    for block in rest.rstrip("\n").split("\n\n") if rest.strip() else ():
        head, *lines = block.split("\n")
        path, _, mode = head.rpartition(" ")
        yield Entry(path, int(mode, 8), _unpacked(lines))


def _unpacked(lines: list[str]) -> bytes:
    return zlib.decompress(base64.b64decode("".join(lines), validate=True))
