"""What a terminal is told: no secret words, few colours, and how far something is."""

from __future__ import annotations

import os
import sys
import time
import unicodedata
from types import TracebackType
from typing import TextIO

PATIENCE = 1.0
"""Seconds after which a terminal is shown how far it is."""

RED, YELLOW, DIM = "1;31", "1;33", "2"


def safe(text: str) -> str:
    """Return text in which nothing speaks to the terminal, and all of which can be printed."""
    return "".join(c if c.isprintable() else f"\\x{{{ord(c):x}}}" for c in text)


def width(text: str) -> int:
    """Return how many columns of a terminal a safe text takes."""
    return sum(map(_width, text))


def _width(char: str) -> int:
    # Source: Unicode, UAX #11 (wide and fullwidth); marks stand on the character before.
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def count(number: int, noun: str) -> str:
    """Return ``1 file``, ``2 files``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def obeys(stream: TextIO) -> bool:
    """Whether a stream is a terminal that understands more than text."""
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def coloured(stream: TextIO) -> bool:
    """Whether a stream is a terminal that takes colours and whose reader wants them."""
    return not os.environ.get("NO_COLOR") and obeys(stream)


def colour(text: str, code: str, stream: TextIO | None = None) -> str:
    """Return a text in a colour where a stream, standard error unless said, takes one."""
    if not text or not coloured(stream or sys.stderr):
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


class Progress:
    """One line on a terminal, rewritten, once something takes over a second; silence in a pipe."""

    def __init__(self) -> None:
        self._shown = obeys(sys.stderr)
        self._next = time.monotonic() + PATIENCE
        self._dirty = False

    def __call__(self, what: str, done: int, of: int) -> None:
        """Tell how far it is."""
        if self._shown and time.monotonic() >= self._next:
            self._next = time.monotonic() + 0.1
            self._dirty = True
            print(f"\r{what} {done:,} of {of:,}\x1b[K", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None
    ) -> None:
        if self._dirty:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
