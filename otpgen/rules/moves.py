"""Renames, which ``regenerate`` carries out."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.catalogue import Catalogue
from otpgen.errors import Problem, did_you_mean
from otpgen.model import System
from otpgen.source import quoted


def renames_are_of_what_is_there(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG133: what was renamed is there under its new name, and not under the old one."""
    decl = system.decl
    for place, move in enumerate(decl.moved):
        what = f"moved: {move.source} to {move.target}"
        if system.has(move.source):
            message = f"{what}: there still is {quoted(move.source)}"
            hint = "rename it where it stands, or take this line away"
            yield Problem("OG133", message, decl.at("moved", place, "from"), hint)
        elif not system.has(system.moved[move.source]):
            known = _elements(system)
            hint = did_you_mean(move.target, known) or "name what it is called now"
            message = f"{what}: there is no {quoted(move.target)}"
            yield Problem("OG133", message, decl.at("moved", place, "to"), hint)
        elif ("." in move.source) != ("." in move.target):
            message = f"{what}: one is a child, the other is not"
            yield Problem("OG133", message, decl.at("moved", place, "to"), "write APPLICATION.NAME")
        elif any(move.source == other.source for other in decl.moved[:place]):
            message = f"{what}: {quoted(move.source)} was renamed above already"
            yield Problem("OG133", message, decl.at("moved", place, "from"), "take one away")


def _elements(system: System) -> list[str]:
    nodes = [name for cluster in system.clusters.values() for name in cluster.nodes]
    children = [f"{app.name}.{c.name}" for app in system.apps.values() for c in app.descendants]
    return [*system.apps, *dict.fromkeys(nodes), *children]
