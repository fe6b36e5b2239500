"""One change, and how values are written in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from otpgen.kinds import Env, Option
from otpgen.spec.defaults import spoken


class Named(Protocol):
    """What has a name: an application, a node, a cluster."""

    @property
    def name(self) -> str:
        """The name."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is different; ``text`` is one sentence, ``follows`` what comes of it."""

    element: str
    text: str
    follows: tuple[str, ...] = ()


def shown(value: object) -> str:
    """Return a value as it stands in the architecture."""
    match value:
        case None | () | "":
            return "nothing"
        case bool():
            return str(value).lower()
        case Env():
            return f"{{env: {value.name}}}"
        case tuple():
            return ", ".join(shown(item) for item in value)
        case dict():
            return ", ".join(f"{key}: {shown(said)}" for key, said in value.items()) or "nothing"
        case _:
            return str(value)


def spoken_options(options: Mapping[str, Option], said: Mapping[str, object]) -> dict[str, object]:
    """Return what was said of options, as one would write it: durations with their unit."""
    return {name: _spoken(option, said[name]) for name, option in options.items()}


def _spoken(option: Option, value: object) -> object:
    if isinstance(value, dict) and option.of == "duration":
        return {key: spoken(said) if isinstance(said, int) else said for key, said in value.items()}
    return spoken(value) if "duration" in option.types and isinstance(value, int) else value


def came_and_went(
    noun: str, old: Mapping[str, Named], new: Mapping[str, Named], where: str = ""
) -> Iterator[Change]:
    """Yield what is gone, new, or has another name: ``application irc is now chat``.

    Args:
        noun: how messages call one of them.
        old: what was there, by the names of now.
        new: what is there.
        where: what stands before each sentence.
    """
    for name, was in old.items():
        if name not in new:
            yield Change(was.name, f"{where}{noun} {was.name} is gone")
    for name in new:
        if name not in old:
            yield Change(name, f"{where}{noun} {name} is new")
        elif old[name].name != name:
            yield Change(name, f"{where}{noun} {old[name].name} is now {name}")


def differences(
    name: str, element: str, before: dict[str, object], after: dict[str, object]
) -> Iterator[Change]:
    """Yield a change for each value that is another one: ``cache: restart permanent → transient``.

    A key that begins with ``_`` is not named: ``calculators: one_for_all → one_for_one``.
    """
    for key in {**before, **after}:
        old, new = before.get(key), after.get(key)
        if old != new and shown(old) != shown(new):
            word = "" if key.startswith("_") else f"{key} "
            yield Change(element, f"{name}: {word}{shown(old)} → {shown(new)}")
