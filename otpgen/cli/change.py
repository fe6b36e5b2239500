"""Verbs that make a project and keep it in step.

A verb is imported when it is called: --help does without any.
"""

# Without annotations as text: Typer would compile and run each three times.

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from otpgen import reports
from otpgen.cli.program import app
from otpgen.cli.words import (
    LEFT_TO_YOU,
    Architecture,
    Compared,
    Data,
    Defaults,
    Kept,
    Ref,
    Template,
    Told,
    Trust,
    by_example,
    complete_example,
    one_of,
)
from otpgen.commands.examples import example_file, example_names

if TYPE_CHECKING:
    from otpgen.commands.packs import Asked


@app.command(
    short_help="Create a project from an architecture or an example.",
    epilog=by_example(
        "otpgen new otpgen.yaml            # into ./NAME, the name it gives itself",
        "otpgen new otpgen.yaml shop       # into ./shop",
        "otpgen new --example g4           # three nodes behind nginx, one fails over",
        "otpgen new shop                   # asks, and writes shop/otpgen.yaml first",
        "otpgen new otpgen.yaml --template gh:org/pack    # in the style of a house",
    ),
)
def new(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="The architecture; there may be none.", show_default=False
        ),
    ] = None,
    dest: Annotated[
        Path | None,
        typer.Argument(metavar="DEST", help="Where; ./NAME unless said.", show_default=False),
    ] = None,
    example: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"Start from an example: {', '.join(example_names())}.",
            autocompletion=complete_example,
        ),
    ] = None,
    template: Template = None,
    ref: Ref = "",
    data: Data = None,
    defaults: Defaults = False,
    trust: Trust = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be written, and write nothing.")
    ] = False,
) -> None:
    """Create a project: otpgen new otpgen.yaml DEST, or otpgen new --example g4 DEST.

    Without FILE, as in otpgen new DEST, a few questions write an otpgen.yaml first: on a terminal,
    or with --data.
    """
    if example is not None:
        if dest is not None:
            raise typer.BadParameter("with --example there is no FILE, only DEST")
        file, dest = example_file(example), file
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    asks = terminal or bool(data) or defaults
    if asks and file is not None and dest is None and _is_place(file):
        file, dest = None, file
    if file is not None and dest is None and not asks and _is_place(file) and not _is_there(file):
        why = f"there is no architecture {file}, and nobody to ask for one"
        raise typer.BadParameter(f"{why}: add --defaults, or --data NAME=VALUE")
    if file is None and not asks:
        names = ", ".join(example_names())
        raise typer.BadParameter(f"name the architecture, or --example NAME ({names})")
    if template is None and (ref or trust or (file and (data or defaults))):
        raise typer.BadParameter("--ref, --trust, --data and --defaults are said of a --template")
    if file is not None and template is None:
        _create(file, dest, dry_run)
        return
    from otpgen.commands.packs import Asked, answers

    asked = Asked(template or "", ref, answers(data or ()), defaults, trust, terminal)
    if file is not None:
        _create(file, dest, dry_run, asked)
        return
    from otpgen.commands.starter import started

    with started(asked, dest) as (made, questions):
        _create(made, dest, dry_run, asked, questions)


def _is_place(path: Path) -> bool:
    """Whether somebody who names one path means where, and not the architecture."""
    return path.suffix not in (".yaml", ".yml") and not (_is_there(path) and path.is_file())


def _is_there(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - pathlib raises at a long name


def _create(
    file: Path,
    dest: Path | None,
    dry_run: bool,
    asked: "Asked | None" = None,
    questions: Sequence[str] = (),
) -> None:
    from otpgen.commands.new import new as run

    pack = None
    if asked and asked.template:
        from otpgen.commands.packs import fetch

        # Whatever its name will be, it is one folder below this one.
        pack, told = fetch(asked, (dest or Path("name")).absolute(), elsewhere=questions)
        reports.problems(told)
    start = time.monotonic()
    with reports.Progress() as progress:
        result = run(file, dest, pack=pack, dry_run=dry_run, progress=progress)
    reports.problems(result.warnings)
    reports.created(result, time.monotonic() - start, dry_run)


@app.command(
    short_help="Say what regenerate would do.",
    epilog=by_example(
        "otpgen diff                    # the change in words, and in files",
        "otpgen diff --format markdown  # a comment for a pull request",
    ),
)
def diff(
    architecture: Architecture = None,
    how: Annotated[Compared, one_of(Compared, "--format", help="How it is told.")] = Compared.text,
) -> None:
    """Say what regenerate would do, in words and in files; nothing is written."""
    from otpgen.commands.regenerate import diff as run

    with reports.Progress() as progress:
        found = run(architecture, progress=progress)
    reports.problems(found.warnings)
    reports.outlook(found, how)


@app.command(
    short_help="Bring the project in step with its architecture; your edits stay.",
    epilog=by_example(
        "otpgen regenerate               # exits 3 if something is left to you to decide",
        "otpgen regenerate --check       # for CI: writes nothing, exits 1 if out of step",
        "otpgen regenerate --keep yours  # takes a project over that otpgen has not made",
    ),
)
def regenerate(
    architecture: Architecture = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if there is something to do.")
    ] = False,
    keep: Annotated[
        Kept | None,
        one_of(Kept, help="Whose text stays where otpgen has not written the file before."),
    ] = None,
) -> None:
    """Bring the project in step with its architecture; what you wrote stays."""
    from otpgen.commands.regenerate import diff as look
    from otpgen.commands.regenerate import regenerate as run

    start = time.monotonic()
    with reports.Progress() as progress:
        if check:
            found = look(architecture, progress=progress)
        else:
            kept: Literal["yours"] | None = None if keep is None else "yours"
            result = run(architecture, keep=kept, progress=progress)
            found = result.outlook
    reports.problems(found.warnings)
    if check:
        reports.outlook(found, "text")
        raise typer.Exit(0 if found.in_step else 1)
    reports.regenerated(result, time.monotonic() - start)
    if found.conflicts or found.waiting or result.kept:
        raise typer.Exit(LEFT_TO_YOU)


@app.command(
    short_help="Take the last regenerate back.",
    epilog=by_example(
        "otpgen undo                     # byte for byte; otpgen.yaml is yours and stays",
    ),
)
def undo(architecture: Architecture = None) -> None:
    """Take the last run back that changed something, unless its files have changed since."""
    from otpgen.commands.regenerate import undo as run

    reports.undone(run(architecture))


@app.command(
    short_help="Say whose each file is, where it comes from, and how it stands.",
    epilog=by_example(
        "otpgen status                   # what you edited, and what waits for you",
        "otpgen status --all             # every file, its template and its line",
        "otpgen status apps/g4_core      # a file or a folder",
    ),
)
def status(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH", help="Only these files and folders.", show_default=False),
    ] = None,
    architecture: Architecture = None,
    all_: Annotated[bool, typer.Option("--all", help="Every file.")] = False,
    how: Annotated[Told, one_of(Told, "--format", help="How it is told.")] = Told.text,
) -> None:
    """Say whose each file is, where it comes from, and how it stands."""
    from otpgen.commands.nearest import nearest_architecture
    from otpgen.commands.status import status as run

    file = nearest_architecture(architecture)
    found = run(file, paths or ())
    reports.statuses(found, str(file), all_=all_ or bool(paths), how=how)
