"""Names and numbers in a row, and how few of them say it all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from otpgen.semantics.answers import Answer

LONG_ROW = 3
"""So many of one module in a row are ``slot[1] to slot[3]``."""
MOST_NAMES = 8
"""In one row; the others are counted."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of an answer; ``order`` says how its names are sorted."""

    label: str
    said: str
    order: str = ""


def short(path: str) -> str:
    """Return the last word of a path: names are unique in an application."""
    return path.rpartition(".")[2]


def tops(paths: Iterable[str]) -> list[str]:
    """Return those whose supervisor is not among them."""
    found = list(paths)
    known = set(found)
    return [path for path in found if path.rpartition(".")[0] not in known]


def in_runs(paths: Sequence[str]) -> list[str]:
    """Return of each supervisor that is followed by all below it only the supervisor.

    Several times, if it is there several times, as in a trace of several deaths.
    """
    found: list[str] = []
    seen: set[str] = set()
    for path in paths:
        if found and path.startswith(f"{found[-1]}.") and path not in seen:
            seen.add(path)
        else:
            found.append(path)
            seen = set()
    return found


def whole(answer: Answer) -> list[str]:
    """Return what noticed nothing, of a subtree in which nobody did only its supervisor."""
    touched: set[str] = set()
    for path in {
        *(*answer.killed, *answer.terminated, *answer.started),
        *(*answer.gave_up, *answer.auto_shutdown),
    }:
        while path not in touched and path:
            touched.add(path)
            path = path.rpartition(".")[0]
    return tops(path for path in answer.unchanged if path not in touched)


def names(paths: Collection[str]) -> str:
    """Return the names of some processes, ``store, slot[2] and 8 others``."""
    counts = Counter(paths)
    found = [
        f"{name}{f' {times(many)}' if many > 1 else ''}" for name, many in _ranges(counts.items())
    ]
    if len(found) > MOST_NAMES:
        shown = found[: MOST_NAMES - 1]
        return f"{', '.join(shown)} and {len(found) - len(shown):,} others"
    return ", ".join(found)


def _ranges(counts: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Yield names with how often they are there; of many in a row the first and the last."""
    row: list[tuple[str, int, int]] = []
    for path, many in counts:
        name, _, number = short(path).partition("[")
        now = (name, int(number.rstrip("]") or -1) if number else -1, many)
        if row and not _follows(row, now):
            yield from _row(row)
            row = []
        row.append(now)
    yield from _row(row)


def _follows(row: Sequence[tuple[str, int, int]], now: tuple[str, int, int]) -> bool:
    last = row[-1]
    step = row[1][1] - row[0][1] if len(row) > 1 else now[1] - last[1]
    return (
        now[1] >= 0
        and last[1] >= 0
        and (last[0], last[2], last[1] + step) == (now[0], now[2], now[1])
        and abs(step) == 1
    )


def _row(row: Sequence[tuple[str, int, int]]) -> Iterator[tuple[str, int]]:
    said = [(name if number < 0 else f"{name}[{number}]", many) for name, number, many in row]
    if len(said) < LONG_ROW:
        yield from said
    else:
        yield f"{said[0][0]} to {said[-1][0]}", said[0][1]


def times(number: int) -> str:
    """Return ``once``, ``twice``, ``3 times``."""
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def seconds(milliseconds: int) -> str:
    """Return ``1 s``, ``1.1 s``, ``20 ms``."""
    if 0 < milliseconds < 1_000:
        return f"{milliseconds} ms"
    return f"{milliseconds / 1_000:,.1f}".removesuffix(".0") + " s"


def span(after: tuple[int, int]) -> str:
    """Return a time, or the two between which it lies; a few milliseconds do not count."""
    least, most = seconds(after[0]), seconds(after[1])
    return least if after[1] - after[0] < 100 else f"{least} to {most}"
