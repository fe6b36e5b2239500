"""Records: a mapping of the file, checked field by field, its problems at their places.

What a record may hold is declared as a pydantic model; scalars arrive as text and are read
by the type that is expected. All problems of a record are found at once::

    reader = Reader()
    app = reader.record(AppDecl, node, 'application "g4"')     # None when something is wrong
    reader.problems                                            # what, where, and what to do
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as AbstractMapping
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from otpgen import naming
from otpgen.errors import Location, Problem, did_you_mean, listed, nearest
from otpgen.source.yaml import Mapping, Node, Scalar, Sequence, describe, place, quoted

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_DURATION = re.compile(r"([0-9]{1,12})(ms|s|m|h)?\Z")
MAX_MILLISECONDS = 2**32 - 1
"""What Erlang takes for a time (``receive … after``); about 49 days."""


class Decl(BaseModel):
    """A record of the file as it is written, nothing filled in, nothing resolved."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)

    later: ClassVar[AbstractMapping[str, str]] = {}
    """Keys of the format that this version does not read yet, and what they are for."""

    codes: ClassVar[AbstractMapping[str, str]] = {}
    """Fields whose bad values have a code of their own."""

    _node: Node = PrivateAttr()

    def at(self, *steps: str | int) -> Location:
        """Return where the value under these keys stands; without any, the record."""
        return place(self._node, *steps)

    def key_at(self, *steps: str) -> Location:
        """Return where the last of these keys itself stands."""
        *above, key = steps
        node = self._node
        for step in above:
            node = node.entries[step].value if isinstance(node, Mapping) else node
        if isinstance(node, Mapping) and key in node.entries:
            return node.entries[key].key.location
        return node.location


D = TypeVar("D", bound=Decl)


def _duration(unit: int) -> Any:
    bare = "milliseconds" if unit == 1 else "seconds"

    def validate(value: object) -> object:
        if isinstance(value, int):
            return value
        match = _DURATION.match(value) if isinstance(value, str) else None
        if match is None:
            raise PydanticCustomError(
                "duration",
                "expected a duration such as 5s or 500ms (a bare number is {bare})",
                {"bare": bare},
            )
        amount = int(match[1]) * (_UNITS[match[2]] if match[2] else unit)
        if amount > MAX_MILLISECONDS:
            raise PydanticCustomError("duration", "expected a duration of at most 49 days")
        return amount

    return validate


def _whole_seconds(value: object) -> object:
    amount = _duration(1_000)(value)
    if isinstance(amount, int) and (amount < 1_000 or amount % 1_000):
        raise PydanticCustomError("duration", "expected whole seconds, at least 1")
    return amount


def _shutdown(value: object) -> object:
    if value in ("infinity", "brutal_kill"):
        return value
    try:
        return _duration(1)(value)
    except PydanticCustomError:
        raise PydanticCustomError(
            "duration", "expected a duration such as 5s, infinity or brutal_kill"
        ) from None


def _boolean(value: object) -> object:
    if value in ("true", "false"):
        return value == "true"
    if isinstance(value, bool):
        return value
    raise PydanticCustomError("boolean", "expected true or false")


