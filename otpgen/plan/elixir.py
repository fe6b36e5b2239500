"""Elixir source laid out as ``mix format`` lays it out, whatever the names."""

from __future__ import annotations

from collections.abc import Sequence

from otpgen import escape
from otpgen.kinds import Env

WIDTH = 98
"""Source: ``mix format``, ``:line_length``."""


def listed(items: Sequence[str], column: int, indent: int, after: int = 0) -> str:
    """Return a list literal, one element a line when it does not fit.

    Args:
        items: the elements as source.
        column: how many characters stand before the list on its line.
        indent: how far the line that holds it is indented.
        after: how many characters follow it there.
    """
    flat = f"[{', '.join(items)}]"
    if column + len(flat) + after <= WIDTH:
        return flat
    inner = ",\n".join(f"{' ' * (indent + 2)}{item}" for item in items)
    return f"[\n{inner}\n{' ' * indent}]"


def use(module: str, options: Sequence[str], indent: int = 2) -> str:
    """Return ``use Module, option: value`` at this indentation, broken when too long."""
    flat = ", ".join([f"use {module}", *options])
    if indent + len(flat) <= WIDTH:
        return flat
    return f",\n{' ' * (indent + 2)}".join([f"use {module}", *options])


def call(function: str, arguments: Sequence[str], indent: int, after: int = 0) -> str:
    """Return a call at this indentation, one argument a line when it does not fit.

    ``after`` is how many characters follow it.
    """
    flat = f"{function}({', '.join(arguments)})"
    if (indent + len(flat) + after <= WIDTH and "\n" not in flat) or not arguments:
        return flat
    inner = ",\n".join(f"{' ' * (indent + 2)}{argument}" for argument in arguments)
    return f"{function}(\n{inner}\n{' ' * indent})"


def pair(first: str, second: str, indent: int) -> str:
    """Return a tuple of two in a list at this indentation."""
    flat = f"{{{first}, {second}}}"
    if indent + len(flat) + 1 <= WIDTH:
        return flat
    return f"{{{first},\n{' ' * (indent + 1)}{second}}}"


def options_tuple(first: Sequence[str], options: Sequence[str], indent: int) -> str:
    """Return a tuple in a list that ends with ``key: value``; one of them a line when long."""
    flat = f"{{{', '.join([*first, *options])}}}"
    if indent + len(flat) + 1 <= WIDTH:
        return flat
    broken = f",\n{' ' * (indent + 1)}"
    if not options:
        return f"{{{broken.join(first)}}}"
    return f"{{{broken.join([', '.join(first), *options])}}}"


def entry(key: str, value: str, indent: int) -> str:
    """Return ``key: value`` of a keyword list at this indentation."""
    flat = f"{key}: {value}"
    if indent + len(flat) + 1 <= WIDTH:
        return flat
    return f"{key}:\n{' ' * (indent + 2)}{value}"


def entry_list(key: str, items: Sequence[str], indent: int) -> str:
    """Return ``key: [items]`` of a keyword list at this indentation."""
    return f"{key}: {listed(items, indent + len(f'{key}: '), indent, after=1)}"


def entry_call(
    key: str, function: str, arguments: Sequence[str], indent: int, *, last: bool
) -> str:
    """Return ``key: function(arguments)`` of a keyword list, broken where it is too long."""
    comma = 0 if last else 1
    flat = f"{key}: {function}({', '.join(arguments)})"
    if indent + len(flat) + comma <= WIDTH:
        return flat
    return f"{key}:\n{' ' * (indent + 2)}{call(function, arguments, indent + 2, comma)}"


def match(pattern: str, function: str, arguments: Sequence[str], indent: int) -> str:
    """Return ``pattern = function(arguments)``, broken after ``=`` when it is too long."""
    flat = f"{function}({', '.join(arguments)})"
    if indent + len(f"{pattern} = {flat}") <= WIDTH:
        return f"{pattern} = {flat}"
    return f"{pattern} =\n{' ' * (indent + 2)}{call(function, arguments, indent + 2)}"


def spec(function: str, types: Sequence[str], result: str, indent: int = 2) -> str:
    """Return ``@spec function(types) :: result``, its result on a line of its own if need be."""
    head = f"@spec {function}({', '.join(types)}) ::"
    if indent + len(f"{head} {result}") <= WIDTH:
        return f"{head} {result}"
    return f"{head}\n{' ' * (indent + 8)}{result}"


def aliases(modules: Sequence[str], indent: int = 2) -> str:
    """Return an ``alias`` line for each module; those too long for a line stand apart."""
    text = ""
    apart = False
    for module in modules:
        line = f"alias {module}"
        too_long = indent + len(line) > WIDTH
        if text:
            text += "\n\n" if apart or too_long else "\n"
            text += " " * indent
        text += line
        apart = too_long
    return text


def pairs(items: Sequence[tuple[str, str]], indent: int) -> list[str]:
    """Return ``key => value`` for each, the value on a line of its own when it is too long."""
    return [
        f"{key} => {value}"
        if indent + len(f"{key} => {value},") <= WIDTH
        else f"{key} =>\n{' ' * (indent + 2)}{value}"
        for key, value in items
    ]


def text(value: str | Env) -> str:
    """Return a text as it is read where it stands: what is secret, from the environment."""
    if isinstance(value, Env):
        return f"System.fetch_env!({escape.elixir_string(value.name)})"
    return escape.elixir_string(value)


def number(value: int) -> str:
    """Return an integer as Elixir people write it: five digits and more in groups."""
    return f"{value:_}" if value >= 10_000 else str(value)
