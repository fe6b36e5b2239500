"""``new``: an architecture becomes a project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from otpgen import resources
from otpgen.commands.check import check
from otpgen.commands.last import declared
from otpgen.commands.own import Packed, as_own, own_as_files, own_files, packed
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.model import System
from otpgen.plan import plan
from otpgen.project import check_emitted, check_target, create, pack_files, read_ancestor, read_lock
from otpgen.project.create import OwnFile, Progress

if TYPE_CHECKING:  # brings what fetches, which is for those who want a pack
    from otpgen.project import Pack


@dataclass(frozen=True, slots=True)
class Created:
    """What was written, or would be; ``paths`` without the ancestor, as ``status`` counts."""

    system: System
    target: str
    paths: tuple[str, ...]
    warnings: tuple[Problem, ...]


def new(
    architecture: Path,
    target: Path | None = None,
    *,
    pack: Pack | None = None,
    dry_run: bool = False,
    progress: Progress = lambda what, done, of: None,
) -> Created:
    """Create the project that the architecture describes.

    Args:
        architecture: the file.
        target: where; the system's name in this folder unless said.
        pack: whose templates go before otpgen's; the one beside the architecture unless said.
        dry_run: render everything, write nothing.
        progress: is told how far it is.

    Raises:
        OtpgenError: the architecture's problems, or OG401 to OG403 of the target.
    """
    from otpgen.templates import render  # brings Jinja, which no other verb needs

    below = Packed(pack.files, pack.shown) if pack else packed(architecture)
    beside = architecture.absolute().parent
    own = None
    if below.files:
        own = as_own(architecture, own_files(architecture), below, lambda: read_ancestor(beside))
    checked = check(architecture, own)
    shown = str(target or checked.system.name)
    try:
        place = (target or Path(checked.system.name)).absolute()
    except FileNotFoundError:
        reason = "cannot be written: the folder you are in is not there any more"
        problem = Problem("OG403", reason, Location(shown), "cd to one that is")
        raise OtpgenError([problem]) from None
    check_target(place, shown, architecture)
    text = checked.text.removeprefix("\ufeff").replace("\r\n", "\n")
    planned = plan(checked.system, checked.catalogue, text)
    check_emitted(planned, checked.catalogue.own)
    rendered = []
    for file in render(planned, resources.folder("templates"), checked.catalogue.own):
        rendered.append(file)
        progress("rendering", len(rendered), len(planned))
    more = own_as_files(architecture, below.files)
    if lock := None if pack else read_lock(beside):
        pack = replace(lock, files=below.files)
    if pack:
        more += [OwnFile(path, kept, None) for path, kept in pack_files(pack).items()]
    if not dry_run:
        create(place, shown, rendered, progress, more, declared(checked.system, checked.catalogue))
    paths = (*(file.path for file in rendered), *(file.path for file in more if file.ancestor))
    return Created(checked.system, shown, paths, checked.warnings)