def _integer(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    if isinstance(value, int):
        return value
    raise PydanticCustomError("integer", "expected a whole number")


def _name(value: object) -> object:
    if isinstance(value, str) and naming.is_name(value):
        return value
    raise PydanticCustomError(
        "name", "expected a name: lower-case letters, digits and single underscores, "
        "a letter first, at most {most} characters, no word of Elixir's own",
        {"most": naming.MAX_LENGTH},
    )  # fmt: skip


def _text(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise PydanticCustomError("text", "expected some text")
    if isinstance(value, str) and "\0" in value:
        raise PydanticCustomError("text", "expected text without NUL")
    return value


Boolean = Annotated[bool, BeforeValidator(_boolean)]
Integer = Annotated[int, BeforeValidator(_integer)]
Milliseconds = Annotated[int, BeforeValidator(_duration(1))]
Seconds = Annotated[int, BeforeValidator(_whole_seconds)]
"""Whole seconds; the value is in milliseconds like every duration."""
Shutdown = Annotated[Literal["infinity", "brutal_kill"] | int, BeforeValidator(_shutdown)]
Name = Annotated[str, BeforeValidator(_name)]
Names = tuple[Name, ...]
Text = Annotated[str, BeforeValidator(_text)]
Port = Annotated[int, BeforeValidator(_integer), Field(ge=1, le=65535)]


class Reader:
    """Reads records and collects what is wrong with them."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def problem(self, code: str, message: str, at: Location, hint: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(code, message, at, hint))

    def record(
        self,
        model: type[D],
        node: Node,
        what: str,
        nested: AbstractMapping[str, object] | None = None,
    ) -> D | None:
        """Return the record that ``node`` holds, or None with its problems noted.

        Args:
            model: what it may hold.
            node: where it stands.
            what: how messages call it: ``supervisor "orders"``.
            nested: values of fields that were read before, by their keys.
        """
        if not isinstance(node, Mapping):
            self.problem(
                "OG006", f"{what}: expected a mapping, found {describe(node)}", node.location
            )
            return None
        nested = nested or {}
        later = [key for key in node.entries if key in model.later]
        for key in later:
            self.problem(
                "OG008",
                f"{what}: {quoted(key)} ({model.later[key]}) belongs to format 1, but this version "
                "of otpgen does not read it yet",
                node.entries[key].key.location,
                "leave it out for now",
            )
        data = {
            key: nested[key] if key in nested else _plain(entry.value)
            for key, entry in node.entries.items()
            if key not in model.later
        }
        try:
            decl = model.model_validate(data)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                self.problems.append(_problem(detail, model, node, what))
            return None
        decl._node = node
        return None if later else decl

    def items(self, node: Node | None, what: str) -> Iterator[tuple[str, Scalar, Node]]:
        """Yield each key of a mapping with its place and its value."""
        if node is None:
            return
        if not isinstance(node, Mapping):
            self.problem(
                "OG006", f"{what}: expected a mapping, found {describe(node)}", node.location
            )
            return
        for key, entry in node.entries.items():
            yield key, entry.key, entry.value

    def elements(self, node: Node | None, what: str) -> Iterator[Node]:
        """Yield each item of a list."""
        if node is None:
            return
        if not isinstance(node, Sequence):
            self.problem("OG006", f"{what}: expected a list, found {describe(node)}", node.location)
            return
        yield from node.items

    def name(self, key: str, at: Location, what: str) -> bool:
        """Whether ``key`` can name something; notes the problem if not."""
        if naming.is_name(key):
            return True
        self.problem("OG101", f"{what}: {quoted(key)} is no name", at, _NAME_HINT)
        return False

    def unknown_key(self, key: str, known: Collection[str], at: Location, what: str) -> None:
        """Note an unknown key with the nearest known one."""
        self.problem("OG005", f"{what}: unknown key {quoted(key)}", at, did_you_mean(key, known))


_NAME_HINT = (
    "use lower-case letters, digits and single underscores, a letter first, at most "
    f"{naming.MAX_LENGTH} characters, and no word of Elixir's own"
)


def _plain(node: Node) -> Any:
    match node:
        case Scalar():
            return None if node.is_null else node.text
        case Sequence():
            return [_plain(item) for item in node.items]
        case Mapping():
            return {key: _plain(entry.value) for key, entry in node.entries.items()}


def _problem(detail: ErrorDetails, model: type[Decl], node: Mapping, what: str) -> Problem:
    """Translate one of pydantic's findings into words of the file."""
    steps = _steps(detail["loc"], node)
    kind = detail["type"]
    field = str(detail["loc"][0]) if detail["loc"] else ""
    known = [info.alias or name for name, info in model.model_fields.items()]
    if kind == "extra_forbidden":
        at = node.entries[field].key.location
        words = sorted({*known, *model.later})
        near = nearest(field, words)
        hint = f"did you mean {near}?" if near else f"known are {listed(sorted(known))}"
        return Problem("OG005", f"{what}: unknown key {quoted(field)}", at, hint)
    if kind == "missing":
        return Problem("OG007", f"{what}: {quoted(field)} is missing", node.location)
    found_node = _descend(node, steps)
    found, at = describe(found_node), found_node.location
    code = model.codes.get(field, "OG101" if kind == "name" else "OG006")
    path = "".join(f"[{s + 1}]" if isinstance(s, int) else f".{s}" for s in steps).lstrip(".")
    if kind == "literal_error":
        expected = str(detail.get("ctx", {})["expected"])
        words = re.findall(r"'([^']*)'", expected)
        word = found_node.text if isinstance(found_node, Scalar) else ""
        near = nearest(word, words)
        hint = f"did you mean {near}?" if near else f"use {listed(words, 'or')}"
        return Problem(code, f"{what}: unknown {field} {found}", at, hint)
    return Problem(code, f"{what}: {path}: {_expected(detail)}, found {found}", at)


def _expected(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "string_type":
            return "expected text"
        case "tuple_type" | "list_type":
            return "expected a list"
        case "dict_type" | "mapping_type":
            return "expected a mapping"
        case "greater_than_equal":
            return f"expected at least {context['ge']}"
        case "less_than_equal":
            return f"expected at most {context['le']}"
        case "string_pattern_mismatch":
            return f"expected text like {context['pattern']}"
        case "string_too_long":
            return f"expected at most {context['max_length']} characters"
        case _:
            return detail["msg"][:1].lower() + detail["msg"][1:]


def _steps(loc: tuple[int | str, ...], node: Node) -> list[str | int]:
    """Keep of pydantic's path what is in the file: it also names branches of unions."""
    steps: list[str | int] = []
    for step in loc:
        child = _descend(node, [step])
        if child is node:
            continue
        steps.append(step)
        node = child
    return steps


def _descend(node: Node, steps: list[str | int]) -> Node:
    for step in steps:
        if isinstance(node, Mapping) and isinstance(step, str) and step in node.entries:
            node = node.entries[step].value
        elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return node
