"""YAML with places: a text becomes a tree in which everything knows its line and column.

Scalars stay text; whoever expects an integer, a duration or a name reads it as such, so that
``elixir: 1.14`` and a worker named ``no`` mean what was written. Tags, merge keys and cycles
are refused, and size, depth and expansion are bounded::

    parse("a: [1, b]", "f.yaml").root.entries["a"].value.items[1].location  ->  f.yaml:1:8
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml

from otpgen.errors import Location, OtpgenError, Problem
from otpgen.lines import MAX_BYTES, place_after
from otpgen.source.words import refusal

MAX_DEPTH = 64
MAX_NODES = 1_000_000

_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
# Source: YAML 1.1, 5.1 Character Set; libyaml counts the place in bytes, so it is found here.
_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True, eq=False)
class Scalar:
    """One value as text; ``plain`` unless it stood in quotes or a block."""

    location: Location
    text: str
    plain: bool

    @property
    def is_null(self) -> bool:
        """Whether nothing was written: ``key:`` or ``key: ~``."""
        return self.plain and self.text in _NULL


@dataclass(slots=True, eq=False)
class Sequence:
    """A list."""

    location: Location
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Entry:
    """A key of a mapping and its value."""

    key: Scalar
    value: Node


@dataclass(slots=True, eq=False)
class Mapping:
    """A mapping, in the order of the file; of duplicate keys the first counts."""

    location: Location
    entries: dict[str, Entry] = field(default_factory=dict)

    def get(self, key: str) -> Node | None:
        """Return the value of ``key``."""
        entry = self.entries.get(key)
        return entry.value if entry else None


Node: TypeAlias = Scalar | Sequence | Mapping


class Document(NamedTuple):
    """A file's text and root, and what is wrong that does not keep one from reading on."""

    text: str
    root: Node
    problems: tuple[Problem, ...]


def place(node: Node, *steps: str | int) -> Location:
    """Return where ``node[step][step]…`` stands, as deep as it exists.

    For a missing key it is the mapping's place; a mapping's own place is its first key.
    """
    for step in steps:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            node = node.entries[step].value
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
        else:
            break
    return node.location


def describe(node: Node) -> str:
    """Return what stands there, for messages: ``"3"``, ``a list``, ``a mapping``, ``nothing``."""
    match node:
        case Scalar():
            if node.is_null:
                return "nothing"
            return quoted(node.text)
        case Sequence():
            return "a list"
        case Mapping():
            return "a mapping"


def quoted(text: str, most: int = 60) -> str:
    """Return the user's text in quotes, on one line and not endless."""
    if len(text) <= most and '"' not in text and text.isprintable():
        return f'"{text}"'
    shown = "".join(
        c if c.isprintable() and c != '"' else f"\\x{{{ord(c):x}}}" for c in text[:most]
    )
    return f'"{shown}{"…" if len(text) > most else ""}"'


