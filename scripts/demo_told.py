"""What the demos tell on a terminal."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape

console = Console(highlight=False, soft_wrap=True, emoji=False, markup=True)
if not console.is_terminal:
    console.width = 120  # in a pipe nobody wraps lines but us


@dataclass
class Step:
    """A step that is being told: what to add to its line, and how long it took."""

    note: str = ""
    seconds: float = 0.0


@contextmanager
def step(what: str) -> Iterator[Step]:
    """Tell a step in one line, with its seconds, when it is done."""
    done = Step()
    began = time.monotonic()
    with console.status(f"{what} …"):
        yield done
    done.seconds = time.monotonic() - began
    note = f"  [dim]{escape(done.note)}[/dim]" if done.note else ""
    console.print(f"{done.seconds:7.1f} s  {what}{note}")


def say(text: str) -> None:
    console.print(f"\n[bold]{text}[/bold]")


def tests_run(output: str) -> int:
    """Return the tests that mix ran, over all applications."""
    count = 0
    for tests, rest in re.findall(r"(\d+) tests?, (\d+ failures?.*)", output):
        excluded = re.search(r"(\d+) (?:excluded|skipped)", rest)
        count += int(tests) - (int(excluded[1]) if excluded else 0)
    return count


def interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def handle_signals(handler: Callable[[int, object], None] | signal.Handlers) -> None:
    """Treat every polite request to end alike; nohup's wish is kept."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def verdict(found: list[str]) -> int:
    console.print()
    for fault in found:
        console.print(f"[bold red]failed:[/bold red] {escape(fault)}")
    if not found:
        console.print("[bold green]All as promised.[/bold green]")
    return 1 if found else 0
