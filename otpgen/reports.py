"""The only printer: problems to standard error, results to standard output."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from types import TracebackType

from otpgen.commands import Created
from otpgen.errors import Problem
from otpgen.model import System

PATIENCE = 1.0
"""Seconds after which a terminal is shown how far it is."""


def problems(found: Iterable[Problem]) -> None:
    """Print problems, one a line and its hint below, and their number."""
    count = Counter[str]()
    for problem in found:
        count[problem.severity] += 1
        place, message = _safe(str(problem.location)), _safe(problem.message)
        head = _colour(problem.severity, "1;31" if problem.severity == "error" else "1;33")
        print(f"{place}: {head} {problem.code}: {message}", file=sys.stderr)
        if problem.hint:
            print(f"  hint: {_safe(problem.hint)}", file=sys.stderr)
    if sum(count.values()) > 1:
        words = [_count(number, severity) for severity, number in sorted(count.items())]
        print(" and ".join(words), file=sys.stderr)


def checked(system: System) -> None:
    """Print that an architecture is sound, and what it holds."""
    print(f"{system.name}: {_contents(system)}; no errors")


def created(result: Created, seconds: float, dry_run: bool) -> None:
    """Print what was written and what to type next."""
    files = _count(len(result.paths), "file")
    if dry_run:
        for path in result.paths:
            print(path)
        print(f"{result.system.name}: {_contents(result.system)}; {files}, nothing written")
        return
    print(f"{result.system.name}: {_contents(result.system)}; {files} in {seconds:.1f} s")
    steps = (
        [f"cd {_safe(result.target)}"] if PurePosixPath(result.target) != PurePosixPath(".") else []
    )
    steps.append("mix test")
    if result.system.nodes:
        steps.append("./start-dist.sh all")
    print("next:  " + "    ".join(steps))


def _contents(system: System) -> str:
    apps = list(system.apps.values())
    counts = [
        (len(apps), "application"),
        (sum(len(app.supervisors) for app in apps), "supervisor"),
        (sum(len(app.workers) for app in apps), "worker"),
        (len(system.nodes), "node"),
    ]
    return ", ".join(_count(number, noun) for number, noun in counts if number)


def _safe(text: str) -> str:
    """Return text in which nothing speaks to the terminal, and all of which can be printed."""
    return "".join(c if c.isprintable() else f"\\x{{{ord(c):x}}}" for c in text)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _colour(text: str, code: str) -> str:
    if os.environ.get("NO_COLOR") or not sys.stderr.isatty():
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


class Progress:
    """One line on a terminal, rewritten, once something takes over a second; silence in a pipe."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
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
