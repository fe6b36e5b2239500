"""What each scalar of the file may be, said in JSON Schema: ``types`` for editors.

An editor reads YAML into JSON, so that a number may be a number or, in quotes, digits. Patterns
are ECMA 262's, and are anchored; numbers in quotes keep the bounds of those without::

    integer(0, 100)     100, "100"        not 101, "101"
    duration(1_000)     1000, 1s, "1m"    not 999, 0s

What has a ``title`` is a type of its own; it is how the reference page calls it.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from otpgen import naming

Shape: TypeAlias = dict[str, Any]

UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
MAX_MILLISECONDS = 2**32 - 1
"""What Erlang takes for a time (``receive … after``); about 49 days."""


def _pattern(pattern: str, expected: str) -> Shape:
    """Return a pattern with what editors say of a text that does not match it."""
    return {"pattern": pattern, "patternErrorMessage": f"expected {expected}"}


NAME: Shape = {
    "title": "a name",
    "type": "string",
    **_pattern("^[a-z][a-z0-9]*(_[a-z0-9]+)*$", "lower-case letters, digits and underscores"),
    "maxLength": naming.MAX_LENGTH,
    "not": {"enum": sorted(naming.RESERVED)},
}
PATH: Shape = {
    "title": "a name, or `application.child`",
    "type": "string",
    **_pattern(
        r"^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)?$",
        "an application, a node, or application.child",
    ),
}
TEXT: Shape = {
    "title": "text",
    "anyOf": [
        {
            "type": "string",
            **_pattern(
                r"^(?=[\s\S]*\S)[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$",
                "some text, without control characters",
            ),
        },
        {"type": ["number", "boolean"]},
    ],
}
"""Not blank, and without control characters."""


def matching(pattern: str, expected: str, *, bare: bool) -> Shape:
    """Return a text that matches; ``bare``: numbers and booleans, as an editor reads them, do."""
    said = {"allOf": [TEXT["anyOf"][0], _pattern(f"^(?:{pattern})$", expected)]}
    return {"anyOf": [said, *TEXT["anyOf"][1:]]} if bare else said


BOOLEAN: Shape = {
    "title": "`true` or `false`",
    "anyOf": [{"type": "boolean"}, {"type": "string", "pattern": "^(true|false)$"}],
}


def requirement(pattern: str) -> Shape:
    """Return the shape of a requirement of Elixir's."""
    return {
        "title": "a requirement",
        "type": "string",
        **_pattern(f"^{pattern}$", 'a requirement such as "~> 1.14"'),
    }


def integer(least: int | None = None, most: int | None = None) -> Shape:
    """Return the shape of a whole number between bounds."""
    if least is not None and most is not None:
        title = f"{least:,} to {most:,}"
    else:
        title = "a whole number" + ("" if least is None else f", at least {least:,}")
    bounds = {"minimum": least, "maximum": most}
    number = {"type": "integer", **{key: n for key, n in bounds.items() if n is not None}}
    # Bounds below zero are not held in quotes.
    digits = "-?[0-9]+" if least is None or least < 0 else f"0*{numerals(least, most)}"
    if least == 0:
        digits = f"-0+|{digits}"
    return {
        "title": title,
        "anyOf": [number, {"type": "string", **_pattern(f"^({digits})$", title)}],
    }


def duration(least: int | None = None, most: int | None = None) -> Shape:
    """Return the shape of a duration between two numbers of milliseconds."""
    first, last = least or 0, MAX_MILLISECONDS if most is None else most
    by_unit = {
        unit: f"0*{numerals(-(-first // size), last // size)}{unit}"
        for unit, size in UNITS.items()
        if -(-first // size) <= last // size
    }
    by_unit["ms"] = f"{by_unit['ms'].removesuffix('ms')}(ms)?"
    bounds = (f", at least {least} ms" if least else "") + (f", at most {most} ms" if most else "")
    return _duration(f"a duration{bounds}", first, last, list(by_unit.values()))


def seconds() -> Shape:
    """Return the shape of whole seconds, at least one; a bare number is seconds."""
    most = {unit: MAX_MILLISECONDS // size for unit, size in UNITS.items()}
    forms = [f"0*{numerals(1, most[unit])}{unit}" for unit in ("s", "m", "h")]
    forms[0] = f"{forms[0][:-1]}(s|000ms)?"
    return _duration("a duration of whole seconds", 1, most["s"], forms)


def _duration(title: str, least: int, most: int, forms: list[str]) -> Shape:
    return {
        "title": title,
        "anyOf": [
            {"type": "string", **_pattern(f"^({'|'.join(forms)})$", f"{title}, such as 5s")},
            {"type": "integer", "minimum": least, "maximum": most},
        ],
    }


def shutdown() -> Shape:
    """Return the shape of a time to clean up in."""
    words = {"enum": ["infinity", "brutal_kill"]}
    return {
        "title": "a duration, `infinity` or `brutal_kill`",
        "anyOf": [words, duration()],
    }


def numerals(least: int, most: int | None) -> str:
    """Return the pattern of the numbers between bounds, without zeros before them."""
    if most is None:
        length = len(str(least))
        longer = f"[1-9][0-9]{{{length},}}"
        return f"({numerals(least, 10**length - 1)}|{longer})"
    parts = ["0"] if least == 0 else []
    least = max(least, 1)
    longest = len(str(most))
    while least <= most:
        length = len(str(least))
        if least == 10 ** (length - 1) and length < longest:  # all of this length, and longer
            parts.append(f"[1-9]{_digits(length - 1, longest - 2)}")
            least = 10 ** (longest - 1)
        else:
            last = min(most, 10**length - 1)
            parts.append(_of_one_length(str(least), str(last)))
            least = last + 1
    return parts[0] if len(parts) == 1 else f"({'|'.join(parts)})"


def _digits(least: int, most: int) -> str:
    if least == most:
        return "[0-9]" * most if most < 2 else f"[0-9]{{{most}}}"
    return f"[0-9]{{{least},{most}}}"


def _of_one_length(least: str, most: str) -> str:
    if not least:
        return ""
    rest = len(least) - 1
    if least[0] == most[0]:
        return least[0] + _of_one_length(least[1:], most[1:])
    first, last, parts = int(least[0]), int(most[0]), []
    if least[1:] != "0" * rest:
        parts.append(least[0] + _of_one_length(least[1:], "9" * rest))
        first += 1
    if most[1:] != "9" * rest:
        parts.append(most[0] + _of_one_length("0" * rest, most[1:]))
        last -= 1
    if first <= last:
        digit = f"{first}" if first == last else f"[{first}-{last}]"
        parts.append(digit + _digits(rest, rest))
    return parts[0] if len(parts) == 1 else f"({'|'.join(parts)})"
