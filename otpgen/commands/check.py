"""``check``: every problem of an architecture at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from otpgen import resources
from otpgen.catalogue import Catalogue, Own, read_catalogue
from otpgen.commands.nearest import MISSING
from otpgen.commands.own import own_of
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean, distinct
from otpgen.model import System, build_system
from otpgen.rules import check as check_rules
from otpgen.source import Document, read
from otpgen.spec import read_spec


class Checked(NamedTuple):
    """A sound system, its warnings, its text, and the kinds it was read with."""

    text: str
    system: System
    catalogue: Catalogue
    warnings: tuple[Problem, ...]


def read_architecture(architecture: Path) -> Document:
    """Return what stands in the file.

    Raises:
        OtpgenError: OG001 to OG003.
    """
    return read(architecture, str(architecture), MISSING)


def check(architecture: Path, own: Own | None = None, document: Document | None = None) -> Checked:
    """Return the system that an architecture describes.

    Args:
        architecture: the file.
        own: the templates of the project's own; those beside the file unless said.
        document: what stands in the file, if it was read before.

    Raises:
        OtpgenError: everything that is wrong at the first stage at which something is.
    """
    document = document or read_architecture(architecture)
    own = own_of(architecture) if own is None else own
    catalogue = read_catalogue(resources.folder("templates"), own=own)
    system = build_system(read_spec(document, catalogue.kinds, catalogue.components))
    problems = distinct((*check_rules(system, catalogue), *_unused(catalogue)))
    if any(problem.severity == "error" for problem in problems):
        raise OtpgenError(problems)
    return Checked(document.text, system, catalogue, problems)


def _unused(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield a warning for each template of the project's or its pack's that stands for nothing."""
    for path in catalogue.unused:
        at = Location(catalogue.own.at(path))
        hint = did_you_mean(path, catalogue.templates, most=0)
        yield Problem("OG205", "otpgen has no such template to override", at, hint, "warning")
