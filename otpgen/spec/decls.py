"""What format 1 may say, record by record.

Fields which hold records of their own are read by ``read`` first and handed over as they
are; the rest is checked here. Defaults of OTP are not filled in: ``None`` is "not said".
"""

# Without annotations as text: pydantic would compile each, inherited ones for each record again.

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Discriminator, Field, Tag, WithJsonSchema
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from otpgen.kinds import Kind, Restart
from otpgen.source import (
    Boolean,
    Decl,
    Milliseconds,
    Name,
    Names,
    Port,
    PortName,
    Reads,
    Requirement,
    Seconds,
    Shutdown,
    Taken,
    Text,
    Whole,
)
from otpgen.source.shapes import NAME
from otpgen.spec import defaults
from otpgen.spec.allow import CODE
from otpgen.spec.components import Component
from otpgen.spec.defaults import spoken
from otpgen.spec.expressions import Expression
from otpgen.spec.upkeep import MoveDecl, OwnershipDecl

Strategy = Literal["one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one"]
OnGiveUp = Literal["restart", "move", "stay_down", "stop_node"]
_CODES = {"strategy": "OG104"}


def _code(value: object) -> object:
    if isinstance(value, str) and CODE.fullmatch(value):
        return value
    raise PydanticCustomError("expected", "the code of a warning, such as OG117")


Code = Annotated[
    str,
    Reads(_code, {"title": "a code", "type": "string", "pattern": f"^{CODE.pattern}$"}),
]


def _said(description: str, unless: str | int | None = None) -> Any:
    """Return a field that need not be said; ``unless`` is what holds unless it is said."""
    extra: JsonDict | None = None if unless is None else {"default": unless}
    return Field(default=None, description=description, json_schema_extra=extra)


class _Element(Decl):
    """What a warning may be silenced on, for it and all below."""

    allow: dict[Code, Text] = Field(
        default_factory=dict,
        description="Warnings to silence here and below, each with the reason: {OG117: why}",
    )


class ChildDecl(_Element):
    """What every child may say; ``name`` is the value of the key that names its kind."""

    name: Name
    description: Text | None = _said("What it is for; becomes the documentation of its module")
    restart: Restart | None = _said(
        "Whether it is started again when it ends: always (permanent), only after a crash "
        "(transient), never (temporary)",
        defaults.RESTART,
    )
    shutdown: Shutdown | None = _said(
        "How long it may take to clean up before it is killed; a bare number is milliseconds"
    )
    significant: Boolean | None = _said(
        "Whether its end can shut its supervisor down, as that one's auto_shutdown says", False
    )


class OptionsDecl(Decl):
    """Options which a kind or a component declares, in fields named ``option_…``."""

    def options(self) -> dict[str, Any]:
        """Return what was said of them."""
        return {
            name.removeprefix("option_"): getattr(self, name)
            for name in self.model_fields_set
            if name.startswith("option_")
        }


class WorkerDecl(ChildDecl, OptionsDecl):
    """A child of some kind."""

    kind: ClassVar[str] = "gen_server"

    count: Annotated[int, Whole(1, 10_000)] | None = _said(
        "How many children of this one module there are, told apart by their number"
    )


def _equals(value: object) -> object:
    if isinstance(value, list) and len(value) < 2:
        raise PydanticCustomError("expected", "two or more nodes of equal rank")
    return value


def _group(value: object) -> object:
    if value == []:
        hint = "Mix makes no release of none"
        raise PydanticCustomError(
            "expected", "{what}", {"what": "one application or more", "hint": hint}
        )
    return value


Group = Annotated[
    Names,
    Reads(_group, {"title": "a list of names", "type": "array", "items": NAME, "minItems": 1}),
]
"""Applications that stand together in a release."""

Equals = Annotated[
    Names,
    Reads(_equals, {"title": "a list of equals", "type": "array", "items": NAME, "minItems": 2}),
]
"""Nodes of equal rank: the less busy one runs the application."""


def _one_or_some(value: object) -> str:
    return "some" if isinstance(value, list) else "one"


Rank = Annotated[
    Annotated[Name, Tag("one")] | Annotated[Equals, Tag("some")], Discriminator(_one_or_some)
]
Environments = Annotated[
    Annotated[Name, Tag("one")] | Annotated[Names, Tag("some")], Discriminator(_one_or_some)
]


