"""``Application``, ``Supervisor``, ``Worker``: the trees.

All frozen; a process is equal to nothing but itself. Durations are milliseconds,
``max_seconds`` whole seconds. ``decl`` is what was written, for places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from otpgen import naming
from otpgen.kinds import Kind, Naming
from otpgen.source import Decl
from otpgen.spec import AppDecl, Component

Strategy = Literal["one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one"]
Restart = Literal["permanent", "transient", "temporary"]
Shutdown: TypeAlias = Literal["infinity", "brutal_kill"] | int


@dataclass(frozen=True, eq=False)
class Worker:
    """A process, or a subtree that counts as one (``http_server``).

    Attributes:
        app: the application's name.
        path: ``app.supervisor.worker``; the root supervisor is ``app``.
        options: every option of the kind, defaults filled in.
        naming: how it is found: ``local`` under its module's name, ``cluster`` as the one
            copy of all nodes, ``via`` by its key in ``registry``, ``none`` by its pid.
        count: how many children of the one module there are; None: one, by its name.
        registry: the module of the registry that finds it.
        key: what the key is paired with there; None: the key alone.
        child: what a partition supervisor starts for each partition.
        many: whether it stands below something that is started many times.
    """

    app: str
    name: str
    path: str
    kind: Kind
    restart: Restart
    shutdown: Shutdown
    options: Mapping[str, object]
    naming: Naming
    description: str
    decl: Decl = field(compare=False, repr=False)
    significant: bool = False
    count: int | None = None
    registry: str | None = None
    key: str | None = None
    child: Worker | None = None
    many: bool = False

    @property
    def type(self) -> Literal["worker", "supervisor"]:
        """As OTP sees it."""
        return self.kind.type

    @property
    def element(self) -> str:
        """``app.worker``: what it is called wherever it stands in its application."""
        return f"{self.app}.{self.name}"

    @property
    def ports(self) -> tuple[tuple[str, str], ...]:
        """Each option that names a port it listens on, and the port's name."""
        return tuple(
            (name, str(self.options[name]))
            for name, option in self.kind.options.items()
            if "port" in option.types
        )

    @property
    def asks(self) -> dict[str, str]:
        """Which process it asks for each path of a request."""
        return {
            path: str(process)
            for name, option in self.kind.options.items()
            if option.keys == "path" and option.of == "process"
            if isinstance(said := self.options[name], dict)
            for path, process in said.items()
        }

    @property
    def file(self) -> str:
        """The file word: ``cache``."""
        return self.name

    @cached_property
    def module(self) -> str:
        """``G4Core.Cache``."""
        return f"{naming.camelize(self.app)}.{naming.camelize(self.name)}"


@dataclass(frozen=True, eq=False)
class Foreign:
    """A child in Elixir's own words: ``code`` is its specification, a piece of source."""

    app: str
    name: str
    path: str
    code: str
    type: Literal["worker", "supervisor"]
    restart: Restart
    shutdown: Shutdown
    significant: bool
    decl: Decl = field(compare=False, repr=False)

    @property
    def element(self) -> str:
        """``app.child`` wherever it stands in its application."""
        return f"{self.app}.{self.name}"


AutoShutdown = Literal["never", "any_significant", "all_significant"]


@dataclass(frozen=True, eq=False)
class Supervisor:
    """A supervisor and its children, in start order.

    Attributes:
        child: what a ``simple_one_for_one`` supervisor starts at run time; None: any child.
        max_seconds: whole seconds.
        named: whether it has its module's name; not so below a ``child``.
        keyed: whether what it starts at run time is found by a key.
    """

    app: str
    name: str
    path: str
    strategy: Strategy
    max_restarts: int
    max_seconds: int
    max_children: int | None
    restart: Restart
    shutdown: Shutdown
    children: tuple[Child, ...]
    child: Worker | Supervisor | None
    description: str
    root: bool
    decl: Decl = field(compare=False, repr=False)
    significant: bool = False
    auto_shutdown: AutoShutdown = "never"
    named: bool = True
    keyed: bool = False

    type: Literal["supervisor"] = "supervisor"

    @property
    def element(self) -> str:
        """``app.supervisor`` wherever it stands in its application; the root's is ``app``."""
        return self.app if self.root else f"{self.app}.{self.name}"

    @property
    def dynamic(self) -> bool:
        """Whether its children come and go at run time."""
        return self.strategy == "simple_one_for_one"

    @property
    def file(self) -> str:
        """The file word: ``calculators_supervisor``; the root's is ``supervisor``."""
        return "supervisor" if self.root else naming.supervisor_file(self.name)

    @cached_property
    def module(self) -> str:
        """``G4Core.CalculatorsSupervisor``; the root's is ``G4Core.Supervisor``."""
        return f"{naming.camelize(self.app)}.{naming.camelize(self.file)}"

    @property
    def below(self) -> tuple[Child, ...]:
        """Its children, and what it starts at run time."""
        return self.children if self.child is None else (*self.children, self.child)

    def descendants(self) -> Iterator[Child]:
        """Yield all that is below it in start order, what is started at run time included."""
        for child in self.below:
            yield child
            if isinstance(child, Supervisor):
                yield from child.descendants()
            elif isinstance(child, Worker) and child.child is not None:
                yield child.child


Child: TypeAlias = Worker | Supervisor | Foreign


@dataclass(frozen=True)
class Package:
    """A package of the user's own, as Mix names it; ``options`` without ``version``."""

    name: str
    version: str | None
    options: Mapping[str, object]
    decl: Decl = field(compare=False, repr=False)


@dataclass(frozen=True)
class Application:
    """An OTP application; without a root supervisor it is a library.

    Attributes:
        component: what it is made of, if it is a ready-made one.
        options: every option of the component, defaults filled in.
    """

    name: str
    description: str
    root: Supervisor | None
    depends_on: tuple[str, ...]
    calls: tuple[str, ...]
    packages: tuple[Package, ...]
    on_give_up: Literal["restart", "move", "stay_down", "stop_node"]
    decl: AppDecl = field(compare=False, repr=False)
    component: Component | None = None
    options: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def module(self) -> str:
        """``G4Core``."""
        return naming.camelize(self.name)

    @cached_property
    def descendants(self) -> tuple[Child, ...]:
        """All that is below the root supervisor, in start order."""
        return tuple(self.root.descendants()) if self.root else ()

    @cached_property
    def workers(self) -> tuple[Worker, ...]:
        """All workers in start order."""
        return tuple(child for child in self.descendants if isinstance(child, Worker))

    @cached_property
    def supervisors(self) -> tuple[Supervisor, ...]:
        """All supervisors in start order, the root first."""
        below = tuple(child for child in self.descendants if isinstance(child, Supervisor))
        return (self.root, *below) if self.root else ()
