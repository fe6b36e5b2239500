"""What a ``kind.yaml``, a ``part.yaml`` and a ``component.yaml`` say, as values."""

# Without annotations as text: pydantic would compile each, inherited ones for each record again.

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from otpgen.catalogue.values import Own, Part, PartFile
from otpgen.errors import Location, did_you_mean
from otpgen.kinds import (
    MODULE_FILE,
    ActsAs,
    Kind,
    KindFile,
    MapKeys,
    Naming,
    Option,
    OptionType,
    Restart,
)
from otpgen.source import (
    Boolean,
    Decl,
    Integer,
    Name,
    Names,
    Node,
    Pattern,
    Reader,
    Requirement,
    Taken,
    Text,
    duration,
    matches,
    matching,
    parse,
    quoted,
    read,
)
from otpgen.source import Mapping as SourceMapping
from otpgen.spec import Component

DECLARATION = "kind.yaml"
PART_DECLARATION = "part.yaml"
COMPONENT_DECLARATION = "component.yaml"
DECLARATIONS = (f"/{DECLARATION}", f"/{PART_DECLARATION}", f"/{COMPONENT_DECLARATION}")
"""How the paths of declarations end."""

TEMPLATE_SUFFIX = ".jinja"
_FILES = {
    "module.ex.jinja": MODULE_FILE,
    "test.exs.jinja": "test/app_name/module_path_test.exs",
}
"""What a kind's own templates are emitted as; further ``X.ex.jinja`` go beside the module."""


D = TypeVar("D", bound=Decl)


class _OptionNeedsDecl(Decl):
    parts: Names = ()
    applications: Names = ()


class _NeedsDecl(_OptionNeedsDecl):
    packages: dict[Name, Requirement] = Field(default_factory=dict)


def _types(said: object) -> object:
    if said == []:
        raise PydanticCustomError("expected", "{what}", {"what": "a list that is not empty"})
    return [said] if isinstance(said, str) else said


OptionTypes = Annotated[tuple[OptionType, ...], BeforeValidator(_types)]
"""One type, or a list of them."""


class _OptionDecl(Decl):
    type: OptionTypes
    doc: Text
    default: Any = None
    required: Boolean = False
    of: OptionType | None = None
    keys: MapKeys = "name"
    choices: tuple[Text, ...] = ()
    pattern: Pattern | None = None
    min: Integer | None = None
    max: Integer | None = None
    needs: Taken[_OptionNeedsDecl] | None = None


class _KindDecl(Decl):
    summary: Text
    behaviour: Text
    type: Literal["worker", "supervisor"] = "worker"
    acts_as: ActsAs = "worker"
    restart: Restart = "permanent"
    options: dict[str, Taken[_OptionDecl]] = Field(default_factory=dict)
    needs: Taken[_NeedsDecl] | None = None
    namings: tuple[Naming, ...] = ("local", "none")
    seeded: Names = ()


class _ComponentNeedsDecl(_NeedsDecl):
    components: Names = ()


_Driver = Annotated[str, matching("[A-Za-z0-9 ._-]+", "the name by which ODBC knows it")]


class _PartDecl(Decl):
    summary: Text
    needs: Names = ()
    applications: Names = ()
    included: Names = ()
    drivers: dict[_Driver, Text] = Field(default_factory=dict)
    peers: Boolean = False


class _ComponentDecl(Decl):
    summary: Text
    app: Any
    options: dict[str, Taken[_OptionDecl]] = Field(default_factory=dict)
    needs: Taken[_ComponentNeedsDecl] | None = None
    seeded: tuple[Text, ...] = ()


