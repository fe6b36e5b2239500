"""What a scalar of the file may be: names, numbers, durations, read by the type expected.

A value that is none is refused with what was expected of it; ``records`` adds what was found
and where::

    Milliseconds   5s, 500ms, 2000   ->  5_000, 500, 2_000
    Seconds        5s, 5             ->  5_000, 5_000
    Name           g4_core           ->  "g4_core"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import (
    CoreSchema,
    PydanticCustomError,
    SchemaError,
    SchemaValidator,
    core_schema,
)

from otpgen import naming
from otpgen.source import shapes
from otpgen.source.shapes import MAX_MILLISECONDS, UNITS, Shape

_DIGITS = "[0-9]{1,4000}"  # Python reads no more than 4,300 digits
_DURATION = re.compile(rf"({_DIGITS})(ms|s|m|h)?\Z")
_NUMBER = "[0-9]{1,9}"
_AFTER = r"(?:-[0-9A-Za-z.-]{1,40})?(?:\+[0-9A-Za-z.-]{1,40})?"
_FULL = rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}{_AFTER}"
_ONE = rf"(?:~> ?{_NUMBER}\.{_NUMBER}(?:\.{_NUMBER})?{_AFTER}|(?:(?:==|>=|<=|>|<) ?)?{_FULL})"
_SOME = rf"{_ONE}(?: (?:and|or) {_ONE}){{0,9}}"
_REQUIREMENT = re.compile(rf"{_SOME}\Z")
"""Source: Elixir's Version docs; without ``!=``, which is deprecated."""
_BOOLEANS = frozenset(["true", "false", "yes", "no", "on", "off", "y", "n"])


class Reads:
    """How a value is read, and what an editor is told of it: ``Annotated[str, Reads(f, SHAPE)]``.

    What ``BeforeValidator`` and ``WithJsonSchema`` are together, but pydantic need not find out
    by the signature of each function what to call it with.
    """

    def __init__(self, read: Callable[[Any], object], shape: Shape) -> None:
        self.read = read
        self.shape = shape

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> Shape:
        return dict(self.shape)


def _expected(what: str, hint: str = "", kind: str = "expected") -> PydanticCustomError:
    return PydanticCustomError(kind, "{what}", {"what": what, "hint": hint})


def _amount(value: object, unit: int, example: str) -> int:
    """Return the milliseconds of a duration; ``unit`` is a bare number's."""
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        bare = "milliseconds" if unit == 1 else "seconds"
        raise _expected(
            f"a duration such as {example}",
            f"units are ms, s, m and h, without a space; a bare number is {bare}",
        )
    amount = int(match[1]) * (UNITS[match[2]] if match[2] else unit)
    if amount > MAX_MILLISECONDS:
        raise _expected("a duration of at most 49 days")
    return amount


def duration(least: int | None = None, most: int | None = None) -> Any:
    """Return the type of a duration between two numbers of milliseconds."""

    def validate(value: object) -> object:
        amount = _amount(value, 1, "5s or 500ms")
        if least is not None and amount < least:
            bare = "a bare number is milliseconds; units are ms, s, m and h"
            hint = bare if str(value).isdecimal() and amount else ""
            raise _expected(f"a duration of at least {least}ms", hint)
        if most is not None and amount > most:
            raise _expected(f"a duration of at most {most}ms")
        return amount

    return Annotated[int, Reads(validate, shapes.duration(least, most))]


def _whole_seconds(value: object) -> object:
    amount = _amount(value, 1_000, "5s")
    if amount < 1_000 or amount % 1_000:
        raise _expected("whole seconds, at least 1")
    return amount


def _shutdown(value: object) -> object:
    if value in ("infinity", "brutal_kill"):
        return value
    return _amount(value, 1, "5s, infinity or brutal_kill")


def _boolean(value: object) -> object:
    if value in ("true", "false"):
        return value == "true"
    said = str(value).lower()
    plain = "true" if said in ("true", "yes", "on", "y") else "false"
    raise _expected("true or false", f"write {plain}" if said in _BOOLEANS else "")


def _integer(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(f"-?{_DIGITS}", value):
        return int(value)
    raise _expected("a whole number")


def matching(pattern: str, hint: str) -> Reads:
    """Return how a text is read that matches; the hint says what it is for."""

    def validate(value: object) -> object:
        value = _text(value)
        if isinstance(value, str) and not matches(pattern, value):
            raise _expected(f"text that matches {pattern}", hint)
        return value

    bare = all(matches(pattern, text) for text in ("1", "-1.5", "true"))
    return Reads(validate, shapes.matching(pattern, hint, bare=bare))


class Whole(Reads):
    """A whole number between two bounds: ``Annotated[int, Whole(1, 65_535)]``."""

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        super().__init__(_integer, shapes.integer(least, most))
        self.number = core_schema.int_schema(ge=least, le=most)

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, self.number)


