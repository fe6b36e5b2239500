"""What can be wrong, as values.

One problem is one sentence with a place, a code and, where there is a next step, a hint::

    otpgen.yaml:5:15: error OG104: supervisor "orders": unknown strategy "one_for_al"
      hint: use one_for_one, one_for_all or rest_for_one

Codes go by stage: OG0 reading, OG1 rules, OG2 templates, OG3 merging, OG4 writing,
OG5 toolchain. Each has a page in ``docs/problems``. Only ``reports`` prints.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

MOST_COMPARED = 1_000
"""Words that a misspelt one is compared with; beyond, a file of errors would take minutes."""

Severity = Literal["error", "warning"]


@dataclass(slots=True, unsafe_hash=True)
class Location:
    """A place in a file: line and column count from 1; 0 means the file as a whole.

    A value, though not frozen: one is made for each word of a file, in half the time.

    ``length`` is how many characters of the line stand there, as far as that is known, and 0
    where the line is not to be shown; two places are the same whatever their lengths.
    """

    path: str
    line: int = 0
    column: int = 0
    length: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class Problem(NamedTuple):
    """Something wrong at a place.

    ``message`` is one sentence without a period, quoting the value as the user wrote it;
    ``hint`` is the next step, empty where there is none; ``related`` are further places, each
    with what is to see there: ``("the first stands here", …)``.
    """

    code: str
    message: str
    location: Location
    hint: str = ""
    severity: Severity = "error"
    related: tuple[tuple[str, Location], ...] = ()


class OtpgenError(Exception):
    """The only exception of otpgen's own.

    Attributes:
        problems: never empty, distinct, sorted by place.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = distinct(problems)
        if not self.problems:
            raise ValueError("an OtpgenError without a problem")
        super().__init__("; ".join(f"{p.location}: {p.code}: {p.message}" for p in self.problems))


def distinct(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems sorted by place, each once."""
    return tuple(sorted(dict.fromkeys(problems), key=_order))


def _order(problem: Problem) -> tuple[str | int, ...]:
    at = problem.location
    return at.path, at.line, at.column, problem.severity, problem.code, problem.message


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that was most likely meant, if one is near."""
    words = list(known)
    if len(words) > MOST_COMPARED:
        return None
    found = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str], *, most: int = 12) -> str:
    """Return a hint: the nearest known word, else the list of them if it is short."""
    words = list(known)
    if near := nearest(word, words):
        return f"did you mean {near}?"
    return known_are(words) if 0 < len(words) <= most else ""


def known_are(words: Iterable[str]) -> str:
    """Return a hint that lists what there is."""
    known = list(words)
    return f"known {'is' if len(known) == 1 else 'are'} {listed(known)}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """Return ``a, b and c``."""
    *some, end = list(words) or [""]
    return f"{', '.join(some)} {last} {end}" if some else end
