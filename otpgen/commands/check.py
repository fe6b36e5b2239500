"""``check``: every problem of an architecture at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from otpgen import resources
from otpgen.catalogue import Catalogue, read_catalogue
from otpgen.errors import OtpgenError, Problem, distinct
from otpgen.model import System, build_system
from otpgen.rules import check as check_rules
from otpgen.source import read
from otpgen.spec import read_spec

_MISSING = "name the architecture, or begin with: otpgen new --example g4"


@dataclass(frozen=True, slots=True)
class Checked:
    """A sound system, its warnings, its text, and the kinds it was read with."""

    text: str
    system: System
    catalogue: Catalogue
    warnings: tuple[Problem, ...]


def check(architecture: Path) -> Checked:
    """Return the system that an architecture describes.

    Raises:
        OtpgenError: everything that is wrong at the first stage at which something is.
    """
    document = read(architecture, str(architecture), _MISSING)
    catalogue = read_catalogue(resources.folder("templates"))
    system = build_system(read_spec(document, catalogue.kinds))
    problems = distinct(check_rules(system, catalogue))
    if any(problem.severity == "error" for problem in problems):
        raise OtpgenError(problems)
    return Checked(document.text, system, catalogue, problems)
