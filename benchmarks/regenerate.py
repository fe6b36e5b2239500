"""How long ``otpgen regenerate`` takes, beside ``otpgen new`` of the same system.

    python benchmarks/regenerate.py [--sizes 50,1000,5000] [--rounds 3] [--folder DIR]

Each round makes every system, changes one line of its architecture (the restart of one worker)
and regenerates, then regenerates once more, which has nothing to do. What is printed are medians
over the rounds, of whole programs, their start included. Exits 1 when one of these is missed:

- at 1,000 applications neither the change of one line nor the run that does nothing takes
  longer than ``otpgen new``, by processor time, which hardly minds a busy machine;
- at 1,000 the ancestor has less than 4 MB;
- none of them takes more than 300 MB at any size.

Nothing is deleted before all is measured; see ``new.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared import (
    OTPGEN,
    Time,
    architecture,
    asked,
    machine,
    markdown,
    middle,
    over,
    place,
    timed,
)

JUDGED_SIZE = 1_000
MOST = 1.0
"""How many times as long as ``otpgen new`` the others may take."""
MOST_MEGABYTES = 300
MOST_OF_ANCESTOR = 4.0
VERBS = ("new", "one line", "nothing")


@dataclass
class Row:
    """What was measured of one size, one time a round."""

    size: int
    times: dict[str, list[Time]] = field(default_factory=lambda: {verb: [] for verb in VERBS})
    megabytes: dict[str, float] = field(default_factory=lambda: dict.fromkeys(VERBS, 0.0))
    files: int = 0
    ancestor: float = 0.0

    def run(self, verb: str, *arguments: str) -> None:
        """Run otpgen once, and note the time and the most memory of any round."""
        took, megabytes = timed([*OTPGEN, *arguments])
        self.times[verb].append(took)
        self.megabytes[verb] = max(self.megabytes[verb], megabytes)

    def ratio(self, verb: str) -> Time:
        """Return how many times as long as ``new`` a verb takes."""
        return over(middle(self.times[verb]), middle(self.times["new"]))


def main() -> None:
    """Measure, print the table, judge."""
    arguments = asked("Times otpgen regenerate beside otpgen new.", "50,1000,5000", 3)
    with place(arguments.folder) as folder:
        rows = measure(folder, arguments.sizes, arguments.rounds)
    print(f"{machine()}; medians of {arguments.rounds} rounds\n")
    print(table(rows))
    if missed := list(judge(rows)):
        sys.exit("\n" + "\n".join(missed))


def measure(folder: Path, sizes: Sequence[int], rounds: int) -> list[Row]:
    """Run everything ``rounds`` times, the sizes and the verbs in turn."""
    rows = [Row(size) for size in sorted(sizes)]
    _measure_once(folder / "first", Row(1))  # compiles what is not compiled
    for number in range(1, rounds + 1):
        for row in rows:
            print(f"round {number} of {rounds}: {row.size:,}", file=sys.stderr)
            _measure_once(folder / f"{number}-{row.size}", row)
    return rows


def _measure_once(folder: Path, row: Row) -> None:
    folder.mkdir()
    source, project = folder / "otpgen.yaml", folder / "new"
    text = architecture(row.size)
    source.write_text(text, encoding="utf-8")
    row.run("new", "new", str(source), str(project))
    file = project / "otpgen.yaml"
    worker = f"gen_server: worker_{(row.size + 1) // 2:04}"
    changed = text.replace(f"- {worker}\n", f"- {{{worker}, restart: transient}}\n")
    if changed == text:
        raise AssertionError("nothing is changed")
    file.write_text(changed, encoding="utf-8")
    row.run("one line", "regenerate", "--architecture", str(file))
    row.run("nothing", "regenerate", "--architecture", str(file))
    row.files = sum(path.is_file() for path in project.rglob("*"))
    row.ancestor = (project / ".otpgen/ancestor").stat().st_size / 1e6


def table(rows: Sequence[Row]) -> str:
    """Return the figures as a table in Markdown."""
    head = (
        "applications", "files", "new", "one line", "ratio", "of processor time", "nothing",
        "ratio", "of processor time", "memory of new", "one line", "nothing", "ancestor",
    )  # fmt: skip
    return markdown(head, [list(_cells(row)) for row in rows])


def _cells(row: Row) -> Iterator[str]:
    yield f"{row.size:,}"
    yield f"{row.files:,}"
    yield f"{middle(row.times['new']).clock:.3f} s"
    for verb in VERBS[1:]:
        yield f"{middle(row.times[verb]).clock:.3f} s"
        yield f"{row.ratio(verb).clock:.2f}"
        yield f"{row.ratio(verb).processor:.2f}"
    for verb in VERBS:
        yield f"{row.megabytes[verb]:.0f} MB"
    yield f"{row.ancestor:.2f} MB"


def judge(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what takes longer, or more, than it may."""
    for row in rows:
        for verb in VERBS:
            if row.megabytes[verb] > MOST_MEGABYTES:
                yield f"{row.size:,}, {verb}: {row.megabytes[verb]:.0f} MB; {MOST_MEGABYTES} may be"
            if row.size == JUDGED_SIZE and row.ratio(verb).processor > MOST:
                yield f"{verb}: {row.ratio(verb).processor:.2f} times as long as new"
        if row.size == JUDGED_SIZE and row.ancestor >= MOST_OF_ANCESTOR:
            yield f"an ancestor of {row.ancestor:.2f} MB; {MOST_OF_ANCESTOR} may be"


if __name__ == "__main__":
    main()
