"""How long ``otpgen whatif`` takes, beside ``otpgen check`` of the same file.

    python benchmarks/whatif.py [--sizes 50,1000,2000] [--rounds 5]

The systems have 20 processes in each application: a root, a supervisor of each strategy, a
dynamic one, and workers. Each round runs everything once, one after the other: ``check``, the
whole table, one event, and a story of six. What is printed are medians over the rounds, of whole
programs, their start included. Exits 1 when, judged by processor time, a process takes in the
table at the largest size more than 1.3 times as long as at 1,000 applications.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shared import OTPGEN, Time, asked, less, machine, markdown, middle, place, timed

JUDGED_SIZE = 1_000
MOST_GROWTH = 1.3
PROCESSES = 20
VERBS = {
    "check": (),
    "the table": (),
    "one event": ("kill", "app_0001.store"),
    "six events": (
        "kill app_0002.a then crash app_0003.c 16 times within 5s then terminate app_0004.d"
        " then stop app_0005 then kill app_0006 then kill app_0007.store",
    ),
}
APP = """
  app_{number:04}:
    strategy: rest_for_one
    children:
      - store
      - supervisor: together
        strategy: one_for_all
        children: [a, b, c]
      - supervisor: chain
        strategy: rest_for_one
        children: [d, e, {{gen_server: slot, count: 5}}]
      - supervisor: apart
        children: [f, g]
      - supervisor: sessions
        strategy: simple_one_for_one
        child: {{gen_server: session, restart: temporary}}
      - cache
"""


@dataclass
class Size:
    """A system of so many applications, and the times and most memory of each run."""

    number: int
    file: Path
    times: dict[str, list[Time]] = field(default_factory=dict)
    megabytes: dict[str, float] = field(default_factory=dict)

    def run(self) -> None:
        """Run everything once."""
        for what, events in VERBS.items():
            verb = ["check", str(self.file)]
            if what != "check":
                verb = ["whatif", *events, "--architecture", str(self.file)]
            took, megabytes = timed([*OTPGEN, *verb])
            self.times.setdefault(what, []).append(took)
            self.megabytes[what] = max(self.megabytes.get(what, 0), megabytes)

    def time(self, what: str) -> Time:
        """The median."""
        return middle(self.times[what])

    @property
    def table(self) -> float:
        """Seconds of the processor that the table takes beyond ``check``."""
        pairs = zip(self.times["the table"], self.times["check"], strict=True)
        return statistics.median(less(one, other).processor for one, other in pairs)


def main() -> None:
    """Measure, print the table, judge."""
    arguments = asked("Times otpgen whatif.", "50,1000,2000", 5)
    with place(arguments.folder) as folder:
        sizes = [_size(folder, number) for number in sorted(arguments.sizes)]
        sizes[0].run()  # compiles what is not compiled
        sizes[0].times.clear()
        for number in range(1, arguments.rounds + 1):
            print(f"round {number} of {arguments.rounds}", file=sys.stderr)
            for size in sizes:
                size.run()
    print(f"{machine()}; medians of {arguments.rounds} rounds\n")
    print(table_of(sizes))
    if missed := list(judge(sizes)):
        sys.exit("\n" + "\n".join(missed))


def _size(folder: Path, number: int) -> Size:
    file = folder / f"{number}.yaml"
    apps = "".join(APP.format(number=n) for n in range(1, number + 1))
    file.write_text(f"otpgen: 1\nname: bench\n\napps:{apps}", encoding="utf-8")
    return Size(number, file)


def table_of(sizes: list[Size]) -> str:
    """Return the times as a table in Markdown."""
    head = ("applications", "processes", *VERBS, "table beyond check, a process", "memory")
    return markdown(
        head,
        [
            (
                f"{size.number:,}",
                f"{size.number * PROCESSES:,}",
                *(f"{size.time(what).clock:.3f} s" for what in VERBS),
                f"{size.table / size.number / PROCESSES * 1e6:.1f} µs",
                f"{max(size.megabytes.values()):.0f} MB",
            )
            for size in sizes
        ],
    )


def judge(sizes: list[Size]) -> Iterator[str]:
    """Yield what grows faster than the number of processes."""
    judged = next((size for size in sizes if size.number == JUDGED_SIZE), None)
    last = sizes[-1]
    if judged is None or last is judged:
        return
    growth = (last.table / last.number) / (judged.table / judged.number)
    if growth > MOST_GROWTH:
        yield f"a process takes {growth:.2f} times as long at {last.number:,} applications"


if __name__ == "__main__":
    main()
