"""What libyaml means when it refuses a text: a sentence, a next step, and the better place.

libyaml speaks of scanners and tokens; whoever wrote ``description: @home`` wants to read
"a value cannot begin with "@"" and "put it in quotes".
"""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

from otpgen.lines import place_after

_QUOTES = "put it in quotes"
# Source: YAML 1.1, 5.4 Line Break Characters.


class Refusal(NamedTuple):
    """Why a text is not YAML; line and column count from 1, 0 when unknown."""

    message: str
    hint: str
    line: int
    column: int
    too_deep: bool = False


# What libyaml says -> what we say, the hint, and whether the place is where the thing begins
# instead of where libyaml gave up. ``{line}`` is where it begins, ``{char}`` what stands there.
_WORDS = (
    ("tab character", "a tab where only spaces may stand", "indent with spaces", False),
    ("unexpected end of stream", "a quote that is never closed", "close it", True),
    (
        "mapping values are not allowed",
        'a ":" that cannot stand here',
        'text that holds ": " needs quotes; else look at the line above: its ":", its indentation',
        False,
    ),
    (
        "could not find expected ':'",
        'a key without ":"',
        'write KEY: VALUE; an item of a list begins with "- "',
        True,
    ),
    (
        "expected key",
        "expected a key of the mapping that begins on line {line}",
        "the keys of a mapping stand in one column; quotes go around a whole value",
        False,
    ),
    (
        "expected '-' indicator",
        'expected another "- " of the list that begins on line {line}',
        "the items of a list stand in one column",
        False,
    ),
    (
        "expected ',' or ']'",
        'expected "," or "]" in the list that begins on line {line}',
        'close it with "]"',
        False,
    ),
    (
        "expected ',' or '}'",
        'expected "," or "}" in the mapping that begins on line {line}',
        'close it with "}"',
        False,
    ),
    (
        "block sequence entries",
        "a list cannot begin here",
        'put each "- " on a line of its own',
        False,
    ),
    ("comment or line break", "a value cannot begin with {char}", _QUOTES, True),
    (
        "escape c",
        "a backslash that begins no escape",
        "double it, or use single quotes",
        False,
    ),
    (
        "hexdecimal",
        "a backslash that begins no escape",
        "double it, or use single quotes",
        False,
    ),
    ("alphabetic or numeric", "a value cannot begin with {char}", _QUOTES, True),
    ("directive", "a line cannot begin with {char}", _QUOTES, True),
    ("tag", "a value cannot begin with {char}", _QUOTES, True),
    ("expected node content", "expected a value, found {char}", "", False),
    (
        "document start",
        "expected the end of the file",
        "the architecture is one mapping: a key may be missing above",
        False,
    ),
)


def refusal(error: yaml.MarkedYAMLError, text: str) -> Refusal:
    """Return what is wrong with ``text``, of which libyaml reports ``error``."""
    if marker := re.search("^<<<<<<< ", text, re.MULTILINE):
        line, column = place_after(text[: marker.start()])
        message = "the markers of a merge are still there"
        return Refusal(message, "decide there what stays, and take the markers away", line, column)
    said = str(error.problem or error.context or "it cannot be read")
    here, begin = error.problem_mark or error.context_mark, error.context_mark
    if "cannot start any token" in said:
        said = "tab character" if _char(text, here) == "\t" else "alphabetic or numeric"
        begin = here
    if "maximum nesting depth" in said:
        return _at(text, here, said, "")._replace(too_deep=True)
    for words, message, hint, at_begin in _WORDS:
        if words in said:
            mark = begin if at_begin and begin else here
            line = begin.line + 1 if begin else 1
            message = message.replace("{line}", str(line)).replace("{char}", _shown(text, mark))
            return _at(text, mark, message, hint)
    return _at(text, here, said, "")


def _at(text: str, mark: yaml.Mark | None, message: str, hint: str) -> Refusal:
    if mark is None:
        return Refusal(message, hint, 0, 0)
    if mark.index < len(text):
        return Refusal(message, hint, mark.line + 1, mark.column + 1)
    # libyaml's end is a line that need not exist: take the end of what was written.
    return Refusal(message, hint, *place_after(text.rstrip()))


def _char(text: str, mark: yaml.Mark | None) -> str:
    return text[mark.index : mark.index + 1] if mark else ""


def _shown(text: str, mark: yaml.Mark | None) -> str:
    char = _char(text, mark)
    if not char or char in "\r\n":
        return "the end of the line" if char else "the end of the file"
    return f'"{char}"' if char.isprintable() and char != '"' else "this"
