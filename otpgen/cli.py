"""The command line: options and exit codes. 0 done, 1 problems, 2 usage."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import Annotated

import typer

from otpgen import __version__, commands, reports
from otpgen.errors import OtpgenError

app = typer.Typer(
    name="otpgen",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="From one architecture file to a ready-to-run Elixir/OTP umbrella.",
    epilog="Begin with:  otpgen new --example g4",
)

DEFAULT_ARCHITECTURE = "otpgen.yaml"


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"otpgen {__version__}")
        raise typer.Exit


def _examples(incomplete: str) -> list[str]:
    return [name for name in commands.example_names() if name.startswith(incomplete)]


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    del version


@app.command(short_help="Create a project from an architecture or an example.")
def new(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The architecture.", show_default=False)
    ] = None,
    dest: Annotated[
        Path | None,
        typer.Argument(metavar="DEST", help="Where; ./NAME unless said.", show_default=False),
    ] = None,
    example: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help=f"Start from an example: {', '.join(commands.example_names())}.",
            autocompletion=_examples,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would be written, and write nothing.")
    ] = False,
) -> None:
    """Create a project: otpgen new otpgen.yaml, or otpgen new --example g4 DEST."""
    if example is not None:
        if dest is not None:
            raise typer.BadParameter("with --example there is no FILE, only DEST")
        file, dest = commands.example_file(example), file
    if file is None:
        names = ", ".join(commands.example_names())
        raise typer.BadParameter(f"name the architecture, or --example NAME ({names})")
    start = time.monotonic()
    with reports.Progress() as progress:
        result = commands.new(file, dest, dry_run=dry_run, progress=progress)
    reports.problems(result.warnings)
    reports.created(result, time.monotonic() - start, dry_run)


@app.command(short_help="Find what is wrong with an architecture.")
def check(
    architecture: Annotated[Path, typer.Argument(metavar="FILE", help="The architecture.")] = Path(
        DEFAULT_ARCHITECTURE
    ),
) -> None:
    """Find what is wrong with an architecture, all of a stage at once; warnings exit 0."""
    result = commands.check(architecture)
    reports.problems(result.warnings)
    reports.checked(result.system)


def main() -> None:
    """Run the command line; the entry point."""
    # What is made is kept to the end: looking for garbage among it is a tenth of the time.
    gc.disable()
    try:
        app()
    except OtpgenError as error:
        reports.problems(error.problems)
        raise SystemExit(1) from None
    finally:
        gc.freeze()
        gc.enable()