def _name(value: object) -> object:
    if isinstance(value, str) and naming.is_name(value):
        return value
    raise _expected("a name", kind="name")


def _port_name(value: object) -> object:
    if isinstance(value, str) and value.isdecimal():
        raise _expected("the name of a port", "the number stands under nodes; here write http")
    return _name(value)


def _text(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise _expected("some text")
    if isinstance(value, str) and not value.isprintable() and any(map(_is_control, value)):
        raise _expected("text without control characters")
    return value


def _is_control(char: str) -> bool:
    return not char.isprintable() and (char < " " or "\x7f" <= char < "\xa0") and char not in "\n\t"


def _requirement(value: object) -> object:
    if isinstance(value, str) and _REQUIREMENT.match(value):
        return value
    said = value if isinstance(value, str) else ""
    hint = ""
    if re.fullmatch(rf"{_NUMBER}\.{_NUMBER}", said):
        hint = f'write "~> {said}"'
    elif number := re.fullmatch(rf"(?:~> ?)?({_NUMBER})", said):
        hint = f'write "~> {number[1]}.0"'
    elif number := re.fullmatch(rf"(>=|>|<=|<|==) ?({_NUMBER}(?:\.{_NUMBER})?)", said):
        full = number[2] + ".0" * (2 - number[2].count("."))
        hint = f'all but ~> need three numbers: "{number[1]} {full}"'
    raise _expected('a requirement such as "~> 1.14"', hint)


def matches(pattern: str, text: str) -> bool:
    """Whether the whole of a text matches; in a time that grows with its length alone."""
    return _matcher(pattern).isinstance_python(text)


@cache
def _matcher(pattern: str) -> SchemaValidator:
    # By the regex of Rust, which never goes back: a pattern may come from a stranger's pack.
    return SchemaValidator(core_schema.str_schema(pattern=f"^(?:{pattern})$"))


def _regex(value: str) -> str:
    try:
        _matcher(value)
    except SchemaError:
        hint = "without look-around and back-references"
        raise _expected("a regular expression", hint) from None
    return value


def _path(value: object) -> object:
    if isinstance(value, str) and all(naming.is_name(name) for name in value.split(".")):
        if value.count(".") < 2:
            return value
        raise _expected("APPLICATION.NAME", "names are unique in their application")
    raise _expected("the name of an application or node, or APPLICATION.NAME")


Boolean = Annotated[bool, Reads(_boolean, shapes.BOOLEAN)]
Integer = Annotated[int, Whole()]
Milliseconds = duration()
Seconds = Annotated[int, Reads(_whole_seconds, shapes.seconds())]
"""Whole seconds; the value is in milliseconds like every duration."""
Shutdown = Annotated[
    Literal["infinity", "brutal_kill"] | int,
    Reads(_shutdown, shapes.shutdown()),
]
Name = Annotated[str, Reads(_name, shapes.NAME)]
Names = tuple[Name, ...]
Path = Annotated[str, Reads(_path, shapes.PATH)]
"""The name of an application or node, or of a child as ``application.child``."""
Text = Annotated[str, Reads(_text, shapes.TEXT)]
Pattern = Annotated[Text, AfterValidator(_regex)]
"""What the whole of a text is to match."""
Port = Annotated[int, Whole(1, 65_535)]
PortName = Annotated[
    str,
    Reads(_port_name, {**shapes.NAME, "title": "the name of a port"}),
]
"""The name of a node's port, as opposed to its number."""
Requirement = Annotated[str, Reads(_requirement, shapes.requirement(_SOME))]
"""A requirement of Elixir's: ``~> 1.14``."""


def name_hint(word: str) -> str:
    """Return how to make a name of a word that is none."""
    if word in naming.RESERVED:
        return "it is a word of Elixir's own; choose another name"
    if len(word) > naming.MAX_LENGTH:
        return f"it has {len(word)} characters, and at most {naming.MAX_LENGTH} make a name"
    rules = (
        "lower-case letters, digits and single underscores, a letter first, at most "
        f"{naming.MAX_LENGTH} characters"
    )
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word[:100]).lower()
    near = re.sub(r"[^a-z0-9]+", "_", snake).strip("_")
    return f"write for instance {near}: {rules}" if naming.is_name(near) else f"use {rules}"
