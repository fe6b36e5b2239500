"""``allow: {CODE: reason}``: which warnings are silenced, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from otpgen.errors import Location
from otpgen.source import Mapping, Node, Sequence

CODE = re.compile("OG[0-9]{3}")


class Allowance(NamedTuple):
    """One warning that is silenced; ``covers`` are the places of its element and all below."""

    code: str
    location: Location
    covers: frozenset[Location]


def allowances(node: Node, key: Location | None = None) -> Iterator[Allowance]:
    """Yield what is allowed in an architecture, or a part of it that stands under ``key``.

    The file has been read: whatever is called ``allow`` and holds codes is one. Names are in
    lower case, so that an application, a node or a setting called ``allow`` holds none.
    """
    match node:
        case Mapping():
            allow = node.get("allow")
            if isinstance(allow, Mapping):
                covers = frozenset([key] if key else []).union(_places(node))
                for code, entry in allow.entries.items():
                    if CODE.fullmatch(code):
                        yield Allowance(code, entry.key.location, covers)
            for entry in node.entries.values():
                yield from allowances(entry.value, entry.key.location)
        case Sequence():
            for item in node.items:
                yield from allowances(item)


def _places(node: Node) -> Iterator[Location]:
    yield node.location
    match node:
        case Mapping():
            for entry in node.entries.values():
                yield entry.key.location
                yield from _places(entry.value)
        case Sequence():
            for item in node.items:
                yield from _places(item)
