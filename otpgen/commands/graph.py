"""``graph``: the system drawn."""

from __future__ import annotations

from pathlib import Path

from otpgen.commands.check import check
from otpgen.commands.nearest import nearest_architecture
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean
from otpgen.graph import APPS, CLUSTER, Drawing, draw
from otpgen.source import Mapping, quoted, read


def graph(architecture: Path | None = None, what: str | None = None) -> tuple[Drawing, ...]:
    """Return the drawings of a system.

    Args:
        architecture: the file; the nearest one unless said.
        what: an application, ``apps`` or ``cluster``; all of them unless said.

    Raises:
        OtpgenError: the architecture's problems, or OG105 when ``what`` is none of these.
    """
    file = nearest_architecture(architecture)
    system = check(file).system
    drawings = draw(system, what)
    if not drawings:
        message = f"there is no application {quoted(what or '')}"
        hint = did_you_mean(what or "", [*system.apps, APPS, CLUSTER])
        raise OtpgenError([Problem("OG105", message, Location(str(file)), hint)])
    return drawings


def drawable(architecture: Path | None = None) -> list[str]:
    """Return the words that ``graph`` takes, of a file that need not be sound.

    Raises:
        OtpgenError: OG001 to OG004 when it cannot be read.
    """
    file = nearest_architecture(architecture)
    root = read(file, str(file)).root
    apps = root.entries.get("apps") if isinstance(root, Mapping) else None
    names = apps.value.entries if apps and isinstance(apps.value, Mapping) else ()
    return [*names, APPS, CLUSTER]
