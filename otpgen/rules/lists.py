"""Lists in which a name says something once, and lists as messages show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from otpgen.errors import Location, Problem
from otpgen.source import quoted

MOST_SHOWN = 12
"""Applications of a circle or a chain that a message names."""


def twice(what: str, names: Iterable[tuple[str, Location]]) -> Iterator[Problem]:
    """Yield OG103 for each name that stood before; ``names`` are told with their places."""
    seen: dict[str, Location] = {}
    for name, at in names:
        if name in seen:
            message = f"{what}: {quoted(name)} stands twice"
            first = ("the first stands here", seen[name])
            yield Problem("OG103", message, at, "take one away", related=(first,))
        seen.setdefault(name, at)


def shortened(names: list[str]) -> list[str]:
    """Return a chain of names, without its middle where it is long."""
    return names if len(names) <= MOST_SHOWN else [*names[:3], "…", *names[-2:]]
