"""What a kind of child is, as values; where kinds come from is the catalogue's business.

A kind is a folder of files under ``templates/kinds``: ``kind.yaml`` declares it, its
templates are emitted for each worker of the kind.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from otpgen.errors import did_you_mean

OptionType = Literal[
    "text",
    "secret",
    "integer",
    "duration",
    "port",
    "boolean",
    "choice",
    "process",
    "registry",
    "child",
    "map",
]
ActsAs = Literal["worker", "dynamic", "task", "partition", "registry"]
Restart = Literal["permanent", "transient", "temporary"]
Naming = Literal["local", "none", "via", "cluster"]
MapKeys = Literal["name", "path"]
Ownership = Literal["managed", "seeded"]

COMMON = frozenset(
    ["allow", "child", "children", "count", "description", "id", "name", "restart", "shutdown"]
) | frozenset(["significant", "spec", "supervisor", "type"])
"""Keys that mean the same beside every kind, so that no kind and no option has such a name."""

_MEANT: Mapping[str, OptionType] = {"child": "child", "via": "registry", "singleton": "boolean"}
"""Options that otpgen knows by their names, and their types."""

_MODULE = re.compile(r":[a-z]\w*|[A-Z]\w*(?:\.[A-Z]\w*)*", re.ASCII)


class Env(NamedTuple):
    """``{env: NAME}``: a text that stands in the environment of the node and nowhere else.

    Attributes:
        name: the variable.
        optional: whether the application whose option it is starts without it, and says so.
    """

    name: str
    optional: bool = False


class Option(NamedTuple):
    """One option of a kind.

    Attributes:
        types: what its value may be, most often one.
        of: the type of a map's values.
        keys: what a map's keys are: names, or paths of requests.
        pattern: what the whole of a text matches.
        parts: what the emitted runtime needs where the option is used.
        applications: those of OTP that run before the child's own where it is used.
    """

    name: str
    types: tuple[OptionType, ...]
    doc: str
    default: object = None
    required: bool = False
    of: OptionType | None = None
    keys: MapKeys = "name"
    choices: tuple[str, ...] = ()
    pattern: str = ""
    min: int | None = None
    max: int | None = None
    parts: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()


MODULE_FILE = "lib/app_name/module_path.ex"


class KindFile(NamedTuple):
    """A file emitted for each worker of the kind.

    ``path`` is relative to the application's folder; ``app_name`` and ``module_path`` in it
    stand for the application and the worker's file word.
    """

    template: str
    path: str
    ownership: Ownership = "managed"


class Kind(NamedTuple):
    """A kind of worker: how OTP sees it and what it needs.

    Attributes:
        packages: of Hex, each with the requirement.
    """

    name: str
    summary: str
    behaviour: str
    type: Literal["worker", "supervisor"]
    acts_as: ActsAs
    restart: Restart
    files: tuple[KindFile, ...]
    options: Mapping[str, Option]
    packages: Mapping[str, str] = MappingProxyType({})
    parts: tuple[str, ...] = ()
    namings: tuple[Naming, ...] = ("local", "none")
    applications: tuple[str, ...] = ()

    def parts_for(self, options: Mapping[str, object]) -> frozenset[str]:
        """Return the parts of the runtime that a worker with these options needs."""
        return parts_for(self.parts, self.options, options)

    def applications_for(self, options: Mapping[str, object]) -> frozenset[str]:
        """Return the applications of OTP that a worker with these options needs."""
        return applications_for(self.applications, self.options, options)


def parts_for(
    parts: Collection[str], declared: Mapping[str, Option], options: Mapping[str, object]
) -> frozenset[str]:
    """Return these parts and those that the options which are said need."""
    used = (option.parts for name, option in declared.items() if options.get(name))
    return frozenset(parts).union(*used)


def applications_for(
    applications: Collection[str], declared: Mapping[str, Option], options: Mapping[str, object]
) -> frozenset[str]:
    """Return these applications of OTP and those that the options which are said need."""
    used = (option.applications for name, option in declared.items() if options.get(name))
    return frozenset(applications).union(*used)


class Wrong(NamedTuple):
    """What cannot be in a declaration: under which keys it stands, why, and what to do."""

    keys: tuple[str, ...]
    message: str
    hint: str = ""


def wrong_with(
    kind: Kind, kinds: Collection[str], parts: Collection[str], others: Iterable[Kind] = ()
) -> Iterator[Wrong]:
    """Yield what is wrong with a kind among all kinds and parts there are.

    ``others`` are kinds whose options may have its name; that is its own fault, not theirs.
    """
    for other in others:
        if kind.name in other.options:
            what = f'"{kind.name}" is an option of the kind {other.name}'
            yield Wrong((), what, "give the folder another name")
    if kind.name in COMMON:
        yield Wrong((), f'"{kind.name}" is a key of every child', "give the folder another name")
    if not _MODULE.fullmatch(kind.behaviour):
        hint = 'write GenServer, or an Erlang module as ":gen_statem"'
        yield Wrong(("behaviour",), "its behaviour is no module", hint)
    if not any(file.path == MODULE_FILE for file in kind.files):
        yield Wrong((), "it has no module.ex.jinja", "what is emitted for each child of the kind")
    if kind.acts_as == "partition" and "child" not in kind.options:
        yield Wrong(("acts_as",), "it has no option child, of which each partition has one")
    right = {"task": "worker", "worker": kind.type}.get(kind.acts_as, "supervisor")
    if kind.type != right:
        message = f"what acts as {kind.acts_as} is a {right} for OTP"
        yield Wrong(("acts_as",), message, f"say type: {right}")
    if not {"local", "none"}.intersection(kind.namings):
        hint = "via and cluster stand beside one of them"
        yield Wrong(("namings",), "its namings have neither local nor none", hint)
    yield from wrong_with_parts(kind.parts, parts, "needs", "parts")
    yield from wrong_with_options(kind.options, kinds, parts)
    for option in kind.options.values():
        yield from _wrong_with_meaning(option)


def _wrong_with_meaning(option: Option) -> Iterator[Wrong]:
    """Yield what is wrong with an option whose name or whose type means something to otpgen."""
    keys, what = ("options", option.name, "type"), f'option "{option.name}"'
    meant = _MEANT.get(option.name)
    if meant is not None and option.types != (meant,):
        yield Wrong(keys, f"{what}: what has this name is of the type {meant}")
    for name in ("child", "via"):
        if option.name != name and _MEANT[name] in (*option.types, option.of):
            yield Wrong(keys, f"{what}: of the type {_MEANT[name]} is only the option {name}")


def wrong_with_parts(
    needed: Collection[str], parts: Collection[str], *keys: str
) -> Iterator[Wrong]:
    """Yield which of the parts that a declaration needs, under these keys, there are not."""
    for part in needed:
        if part not in parts:
            yield Wrong(keys, f'there is no part "{part}"', did_you_mean(part, parts))


def wrong_with_options(
    options: Mapping[str, Option], kinds: Collection[str], parts: Collection[str]
) -> Iterator[Wrong]:
    """Yield what is wrong with the options of a kind or of a component."""
    for option in options.values():
        yield from _wrong_with_option(option, kinds, parts)


def _wrong_with_option(
    option: Option, kinds: Collection[str], parts: Collection[str]
) -> Iterator[Wrong]:
    keys, what = ("options", option.name), f'option "{option.name}"'
    if option.name in COMMON and (option.name, option.types) != ("child", ("child",)):
        yield Wrong(keys, f"{what}: the name is a key of every child", "give it another name")
    if option.name in kinds:
        yield Wrong(keys, f"{what}: the name is that of a kind", "give it another name")
    if ("choice" in (*option.types, option.of)) != bool(option.choices):
        yield Wrong(keys, f"{what}: type choice and choices go together")
    if option.pattern and "text" not in (*option.types, option.of):
        yield Wrong((*keys, "pattern"), f"{what}: only a text has a pattern")
    if ("map" in option.types) != (option.of is not None):
        yield Wrong(keys, f"{what}: type map and of, the type of its values, go together")
    if option.of in ("map", "child"):
        yield Wrong((*keys, "of"), f"{what}: the values of a map are no {option.of}")
    if option.min is not None and option.max is not None and option.min > option.max:
        yield Wrong((*keys, "min"), f"{what}: min is greater than max")
    if option.required and option.default not in (None, {}, False):
        yield Wrong((*keys, "default"), f"{what}: what must be said has no default")
    elif not any(_fits(option, type_) for type_ in option.types):
        types = " or ".join(option.types)
        yield Wrong((*keys, "default"), f"{what}: its default is no {types}")
    for part in option.parts:
        if part not in parts:
            hint = did_you_mean(part, parts)
            yield Wrong((*keys, "needs"), f'{what}: there is no part "{part}"', hint)


def _fits(option: Option, type_: OptionType) -> bool:
    """Whether the default is of a type; nothing is, of each."""
    match option.default, type_:
        case None, _:
            return True
        case bool(), _:
            return type_ == "boolean"
        case int(), "integer":
            least, most = option.min, option.max
            low = least is not None and option.default < least
            return not low and not (most is not None and option.default > most)
        case int(), _:
            return type_ == "duration"
        case str(), "choice":
            return option.default in option.choices
        case str(), _:
            return type_ in ("text", "port", "process", "registry")
        case _:
            return type_ == "map"
