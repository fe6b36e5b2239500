"""How long ``otpgen new`` takes, beside the bare writing of the same bytes, and ``mix new``.

    python benchmarks/new.py [--sizes 1,50,1000] [--rounds 5]

Each round runs everything once, one after the other; what is printed are medians over the
rounds. Exits 1 when ``otpgen new`` of 1,000 applications, its start-up taken off, takes more
than twice the bare writing.

Nothing is deleted before all is measured: ext4 keeps from reusing what was deleted in the last
seconds, and then looks for free places up to twenty times as long as it writes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shared import (
    OTPGEN,
    Time,
    architecture,
    asked,
    less,
    machine,
    markdown,
    middle,
    over,
    place,
    timed,
)

HERE = Path(__file__).resolve().parent
START_UP = (
    sys.executable,
    "-c",
    "import gc; gc.disable(); import otpgen.cli, pydantic, otpgen.commands.new, otpgen.templates",
)
"""Python, and all that ``new`` imports, as the command line does it."""
JUDGED_SIZE = 1_000
MOST = 2.0
"""How many times as long as the bare writing ``otpgen new`` may take."""
MIX_PATIENCE = 120.0
"""Seconds; a size for which ``mix new`` would take longer is left out."""


@dataclass
class Row:
    """What was measured of one size, one time a round."""

    size: int
    start_up: list[Time] = field(default_factory=list)
    new: list[Time] = field(default_factory=list)
    write: list[Time] = field(default_factory=list)
    mix: list[Time] = field(default_factory=list)
    files: int = 0
    files_of_one: int = 0
    megabytes: float = 0.0

    @property
    def work(self) -> Time:
        """``otpgen new`` without its start-up."""
        return less(middle(self.new), middle(self.start_up))

    @property
    def ratio(self) -> Time:
        """How many times as long as the bare writing that is."""
        return over(self.work, middle(self.write))

    @property
    def ratios(self) -> list[float]:
        """The same by the clock of every single round: how noisy the machine was."""
        rounds = zip(self.new, self.start_up, self.write, strict=True)
        return [over(less(new, start), write).clock for new, start, write in rounds]


def main() -> None:
    """Measure, print the table, judge."""
    arguments = asked("Times otpgen new for systems of some sizes.", "1,50,1000", 5)
    with place(arguments.folder) as folder:
        rows = measure(folder, arguments.sizes, arguments.rounds)
    print(f"{machine()}; medians of {arguments.rounds} rounds\n")
    print(table(rows))
    for row in rows:
        if row.size == JUDGED_SIZE and row.ratio.clock > MOST:
            sys.exit(f"\n{row.ratio.clock:.2f} times the bare writing; {MOST} is the most")


def measure(folder: Path, sizes: Sequence[int], rounds: int) -> list[Row]:
    """Run everything ``rounds`` times, the sizes and the programs in turn."""
    rows = [Row(size) for size in sorted(sizes)]
    timed(START_UP)  # compiles what is not compiled
    for number in range(1, rounds + 1):
        for row in rows:
            print(f"round {number} of {rounds}: {row.size:,}", file=sys.stderr)
            place = folder / f"{number}-{row.size}"
            place.mkdir()
            _measure_once(place, row, with_mix=_mix_is_quick_enough(rows, row))
    return rows


def _measure_once(folder: Path, row: Row, with_mix: bool) -> None:
    source, project = folder / "otpgen.yaml", folder / "new"
    source.write_text(architecture(row.size), encoding="utf-8")
    row.start_up.append(timed(START_UP)[0])
    row.new.append(timed([*OTPGEN, "new", str(source), str(project)])[0])
    _count(row, project)
    row.write.append(_said([sys.executable, f"{HERE}/bare_write.py", project, folder / "bare"]))
    if with_mix:
        row.mix.append(_said(["elixir", f"{HERE}/mix_new.exs", folder / "umbrella", row.size]))


def _mix_is_quick_enough(rows: Sequence[Row], row: Row) -> bool:
    """Judge by the last measured time, of this size or else of the one before."""
    if shutil.which("elixir") is None:
        return False
    known = [other for other in rows if other.mix and other.size <= row.size]
    return not known or known[-1].mix[-1].clock / known[-1].size * row.size <= MIX_PATIENCE


def _count(row: Row, project: Path) -> None:
    files = [path for path in project.rglob("*") if path.is_file()]
    row.files = len(files)
    row.files_of_one = sum(path.is_relative_to(project / "apps/app_0001") for path in files)
    row.megabytes = sum(path.stat().st_size for path in files) / 1e6


def _said(command: Sequence[object]) -> Time:
    """Run a command that times itself, and return what it prints."""
    os.sync()
    words = [str(word) for word in command]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return Time(float(said[0]), float(said[-1]))


def table(rows: Sequence[Row]) -> str:
    """Return the figures as a table in Markdown, and below it what they mean."""
    head = (
        "applications", "files", "MB", "otpgen new", "without start-up", "bare writing", "ratio",
        "of processor time", "per application", "per further one", "mix new", "mix per application",
    )  # fmt: skip
    last = rows[-1]
    start_up = middle([start for row in rows for start in row.start_up]).clock
    notes = (
        f"An application is {last.files_of_one} files; start-up (Python and the imports) takes "
        f"{start_up:.3f} s; over the rounds the ratio at {last.size:,} lay between "
        f"{min(last.ratios):.2f} and {max(last.ratios):.2f}, the bare writing between "
        f"{min(last.write).clock:.3f} and {max(last.write).clock:.3f} s."
    )
    return f"{markdown(head, [_cells(row, rows[0]) for row in rows])}\n\n{notes}"


def _cells(row: Row, first: Row) -> list[str]:
    further = mix = mix_each = "—"
    if row.size > first.size:
        more = row.work.clock - first.work.clock
        further = _milliseconds(more / (row.size - first.size))
    if row.mix:
        seconds = middle(row.mix).clock
        mix, mix_each = f"{seconds:.3f} s", _milliseconds(seconds / row.size)
    return [
        f"{row.size:,}",
        f"{row.files:,}",
        f"{row.megabytes:.2f}",
        f"{middle(row.new).clock:.3f} s",
        f"{row.work.clock:.3f} s",
        f"{middle(row.write).clock:.3f} s",
        f"{row.ratio.clock:.2f}",
        f"{row.ratio.processor:.2f}",
        _milliseconds(row.work.clock / row.size),
        further,
        mix,
        mix_each,
    ]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1_000:.2f} ms"


if __name__ == "__main__":
    main()
