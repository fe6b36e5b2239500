"""The lines of a text, counted as YAML counts them."""

from __future__ import annotations

import re
from pathlib import Path

MAX_BYTES = 16 * 1024 * 1024

# Source: YAML 1.1, 5.4 Line Break Characters; libyaml counts all of them.
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


def split(text: str) -> list[str]:
    """Return the lines of a text without their ends."""
    return _BREAK.split(text)


def place_after(text: str) -> tuple[int, int]:
    """Return the line and the column of what comes after ``text``."""
    lines = split(text)
    return len(lines), len(lines[-1]) + 1


def lines_of(path: str) -> list[str]:
    """Return the lines of a file to show, none where it holds no text or can be read only once."""
    file = Path(path)
    try:
        if not file.is_file():
            return []
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return []
    if len(data) > MAX_BYTES or b"\0" in data:
        return []
    return split(data.decode("utf-8-sig", errors="replace"))
