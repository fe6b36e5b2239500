"""What can be told of an expression of Elixir without reading Elixir: its outline.

A child in Elixir's own words stands in a list of children, so it is one expression on one line::

    {Agent, fn -> %{} end}   ->  taken as it stands
    Pages; Index             ->  expected one expression
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic_core import PydanticCustomError

from otpgen.source import Reads, Text
from otpgen.source.shapes import TEXT

_CLOSES = {")": "(", "]": "[", "}": "{"}


def _expression(value: object) -> object:
    """Refuse what could not stand in a list of children: not the grammar, its outline."""
    if not isinstance(value, str):
        return value
    if "\n" in value.strip():
        raise PydanticCustomError("expected", "an expression on one line")
    open_: list[str] = []
    for char in re.sub(r'"(?:\\.|[^"\\])*"', "", value):
        if char in _CLOSES.values():
            open_.append(char)
        elif char in _CLOSES and (not open_ or open_.pop() != _CLOSES[char]):
            raise PydanticCustomError("expected", "an expression whose brackets match")
        elif char == "#":
            raise PydanticCustomError("expected", "an expression without a comment")
        elif char == '"':
            raise PydanticCustomError("expected", "an expression whose quotes match")
        elif char in ",;" and not open_:
            raise PydanticCustomError("expected", "one expression")
    if open_:
        raise PydanticCustomError("expected", "an expression whose brackets match")
    return value


Expression = Annotated[
    Text,
    Reads(
        _expression,
        # That brackets match, no JSON Schema can say.
        {
            "title": "an expression of Elixir",
            "allOf": [TEXT],
            "not": {"type": "string", "pattern": r"\S\s*\n\s*\S"},
        },
    ),
]
