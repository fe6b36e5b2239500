"""The folders of kinds and parts, read into values.

A kind is found by its folder ``templates/kinds/NAME`` with a ``kind.yaml``; a part of the
emitted runtime by its folder ``templates/parts/NAME``. Nothing here knows a kind by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from otpgen.errors import OtpgenError
from otpgen.kinds import ActsAs, Kind, KindFile, Naming, Option, OptionType, Restart
from otpgen.source import Boolean, Decl, Integer, Names, Node, Reader, Text, quoted, read
from otpgen.source import Mapping as SourceMapping

DECLARATION = "kind.yaml"
PART_DECLARATION = "part.yaml"
TEMPLATE_SUFFIX = ".jinja"
_FILES = {
    "module.ex.jinja": "lib/app_name/module_path.ex",
    "test.exs.jinja": "test/app_name/module_path_test.exs",
}
"""What a kind's own templates are emitted as; further ``X.ex.jinja`` go beside the module."""


@dataclass(frozen=True, slots=True)
class PartFile:
    """A file of a part; ``path`` is relative to the runtime application's folder."""

    template: str
    path: str


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of the emitted runtime and the other parts it is built on."""

    name: str
    summary: str
    files: tuple[PartFile, ...]
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that the template folders offer."""

    kinds: Mapping[str, Kind]
    parts: Mapping[str, Part]
    templates: frozenset[str]

    def with_needs(self, parts: set[str]) -> tuple[str, ...]:
        """Return the parts and all that they are built on, in the order of the catalogue."""
        found: set[str] = set()
        open_ = list(parts)
        while open_:
            name = open_.pop()
            if name not in found:
                found.add(name)
                open_.extend(self.parts[name].needs)
        return tuple(name for name in self.parts if name in found)


class _NeedsDecl(Decl):
    parts: Names = ()


OptionTypes = Annotated[
    tuple[OptionType, ...], BeforeValidator(lambda t: [t] if isinstance(t, str) else t)
]
"""One type, or a list of them."""


class _OptionDecl(Decl):
    type: OptionTypes
    doc: Text
    default: Any = None
    required: Boolean = False
    of: OptionType | None = None
    choices: tuple[Text, ...] = ()
    min: Integer | None = None
    max: Integer | None = None
    needs: _NeedsDecl | None = None


class _KindDecl(Decl):
    summary: Text
    behaviour: Text
    type: Literal["worker", "supervisor"] = "worker"
    acts_as: ActsAs = "worker"
    restart: Restart = "permanent"
    options: dict[str, _OptionDecl] = Field(default_factory=dict)
    needs: _NeedsDecl | None = None
    namings: tuple[Naming, ...] = ("local", "none")
    seeded: Names = ()


class _PartDecl(Decl):
    summary: Text
    needs: Names = ()


def read_catalogue(folder: Path, shown: str = "templates") -> Catalogue:
    """Return what the template folder offers.

    Raises:
        OtpgenError: what is wrong with a ``kind.yaml`` or ``part.yaml``.
    """
    templates = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    reader = Reader()
    by_folder: dict[str, list[str]] = {}
    for template in templates:
        row, _, rest = template.partition("/")
        name, _, file = rest.partition("/")
        if row in ("kinds", "parts") and file:
            by_folder.setdefault(f"{row}/{name}", []).append(file)
    kinds: dict[str, Kind] = {}
    parts: dict[str, Part] = {}
    for place, files in by_folder.items():
        row, _, name = place.partition("/")
        if row == "parts":
            if (part := _part(folder, shown, name, files, reader)) is not None:
                parts[name] = part
        elif (kind := _kind(folder, shown, name, files, reader)) is not None:
            kinds[name] = kind
    if reader.problems:
        raise OtpgenError(reader.problems)
    return Catalogue(kinds, parts, frozenset(templates))


def _kind(folder: Path, shown: str, name: str, files: list[str], reader: Reader) -> Kind | None:
    what = f"kind {quoted(name)}"
    root = _declaration(folder, shown, f"kinds/{name}/{DECLARATION}", reader)
    nested: dict[str, Any] = {}
    if isinstance(root, SourceMapping):
        nested["options"] = {
            key: option
            for key, at, node in reader.items(root.get("options"), f"{what}: options")
            if (option := _option(node, f"{what}: option {quoted(key)}", reader))
            and reader.name(key, at.location, what)
        }
        nested["needs"] = _needs(root, what, reader)
    decl = reader.record(_KindDecl, root, what, nested)
    if decl is None:
        return None
    return Kind(
        name=name,
        summary=decl.summary,
        behaviour=decl.behaviour,
        type=decl.type,
        acts_as=decl.acts_as,
        restart=decl.restart,
        files=tuple(_kind_file(name, file, decl.seeded) for file in files if file != DECLARATION),
        options={key: _as_option(key, option) for key, option in decl.options.items()},
        parts=decl.needs.parts if decl.needs else (),
        namings=decl.namings,
    )


def _declaration(folder: Path, shown: str, where: str, reader: Reader) -> Node:
    document = read(folder / where, f"{shown}/{where}")
    reader.problems.extend(document.problems)
    return document.root


def _option(node: Node, what: str, reader: Reader) -> _OptionDecl | None:
    nested = {"needs": _needs(node, what, reader)} if isinstance(node, SourceMapping) else {}
    return reader.record(_OptionDecl, node, what, nested)


def _needs(node: SourceMapping, what: str, reader: Reader) -> _NeedsDecl | None:
    needs = node.get("needs")
    return None if needs is None else reader.record(_NeedsDecl, needs, f"{what}: needs")


def _as_option(name: str, decl: _OptionDecl) -> Option:
    return Option(
        name=name,
        types=decl.type,
        doc=decl.doc,
        default=_default(decl),
        required=decl.required,
        of=decl.of,
        choices=decl.choices,
        min=decl.min,
        max=decl.max,
        parts=decl.needs.parts if decl.needs else (),
    )


def _default(option: _OptionDecl) -> object:
    if option.default is None:
        return {"map": {}, "boolean": False}.get(option.type[0])
    if option.type == ("boolean",):
        return option.default == "true"
    return int(option.default) if option.default.isdecimal() else option.default


def _kind_file(kind: str, file: str, seeded: tuple[str, ...]) -> KindFile:
    emitted = file.removesuffix(TEMPLATE_SUFFIX)
    place = "test" if file.endswith("_test.exs.jinja") else "lib"
    path = _FILES.get(file, f"{place}/app_name/module_path_{emitted}")
    word = file.partition(".")[0]
    return KindFile(f"kinds/{kind}/{file}", path, "seeded" if word in seeded else "managed")


def _part(folder: Path, shown: str, name: str, files: list[str], reader: Reader) -> Part | None:
    root = _declaration(folder, shown, f"parts/{name}/{PART_DECLARATION}", reader)
    decl = reader.record(_PartDecl, root, f"part {quoted(name)}")
    if decl is None:
        return None
    emitted = tuple(
        PartFile(f"parts/{name}/{file}", file.removesuffix(TEMPLATE_SUFFIX))
        for file in files
        if file != PART_DECLARATION
    )
    return Part(name, decl.summary, emitted, decl.needs)
