"""What a pack costs: rendering from one that overrides everything, and fetching one.

    python benchmarks/packs.py [--sizes 1,890] [--rounds 5]

``otpgen new --dry-run``, which renders and writes nothing, of so many applications: with otpgen's
own templates, and with all of them in a pack that the architecture has beside it. Then the same
with ``--template``: of ``examples/packs/house``, and of the pack that overrides everything. The
programs take turns; the table holds medians over the rounds. Exits 1 when at 890 applications,
which are some 8,900 files, rendering from the pack takes more than 1.2 times as long, in
processor time.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
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

JUDGED_SIZE = 890
MOST = 1.2
ROWS = ("umbrella", "kinds", "parts", "components", "_macros")
HOUSE = ROOT / "examples/packs/house"


def main() -> None:
    """Measure, print the table, judge."""
    arguments = asked("Times otpgen new with and without a pack.", "1,890", 5)
    with place(arguments.folder) as folder:
        everything = made(folder / "everything")
        rows = [measured(folder, everything, size, arguments.rounds) for size in arguments.sizes]
    print(f"{machine()}; medians of {arguments.rounds} rounds\n")
    head = ["applications", "otpgen's", "a pack's", "ratio", "of processor time"]
    head += ["fetching the house", "fetching everything"]
    print(markdown(head, [row[0] for row in rows]))
    for size, (_, ratio) in zip(arguments.sizes, rows, strict=True):
        if size == JUDGED_SIZE and ratio.processor > MOST:
            sys.exit(f"\n{ratio.processor:.2f} times otpgen's own; {MOST} is the most")


def made(pack: Path) -> Path:
    """Make a pack of all of otpgen's templates, each with a comment on top."""
    for row in ROWS:
        shutil.copytree(ROOT / "templates" / row, pack / row, ignore=lambda _, names: _kept(names))
    for template in pack.rglob("*.jinja"):
        template.write_text(f"<%# Ours. %>\n{template.read_text()}")
    (pack / "copier.yml").write_text("_templates_suffix: .copier\n")
    return pack


def _kept(names: list[str]) -> set[str]:
    return {name for name in names if name == "__pycache__"}


def measured(folder: Path, everything: Path, size: int, rounds: int) -> tuple[Sequence[str], Time]:
    """Run all programs in turn; a row of the table, and the ratio that is judged."""
    plain, packed = folder / f"plain-{size}", folder / f"packed-{size}"
    for place_of in (plain, packed):
        place_of.mkdir()
        (place_of / "otpgen.yaml").write_text(architecture(size), encoding="utf-8")
    shutil.copytree(everything, packed / ".otpgen/pack")
    (packed / ".otpgen/pack/copier.yml").unlink()
    lock = {"otpgen pack": 1, "source": "everything", "ref": "", "commit": "", "answers": {}}
    (packed / ".otpgen/pack.json").write_text(json.dumps(lock))
    commands = [
        (*OTPGEN, "new", str(file / "otpgen.yaml"), str(folder / "never"), "--dry-run", *more)
        for file, more in (
            (plain, ()),
            (packed, ()),
            (plain, ("--template", str(HOUSE), "--defaults")),
            (plain, ("--template", str(everything))),
        )
    ]
    for command in commands:
        timed(command)  # compiles what is not compiled
    times = [[timed(command)[0] for command in commands] for _ in range(rounds)]
    own, pack, house, all_of_it = (middle(column) for column in zip(*times, strict=True))
    ratio = over(pack, own)
    row = [
        f"{size:,}",
        f"{own.clock:.3f} s",
        f"{pack.clock:.3f} s",
        f"{ratio.clock:.2f}",
        f"{ratio.processor:.2f}",
        f"{house.clock - own.clock:.2f} s",
        f"{all_of_it.clock - own.clock:.2f} s",
    ]
    return row, ratio


if __name__ == "__main__":
    main()
