"""The nouns: ``System``, ``Application``, ``Supervisor``, ``Worker``, ``Node``.

All frozen; a process is equal to nothing but itself. Durations are milliseconds,
``max_seconds`` whole seconds. ``decl`` is what was written, for places.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Literal, TypeAlias

from otpgen import naming
from otpgen.kinds import Kind, Naming
from otpgen.source import Decl

Strategy = Literal["one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one"]
Restart = Literal["permanent", "transient", "temporary"]
Shutdown: TypeAlias = Literal["infinity", "brutal_kill"] | int


HEALTH = "health"
"""The name of the port on which a node says how it is."""


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
    def ports(self) -> tuple[tuple[str, str], ...]:
        """Each option that names a port it listens on, and the port's name."""
        return tuple(
            (name, str(self.options[name]))
            for name, option in self.kind.options.items()
            if "port" in option.types
        )

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
class Application:
    """An OTP application; without a root supervisor it is a library."""

    name: str
    description: str
    root: Supervisor | None
    depends_on: tuple[str, ...]
    calls: tuple[str, ...]
    decl: Decl = field(compare=False, repr=False)

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


@dataclass(frozen=True)
class Node:
    """A node of the cluster; ``ports`` by their names, ``health`` among them."""

    name: str
    host: str
    ports: Mapping[str, int]
    decl: Decl = field(compare=False, repr=False)

    @property
    def full_name(self) -> str:
        """``node1@127.0.0.1``."""
        return f"{self.name}@{self.host}"

    @property
    def loopback(self) -> bool:
        """Whether its host is this machine only."""
        return self.host == "localhost" or self.host.startswith("127.")


@dataclass(frozen=True)
class Distributed:
    """A distributed application: where it may run, first to last; ``timeout`` to fail over."""

    app: str
    timeout: int
    nodes: tuple[str, ...]
    decl: Decl = field(compare=False, repr=False)


@dataclass(frozen=True)
class Sync:
    """For how long a node waits at boot, and for whom; ``optional`` None: all others."""

    optional: tuple[str, ...] | None
    timeout: int


@dataclass(frozen=True)
class Upstream:
    """An upstream of nginx: ``NODE``'s ``port`` for each node, in the order of the file."""

    name: str
    port: str
    listen: int


@dataclass(frozen=True)
class Nginx:
    """The load balancer."""

    upstreams: tuple[Upstream, ...]
    decl: Decl = field(compare=False, repr=False)


@dataclass(frozen=True)
class System:
    """The whole architecture; ``apps`` stand in the order of the file."""

    name: str
    description: str
    elixir: str
    apps: Mapping[str, Application]
    nodes: Mapping[str, Node]
    distributed: Mapping[str, Distributed]
    sync: Sync | None
    nginx: Nginx | None
    decl: Decl = field(compare=False, repr=False)

    @cached_property
    def module(self) -> str:
        """``G4``."""
        return naming.camelize(self.name)

    @cached_property
    def workers(self) -> Mapping[str, Worker]:
        """Every worker by its path."""
        return {worker.path: worker for app in self.apps.values() for worker in app.workers}

    def find_worker(self, path: str) -> Worker | None:
        """Return the worker at ``app.supervisor.worker``, or for short ``app.worker``."""
        if path in self.workers:
            return self.workers[path]
        app, _, name = path.partition(".")
        if app not in self.apps or "." in name:
            return None
        return next((w for w in self.apps[app].workers if w.name == name), None)

    @cached_property
    def start_order(self) -> tuple[str, ...]:
        """The applications, each after those it depends on or calls, else as in the file.

        Raises:
            CycleError: when they go round in a circle, which a rule has seen to.
        """
        sorter = TopologicalSorter(
            {app.name: dict.fromkeys((*app.depends_on, *app.calls)) for app in self.apps.values()}
        )
        sorter.prepare()
        order: list[str] = []
        place = {name: number for number, name in enumerate(self.apps)}
        while sorter.is_active():
            ready = sorted(sorter.get_ready(), key=place.__getitem__)
            order.extend(ready)
            sorter.done(*ready)
        return tuple(order)

    @cached_property
    def users(self) -> Mapping[str, tuple[str, ...]]:
        """For each application those that use it or its users, the last started first."""
        direct: dict[str, list[str]] = {name: [] for name in self.apps}
        for app in self.apps.values():
            for needed in (*app.depends_on, *app.calls):
                direct[needed].append(app.name)
        place = {name: number for number, name in enumerate(self.start_order)}
        found = {}
        for name in self.apps:
            reached: set[str] = set()
            open_ = list(direct[name])
            while open_:
                user = open_.pop()
                if user not in reached:
                    reached.add(user)
                    open_.extend(direct[user])
            found[name] = tuple(sorted(reached, key=place.__getitem__, reverse=True))
        return found
