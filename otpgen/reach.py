"""All that can be reached in a graph, however far: what is needed by what is needed, and so on."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

T = TypeVar("T", bound=Hashable)


def reached(start: Iterable[T], following: Callable[[T], Iterable[T]]) -> set[T]:
    """Return what ``start`` holds, what follows each of them, what follows that, and so on.

    It may go round in circles.
    """
    found: set[T] = set()
    ahead = list(start)
    while ahead:
        one = ahead.pop()
        if one not in found:
            found.add(one)
            ahead.extend(following(one))
    return found
