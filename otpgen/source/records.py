"""Records: a mapping of the file, checked field by field, its problems at their places.

What a record may hold is declared as a pydantic model; scalars arrive as text and are read
by the type that is expected. All problems of a record are found at once::

    reader = Reader()
    app = reader.record(AppDecl, node, 'application "g4"')     # None when something is wrong
    reader.problems                                            # what, where, and what to do
"""

# Without annotations as text: pydantic would compile each, inherited ones for each record again.

import re
from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema, ErrorDetails, core_schema

from otpgen import naming
from otpgen.errors import Location, Problem, known_are, listed, nearest
from otpgen.source.types import name_hint
from otpgen.source.yaml import Mapping, Node, Scalar, Sequence, describe, place, quoted


class Decl(BaseModel):
    """A record of the file as it is written, nothing filled in, nothing resolved."""

    # A slot, for pydantic takes as long for a private attribute as for all the others.
    __slots__ = ("_node",)
    if TYPE_CHECKING:
        _node: Node

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=False, defer_build=True
    )

    codes: ClassVar[AbstractMapping[str, str]] = {}
    """Fields whose bad values have a code of their own."""

    shorthand: ClassVar[str | None] = None
    """The key whose value may stand for the whole record."""

    list_key: ClassVar[str | None] = None
    """The key that is meant where a list stands in place of the record."""

    @property
    def node(self) -> Node:
        """Return what was written."""
        return self._node

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
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_/.-]{1,60}")


