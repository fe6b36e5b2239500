"""What templates are given beside the model: small values, worked out once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from otpgen.catalogue import Catalogue
from otpgen.model import Application, Supervisor, System
from otpgen.plan import elixir
from otpgen.semantics import words

DEFAULT_PORTS = {"http": 4000}
OF_ELIXIR = frozenset(["eex", "ex_unit", "iex", "mix"])
"""Applications that are there wherever Elixir is; source: its folder ``lib``."""
NODE_PARTS = ("boot", "health", "root", "switch")
CALL_TIMEOUT = 5_000
"""Milliseconds; source: GenServer docs, ``call/3``."""


@dataclass(frozen=True, slots=True)
class RuntimeView:
    """``NAME_runtime``: the parts it is made of; ``rooted`` when trees stand under its root.

    ``extra`` are the applications of OTP that run before it, ``included`` those that it starts
    itself, if any, both as ``mix.exs`` lists them.
    """

    app: str
    module: str
    parts: tuple[str, ...]
    extra: str
    included: str
    rooted: bool

    @property
    def exists(self) -> bool:
        """Whether the project has a runtime at all."""
        return bool(self.parts)

    @property
    def supervises(self) -> bool:
        """Whether it has processes of its own; with nodes it always has."""
        return self.has("groups")

    def has(self, part: str) -> bool:
        """Whether the part is there."""
        return part in self.parts


@dataclass(frozen=True, slots=True)
class TestKitView:
    """``NAME_test_kit``: what tests use."""

    app: str
    module: str


@dataclass(frozen=True, slots=True)
class SystemTestView:
    """``NAME_system_test``: tests that need every application."""

    app: str
    module: str


@dataclass(frozen=True, slots=True)
class PortView:
    """A port that children of an application listen on."""

    name: str
    variable: str
    default: int


@dataclass(frozen=True, slots=True)
class ListenerView:
    """An application and the ports its children listen on."""

    name: str
    ports: tuple[PortView, ...]


@dataclass(frozen=True, slots=True)
class View:
    """The system beside what follows from it for every file."""

    system: System
    catalogue: Catalogue
    runtime: RuntimeView
    test_kit: TestKitView
    system_test: SystemTestView
    globals: dict[str, Any]

    def texts(self, supervisor: Supervisor) -> list[str]:
        """Return what its strategy and its budget mean, and what follows when that is used up."""
        texts = [words.strategy(supervisor), words.budget(supervisor)]
        if supervisor.root and self.runtime.rooted:
            texts.append(words.given_up(self.system.apps[supervisor.app]))
        return texts


def _parts(system: System, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the parts of the runtime that the system needs."""
    needed = {part for app in system.apps.values() for part in parts_of(app)}
    if any(worker.naming == "cluster" for worker in system.workers.values()):
        needed.add("singleton")
    if system.nodes:
        needed.update(NODE_PARTS)
    if any(len(cluster.nodes) > 1 for cluster in system.clusters.values()):
        needed.add("reconnector")
    if any(cluster.distributed for cluster in system.clusters.values()):
        needed.add("placement")
    return catalogue.with_needs(needed)


def parts_of(app: Application) -> set[str]:
    """Return the parts of the runtime that an application names."""
    own = app.component.parts_for(app.options) if app.component else ()
    return set(own).union(*(worker.kind.parts_for(worker.options) for worker in app.workers))


def applications_of(app: Application) -> set[str]:
    """Return the applications of OTP that run before an application."""
    own = app.component.applications_for(app.options) if app.component else ()
    needed = (worker.kind.applications_for(worker.options) for worker in app.workers)
    return set(own).union(*needed)


def _applications_of_runtime(system: System, catalogue: Catalogue) -> set[str]:
    parts = _parts(system, catalogue)
    found = {app for part in parts for app in catalogue.parts[part].applications}
    return found | {"ssl"} if system.encrypted else found


def _included(system: System, catalogue: Catalogue) -> set[str]:
    return {app for part in _parts(system, catalogue) for app in catalogue.parts[part].included}


def otp_applications(system: System, catalogue: Catalogue) -> set[str]:
    """Return the applications of OTP that the project needs beside those of every one."""
    found = _applications_of_runtime(system, catalogue) | _included(system, catalogue)
    return found.union(*(applications_of(app) for app in system.apps.values())) - OF_ELIXIR


def drivers(system: System, catalogue: Catalogue) -> dict[str, str]:
    """Return the drivers of ODBC that the runtime needs, each with its Debian package."""
    found = (catalogue.parts[part].drivers for part in _parts(system, catalogue))
    return {name: package for drivers in found for name, package in drivers.items()}


def system_view(system: System, catalogue: Catalogue) -> View:
    """Return what all files of the project share."""
    included = _included(system, catalogue)
    runtime = RuntimeView(
        f"{system.name}_runtime",
        f"{system.module}Runtime",
        _parts(system, catalogue),
        extra_applications(_applications_of_runtime(system, catalogue)),
        _entry("included_applications", sorted(included)) if included else "",
        rooted=bool(system.nodes),
    )
    test_kit = TestKitView(f"{system.name}_test_kit", f"{system.module}TestKit")
    system_test = SystemTestView(f"{system.name}_system_test", f"{system.module}SystemTest")
    shared = {
        "system": system,
        "runtime": runtime,
        "test_kit": test_kit,
        "system_test": system_test,
    }
    return View(system, catalogue, runtime, test_kit, system_test, shared)


def extra_applications(applications: Collection[str]) -> str:
    """Return what ``mix.exs`` says of applications of OTP: the logger, and then these."""
    return _entry("extra_applications", ["logger", *sorted(applications)])


def _entry(name: str, applications: Iterable[str]) -> str:
    return elixir.entry_list(name, [f":{app}" for app in applications], indent=6)


def listeners(system: System) -> list[ListenerView]:
    """Return the applications whose children listen, with the names of their ports."""
    found = []
    for app in system.apps.values():
        names = sorted({port for worker in app.workers for _, port in worker.ports})
        if names:
            ports = tuple(PortView(name, variable(name), _default(name)) for name in names)
            found.append(ListenerView(app.name, ports))
    return found


def variable(port: str) -> str:
    """Return the environment variable of a port: ``http`` is ``PORT``, ``api`` is ``API_PORT``."""
    return "PORT" if port == "http" else f"{port.upper()}_PORT"


def _default(port: str) -> int:
    return DEFAULT_PORTS.get(port, 0)


def patience(system: System) -> int:
    """Return how long a caller waits, in milliseconds: a failover and a call on top of it.

    The code is the same in every cluster, so it is the longest failover of all.
    """
    timeouts = [d.timeout for c in system.clusters.values() for d in c.distributed.values()]
    return max(timeouts, default=0) + CALL_TIMEOUT