class Declarations(NamedTuple):
    """Where declarations are read: in the project, else in otpgen's folder."""

    folder: Path
    shown: str
    own: Own
    built_in: frozenset[str]

    def is_built_in(self, kind: str) -> bool:
        """Whether otpgen has a kind of this name itself."""
        return f"kinds/{kind}/{DECLARATION}" in self.built_in

    def read(self, where: str, what: str, reader: Reader) -> Node | None:
        """Return what a declaration holds; None with its problem noted."""
        own = self.own
        at = own.at(where)
        if where in own.texts:
            below = "the pack" if where in own.pack else "otpgen" if where in self.built_in else ""
            if below and own.is_project(where) and where not in own.ejected:
                name = where.rpartition("/")[0]
                message = f"two of one name: {below} has a {what} itself"
                hint = (
                    f"give yours another name; to change {below}'s: otpgen templates eject {name}"
                )
                reader.problem("OG206", message, Location(at), hint)
                return None
            document = parse(own.texts[where], at, "start with: summary: …")
        elif where in self.built_in:
            document = read(self.folder / where, f"{self.shown}/{where}")
        else:
            row, name, file = where.split("/")
            at = f"{own.folder_at(f'{row}/{name}')}/{file}"
            hint = "begin one with summary:, or take the folder away"
            if row == "kinds":
                hint = "otpgen templates new-kind NAME writes one to start from"
            reader.problem("OG207", f"{what} has no {file}", Location(at), hint)
            return None
        reader.problems.extend(document.problems)
        return document.root


def read_kind(declared: Declarations, name: str, files: list[str], reader: Reader) -> Kind | None:
    """Return a kind; None with what is wrong noted."""
    what = f"kind {quoted(name)}"
    root = declared.read(f"kinds/{name}/{DECLARATION}", what, reader)
    if root is None:
        return None
    decl = reader.record(_KindDecl, root, what, _nested(root, _NeedsDecl, what, reader))
    if decl is None:
        return None
    files = [file for file in files if file.endswith(TEMPLATE_SUFFIX)]
    _check_seeded(decl, what, {file.partition(".")[0] for file in files}, reader)
    return Kind(
        name=name,
        summary=decl.summary,
        behaviour=decl.behaviour,
        type=decl.type,
        acts_as=decl.acts_as,
        restart=decl.restart,
        files=tuple(_kind_file(name, file, decl.seeded) for file in files),
        options={key: _as_option(key, option) for key, option in decl.options.items()},
        packages=decl.needs.packages if decl.needs else {},
        parts=decl.needs.parts if decl.needs else (),
        namings=decl.namings,
        applications=decl.needs.applications if decl.needs else (),
    )


def _check_seeded(
    decl: _KindDecl | _ComponentDecl, what: str, known: Collection[str], reader: Reader
) -> None:
    """Note which files are to be seeded and are not there."""
    for number, file in enumerate(decl.seeded):
        if file not in known:
            message = f"{what}: seeded: there is no file {quoted(file)}"
            at = decl.at("seeded", number)
            reader.problem("OG207", message, at, did_you_mean(file, sorted(known)))


def _nested(root: Node, needs: type[_NeedsDecl], what: str, reader: Reader) -> dict[str, Any]:
    """Return the options that are declared, and what is needed."""
    if not isinstance(root, SourceMapping):
        return {}
    options = {
        key: option
        for key, at, node in reader.items(root.get("options"), f"{what}: options")
        if (option := _option(node, f"{what}: option {quoted(key)}", reader))
        and reader.name(key, at.location, what)
    }
    return {"options": options, "needs": _needs(needs, root, what, reader)}


def _option(node: Node, what: str, reader: Reader) -> _OptionDecl | None:
    nested: dict[str, Any] = {}
    if isinstance(node, SourceMapping):
        nested["needs"] = _needs(_OptionNeedsDecl, node, what, reader)
    decl = reader.record(_OptionDecl, node, what, nested)
    said = decl.default if decl else None
    if decl and decl.pattern and isinstance(said, str) and not matches(decl.pattern, said):
        message = f"{what}: its default does not match its pattern"
        reader.problem("OG207", message, decl.at("default"))
    return decl


def _needs(model: type[D], node: SourceMapping, what: str, reader: Reader) -> D | None:
    needs = node.get("needs")
    return None if needs is None else reader.record(model, needs, f"{what}: needs")


