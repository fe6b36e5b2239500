"""How long rendering takes with templates of a project's own, beside otpgen's.

    python benchmarks/templates.py [--sizes 1000] [--rounds 5]

``otpgen new --dry-run``, which renders everything and writes nothing, of an architecture alone,
and of the same beside an ``otpgen/templates`` that overrides the templates of every supervisor
and every gen_server. The programs take turns; what is printed are medians over the rounds, of
whole programs. Exits 1 when the second takes more than 1.2 times as long, by processor time.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from shared import (
    OTPGEN,
    ROOT,
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

MOST = 1.2
OVERRIDDEN = (
    "umbrella/apps/app_name/lib/app_name/module_path.supervisor.ex.jinja",
    "kinds/gen_server/module.ex.jinja",
)


def main() -> None:
    """Measure, print the table, judge."""
    arguments = asked("Times templates of a project's own.", "1000", 5)
    with place(arguments.folder) as folder:
        rows = [measure(folder, size, arguments.rounds) for size in arguments.sizes]
    print(f"{machine()}; medians of {arguments.rounds} rounds\n")
    head = ("applications", "otpgen's", "overridden", "ratio", "of processor time")
    print(markdown(head, [cells(*row) for row in rows]))
    worst = max(over(own, plain).processor for _, plain, own in rows)
    if worst > MOST:
        sys.exit(f"\n{worst:.2f} times otpgen's own templates; {MOST} is the most")


def measure(folder: Path, size: int, rounds: int) -> tuple[int, Time, Time]:
    """Return how long it takes without and with templates of the project's own."""
    times: dict[str, list[Time]] = {"plain": [], "own": []}
    for name in times:
        (folder / f"{name}-{size}").mkdir()
        (folder / f"{name}-{size}/otpgen.yaml").write_text(architecture(size), encoding="utf-8")
    for template in OVERRIDDEN:
        copy = folder / f"own-{size}/otpgen/templates" / template
        copy.parent.mkdir(parents=True)
        shutil.copyfile(ROOT / "templates" / template, copy)
        copy.write_text("# overridden\n" + copy.read_text(encoding="utf-8"), encoding="utf-8")
    for number in range(rounds + 1):
        for name, found in times.items():
            file = folder / f"{name}-{size}/otpgen.yaml"
            took, _ = timed([*OTPGEN, "new", "--dry-run", str(file), str(folder / "project")])
            if number:  # the first compiles what is not compiled
                found.append(took)
    return size, middle(times["plain"]), middle(times["own"])


def cells(size: int, plain: Time, own: Time) -> list[str]:
    ratio = over(own, plain)
    return [
        f"{size:,}",
        f"{plain.clock:.3f} s",
        f"{own.clock:.3f} s",
        f"{ratio.clock:.2f}",
        f"{ratio.processor:.2f}",
    ]


if __name__ == "__main__":
    main()
