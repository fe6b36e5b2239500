"""What a drawing is: lines with branches, and the same for Mermaid.

::

    Twig("g4", "one_for_one 3/5s", (Twig("ticker"), Twig("desk", "singleton")))

    g4  one_for_one 3/5s
    ├─ ticker
    └─ desk  singleton
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from otpgen import escape


@dataclass(frozen=True, slots=True)
class Twig:
    """Something with a name, what is said of it, and what hangs on it."""

    name: str
    said: str = ""
    below: tuple[Twig, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text; a terminal shows the name bold and all else dim."""

    branch: str
    name: str
    said: str = ""

    def __str__(self) -> str:
        return f"{self.branch}{self.name}  {self.said}".rstrip()


@dataclass(frozen=True, slots=True)
class Drawing:
    """A tree, the applications or the cluster; ``mermaid`` is empty where nothing is to draw."""

    title: str
    lines: tuple[Line, ...]
    mermaid: tuple[str, ...]


def lines(twig: Twig, first: str = "", further: str = "") -> Iterator[Line]:
    """Yield one line for each twig, itself first."""
    yield Line(first, twig.name, twig.said)
    for below in twig.below:
        last = below is twig.below[-1]
        branch, under = ("└─ ", "   ") if last else ("├─ ", "│  ")
        yield from lines(below, further + branch, further + under)


def table(rows: Iterable[tuple[str, str]]) -> tuple[Twig, ...]:
    """Return twigs whose words stand in one column."""
    cells = list(rows)
    width = max((len(name) for name, _ in cells), default=0)
    return tuple(Twig(name.ljust(width), said) for name, said in cells)


def box(me: str, label: str, shape: str = "[]") -> str:
    """Return a Mermaid node; ``shape`` is what stands around its label, half before it."""
    half = len(shape) // 2
    return f"{me}{shape[:half]}{escape.mermaid_text(label)}{shape[half:]}"
