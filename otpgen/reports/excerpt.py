"""The line of a file in which a place lies, and a mark under the place.

As compilers show it::

    5 |       strategy: one_for_al
      |                 ^^^^^^^^^^
"""

from __future__ import annotations

from functools import lru_cache

from otpgen.errors import Location
from otpgen.lines import lines_of
from otpgen.reports.terminal import DIM, colour, safe, width

ROOM = 76
"""Columns of a line that are shown; of a longer one a window around the place."""
BEFORE = ROOM // 2
"""Columns of the window that lie before the place."""
TAB = " " * 4


class Excerpts:
    """The files that one report shows lines of; each is read once."""

    def __init__(self) -> None:
        self._lines = lru_cache(maxsize=4)(lines_of)

    def show(self, at: Location, mark: str, code: str) -> list[str]:
        """Return the line and its mark, in a colour; nothing where there is no such place."""
        lines = self._lines(at.path) if at.line and at.length else []
        if not 0 < at.line <= len(lines):
            return []
        line = lines[at.line - 1]
        if not line.strip() or at.column > len(line) + 1:
            return []
        text, start, length = _window(line, at.column - 1, at.length)
        number, none = f"{at.line} |", f"{' ' * len(str(at.line))} |"
        return [
            f"  {colour(number, DIM)} {text}",
            f"  {colour(none, DIM)} {' ' * start}{colour(mark * length, code)}",
        ]


def _window(line: str, start: int, length: int) -> tuple[str, int, int]:
    """Return what is shown of a line, and in it the columns of the place: how far, how many."""
    # A character may take no column at all, but nobody reads more of them than this.
    first, last = max(0, start - ROOM), start + ROOM
    cells = [_cell(char) for char in line[first:last]]
    wide = [width(cell) for cell in cells]
    place = start - first
    left = right = place
    if first == 0 and last >= len(line) and sum(wide) <= ROOM:
        left, right = 0, len(cells)
    else:
        used = 0
        for before in (BEFORE, ROOM):  # first so far, then what is left beyond the end
            while left > 0 and used + wide[left - 1] <= before:
                left -= 1
                used += wide[left]
            while right < len(cells) and used + wide[right] <= ROOM:
                used += wide[right]
                right += 1
    cut = "…" if first + left > 0 else ""
    after = "…" if first + right < len(line) else ""
    text = cut + "".join(cells[left:right]) + after
    marked = sum(wide[place : min(place + length, right)])
    return text.rstrip(), len(cut) + sum(wide[left:place]), max(marked, 1)


def _cell(char: str) -> str:
    return TAB if char == "\t" else safe(char)
