"""Problems: as text for people, as JSON for programs, as commands for GitHub's workflows."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from otpgen import __version__
from otpgen.errors import Location, Problem
from otpgen.reports.dumped import dumped
from otpgen.reports.excerpt import Excerpts
from otpgen.reports.terminal import RED, YELLOW, colour, count, safe

MOST_READ = 50
"""Problems that a person is shown at once; the rest is counted."""
MOST_LISTED = 1_000
"""Problems that a program is given at once."""
MOST_NAMED = 3
"""Codes that are named for further reading."""


class Format(StrEnum):
    """How problems are printed."""

    text = "text"
    json = "json"
    github = "github"


def problems(found: Sequence[Problem]) -> None:
    """Print problems with their places, next steps, and their number, to standard error."""
    if not found:
        return
    shown, excerpts = _most(found, MOST_READ), Excerpts()
    for problem in shown:
        for line in _lines(problem, excerpts):
            print(line, file=sys.stderr)
    if len(found) > len(shown):
        print(f"{len(found) - len(shown):,} more are not shown", file=sys.stderr)
    codes = list(dict.fromkeys(problem.code for problem in shown))
    others = "  # and more" if len(codes) > MOST_NAMED else ""
    print(f"more: otpgen explain {' '.join(codes[:MOST_NAMED])}{others}", file=sys.stderr)
    if len(found) > 1:
        number = Counter[str](problem.severity for problem in found)
        words = [count(many, severity) for severity, many in sorted(number.items())]
        print(" and ".join(words), file=sys.stderr)


def as_json(file: str, found: Sequence[Problem], *, ok: bool) -> str:
    """Return problems as one JSON object; nothing in it speaks to a terminal."""
    shown = _most(found, MOST_LISTED)
    report = {
        "otpgen": __version__,
        "file": file,
        "ok": ok,
        "problems": [
            {
                "code": problem.code,
                "severity": problem.severity,
                "message": problem.message,
                "hint": problem.hint or None,
                **_place(problem.location),
                "related": [{"message": text, **_place(at)} for text, at in problem.related],
            }
            for problem in shown
        ],
        "omitted": len(found) - len(shown),
    }
    return dumped(report)


def as_github(found: Sequence[Problem]) -> list[str]:
    """Return problems as workflow commands, which GitHub shows beside the line.

    Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    shown = _most(found, MOST_LISTED)
    lines = [_command(problem) for problem in shown]
    if len(found) > len(shown):
        lines.append(f"{len(found) - len(shown):,} more are not shown")
    return lines


def _most(found: Sequence[Problem], most: int) -> list[Problem]:
    """Return the problems to show, in their order: a warning never hides an error."""
    if len(found) <= most:
        return list(found)
    errors_first = sorted(range(len(found)), key=lambda i: (found[i].severity != "error", i))
    return [found[i] for i in sorted(errors_first[:most])]


def _lines(problem: Problem, excerpts: Excerpts) -> list[str]:
    tone = RED if problem.severity == "error" else YELLOW
    head = f"{colour(problem.severity, tone)} {problem.code}: {safe(problem.message)}"
    lines = [
        f"{safe(str(problem.location))}: {head}",
        *excerpts.show(problem.location, "^", tone),
    ]
    for text, at in problem.related:
        lines += [f"  {safe(str(at))}: {safe(text)}", *excerpts.show(at, "-", tone)]
    if problem.hint:
        lines.append(f"  hint: {safe(problem.hint)}")
    return lines


def _place(at: Location) -> dict[str, str | int | None]:
    return {"path": at.path, "line": at.line or None, "column": at.column or None}


def _command(problem: Problem) -> str:
    at = problem.location
    properties = [("file", at.path), ("line", at.line), ("col", at.column), ("title", problem.code)]
    words = ",".join(f"{key}={_property(str(value))}" for key, value in properties if value)
    lines = [problem.message, *(f"{text}: {at}" for text, at in problem.related)]
    if problem.hint:
        lines.append(f"hint: {problem.hint}")
    # A line is made safe before its end, which is meant, is escaped.
    message = "\n".join(safe(line) for line in lines)
    return f"::{problem.severity} {words}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return safe(_escaped(text).replace(":", "%3A").replace(",", "%2C"))
