"""Drawings and findings: what ``graph`` and ``doctor`` show."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from otpgen.reports.dumped import dumped
from otpgen.reports.terminal import colour, count, safe

if TYPE_CHECKING:  # printing takes none of what it prints
    from otpgen.commands.doctor import Finding
    from otpgen.graph import Drawing, Line


def drawn(drawings: Sequence[Drawing], *, mermaid: bool) -> None:
    """Print drawings as text or, each a block of Markdown unless it is alone, as Mermaid."""
    if mermaid:
        _drawn_mermaid([drawing for drawing in drawings if drawing.mermaid])
        return
    for number, drawing in enumerate(drawings):
        print("\n" if number else "", end="")
        for line in drawing.lines:
            print(_line(line))


def _drawn_mermaid(drawings: Sequence[Drawing]) -> None:
    for number, drawing in enumerate(drawings):
        lines = drawing.mermaid
        if len(drawings) > 1:
            lines = (f"## {drawing.title}", "", "```mermaid", *lines, "```")
        print("\n" if number else "", end="")
        print(*lines, sep="\n")


_ASCII = str.maketrans({"├": "|", "└": "`", "│": "|", "─": "-"})


def _line(line: Line) -> str:
    branch = line.branch
    try:
        branch.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        branch = branch.translate(_ASCII)
    said = f"  {line.said}" if line.said else ""
    name = line.name if said else line.name.rstrip()
    return "".join(
        colour(text, code, sys.stdout) for text, code in ((branch, "2"), (name, "1"), (said, "2"))
    )


_STATES = {"ok": "32", "info": "2", "warning": "1;33", "missing": "1;31"}


def found(findings: Sequence[Finding], *, as_json: bool) -> None:
    """Print what the doctor found: a line each, and what mends it below."""
    missing = sum(finding.state == "missing" for finding in findings)
    if as_json:
        told = {"ok": not missing, "findings": [asdict(finding) for finding in findings]}
        print(dumped(told))
        return
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        state = colour(f"{finding.state:<7}", _STATES[finding.state], sys.stdout)
        print(f"{state}  {finding.what:<{width}}  {safe(finding.said)}")
        if finding.mend:
            print(f"{'':<{width + 11}}try: {safe(finding.mend)}")
    warnings = sum(finding.state == "warning" for finding in findings)
    if missing:
        print(f"{count(missing, 'thing')} {'is' if missing == 1 else 'are'} missing")
    else:
        print(
            f"{count(warnings, 'warning')}; all else is there" if warnings else "nothing is missing"
        )