def read(path: Path, shown: str, missing: str = "") -> Document:
    """Return the file's tree; ``shown`` is the path to print, ``missing`` a hint.

    Raises:
        OtpgenError: OG001 when it cannot be read; else as :func:`parse`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise _unreadable(shown, "there is no such file", missing) from error
    except IsADirectoryError as error:
        hint = f"name the file in it: {shown.rstrip('/')}/otpgen.yaml"
        raise _unreadable(shown, "it is a folder", hint) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is no path"
        raise _unreadable(shown, reason.lower()) from error
    if len(data) > MAX_BYTES:
        raise _failure("OG003", f"larger than {MAX_BYTES // 1024**2} MiB", Location(shown))
    try:
        return parse(data.decode("utf-8-sig"), shown)
    except UnicodeDecodeError as error:
        at = _location(shown, error.object[: error.start].decode("utf-8"))
        raise _failure("OG002", "not UTF-8 text", at, "save the file as UTF-8") from error


def parse(text: str, shown: str, start: str = "start with: otpgen: 1") -> Document:
    """Return the tree of a YAML text.

    Raises:
        OtpgenError: OG002 when it is not YAML, OG003 when it uses what is refused.
    """
    if control := _CONTROL.search(text):
        message = f"not YAML: a control character (U+{ord(control[0]):04X})"
        raise _failure("OG002", message, _location(shown, text[: control.start()]), "take it out")
    builder = _Builder(shown)
    try:
        loader = _LOADER(text)
        while (event := loader.get_event()) is not None:
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        why = refusal(error, text)
        at = Location(shown, why.line, why.column)
        if why.too_deep:
            raise _failure("OG003", _TOO_DEEP, at) from error
        raise _failure("OG002", f"not YAML: {why.message}", at, why.hint) from error
    except yaml.YAMLError as error:
        raise _failure("OG002", "not YAML", Location(shown)) from error
    if builder.root is None:
        raise _failure("OG002", "the file is empty", Location(shown, 1, 1), start)
    if isinstance(builder.root, Scalar) and not builder.root.text and builder.root.plain:
        # Nothing but "---": libyaml has the place after it, on a line that need not exist.
        builder.root.location = Location(shown, 1, 1)
    return Document(text, builder.root, tuple(builder.problems))


_YAMLS_OWN = "tag:yaml.org,2002:"
_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


def _location(shown: str, before: str) -> Location:
    """Return the place that comes after ``before``."""
    return Location(shown, *place_after(before))


def _failure(code: str, message: str, at: Location, hint: str = "") -> OtpgenError:
    return OtpgenError([Problem(code, message, at, hint)])


def _unreadable(shown: str, reason: str, hint: str = "") -> OtpgenError:
    return _failure("OG001", f"cannot be read: {reason}", Location(shown), hint)


class _Builder:
    """Builds the tree from parser events.

    Not ``yaml.compose``: it recurses, and dies with the process at 30,000 nested lists.
    """

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._stack: list[Node] = []
        self._keys: list[Scalar | None] = []
        self._anchors: dict[str, Node] = {}
        self._extents: dict[int, tuple[int, int]] = {}
        self._count = 0
        # A look-up, for this is called for every word of the file.
        self._taken: dict[type[yaml.Event], Callable[[Any], None]] = {
            yaml.ScalarEvent: self._scalar,
            yaml.SequenceStartEvent: self._sequence,
            yaml.MappingStartEvent: self._mapping,
            yaml.SequenceEndEvent: self._end,
            yaml.MappingEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document,
        }

    def take(self, event: yaml.Event) -> None:
        if (taken := self._taken.get(type(event))) is not None:
            taken(event)

    def _scalar(self, event: Any) -> None:
        self._refuse_tag(event)
        self._add(Scalar(self._at(event), event.value, event.implicit[0]), event.anchor)

    def _sequence(self, event: Any) -> None:
        self._refuse_tag(event)
        self._push(Sequence(self._at(event)), event.anchor)

    def _mapping(self, event: Any) -> None:
        self._refuse_tag(event)
        self._push(Mapping(self._at(event)), event.anchor)

    def _end(self, event: Any) -> None:
        self._close(self._stack.pop(), event)
        self._keys.pop()

    def _document(self, event: Any) -> None:
        if self.root is not None:
            hint = "one file holds one architecture"
            raise _failure("OG003", "a second document", self._at(event), hint)

    def _at(self, event: Any) -> Location:
        start, end = event.start_mark, event.end_mark
        line, column = start.line, start.column
        length = (end.line == line and end.column - column) or 1
        return Location(self.shown, line + 1, column + 1, length)

    def _refuse_tag(self, event: Any) -> None:
        if event.tag and event.tag != "!":
            written = quoted(event.tag.replace(_YAMLS_OWN, "!!"))
            hint = "leave it out, or put text that begins with ! in quotes"
            raise _failure("OG003", f"a tag, {written}", self._at(event), hint)

    def _push(self, node: Node, anchor: str | None) -> None:
        self._add(node, anchor)
        if len(self._stack) >= MAX_DEPTH:
            raise _failure("OG003", _TOO_DEEP, node.location)
        self._stack.append(node)
        self._keys.append(None)

    def _close(self, node: Node, event: Any) -> None:
        """Note how long what stands in brackets is; a block ends without a character."""
        at, end = node.location, event.end_mark
        if end.line + 1 == at.line and event.start_mark.column < end.column:
            length = end.column + 1 - at.column
            node.location = Location(at.path, at.line, at.column, length)

    def _alias(self, event: Any) -> None:
        target, at = self._anchors.get(event.anchor), self._at(event)
        if target is None:
            hint = "put text that begins with * in quotes"
            raise _failure("OG002", f"not YAML: no anchor {quoted(event.anchor)}", at, hint)
        if any(open_node is target for open_node in self._stack):
            raise _failure("OG003", "an alias inside what it names", at, "write it out")
        size, depth = self._extent(target)
        if len(self._stack) + depth > MAX_DEPTH:
            raise _failure("OG003", _TOO_DEEP, at)
        self._count += size - 1
        self._add(target, None)

    def _extent(self, node: Node) -> tuple[int, int]:
        """Return the size and the depth of what an alias stands for; each is measured once."""
        extent = self._extents.get(id(node))
        if extent is None:
            inner = [self._extent(child) for child in _children(node)]
            depth = 0 if isinstance(node, Scalar) else 1 + max((d for _, d in inner), default=0)
            extent = self._extents[id(node)] = (1 + sum(size for size, _ in inner), depth)
        return extent

    def _add(self, node: Node, anchor: str | None) -> None:
        self._count += 1
        if self._count > MAX_NODES:
            raise _failure("OG003", f"more than {MAX_NODES:,} values", node.location)
        if anchor:
            self._anchors[anchor] = node
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        if isinstance(parent, Sequence):
            parent.items.append(node)
        elif isinstance(parent, Mapping):
            self._add_to_mapping(parent, node)

    def _add_to_mapping(self, parent: Mapping, node: Node) -> None:
        key = self._keys[-1]
        if key is None:
            if not isinstance(node, Scalar):
                hint = "put text that begins with { or [ in quotes"
                raise _failure("OG003", "a key must be a word", node.location, hint)
            if node.plain and node.text == "<<":
                raise _failure(
                    "OG003", "merge keys are not supported", node.location, "write the keys out"
                )
            self._keys[-1] = node
            if not parent.entries and node.location == parent.location:
                parent.location = node.location  # the same place, and how long the key is
            return
        self._keys[-1] = None
        if isinstance(node, Scalar) and node.plain and not node.text:
            node.location = key.location  # nothing was written: the key is what there is to see
        if (first := parent.entries.get(key.text)) is not None:
            self.problems.append(
                Problem(
                    "OG004",
                    f"the key {quoted(key.text)} stands here a second time",
                    key.location,
                    related=(("the first stands here", first.key.location),),
                )
            )
        else:
            parent.entries[key.text] = Entry(key, node)


def _children(node: Node) -> Iterator[Node]:
    match node:
        case Sequence():
            yield from node.items
        case Mapping():
            for entry in node.entries.values():
                yield entry.key
                yield entry.value
