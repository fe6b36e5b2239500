"""What the benchmarks share: the architecture that is measured, and how time is taken."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
OTPGEN = (sys.executable, "-m", "otpgen")


class Time(NamedTuple):
    """Seconds by the clock, and of the processor: the second hardly minds a busy machine."""

    clock: float
    processor: float


def middle(times: Sequence[Time]) -> Time:
    """Return the medians."""
    return Time(median(t.clock for t in times), median(t.processor for t in times))


def less(one: Time, other: Time) -> Time:
    """Return what ``one`` takes longer than ``other``."""
    return Time(one.clock - other.clock, one.processor - other.processor)


def over(one: Time, other: Time) -> Time:
    """Return how many times as long as ``other`` ``one`` takes."""
    return Time(one.clock / other.clock, one.processor / other.processor)


def architecture(size: int) -> str:
    """Return an architecture of so many applications, each with one child, a gen_server."""
    apps = (
        f"  app_{number:04}:\n    children:\n      - gen_server: worker_{number:04}\n"
        for number in range(1, size + 1)
    )
    return f"otpgen: 1\nname: bench\n\napps:\n{''.join(apps)}"


def timed(command: Sequence[str]) -> tuple[Time, float]:
    """Run a command from start to end; the time it took and the most megabytes it held.

    What was written before has reached the disk, and as in an installed program Python keeps
    what it compiled: run a command once before its times count.
    """
    os.sync()
    env = {k: value for k, value in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    took = Time(time.perf_counter() - start, used.ru_utime + used.ru_stime)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    unit = 1 if sys.platform == "darwin" else 1024
    return took, used.ru_maxrss * unit / 1e6


def asked(description: str, sizes: str, rounds: int) -> argparse.Namespace:
    """Return what is asked on the command line: ``sizes``, ``rounds``, ``folder``."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--sizes", type=numbers, default=sizes, metavar="N,N,…")
    parser.add_argument("--rounds", type=int, default=rounds, metavar="N")
    parser.add_argument("--folder", help="where to write; the folder for temporary files")
    return parser.parse_args()


@contextmanager
def place(folder: str | None) -> Iterator[Path]:
    """Give a folder that is removed at the end, when all is measured."""
    with tempfile.TemporaryDirectory(prefix="otpgen-benchmark-", dir=folder) as path:
        yield Path(path)


def machine() -> str:
    """Return what the figures were measured on."""
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}"
    )


def numbers(text: str) -> list[int]:
    """Read a list of numbers of the command line."""
    return [int(word) for word in text.split(",")]


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table whose figures stand on the right."""
    lines = [" | ".join(head), " | ".join("--:" for _ in head), *(" | ".join(r) for r in rows)]
    return "\n".join(f"| {line} |" for line in lines)
