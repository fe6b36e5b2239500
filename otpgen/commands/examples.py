"""The examples that otpgen carries."""

from __future__ import annotations

from pathlib import Path

from otpgen import resources
from otpgen.commands.nearest import ARCHITECTURE
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean


def example_names() -> list[str]:
    """Return the names of the examples, sorted."""
    return sorted(
        path.parent.name for path in resources.folder("examples").glob(f"*/{ARCHITECTURE}")
    )


def example_file(name: str) -> Path:
    """Return the architecture of an example.

    Raises:
        OtpgenError: OG001 when there is no such example.
    """
    names = example_names()
    if name not in names:
        from otpgen.source import quoted  # imports pydantic, which --help does without

        hint = did_you_mean(name, names)
        message = f"there is no example {quoted(name)}"
        raise OtpgenError([Problem("OG001", message, Location("--example"), hint)])
    return resources.folder("examples") / name / ARCHITECTURE