def _as_option(name: str, decl: _OptionDecl) -> Option:
    return Option(
        name=name,
        types=decl.type,
        doc=decl.doc,
        default=_default(decl),
        required=decl.required,
        of=decl.of,
        keys=decl.keys,
        choices=decl.choices,
        pattern=decl.pattern or "",
        min=decl.min,
        max=decl.max,
        parts=decl.needs.parts if decl.needs else (),
        applications=decl.needs.applications if decl.needs else (),
    )


def _default(option: _OptionDecl) -> object:
    """Return the default as a value of the first type that takes it; as it stands, if none does."""
    said = option.default
    if said is None:
        return {"map": {}, "boolean": False}.get(option.type[0])
    for type_ in option.type:
        if type_ == "boolean" and said in ("true", "false"):
            return said == "true"
        if type_ == "integer" and str(said).removeprefix("-").isdecimal():
            return int(said)
        if type_ == "duration":
            from pydantic import TypeAdapter  # few have such a default, and it costs its start

            with suppress(ValidationError):
                return TypeAdapter(duration(option.min, option.max)).validate_python(said)
    return said


def _kind_file(kind: str, file: str, seeded: tuple[str, ...]) -> KindFile:
    emitted = file.removesuffix(TEMPLATE_SUFFIX)
    row = "test" if file.endswith("_test.exs.jinja") else "lib"
    path = _FILES.get(file, f"{row}/app_name/module_path_{emitted}")
    word = file.partition(".")[0]
    return KindFile(f"kinds/{kind}/{file}", path, "seeded" if word in seeded else "managed")


def read_part(declared: Declarations, name: str, files: list[str], reader: Reader) -> Part | None:
    """Return a part; None with what is wrong noted."""
    what = f"part {quoted(name)}"
    root = declared.read(f"parts/{name}/{PART_DECLARATION}", what, reader)
    decl = reader.record(_PartDecl, root, what) if root else None
    if decl is None:
        return None
    emitted = tuple(
        PartFile(f"parts/{name}/{file}", file.removesuffix(TEMPLATE_SUFFIX))
        for file in files
        if file != PART_DECLARATION
    )
    return Part(
        name=name,
        summary=decl.summary,
        files=emitted,
        needs=decl.needs,
        applications=decl.applications,
        included=decl.included,
        drivers=decl.drivers,
        peers=decl.peers,
    )


def read_component(
    declared: Declarations, name: str, files: list[str], reader: Reader
) -> Component | None:
    """Return a component; None with what is wrong noted."""
    what = f"component {quoted(name)}"
    root = declared.read(f"components/{name}/{COMPONENT_DECLARATION}", what, reader)
    nested = _nested(root, _ComponentNeedsDecl, what, reader) if root else {}
    app = root.get("app") if isinstance(root, SourceMapping) else None
    if app is not None and not isinstance(app, SourceMapping):
        reader.unexpected("a mapping", app, f"{what}: app")
        return None
    decl = reader.record(_ComponentDecl, root, what, nested | {"app": app}) if root else None
    if decl is None or app is None:
        return None
    files = [file for file in files if file != COMPONENT_DECLARATION]
    _check_seeded(decl, what, {file.removesuffix(TEMPLATE_SUFFIX) for file in files}, reader)
    return Component(
        name=name,
        summary=decl.summary,
        app=app,
        options={key: _as_option(key, option) for key, option in decl.options.items()},
        files=tuple(
            KindFile(f"components/{name}/{file}", path, "seeded" if seeded else "managed")
            for file in files
            for path in [file.removesuffix(TEMPLATE_SUFFIX)]
            for seeded in [path in decl.seeded]
        ),
        packages=decl.needs.packages if decl.needs else {},
        parts=decl.needs.parts if decl.needs else (),
        applications=decl.needs.applications if decl.needs else (),
        components=decl.needs.components if decl.needs else (),
        defaults={
            key: default
            for key, option in decl.options.items()
            if option.default is not None
            if isinstance(option.node, SourceMapping) and (default := option.node.get("default"))
        },
    )
