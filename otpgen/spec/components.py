"""Ready-made applications: their trees are pieces of architecture.

What a component says stands in the application as if it had been written where ``component:``
stands, so that drawings, rules and ``whatif`` see nothing but an application::

    g4_watch:
      component: watch
      options: {every: 1s}      # what the component may be told
      children: [gauge]         # started after its own
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as AbstractMapping
from types import MappingProxyType
from typing import NamedTuple

from otpgen.errors import Location, did_you_mean
from otpgen.kinds import (
    KindFile,
    Option,
    Wrong,
    applications_for,
    parts_for,
    wrong_with_options,
    wrong_with_parts,
)
from otpgen.source import Entry, Mapping, Node, Scalar, Sequence

_JOINED = frozenset(["children", "depends_on", "calls"])
"""Lists to which those of the application are added; all else that it says prevails."""


class Component(NamedTuple):
    """A ready-made application.

    Attributes:
        app: what it says of itself: the keys of an application. ``{option: NAME}`` stands for
            the value of an option.
        defaults: what stands in the tree for an option that is not said, as it was written.
        files: those of its own; one at the path of a file that is emitted anyway replaces it.
        packages: of Hex, each with the requirement.
        parts: what it needs of the emitted runtime.
        applications: those of OTP that run before it.
        components: those it is built on; it depends on one application made of each.
    """

    name: str
    summary: str
    app: Mapping
    options: AbstractMapping[str, Option]
    files: tuple[KindFile, ...]
    packages: AbstractMapping[str, str] = MappingProxyType({})
    parts: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    defaults: AbstractMapping[str, Node] = MappingProxyType({})

    @property
    def handed_on(self) -> frozenset[str]:
        """The options that stand somewhere in its tree."""
        return frozenset(_asked_for(self.app))

    def parts_for(self, options: AbstractMapping[str, object]) -> frozenset[str]:
        """Return the parts of the runtime that an application with these options needs."""
        return parts_for(self.parts, self.options, options)

    def applications_for(self, options: AbstractMapping[str, object]) -> frozenset[str]:
        """Return the applications of OTP that an application with these options needs."""
        return applications_for(self.applications, self.options, options)


def expanded(app: Mapping, component: Component) -> Mapping:
    """Return an application's keys, those of its component among them."""
    said = app.get("options")
    told = said.entries if isinstance(said, Mapping) else {}
    values: dict[str, Node | None] = {}
    at = app.entries["component"].value.location
    for name, option in component.options.items():
        value = told[name].value if name in told else None
        unsaid = value is None or (isinstance(value, Scalar) and value.is_null)
        values[name] = _default(component, option, at) if unsaid else value
    below = _placed(component.app, at, values)
    entries = dict(below.entries) if isinstance(below, Mapping) else {}
    for key, entry in app.entries.items():
        value = entry.value
        if key in _JOINED and isinstance(value, Sequence) and key in entries:
            own = entries[key].value
            items = own.items if isinstance(own, Sequence) else []
            value = Sequence(value.location, [*items, *value.items])
        entries[key] = Entry(entry.key, value)
    return Mapping(app.location, entries)


def wrong_with_component(
    component: Component, kinds: Collection[str], parts: Collection[str]
) -> Iterator[Wrong]:
    """Yield what is wrong with a component among all kinds and parts there are."""
    yield from wrong_with_parts(component.parts, parts, "needs", "parts")
    if component.name in component.components:
        yield Wrong(("needs", "components"), "it stands on itself")
    yield from wrong_with_options(component.options, kinds, parts)
    for option in component.options.values():
        if not {"child", "registry"}.isdisjoint((*option.types, option.of)):
            what = f'option "{option.name}"'
            yield Wrong(("options", option.name, "type"), f"{what} stands beside no children")
    for key in ("component", "options"):
        if key in component.app.entries:
            yield Wrong(("app", key), f"its app is made of no other component: {key}")
    for name in _asked_for(component.app):
        if name not in component.options:
            hint = did_you_mean(name, component.options)
            yield Wrong(("app",), f'there is no option "{name}"', hint)


def _asked_for(node: Node) -> Iterator[str]:
    """Yield each NAME of ``{option: NAME}``."""
    match node:
        case Mapping():
            said = node.get("option") if len(node.entries) == 1 else None
            if isinstance(said, Scalar):
                yield said.text
            for entry in node.entries.values():
                yield from _asked_for(entry.value)
        case Sequence():
            for item in node.items:
                yield from _asked_for(item)


def _default(component: Component, option: Option, at: Location | None) -> Node | None:
    if option.name in component.defaults:
        return _placed(component.defaults[option.name], at, {})
    if option.default is False:
        return Scalar(at or component.app.location, "false", True)
    return None


def as_declared(component: Component) -> tuple[Mapping, list[Location]]:
    """Return its tree with all defaults, where it is declared, and where it waits for values.

    What must be said has a value of its type there, of which nobody can know whether it fits.
    """
    values: dict[str, Node | None] = {}
    open_: list[Location] = []
    for name, option in component.options.items():
        at = Location(component.app.location.path)
        if option.required:
            open_.append(at)
        values[name] = _sample(option, at) if option.required else _default(component, option, None)
    below = _placed(component.app, None, values)
    assert isinstance(below, Mapping)
    return below, open_


def _sample(option: Option, at: Location) -> Node:
    def word(text: str) -> Scalar:
        return Scalar(at, text, True)

    match option.types[0]:
        case "integer":
            return word(str(option.min or option.max or 1))
        case "duration":
            return word(f"{option.min or option.max or 1}ms")
        case "choice":
            return word(option.choices[0] if option.choices else "")
        case "boolean":
            return word("true")
        case "secret":
            return Mapping(at, {"env": Entry(word("env"), word("SECRET"))})
        case _:
            return word(option.name)


def _placed(
    node: Node, at: Location | None, values: AbstractMapping[str, Node | None]
) -> Node | None:
    """Return a piece of a component as it stands in the architecture; None for nothing."""
    here = at or node.location
    match node:
        case Scalar():
            return Scalar(here, node.text, node.plain)
        case Sequence():
            items = [_placed(item, at, values) for item in node.items]
            return Sequence(here, [item for item in items if item is not None])
        case Mapping():
            if list(node.entries) == ["option"]:
                word = node.entries["option"].value
                return values.get(word.text) if isinstance(word, Scalar) else None
            placed = {
                key: Entry(Scalar(at or entry.key.location, key, True), value)
                for key, entry in node.entries.items()
                if (value := _placed(entry.value, at, values)) is not None
            }
            return Mapping(here, placed)
