"""What was found sound, written, or asked for."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from otpgen.errors import Problem
from otpgen.reports.problems import Format, as_github, as_json, problems
from otpgen.reports.terminal import coloured, count, safe

if TYPE_CHECKING:  # printing takes none of what it prints
    from otpgen.commands.new import Created
    from otpgen.model import System


def checked(file: str, system: System | None, found: Sequence[Problem], how: Format) -> None:
    """Print what is wrong with an architecture; that it is sound, and what it holds, if it is."""
    if how is Format.json:
        print(as_json(file, found, ok=system is not None))
        return
    if how is Format.github:
        for line in as_github(found):
            print(line)
    else:
        problems(found)
    if system:
        print(f"{system.name}: {_contents(system)}; no errors")


def created(result: Created, seconds: float, dry_run: bool) -> None:
    """Print what was written and what to type next."""
    files = count(len(result.paths), "file")
    if dry_run:
        for path in result.paths:
            print(path)
        print(f"{result.system.name}: {_contents(result.system)}; {files}, nothing written")
        return
    print(f"{result.system.name}: {_contents(result.system)}; {files} in {seconds:.1f} s")
    here = PurePosixPath(result.target) == PurePosixPath(".")
    steps = [] if here else [f"cd {shlex.quote(safe(result.target))}"]
    if any(app.packages for app in result.system.apps.values()):
        steps.append("mix deps.get")
    steps.append("mix test")
    if run := _run(result.system):
        secrets = [f"{name}=…" for name in result.system.needed_secrets]
        steps.append(" ".join([*secrets, run]))
    if worker := next((w for app in result.system.apps.values() for w in app.workers), None):
        steps.append(f"otpgen whatif kill {worker.element}")
    print("next:  " + "    ".join(steps))


def _run(system: System) -> str:
    """Return the command after which something answers."""
    if system.nodes:
        return "./start-dist.sh all"
    serves = any(worker.ports for app in system.apps.values() for worker in app.workers)
    return "mix run --no-halt" if serves else ""


def schema(text: str) -> None:
    """Print the schema of an architecture."""
    print(text, end="")


def topics(titles: Mapping[str, str]) -> None:
    """Print what can be explained, one a line."""
    room = max(map(len, titles))
    for word, title in titles.items():
        print(f"{word:{room}}  {title}")


def explained(page: str) -> None:
    """Print a page of Markdown: as it is in a pipe, laid out on a terminal."""
    if not coloured(sys.stdout):
        print(page, end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    console.print(Markdown(page, code_theme="ansi_dark"), width=min(console.width, 100))


def _contents(system: System) -> str:
    apps = list(system.apps.values())
    counts = [
        (len(apps), "application"),
        (sum(len(app.supervisors) for app in apps), "supervisor"),
        (sum(len(app.workers) for app in apps), "worker"),
        (len(system.nodes), "node"),
    ]
    return ", ".join(count(number, noun) for number, noun in counts if number)