class ForeignDecl(ChildDecl):
    """``spec: ELIXIR`` among children: any child, in Elixir's own words."""

    name: Name = Field(alias="id", description="What its supervisor knows it by")
    spec: Expression = Field(
        description="The child, in Elixir's own words: a module, {Module, argument} or a map"
    )
    type: Literal["worker", "supervisor"] | None = _said(
        "Whether it is a supervisor itself", defaults.TYPE
    )


class _Supervises(_Element):
    strategy: Strategy | None = _said(
        "Which children are started again with one that ended: it alone (one_for_one), all "
        "(one_for_all), those after it (rest_for_one); under simple_one_for_one they come and go "
        "at run time",
        defaults.STRATEGY,
    )
    max_restarts: Annotated[int, Whole(0, 1_000_000)] | None = _said(
        "More restarts than this within max_seconds, and the supervisor gives up",
        defaults.MAX_RESTARTS,
    )
    max_seconds: Seconds | None = _said(
        "The time in which restarts are counted; a bare number is seconds", defaults.MAX_SECONDS
    )
    auto_shutdown: Literal["never", "any_significant", "all_significant"] | None = _said(
        "Whether it shuts down when the first (any_significant) or the last (all_significant) of "
        "its significant children has ended",
        defaults.AUTO_SHUTDOWN,
    )
    children: tuple[Taken[ChildDecl], ...] | None = _said(
        "What it starts, in this order; they are stopped from the last to the first"
    )
    child: Taken[ChildDecl] | None = _said(
        "Under simple_one_for_one: what each start makes; any child may be started unless said"
    )
    max_children: Annotated[int, Whole(1, 1_000_000_000)] | None = _said(
        "Under simple_one_for_one: how many may run at a time; more are refused"
    )


class SupervisorDecl(ChildDecl, _Supervises):
    """``supervisor: NAME`` among children."""

    name: Name = Field(alias="supervisor", description="What it is called")
    codes: ClassVar[Mapping[str, str]] = _CODES


class DepDecl(Decl):
    """One package of the user's own; a bare requirement is ``{version: REQUIREMENT}``."""

    shorthand: ClassVar[str | None] = "version"

    version: Requirement | None = _said("Which versions will do, as Elixir's Version has it")
    git: Text | None = _said("The repository it is taken from, in place of Hex")
    branch: Text | None = _said("With git: the branch")
    tag: Text | None = _said("With git: the tag")
    ref: Text | None = _said("With git: the commit")
    path: Text | None = _said("The folder it is taken from, seen from the architecture's")
    only: Environments | None = _said("The environment of Mix, or the list of them, that has it")
    runtime: Boolean | None = _said("Whether it is started with the application", True)
    override: Boolean | None = _said("Whether it prevails over what other packages ask for", False)


class AppDecl(_Supervises):
    """One application, and its root supervisor if it has one."""

    list_key: ClassVar[str | None] = "children"

    description: Text | None = _said("What it is for; becomes the documentation of its modules")
    depends_on: Names = Field(default=(), description="Applications that are started before it")
    calls: Names = Field(
        default=(),
        description="Applications whose code it has but which may run on another node",
    )
    on_give_up: OnGiveUp | None = _said(
        "What follows when its tree gives up: it is started again after a rest (restart), it "
        "moves to the next node (move: what is distributed, unless said otherwise), it stays down "
        "(stay_down), or the node stops (stop_node)",
        defaults.ON_GIVE_UP,
    )
    deps: dict[Name, Taken[DepDecl]] = Field(
        default_factory=dict, description="Packages of your own, each by its name in mix.exs"
    )

    component: Name | None = _said("A ready-made application, whose tree and files it has")
    options: Taken[OptionsDecl] | None = _said("What the component is told")

    codes: ClassVar[Mapping[str, str]] = _CODES


class NodeDecl(_Element):
    """One node of the cluster; a bare port is ``{port: N}``."""

    shorthand: ClassVar[str | None] = "port"

    host: Text | None = _said("Where it runs: an IPv4 address or a host name", defaults.HOST)
    port: Port | None = _said("Its port http, short for ports: {http: N}")
    ports: dict[Name, Port] | None = _said(
        f"Its ports by name; health is http + {defaults.HEALTH_ABOVE_HTTP} unless said"
    )
    role: Name | None = _said("Which applications it has; all of them unless said")
    without: Names = Field(
        default=(), description="Applications whose code it has but which are off"
    )


