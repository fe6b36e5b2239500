"""What templates are given beside the model: small values, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from otpgen.catalogue import Catalogue
from otpgen.model import System

DEFAULT_PORTS = {"http": 4000}
NODE_PARTS = ("boot", "health", "root")
CALL_TIMEOUT = 5_000
"""Milliseconds; source: GenServer docs, ``call/3``."""


@dataclass(frozen=True, slots=True)
class RuntimeView:
    """``NAME_runtime``: the parts it is made of; ``rooted`` when trees stand under its root."""

    app: str
    module: str
    parts: tuple[str, ...]
    rooted: bool

    @property
    def exists(self) -> bool:
        """Whether the project has a runtime at all."""
        return bool(self.parts)

    def has(self, part: str) -> bool:
        """Whether the part is there."""
        return part in self.parts


@dataclass(frozen=True, slots=True)
class TestKitView:
    """``NAME_test_kit``: what tests use."""

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
    globals: dict[str, Any]


def system_view(system: System, catalogue: Catalogue) -> View:
    """Return what all files of the project share."""
    needed = {
        part for worker in system.workers.values() for part in worker.kind.parts_for(worker.options)
    }
    if any(worker.naming == "cluster" for worker in system.workers.values()):
        needed.add("singleton")
    if system.nodes:
        needed.update(NODE_PARTS)
    runtime = RuntimeView(
        f"{system.name}_runtime",
        f"{system.module}Runtime",
        catalogue.with_needs(needed),
        rooted=bool(system.nodes),
    )
    test_kit = TestKitView(f"{system.name}_test_kit", f"{system.module}TestKit")
    shared = {"system": system, "runtime": runtime, "test_kit": test_kit}
    return View(system, catalogue, runtime, test_kit, shared)


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
    """Return how long a caller waits, in milliseconds: a failover and a call on top of it."""
    timeouts = [distributed.timeout for distributed in system.distributed.values()]
    return max(timeouts, default=0) + CALL_TIMEOUT
