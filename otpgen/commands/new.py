"""``new``: an architecture becomes a project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from otpgen import resources
from otpgen.commands.check import check
from otpgen.errors import Problem
from otpgen.model import System
from otpgen.plan import plan
from otpgen.project import check_target, create
from otpgen.project.create import Progress
from otpgen.templates import render


@dataclass(frozen=True, slots=True)
class Created:
    """What was written, or would be."""

    system: System
    target: str
    paths: tuple[str, ...]
    warnings: tuple[Problem, ...]


def new(
    architecture: Path,
    target: Path | None = None,
    *,
    dry_run: bool = False,
    progress: Progress = lambda what, done, of: None,
) -> Created:
    """Create the project that the architecture describes.

    Args:
        architecture: the file.
        target: where; the system's name in this folder unless said.
        dry_run: render everything, write nothing.
        progress: is told how far it is.

    Raises:
        OtpgenError: the architecture's problems, or OG401 to OG403 of the target.
    """
    checked = check(architecture)
    shown = str(target or checked.system.name)
    place = (target or Path(checked.system.name)).absolute()
    check_target(place, shown, architecture)
    text = checked.text.removeprefix("\ufeff").replace("\r\n", "\n")
    planned = plan(checked.system, checked.catalogue, text)
    rendered = []
    for file in render(planned, resources.folder("templates")):
        rendered.append(file)
        progress("rendering", len(rendered), len(planned))
    if not dry_run:
        create(place, shown, rendered, progress)
    return Created(checked.system, shown, tuple(file.path for file in rendered), checked.warnings)
