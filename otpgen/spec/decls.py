"""What format 1 may say, record by record.

Fields which hold records of their own are read by ``read`` first and handed over as they
are; the rest is checked here. Defaults of OTP are not filled in: ``None`` is "not said".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import GenericAlias
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, create_model

from otpgen.kinds import Kind, Option
from otpgen.source import (
    Boolean,
    Decl,
    Integer,
    Milliseconds,
    Name,
    Names,
    Port,
    Seconds,
    Shutdown,
    Text,
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

    later: ClassVar[Mapping[str, str]] = {
        "significant": "a child whose end ends its supervisor",
        "allow": _ALLOW,
    }


class WorkerDecl(ChildDecl):
    """A child of some kind; options of the kind are in fields named ``option_…``."""

    kind: ClassVar[str] = "gen_server"
    later: ClassVar[Mapping[str, str]] = {
        **ChildDecl.later,
        "count": "several children of one module",
        "via": "a name in a registry",
    }

    def options(self) -> dict[str, Any]:
        """Return what was said of the kind's options."""
        return {
            name.removeprefix("option_"): getattr(self, name)
            for name in self.model_fields_set
            if name.startswith("option_")
        }


class _Supervises(Decl):
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
    later: ClassVar[Mapping[str, str]] = {
        **ChildDecl.later,
        "auto_shutdown": "ends with its significant children",
    }


class AppDecl(_Supervises):
    """One application, and its root supervisor if it has one."""

    description: Text | None = None
    depends_on: Names = ()
    calls: Names = ()

    codes: ClassVar[Mapping[str, str]] = _CODES
    later: ClassVar[Mapping[str, str]] = {
        "on_give_up": "what follows when the tree gives up",
        "auto_shutdown": "ends with its significant children",
        "deps": "packages from Hex",
        "component": "a ready-made application",
        "options": "of a component",
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


class SyncDecl(Decl):
    """For which nodes a node waits when it boots."""

    optional: Literal["others"] | Names | None = None
    timeout: Milliseconds | None = None

    later: ClassVar[Mapping[str, str]] = {"mandatory": "nodes without which none starts"}


class NginxDecl(Decl):
    """The load balancer: upstream name -> name of the port."""

    listen: Port | None = None
    upstreams: dict[Name, Name] = Field(default_factory=dict)


class ArchitectureDecl(Decl):
    """The whole file, but for the records inside it."""

    otpgen: Literal["1"]
    name: Name
    description: Text | None = None
    elixir: Annotated[str, Field(pattern=r"^(~>|>=) \d+\.\d+(\.\d+)?$")] | None = None
    apps: dict[str, AppDecl]
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
        default = Field(alias=option.name) if option.required else Field(None, alias=option.name)
        fields[f"option_{option.name}"] = (type_ if option.required else type_ | None, default)
    model = create_model(f"{kind.name}_decl", __base__=WorkerDecl, **fields)
    model.kind = kind.name
    return model


def _option_type(option: Option, as_value: bool = False) -> Any:
    match option.of if as_value else option.type:
        case "integer":
            return Annotated[Integer, Field(ge=option.min, le=option.max)]
        case "duration":
            return Annotated[Milliseconds, Field(ge=option.min, le=option.max)]
        case "boolean":
            return Boolean
        case "choice":
            return Literal.__getitem__(option.choices)
        case "port":
            return Name
        case "map":
            return GenericAlias(dict, (str, _option_type(option, as_value=True)))
        case _:
            return Text
