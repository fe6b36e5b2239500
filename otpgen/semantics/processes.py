"""A tree of processes as OTP sees it, free of the architecture's declarations.

app                       Static(one_for_one)
app.names                 registry
app.sessions              Dynamic, child app.sessions.session via app.names
app.slot[1] app.slot[2]   two workers of one module
app.shards                Static, children app.shards.shard[0], app.shards.shard[1]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from otpgen.kinds import Restart
from otpgen.model import (
    Application,
    AutoShutdown,
    Child,
    Foreign,
    Shutdown,
    Strategy,
    Supervisor,
    Worker,
)
from otpgen.semantics import otp

Kind = Literal[
    "worker",
    "task",
    "supervisor",
    "dynamic",
    "task_supervisor",
    "partition",
    "registry",
    "subtree",
]
"""``task``: does its work and ends; ``subtree``: a supervisor of which nothing more is known."""

REGISTRY_STOP = 5_000
"""Milliseconds; a registry has one worker with the usual ``shutdown``. Source: Registry.init."""


@dataclass(frozen=True, slots=True)
class Static:
    """What a supervisor with fixed children does; a partition supervisor is one, too.

    Attributes:
        max_seconds: whole seconds.
        children: in start order.
    """

    strategy: Strategy = "one_for_one"
    max_restarts: int = otp.MAX_RESTARTS
    max_seconds: int = otp.MAX_SECONDS
    auto_shutdown: AutoShutdown = "never"
    children: tuple[Process, ...] = ()


@dataclass(frozen=True, slots=True)
class Dynamic:
    """What a supervisor does whose children come and go at run time.

    Attributes:
        max_seconds: whole seconds.
        max_children: None: as many as come.
        child: what it starts; None: any child may be started.
    """

    max_restarts: int = otp.MAX_RESTARTS
    max_seconds: int = otp.MAX_SECONDS
    max_children: int | None = None
    child: Process | None = None


@dataclass(frozen=True, slots=True)
class Process:
    """A child as its supervisor sees it, and what it supervises.

    Attributes:
        path: ``app.supervisor.worker``; the root's is ``app``; ``slot[2]`` where several
            share a name.
        shutdown: milliseconds.
        supervises: None for what has no children, or none that are known.
        registry: the path of the registry in which it registers.
    """

    path: str
    restart: Restart = "permanent"
    shutdown: Shutdown = 5_000
    significant: bool = False
    kind: Kind = "worker"
    supervises: Static | Dynamic | None = None
    registry: str | None = None

    @property
    def name(self) -> str:
        """The last word of its path."""
        return self.path.rpartition(".")[2]

    @property
    def type(self) -> Literal["worker", "supervisor"]:
        """As OTP sees it."""
        return "worker" if self.kind in ("worker", "task") else "supervisor"

    @property
    def children(self) -> tuple[Process, ...]:
        """Its fixed children, in start order."""
        return self.supervises.children if isinstance(self.supervises, Static) else ()

    def processes(self) -> Iterator[Process]:
        """Yield it and all below that is there from the beginning, a supervisor first."""
        yield self
        for child in self.children:
            yield from child.processes()


def process_tree(application: Application, schedulers: int = 2) -> Process | None:
    """Return the tree of an application; None for a library.

    Args:
        application: the application.
        schedulers: how many partitions there are where nothing else is said: the VM has a
            scheduler for each core.
    """
    if application.root is None:
        return None
    registries = {
        worker.module: worker.path
        for worker in application.workers
        if worker.kind.acts_as == "registry"
    }
    return _Builder(registries, schedulers).supervisor(application.root)


@dataclass(frozen=True, slots=True)
class _Builder:
    """``registries``: their modules and paths."""

    registries: dict[str, str]
    schedulers: int

    def supervisor(self, supervisor: Supervisor) -> Process:
        kind: Kind = "supervisor"
        supervises: Static | Dynamic
        if supervisor.dynamic:
            kind = "dynamic"
            supervises = Dynamic(
                max_restarts=supervisor.max_restarts,
                max_seconds=supervisor.max_seconds,
                max_children=supervisor.max_children,
                child=None if supervisor.child is None else next(self.child(supervisor.child)),
            )
        else:
            supervises = Static(
                strategy=supervisor.strategy,
                max_restarts=supervisor.max_restarts,
                max_seconds=supervisor.max_seconds,
                auto_shutdown=supervisor.auto_shutdown,
                children=tuple(p for child in supervisor.children for p in self.child(child)),
            )
        return Process(
            supervisor.path,
            supervisor.restart,
            supervisor.shutdown,
            supervisor.significant,
            kind,
            supervises,
        )

    def child(self, child: Child) -> Iterator[Process]:
        """Yield the processes that one declaration stands for."""
        if isinstance(child, Supervisor):
            yield self.supervisor(child)
        elif isinstance(child, Foreign):
            kind: Kind = "worker" if child.type == "worker" else "subtree"
            yield Process(child.path, child.restart, child.shutdown, child.significant, kind)
        else:
            one = self.worker(child)
            if child.count is None:
                yield one
            else:
                for number in range(1, child.count + 1):
                    yield replace(one, path=f"{one.path}[{number}]")

    def worker(self, worker: Worker) -> Process:
        kind: Kind = "worker" if worker.type == "worker" else "subtree"
        supervises: Static | Dynamic | None = None
        match worker.kind.acts_as:
            case "task":
                kind = "task"
            case "registry":
                kind = "registry"
            case "dynamic":
                kind = "task_supervisor"
                most = worker.options.get("max_children")
                task = Process(f"{worker.path}.task", "temporary")
                supervises = Dynamic(
                    max_children=most if isinstance(most, int) else None, child=task
                )
            case "partition":
                kind = "partition"
                supervises = Static(children=self._partitions(worker))
            case _:
                pass
        return Process(
            worker.path,
            worker.restart,
            worker.shutdown,
            worker.significant,
            kind,
            supervises,
            self.registries.get(worker.registry or ""),
        )

    def _partitions(self, worker: Worker) -> tuple[Process, ...]:
        if worker.child is None:
            return ()
        one = self.worker(worker.child)
        said = worker.options.get("partitions")
        many = said if isinstance(said, int) else self.schedulers
        return tuple(replace(one, path=f"{one.path}[{number}]") for number in range(many))
