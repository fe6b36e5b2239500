"""The nouns: ``System``, ``Application``, ``Supervisor``, ``Worker``, ``Node``.

All frozen. Durations are milliseconds, ``max_seconds`` whole seconds. ``decl`` is what was
written, for places; it takes no part in comparisons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

from otpgen import naming
from otpgen.kinds import Kind, Naming
from otpgen.source import Decl

Strategy = Literal["one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one"]
Restart = Literal["permanent", "transient", "temporary"]
Shutdown: TypeAlias = Literal["infinity", "brutal_kill"] | int


@dataclass(frozen=True)
class Worker:
    """A process, or a subtree that counts as one (``http_server``).

    Attributes:
        app: the application's name.
        path: ``app.supervisor.worker``; the root supervisor is ``app``.
        options: every option of the kind, defaults filled in.
        naming: how it is found: ``local`` under its module's name, ``cluster`` as the one
            copy of all nodes, ``none`` by its pid.
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

    @property
    def type(self) -> Literal["worker", "supervisor"]:
        """As OTP sees it."""
        return self.kind.type

    @property
    def file(self) -> str:
        """The file word: ``cache``."""
        return self.name

    @cached_property
    def module(self) -> str:
        """``G4Core.Cache``."""
        return f"{naming.camelize(self.app)}.{naming.camelize(self.name)}"


@dataclass(frozen=True)
class Supervisor:
    """A supervisor and its children, in start order.

    Attributes:
        child: what a ``simple_one_for_one`` supervisor starts at run time; None: any child.
        max_seconds: whole seconds.
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
    child: Worker | None
    description: str
    root: bool
    decl: Decl = field(compare=False, repr=False)

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

    def supervisors(self) -> Iterator[Supervisor]:
        """Yield this supervisor and those below it, in start order."""
        yield self
        for child in self.children:
            if isinstance(child, Supervisor):
                yield from child.supervisors()

    def workers(self) -> Iterator[Worker]:
        """Yield the workers below it in start order, those started at run time included."""
        for child in self.children:
            if isinstance(child, Supervisor):
                yield from child.workers()
            else:
                yield child
        if self.child is not None:
            yield self.child


Child: TypeAlias = Worker | Supervisor


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
    def workers(self) -> tuple[Worker, ...]:
        """All workers in start order."""
        return tuple(self.root.workers()) if self.root else ()

    @cached_property
    def supervisors(self) -> tuple[Supervisor, ...]:
        """All supervisors in start order, the root first."""
        return tuple(self.root.supervisors()) if self.root else ()


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
        """The applications, each after those it depends on or calls, else as in the file."""
        order: dict[str, None] = {}

        def visit(name: str, open_: frozenset[str]) -> None:
            if name in order or name in open_:
                return
            app = self.apps[name]
            for needed in (*app.depends_on, *app.calls):
                visit(needed, open_ | {name})
            order[name] = None

        for name in self.apps:
            visit(name, frozenset())
        return tuple(order)

    @cached_property
    def users(self) -> Mapping[str, tuple[str, ...]]:
        """For each application those that use it or its users, the last started first."""
        found: dict[str, set[str]] = {name: set() for name in self.apps}
        for name in self.start_order:
            app = self.apps[name]
            needed = {*app.depends_on, *app.calls}
            for other in [n for n in found if n in needed or found[n] & needed]:
                found[other].add(name)
        last_first = self.start_order[::-1]
        return {name: tuple(n for n in last_first if n in users) for name, users in found.items()}
