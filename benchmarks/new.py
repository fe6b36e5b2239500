"""How long ``otpgen new`` takes, beside the bare writing of the same bytes, and ``mix new``.

    python benchmarks/new.py [--sizes 1,50,1000] [--rounds 5]

Each round runs everything once, one after the other; what is printed are medians over the
rounds. Exits 1 when ``otpgen new`` of 1,000 applications, its start-up taken off, takes more
than twice the bare writing.

Nothing is deleted before all is measured: ext4 keeps from reusing what was deleted in the last
seconds, and then looks for free places up to twenty times as long as it writes.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
OTPGEN = (sys.executable, "-m", "otpgen")
JUDGED_SIZE = 1_000
MOST = 2.0
"""How many times as long as the bare writing ``otpgen new`` may take."""
MIX_PATIENCE = 120.0
"""Seconds; a size for which ``mix new`` would take longer is left out."""


@dataclass
class Row:
    """What was measured of one size, in seconds, one figure a round."""

    size: int
    start_up: list[float] = field(default_factory=list)
    new: list[float] = field(default_factory=list)
    write: list[float] = field(default_factory=list)
    mix: list[float] = field(default_factory=list)
    files: int = 0
    files_of_one: int = 0
    megabytes: float = 0.0

    @property
    def work(self) -> float:
        """``otpgen new`` without its start-up."""
        return median(self.new) - median(self.start_up)

    @property
    def ratio(self) -> float:
        """How many times as long as the bare writing that is."""
        return self.work / median(self.write)

    @property
    def ratios(self) -> list[float]:
        """The same of every single round: how noisy the machine was."""
        rounds = zip(self.new, self.start_up, self.write, strict=True)
        return [(new - start_up) / write for new, start_up, write in rounds]


def main() -> None:
    """Measure, print the table, judge."""
    parser = argparse.ArgumentParser(description="Times otpgen new for systems of some sizes.")
    parser.add_argument("--sizes", type=_sizes, default="1,50,1000", metavar="N,N,…")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--folder", help="where to write; the folder for temporary files")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="otpgen-benchmark-", dir=arguments.folder) as folder:
        rows = measure(Path(folder), arguments.sizes, arguments.rounds)
    print(f"{_machine()}; medians of {arguments.rounds} rounds\n")
    print(table(rows))
    for row in rows:
        if row.size == JUDGED_SIZE and row.ratio > MOST:
            sys.exit(f"\n{row.ratio:.2f} times the bare writing; {MOST} is the most")


def architecture(size: int) -> str:
    """Return an architecture of so many applications, each with one child, a gen_server."""
    apps = (
        f"  app_{number:04}:\n    children:\n      - gen_server: worker_{number:04}\n"
        for number in range(1, size + 1)
    )
    return f"otpgen: 1\nname: bench\n\napps:\n{''.join(apps)}"


def measure(folder: Path, sizes: Sequence[int], rounds: int) -> list[Row]:
    """Run everything ``rounds`` times, the sizes and the programs in turn."""
    rows = [Row(size) for size in sorted(sizes)]
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
    row.start_up.append(_seconds([*OTPGEN, "--version"]))
    row.new.append(_seconds([*OTPGEN, "new", str(source), str(project)]))
    _count(row, project)
    row.write.append(_said([sys.executable, f"{HERE}/bare_write.py", project, folder / "bare"]))
    if with_mix:
        row.mix.append(_said(["elixir", f"{HERE}/mix_new.exs", folder / "umbrella", row.size]))


def _mix_is_quick_enough(rows: Sequence[Row], row: Row) -> bool:
    """Judge by the last measured time, of this size or else of the one before."""
    if shutil.which("elixir") is None:
        return False
    known = [other for other in rows if other.mix and other.size <= row.size]
    return not known or known[-1].mix[-1] / known[-1].size * row.size <= MIX_PATIENCE


def _count(row: Row, project: Path) -> None:
    files = [path for path in project.rglob("*") if path.is_file()]
    row.files = len(files)
    row.files_of_one = sum(path.is_relative_to(project / "apps/app_0001") for path in files)
    row.megabytes = sum(path.stat().st_size for path in files) / 1e6


def _seconds(command: Sequence[str]) -> float:
    """Run a command from start to end, after what was written before has reached the disk."""
    os.sync()
    environment = os.environ | {"PYTHONPATH": str(HERE.parent)}
    start = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _said(command: Sequence[object]) -> float:
    """Run a command that times itself, and return the seconds it prints."""
    os.sync()
    words = [str(word) for word in command]
    return float(subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout)


def table(rows: Sequence[Row]) -> str:
    """Return the figures as a table in Markdown, and below it what they mean."""
    head = (
        "applications", "files", "MB", "otpgen new", "without start-up", "bare writing", "ratio",
        "per application", "per further one", "mix new", "mix per application",
    )  # fmt: skip
    lines = [" | ".join(head), " | ".join("--:" for _ in head)]
    lines += [" | ".join(_cells(row, rows[0])) for row in rows]
    last = rows[-1]
    start_up = median([seconds for row in rows for seconds in row.start_up])
    notes = (
        f"An application is {last.files_of_one} files; start-up (otpgen --version) takes "
        f"{start_up:.3f} s; over the rounds the ratio at {last.size:,} lay between "
        f"{min(last.ratios):.2f} and {max(last.ratios):.2f}."
    )
    return "\n".join([*(f"| {line} |" for line in lines), "", notes])


def _cells(row: Row, first: Row) -> list[str]:
    further = "—"
    if row.size > first.size:
        further = _milliseconds((row.work - first.work) / (row.size - first.size))
    return [
        f"{row.size:,}",
        f"{row.files:,}",
        f"{row.megabytes:.2f}",
        f"{median(row.new):.3f} s",
        f"{row.work:.3f} s",
        f"{median(row.write):.3f} s",
        f"{row.ratio:.2f}",
        _milliseconds(row.work / row.size),
        further,
        f"{median(row.mix):.3f} s" if row.mix else "—",
        _milliseconds(median(row.mix) / row.size) if row.mix else "—",
    ]


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1_000:.2f} ms"


def _machine() -> str:
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )


def _sizes(text: str) -> list[int]:
    return [int(word) for word in text.split(",")]


if __name__ == "__main__":
    main()
