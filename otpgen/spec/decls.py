"""What format 1 may say, record by record.

Fields which hold records of their own are read by ``read`` first and handed over as they
are; the rest is checked here. Defaults of OTP are not filled in: ``None`` is "not said".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import GenericAlias
from typing import Annotated, Any, ClassVar, Literal, Union

from pydantic import BeforeValidator, Field, create_model
from pydantic_core import PydanticCustomError

from otpgen.kinds import Kind, Option
from otpgen.source import (
    Boolean,
    Decl,
    Integer,
    Milliseconds,
    Name,
    Names,
    Port,
    PortName,
    Requirement,
    Seconds,
    Shutdown,
    Text,
    duration,
)

Strategy = Literal["one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one"]
Restart = Literal["permanent", "transient", "temporary"]
MaxRestarts = Annotated[Integer, Field(ge=0, le=1_000_000)]
_ALLOW = "silences a rule"
_CODES = {"strategy": "OG104"}


class ChildDecl(Decl):
    """What every child may say; ``name`` is the value of the key that names its kind."""

    name: Name
    description: Text | None = None
    restart: Restart | None = None
    shutdown: Shutdown | None = None
    significant: Boolean | None = None

    later: ClassVar[Mapping[str, str]] = {"allow": _ALLOW}


class WorkerDecl(ChildDecl):
    """A child of some kind; options of the kind are in fields named ``option_…``."""

    kind: ClassVar[str] = "gen_server"

    count: Annotated[Integer, Field(ge=1, le=10_000)] | None = None

    def options(self) -> dict[str, Any]:
        """Return what was said of the kind's options."""
        return {
            name.removeprefix("option_"): getattr(self, name)
            for name in self.model_fields_set
            if name.startswith("option_")
        }


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
        elif char == "," and not open_:
            raise PydanticCustomError("expected", "one expression")
    if open_:
        raise PydanticCustomError("expected", "an expression whose brackets match")
    return value


class ForeignDecl(ChildDecl):
    """``spec: ELIXIR`` among children: any child, in Elixir's own words."""

    name: Name = Field(alias="id")
    spec: Annotated[Text, BeforeValidator(_expression)]
    type: Literal["worker", "supervisor"] | None = None


class _Supervises(Decl):
    auto_shutdown: Literal["never", "any_significant", "all_significant"] | None = None
    strategy: Strategy | None = None
    max_restarts: MaxRestarts | None = None
    max_seconds: Seconds | None = None
    max_children: Annotated[Integer, Field(ge=1, le=1_000_000_000)] | None = None
    children: tuple[ChildDecl, ...] | None = None
    child: ChildDecl | None = None


class SupervisorDecl(ChildDecl, _Supervises):
    """``supervisor: NAME`` among children."""

    name: Name = Field(alias="supervisor")
    codes: ClassVar[Mapping[str, str]] = _CODES


class AppDecl(_Supervises):
    """One application, and its root supervisor if it has one."""

    description: Text | None = None
    depends_on: Names = ()
    calls: Names = ()

    codes: ClassVar[Mapping[str, str]] = _CODES
    later: ClassVar[Mapping[str, str]] = {
        "on_give_up": "what follows when the tree gives up",
        "deps": "packages from Hex",
        "component": "a ready-made application",
        "options": "what a component is told",
        "allow": _ALLOW,
    }


class NodeDecl(Decl):
    """One node of the cluster; a bare port is ``{port: N}``."""

    host: Text | None = None
    port: Port | None = None
    ports: dict[Name, Port] | None = None

    later: ClassVar[Mapping[str, str]] = {
        "role": "what runs there",
        "without": "applications that are off there",
        "allow": _ALLOW,
    }


class DistributedDecl(Decl):
    """Where a distributed application may run, in order of priority."""

    timeout: Milliseconds | None = None
    nodes: Names | None = None

    later: ClassVar[Mapping[str, str]] = {"allow": _ALLOW}


def _others(value: object) -> object:
    """Read ``others`` as None, so that a wrong list is one problem and not one a branch."""
    if isinstance(value, str) and value != "others":
        raise PydanticCustomError("expected", "others or a list of nodes")
    return None if value == "others" else value


class SyncDecl(Decl):
    """For which nodes a node waits when it boots."""

    optional: Annotated[Names | None, BeforeValidator(_others)] = None
    """None: all others, said or not."""
    timeout: Milliseconds | None = None

    later: ClassVar[Mapping[str, str]] = {"mandatory": "nodes without which none starts"}


class NginxDecl(Decl):
    """The load balancer: upstream name -> name of the port."""

    listen: Port | None = None
    upstreams: dict[Name, PortName] = Field(default_factory=dict)


class ArchitectureDecl(Decl):
    """The whole file, but for the records inside it."""

    otpgen: Literal["1"] = Field(description="1, the number of the format")
    name: Name = Field(description="what the umbrella is called")
    description: Text | None = None
    elixir: Requirement | None = None
    apps: dict[str, AppDecl] = Field(description="the applications, each by its name")
    nodes: dict[str, NodeDecl] | None = None
    distributed: dict[str, DistributedDecl] | None = None
    sync: SyncDecl | None = None
    nginx: NginxDecl | None = None

    later: ClassVar[Mapping[str, str]] = {
        "roles": "releases of some applications",
        "tls": "encrypted distribution",
        "clusters": "further clusters",
        "isolated": "applications that may be stopped",
        "moved": "renames",
        "ownership": "who owns a file",
    }


@dataclass(frozen=True, slots=True)
class Spec:
    """What was read: the file, and the kinds it was read with."""

    architecture: ArchitectureDecl
    kinds: Mapping[str, Kind]


def worker_model(kind: Kind) -> type[WorkerDecl]:
    """Return the record of a child of this kind: the common keys and the kind's options."""
    fields: dict[str, Any] = {"name": (Name, Field(alias=kind.name))}
    for option in kind.options.values():
        type_ = _option_type(option)
        said: Any = Field(alias=option.name, description=option.doc)
        if not option.required:
            type_, said = type_ | None, Field(None, alias=option.name, description=option.doc)
        fields[f"option_{option.name}"] = (type_, said)
    model = create_model(f"{kind.name}_decl", __base__=WorkerDecl, **fields)
    model.kind = kind.name
    return model


def _option_type(option: Option) -> Any:
    found = [_type(option, name) for name in option.types]
    return found[0] if len(found) == 1 else Union.__getitem__(tuple(found))


def _type(option: Option, name: str | None) -> Any:
    match name:
        case "integer":
            return Annotated[Integer, Field(ge=option.min, le=option.max)]
        case "duration":
            return duration(option.min, option.max)
        case "boolean":
            return Boolean
        case "choice":
            return Literal.__getitem__(option.choices)
        case "port":
            return PortName
        case "registry":
            return Name
        case "child":
            return ChildDecl
        case "map":
            return GenericAlias(dict, (str, _type(option, option.of)))
        case _:
            return Text
