"""What a scalar of the file may be: names, numbers, durations, read by the type expected.

A value that is none is refused with what was expected of it; ``records`` adds what was found
and where::

    Milliseconds   5s, 500ms, 2000   ->  5_000, 500, 2_000
    Seconds        5s, 5             ->  5_000, 5_000
    Name           g4_core           ->  "g4_core"
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from otpgen import naming

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_DIGITS = "[0-9]{1,4000}"  # Python reads no more than 4,300 digits
_DURATION = re.compile(rf"({_DIGITS})(ms|s|m|h)?\Z")
_REQUIREMENT = re.compile(r"(~>|>=) [0-9]{1,9}\.[0-9]{1,9}(\.[0-9]{1,9})?\Z")
_BOOLEANS = frozenset(["true", "false", "yes", "no", "on", "off", "y", "n"])
MAX_MILLISECONDS = 2**32 - 1
"""What Erlang takes for a time (``receive … after``); about 49 days."""


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
    amount = int(match[1]) * (_UNITS[match[2]] if match[2] else unit)
    if amount > MAX_MILLISECONDS:
        raise _expected("a duration of at most 49 days")
    return amount


def duration(least: int | None = None, most: int | None = None) -> Any:
    """Return the type of a duration between two numbers of milliseconds."""

    def validate(value: object) -> object:
        amount = _amount(value, 1, "5s or 500ms")
        if least is not None and amount < least:
            raise _expected(f"a duration of at least {least}ms")
        if most is not None and amount > most:
            raise _expected(f"a duration of at most {most}ms")
        return amount

    return Annotated[int, BeforeValidator(validate)]


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
    if isinstance(value, str) and any(_is_control(char) for char in value):
        raise _expected("text without control characters")
    return value


def _is_control(char: str) -> bool:
    return not char.isprintable() and (char < " " or "\x7f" <= char < "\xa0") and char not in "\n\t"


def _requirement(value: object) -> object:
    if isinstance(value, str) and _REQUIREMENT.match(value):
        return value
    plain = isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}\.[0-9]{1,9}(\.[0-9]{1,9})?", value)
    raise _expected('a requirement such as "~> 1.14"', f'write "~> {value}"' if plain else "")


Boolean = Annotated[bool, BeforeValidator(_boolean)]
Integer = Annotated[int, BeforeValidator(_integer)]
Milliseconds = duration()
Seconds = Annotated[int, BeforeValidator(_whole_seconds)]
"""Whole seconds; the value is in milliseconds like every duration."""
Shutdown = Annotated[Literal["infinity", "brutal_kill"] | int, BeforeValidator(_shutdown)]
Name = Annotated[str, BeforeValidator(_name)]
Names = tuple[Name, ...]
Text = Annotated[str, BeforeValidator(_text)]
Port = Annotated[int, BeforeValidator(_integer), Field(ge=1, le=65535)]
PortName = Annotated[str, BeforeValidator(_port_name)]
"""The name of a node's port, as opposed to its number."""
Requirement = Annotated[str, BeforeValidator(_requirement)]
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
