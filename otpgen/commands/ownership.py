"""Whose a file is: the architecture's word goes before the template's."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from otpgen.commands.nearest import ARCHITECTURE
from otpgen.merge import Ownership
from otpgen.model import Owned
from otpgen.plan import PlannedFile
from otpgen.source import Document, Mapping, Reader
from otpgen.spec import OwnershipDecl


def ownership_written(document: Document) -> Owned:
    """Return what an architecture says of it, before all else of it is read.

    What is wrong with it is told when all is read.
    """
    root = document.root
    node = root.get("ownership") if isinstance(root, Mapping) else None
    decl = Reader().record(OwnershipDecl, node, "ownership") if node else None
    return Owned(decl.yours, decl.seeded) if decl else Owned()


def ownership_of(owned: Owned, planned: Iterable[PlannedFile] = ()) -> Callable[[str], Ownership]:
    """Return whose each path is."""
    by_template = {file.path: file.ownership for file in planned}
    yours, seeded = _globs(owned.yours), _globs(owned.seeded)

    def ownership(path: str) -> Ownership:
        if path == ARCHITECTURE or yours(path):
            return "yours"
        return "seeded" if seeded(path) else by_template.get(path, "managed")

    return ownership


def _globs(lines: tuple[str, ...]) -> Callable[[str], bool]:
    if not lines:
        return lambda path: False
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(lines).match_file
