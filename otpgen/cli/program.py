"""The program itself: what it is called with before any verb."""

# Without annotations as text: Typer would compile and run each three times.

from typing import Annotated

import typer

from otpgen import __version__

app = typer.Typer(
    name="otpgen",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="From one architecture file to a ready-to-run Elixir/OTP umbrella.",
    epilog="Begin with:  otpgen new --example g4",
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"otpgen {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    del version