class DistributedDecl(_Element):
    """Where a distributed application may run, in order of priority."""

    list_key: ClassVar[str | None] = "nodes"

    nodes: tuple[Rank, ...] | None = _said(
        "Where it may run, the first before the second; a list within are equals. "
        "All nodes that have it unless said"
    )
    timeout: Milliseconds | None = _said(
        "How long the others wait for its node to come back before they take it over",
        spoken(defaults.FAILOVER_TIMEOUT),
    )


def _others(value: object) -> object:
    """Read ``others`` as None, so that a wrong list is one problem and not one a branch."""
    if isinstance(value, str) and value != "others":
        raise PydanticCustomError("expected", "others or a list of nodes")
    return None if value == "others" else value


Others = Annotated[
    Names | None,
    Reads(
        _others,
        {"anyOf": [{"enum": ["others"]}, {"type": "array", "items": NAME}, {"type": "null"}]},
    ),
]


class SyncDecl(_Element):
    """For which nodes a node waits when it boots."""

    list_key: ClassVar[str | None] = "optional"

    mandatory: Names = Field(
        default=(), description="Without these a node does not start its applications"
    )
    optional: Others = _said(
        "These a node waits for, but starts without them when the time is up; others are all "
        "nodes of the cluster but itself and the mandatory ones",
        defaults.SYNC_OPTIONAL,
    )
    """None: all others, said or not."""
    timeout: Milliseconds | None = _said("How long a node waits", spoken(defaults.SYNC_TIMEOUT))


class UpstreamDecl(_Element):
    """Nodes behind nginx, by the name of their port; a bare name is ``{port: NAME}``."""

    shorthand: ClassVar[str | None] = "port"

    port: PortName = Field(description="The name of a port of the nodes")
    listen: Port | None = _said(
        "Where nginx listens for it; the first at the listen of nginx, each further one above"
    )


class NginxDecl(_Element):
    """The load balancer."""

    listen: Port | None = _said("Where it listens for the first upstream", defaults.NGINX_PORT)
    upstreams: dict[Name, Taken[UpstreamDecl]] = Field(
        default_factory=dict,
        description="What it balances, each by a name: the nodes on which some child uses the port",
    )


class ClusterDecl(_Element):
    """One cluster; in a further one what is not said is that of the first, ``dev``."""

    nodes: dict[Name, Taken[NodeDecl]] | None = _said(
        "The nodes, each by its name; without any the umbrella is a plain one"
    )
    distributed: dict[Name, Taken[DistributedDecl]] | None = _said(
        "Applications that run on one node at a time, and on another when it dies"
    )
    sync: Taken[SyncDecl] | None = _said("For which nodes a node waits when it boots")
    nginx: Taken[NginxDecl] | None = _said("The load balancer before the nodes")
    tls: Boolean | None = _said(
        "Whether the nodes talk by TLS, each with a certificate that the others verify", False
    )


class ArchitectureDecl(ClusterDecl):
    """The whole file, but for the records inside it; it is the cluster ``dev`` itself."""

    otpgen: Annotated[Literal["1"], WithJsonSchema({"enum": [1, "1"]})] = Field(
        description="1, the number of the format"
    )
    name: Name = Field(description="What the umbrella is called")
    description: Text | None = _said("What the umbrella is for; stands in its README")
    elixir: Requirement | None = _said(
        "Which versions of Elixir will do, as mix.exs has it", defaults.ELIXIR
    )
    apps: dict[Name, Taken[AppDecl]] = Field(
        description="The applications, each by its name",
        json_schema_extra={"minProperties": 1},
    )
    roles: dict[Name, Group] | None = _said(
        "Groups of applications, a release each; one with all of them unless said"
    )
    clusters: dict[Name, Taken[ClusterDecl]] | None = _said(
        "Further clusters of the same applications, each by its name"
    )
    isolated: Names = Field(
        default=(), description="Applications of which each may be stopped while all others go on"
    )
    moved: tuple[Taken[MoveDecl], ...] = Field(
        default=(), description="What was called otherwise before; your edits go along"
    )
    ownership: Taken[OwnershipDecl] | None = _said("Whose a file is, where it is not merged")


class Spec(NamedTuple):
    """What was read: the file, and the kinds and components it was read with."""

    architecture: ArchitectureDecl
    kinds: Mapping[str, Kind]
    components: Mapping[str, Component]