class _Taken:
    """The mark of ``Taken``."""

    def __get_pydantic_core_schema__(
        self, source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.is_instance_schema(source)


Taken = Annotated[D, _Taken()]
"""A record within another: it has been read before, and is taken as it is.

Without the mark pydantic would make the validator of the inner record once more.
"""


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
            self.unexpected("a mapping", node, what, _record_hint(model, node))
            return None
        nested = nested or {}
        data = {
            key: nested[key] if key in nested else _plain(entry.value)
            for key, entry in node.entries.items()
        }
        try:
            decl = model.model_validate(data)
        except ValidationError as error:
            self.problems.extend(_problems(error.errors(include_url=False), model, node, what))
            return None
        object.__setattr__(decl, "_node", node)
        return decl

    def items(
        self, node: Node | None, what: str, value: str = "{}"
    ) -> Iterator[tuple[str, Scalar, Node]]:
        """Yield each key of a mapping with its place and its value; ``value`` is for a hint."""
        if node is None:
            return
        if not isinstance(node, Mapping):
            self.unexpected("a mapping", node, what, _mapping_hint(node, value))
            return
        for key, entry in node.entries.items():
            yield key, entry.key, entry.value

    def elements(self, node: Node | None, what: str) -> Iterator[Node]:
        """Yield each item of a list."""
        if node is None:
            return
        if not isinstance(node, Sequence):
            self.unexpected("a list", node, what)
            return
        yield from node.items

    def name(self, key: str, at: Location, what: str) -> bool:
        """Whether ``key`` can name something; notes the problem if not."""
        if naming.is_name(key):
            return True
        self.problem("OG101", f"{what}: {quoted(key)} is no name", at, name_hint(key))
        return False

    def unexpected(self, expected: str, node: Node, what: str, hint: str = "") -> None:
        """Note that something else was expected where ``node`` stands."""
        message = f"{what}: expected {expected}, found {describe(node)}"
        self.problem("OG006", message, node.location, hint or _shape_hint(expected, node))


def _shape_hint(expected: str, node: Node) -> str:
    """Return the next step for a value of the wrong shape, where there is an obvious one."""
    if _is_null(node):
        return "give it a value, or leave the key out"
    if expected == "a list" and isinstance(node, Mapping):
        return 'a list is [ONE, TWO], or lines that begin with "- "'
    if expected == "a list" and isinstance(node, Scalar) and naming.is_name(node.text):
        return f"write [{node.text}]"
    match node:
        case Sequence(items=[Scalar(text=text)]) if _PLAIN_KEY.fullmatch(text):
            return f"write {text}"
    return ""


def _mapping_hint(node: Node, value: str) -> str:
    """Return how to write what was listed as a mapping; ``value`` stands behind each key."""
    if _is_null(node):
        return ""
    said = dict.fromkeys(_meant_as_keys(node))
    if not said or not all(map(_PLAIN_KEY.fullmatch, said)):
        return "a mapping is {KEY: VALUE}, or lines of KEY: VALUE"
    first = [f"{key}: {value}" for key in said][:3]
    return f"write {{{', '.join([*first, *['…'] * (len(said) > 3)])}}}"


def _meant_as_keys(node: Node) -> Iterator[str]:
    """Yield the keys that are meant by a word, or by a list of words or of mappings."""
    match node:
        case Scalar():
            yield node.text
        case Sequence():
            for item in node.items:
                yield from _meant_as_keys(item)
        case Mapping():
            name = node.get("name")
            yield from [name.text] if isinstance(name, Scalar) else node.entries


def _record_hint(model: type[Decl], node: Node) -> str:
    """Return what a record holds, where something else stands."""
    if _is_null(node):
        return ""
    if isinstance(node, Sequence) and model.list_key:
        items = [item.text if isinstance(item, Scalar) else "" for item in node.items]
        plain = 0 < len(items) <= 3 and all(map(naming.is_name, items))
        return f"write {{{model.list_key}: [{', '.join(items) if plain else '…'}]}}"
    return f"write {{KEY: VALUE}}; keys are {listed(_keys(model))}"


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.is_null


def _plain(node: Node) -> Any:
    match node:
        case Scalar():
            return None if node.is_null else node.text
        case Sequence():
            return [_plain(item) for item in node.items]
        case Mapping():
            return {key: _plain(entry.value) for key, entry in node.entries.items()}


def _problems(
    details: list[ErrorDetails], model: type[Decl], node: Mapping, what: str
) -> Iterator[Problem]:
    """Translate pydantic's findings; of a union it has one a branch, and they are one problem."""
    by_value: dict[tuple[object, ...], list[ErrorDetails]] = {}
    for detail in details:
        loc = detail["loc"]
        value = loc if detail["type"] == "missing" else (*_steps(loc, node), loc[-1] == "[key]")
        by_value.setdefault(value, []).append(detail)
    for found in by_value.values():
        nearly = [d for d in found if d["type"] in ("greater_than_equal", "less_than_equal")]
        if len(found) == 1 or nearly:
            yield _problem((nearly or found)[0], model, node, what)
        else:
            problem = _problem(found[0], model, node, what)
            shown = describe(_descend(node, _steps(found[0]["loc"], node)))
            path = ".".join(str(step) for step in _steps(found[0]["loc"], node))
            expected = listed([_expected(detail) for detail in found], "or")
            message = f"{what}: {path}: expected {expected}, found {shown}"
            yield Problem(problem.code, message, problem.location)


def _problem(detail: ErrorDetails, model: type[Decl], node: Mapping, what: str) -> Problem:
    """Translate one of pydantic's findings into words of the file."""
    steps = _steps(detail["loc"], node)
    kind = detail["type"]
    field = str(detail["loc"][0]) if detail["loc"] else ""
    if kind == "extra_forbidden":
        at = node.entries[field].key.location
        return Problem("OG005", f"{what}: unknown key {quoted(field)}", at, _known(field, model))
    if kind == "missing":
        hint = _missing_hint(field, model)
        return Problem("OG007", f"{what}: {quoted(field)} is missing", node.location, hint)
    found_node = _descend(node, steps)
    found, at = describe(found_node), found_node.location
    if kind != "name" and detail["loc"][-1:] == ("[key]",):
        message = f"{what}: {field}: expected {_expected(detail)}, found {quoted(str(steps[-1]))}"
        return Problem("OG006", message, _key_at(node, steps))
    path = "".join(f"[{s + 1}]" if isinstance(s, int) else f".{_word(s)}" for s in steps)
    where = f"{what}: {path.lstrip('.')}"
    code = model.codes.get(field, "OG006")
    if kind == "name":
        if detail["loc"][-1] == "[key]":
            key = str(steps[-1])
            message = f"{what}: {field}: {quoted(key)} is no name"
            return Problem("OG101", message, _key_at(node, steps), name_hint(key))
        own = model.model_fields.get("name")
        where = field if own and own.alias == field else where
        if not isinstance(found_node, Scalar) or found_node.is_null:
            hint = "" if _is_null(found_node) else _shape_hint("a name", found_node)
            return Problem("OG101", f"{where}: expected a name, found {found}", at, hint)
        return Problem("OG101", f"{where}: {found} is no name", at, name_hint(found_node.text))
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", str(detail.get("ctx", {})["expected"]))
        if not isinstance(found_node, Scalar) or found_node.is_null:
            hint = f"use {listed(words, 'or')}"
            return Problem(code, f"{where}: expected a word, found {found}", at, hint)
        near = nearest(found_node.text, words)
        hint = f"did you mean {near}?" if near else f"use {listed(words, 'or')}"
        return Problem(code, f"{what}: unknown {field} {found}", at, hint)
    expected = _expected(detail)
    hint = str(detail.get("ctx", {}).get("hint", ""))
    if expected == "a mapping" and not hint and not _is_null(found_node):
        hint = f"write {{KEY: VALUE}}{_about(field, model, ': ')}"
    hint = hint or _shape_hint(expected, found_node)
    return Problem(code, f"{where}: expected {expected}, found {found}", at, hint)


def _known(word: str, model: type[Decl]) -> str:
    """Return a hint for an unknown key: the nearest one, else those there are."""
    known = _keys(model)
    near = nearest(word, known)
    return f"did you mean {near}?" if near else known_are(known)


def _keys(model: type[Decl]) -> list[str]:
    return sorted(info.alias or name for name, info in model.model_fields.items())


def _missing_hint(field: str, model: type[Decl]) -> str:
    return _about(field, model, f"add {field}: ")


def _about(field: str, model: type[Decl], before: str) -> str:
    """Return what a field is, after these words, or nothing where nobody says."""
    for name, info in model.model_fields.items():
        if field in (name, info.alias) and info.description:
            return f"{before}{info.description[:1].lower()}{info.description[1:]}"
    return ""


def _word(key: str) -> str:
    """Return a key as a step of a path, in quotes where it is no plain word."""
    return key if _PLAIN_KEY.fullmatch(key) else quoted(key)


def _key_at(node: Node, steps: list[str | int]) -> Location:
    """Return where the last key of these steps stands."""
    above = _descend(node, steps[:-1])
    key = steps[-1]
    if isinstance(above, Mapping) and isinstance(key, str) and key in above.entries:
        return above.entries[key].key.location
    return above.location


def _expected(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "string_type":
            return "text"
        case "tuple_type" | "list_type":
            return "a list"
        case "too_short":
            return "a list that is not empty"
        case "dict_type" | "mapping_type":
            return "a mapping"
        case "greater_than_equal":
            return f"at least {context['ge']}"
        case "less_than_equal":
            return f"at most {context['le']}"
        case "literal_error":
            return listed(re.findall(r"'([^']*)'", str(context["expected"])), "or")
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
