"""How long ``otpgen --help`` and ``otpgen check`` take, beside the least they could.

    python benchmarks/check.py [--sizes 50,1000,5000] [--rounds 9]

Each round runs everything once, one after the other; what is printed are medians over the
rounds, of whole programs, their start included. Exits 1 when one of these is missed, judged by
processor time:

- ``--help``, and ``check`` of the smallest example, take at most 1.3 times as long as an empty
  program of Typer that imports pydantic (``empty.py``);
- ``check`` of 1,000 applications takes at most 1.5 times as long as loading the file with
  libyaml and validating it with pydantic (``bare_check.py``), in at most 200 MB;
- a further application takes at the largest size as long as at 1,000, or up to 1.3 times that.
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
    less,
    machine,
    markdown,
    middle,
    over,
    place,
    timed,
)

HERE = Path(__file__).resolve().parent
SEED = "examples/minimal/otpgen.yaml"
JUDGED_SIZE = 1_000
MOST_TO_START = 1.3
MOST_TO_CHECK = 1.5
MOST_GROWTH = 1.3
MOST_MEGABYTES = 200


@dataclass
class Program:
    """A command, and what was measured of it, once a round."""

    command: Sequence[str]
    times: list[Time] = field(default_factory=list)
    megabytes: float = 0.0

    def run(self) -> None:
        """Run it once, and note the time and the most memory of any round."""
        took, megabytes = timed(self.command)
        self.times.append(took)
        self.megabytes = max(self.megabytes, megabytes)

    @property
    def time(self) -> Time:
        """The median."""
        return middle(self.times)


@dataclass
class Pair:
    """A run of otpgen, and its yardstick."""

    what: str
    otpgen: Program
    yardstick: Program
    size: int = 0

    @property
    def ratio(self) -> Time:
        """How many times as long as its yardstick it takes."""
        return over(self.otpgen.time, self.yardstick.time)


def main() -> None:
    """Measure, print the tables, judge."""
    arguments = asked("Times otpgen --help and otpgen check.", "50,1000,5000", 9)
    with place(arguments.folder) as folder:
        starts = [_start("--help"), _start("check", SEED)]
        checks = [_check(folder, size) for size in sorted(arguments.sizes)]
        measure([*starts, *checks], arguments.rounds)
    print(f"{machine()}; medians of {arguments.rounds} rounds\n")
    print(table_of_starts(starts))
    print()
    print(table_of_checks(checks))
    if missed := list(judge(starts, checks)):
        sys.exit("\n" + "\n".join(missed))


def _start(*arguments: str) -> Pair:
    empty = [sys.executable, str(HERE / "empty.py"), *(a for a in arguments if a == "--help")]
    return Pair(f"`otpgen {arguments[0]}`", Program([*OTPGEN, *arguments]), Program(empty))


def _check(folder: Path, size: int) -> Pair:
    file = folder / f"{size}.yaml"
    file.write_text(architecture(size), encoding="utf-8")
    bare = [sys.executable, str(HERE / "bare_check.py"), str(file)]
    return Pair(f"{size:,}", Program([*OTPGEN, "check", str(file)]), Program(bare), size)


def measure(pairs: Sequence[Pair], rounds: int) -> None:
    """Run everything ``rounds`` times, in turn."""
    programs = [program for pair in pairs for program in (pair.otpgen, pair.yardstick)]
    for program in programs:
        timed(program.command)  # compiles what is not compiled
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        for program in programs:
            program.run()


def further(pair: Pair, first: Pair) -> Time:
    """Return what an application takes beyond those of the first size."""
    more, number = less(pair.otpgen.time, first.otpgen.time), pair.size - first.size
    return Time(more.clock / number, more.processor / number)


def table_of_starts(pairs: Sequence[Pair]) -> str:
    """Return the times to start as a table in Markdown."""
    head = ("", "otpgen", "empty program", "ratio", "of processor time")
    return markdown(head, [[pair.what, *_times(pair)] for pair in pairs])


def table_of_checks(pairs: Sequence[Pair]) -> str:
    """Return the times to check as a table in Markdown."""
    head = (
        "applications", "otpgen check", "YAML and pydantic", "ratio", "of processor time",
        "per further one", "memory", "of YAML and pydantic",
    )  # fmt: skip
    rows = []
    for pair in pairs:
        each = "—" if pair is pairs[0] else f"{further(pair, pairs[0]).processor * 1e6:.0f} µs"
        memory = [f"{program.megabytes:.0f} MB" for program in (pair.otpgen, pair.yardstick)]
        rows.append([pair.what, *_times(pair), each, *memory])
    return markdown(head, rows)


def _times(pair: Pair) -> list[str]:
    times = [f"{program.time.clock:.3f} s" for program in (pair.otpgen, pair.yardstick)]
    return [*times, f"{pair.ratio.clock:.2f}", f"{pair.ratio.processor:.2f}"]


def judge(starts: Sequence[Pair], checks: Sequence[Pair]) -> Iterator[str]:
    """Yield what takes longer, or more memory, than it may."""
    for pair in starts:
        if pair.ratio.processor > MOST_TO_START:
            yield f"{pair.what}: {pair.ratio.processor:.2f} times; {MOST_TO_START} is the most"
    for pair in checks:
        if pair.size != JUDGED_SIZE:
            continue
        if pair.ratio.processor > MOST_TO_CHECK:
            yield f"{pair.what}: {pair.ratio.processor:.2f} times; {MOST_TO_CHECK} is the most"
        if pair.otpgen.megabytes > MOST_MEGABYTES:
            yield f"{pair.what}: {pair.otpgen.megabytes:.0f} MB; {MOST_MEGABYTES} is the most"
        if checks[0].size < pair.size < checks[-1].size:
            last = further(checks[-1], checks[0]).processor
            growth = last / further(pair, checks[0]).processor
            if growth > MOST_GROWTH:
                yield f"an application takes {growth:.2f} times as long at {checks[-1].what}"


if __name__ == "__main__":
    main()
