"""The emptiest program of Typer that imports pydantic: what any such program takes to start."""

import pydantic  # noqa: F401 - its import is what is measured
import typer

app = typer.Typer()


@app.command()
def main() -> None:
    pass


app()
