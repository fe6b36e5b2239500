"""What ``whatif`` shows."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

from otpgen.reports.dumped import dumped
from otpgen.reports.terminal import colour

if TYPE_CHECKING:  # printing takes none of what it prints
    from otpgen.commands.whatif import Played
    from otpgen.semantics.costs import Cost
    from otpgen.semantics.words.lists import Row


def played(found: Played, *, as_json: bool) -> None:
    """Print what events bring about: one as it is, several as a list."""
    if as_json:
        data = [answer.as_data() for answer in found.answers]
        print(dumped(data if len(data) > 1 else data[0]))
        return
    for number, told in enumerate(found.told):
        print("\n" if number else "", end="")
        print(colour(told.headline, "1", sys.stdout))
        _rows(told.rows)


WIDTH = 100
"""Columns, after which a sentence goes on below."""


def _rows(rows: Sequence[Row]) -> None:
    label = max((len(row.label) for row in rows), default=0)
    said = max((len(row.said) for row in rows if row.order), default=0)
    for row in rows:
        first, *further = wrap(row.said, WIDTH - label - 4) if not row.order else [row.said]
        order = f"{'':{said - len(row.said)}}   {row.order}" if row.order else ""
        print(f"  {row.label:{label}}  {first}{colour(order, '2', sys.stdout)}")
        for line in further:
            print(f"  {'':{label}}  {line}")


def costs(found: Sequence[Cost], *, as_json: bool) -> None:
    """Print what the death of each process costs, the worst first."""
    if as_json:
        print(dumped({"processes": [cost.as_data() for cost in found]}))
        return
    if not found:
        print("there are no processes: every application is a library")
        return
    rows = [
        (
            cost.path,
            f"{cost.others:,}{'+' if cost.more else ''}",
            "yes" if cost.restarted else "no",
            "never" if cost.deaths is None else f"{cost.deaths:,}",
            "" if cost.deaths in (None, 1) else f"{cost.within} s",
        )
        for cost in found
    ]
    head = ("process", "others", "back", "deaths", "within")
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for number, row in enumerate((head, *rows)):
        first, others, back, deaths, within = row
        line = (
            f"{first:{widths[0]}}  {others:>{widths[1]}}  {back:{widths[2]}}  "
            f"{deaths:>{widths[3]}}  {within:>{widths[4]}}"
        ).rstrip()
        print(line if number else colour(line, "2", sys.stdout))
    if any(cost.more for cost in found):
        print(colour("+ and all that these had started at run time", "2", sys.stdout))
