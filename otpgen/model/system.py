"""``System``: the whole architecture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import TopologicalSorter
from typing import NamedTuple

from otpgen import naming
from otpgen.kinds import Env
from otpgen.model.clusters import DEV, Cluster, Distributed, Node, Upstream
from otpgen.model.trees import Application, Worker
from otpgen.reach import reached
from otpgen.spec import ArchitectureDecl


class Owned(NamedTuple):
    """Globs, as in ``.gitignore``, of files that are the user's and of those written once."""

    yours: tuple[str, ...] = ()
    seeded: tuple[str, ...] = ()


@dataclass(frozen=True)
class System:
    """The whole architecture; ``apps`` stand in the order of the file.

    Attributes:
        roles: the applications of each release; empty unless said.
        clusters: ``dev`` first.
        isolated: applications that may be stopped while all others go on.
        moved: what was called otherwise -> what it is called now, as ``app``, ``app.child`` or
            ``node``.
    """

    name: str
    description: str
    elixir: str
    apps: Mapping[str, Application]
    roles: Mapping[str, tuple[str, ...]]
    clusters: Mapping[str, Cluster]
    isolated: tuple[str, ...]
    moved: Mapping[str, str]
    ownership: Owned
    decl: ArchitectureDecl = field(compare=False, repr=False)

    @property
    def cluster(self) -> Cluster:
        """The cluster ``dev``."""
        return self.clusters[DEV]

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes of ``dev``; empty for a plain umbrella."""
        return self.cluster.nodes

    @cached_property
    def distributed(self) -> Mapping[str, Distributed]:
        """Every application that is distributed in some cluster, as in the first such."""
        found: dict[str, Distributed] = {}
        for cluster in self.clusters.values():
            found = {**cluster.distributed, **found}
        return found

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
    def listeners(self) -> Mapping[str, str]:
        """The names of ports on which children listen, each with their application."""
        return {port: w.app for w in self.workers.values() for _, port in w.ports}

    def servers(self, cluster: Cluster, upstream: Upstream) -> tuple[Node, ...]:
        """Return the nodes behind an upstream: those on which some child uses its port."""
        app = self.listeners.get(upstream.port)
        return tuple(node for node in cluster.nodes.values() if app in node.apps)

    def made_of(self, component: str, among: Iterable[str]) -> list[Application]:
        """Return those of some applications that are made of a component."""
        found = (self.apps[name] for name in among)
        return [app for app in found if app.component and app.component.name == component]

    @property
    def encrypted(self) -> bool:
        """Whether the nodes of some cluster talk by TLS."""
        return any(cluster.tls for cluster in self.clusters.values())

    def with_dependencies(self, apps: Iterable[str]) -> set[str]:
        """Return applications and all that they depend on, libraries among it."""
        return reached(apps, lambda name: self.apps[name].depends_on)

    def has(self, element: str) -> bool:
        """Whether there is an application, a child of one (``app.child``) or a node."""
        app, _, child = element.partition(".")
        if child:
            found = self.apps.get(app)
            return found is not None and any(c.name == child for c in found.descendants)
        return element in self.apps or any(element in c.nodes for c in self.clusters.values())

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The variables of the environment in which secrets stand, sorted."""
        return tuple(sorted({env.name for app in self.apps.values() for env in _secrets(app)}))

    @cached_property
    def needed_secrets(self) -> tuple[str, ...]:
        """Those of them without which some process does not start."""
        return self.needed_secrets_of(self.apps)

    def needed_secrets_of(self, apps: Collection[str]) -> tuple[str, ...]:
        """Return those without which some process of these applications does not start."""
        found: set[str] = set()
        for app in (self.apps[name] for name in apps):
            read = _secrets(app)
            # A component may hand its own on to a child, whose kind does not know of that.
            found |= {env.name for env in read} - {env.name for env in read if env.optional}
        return tuple(sorted(found))

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
            users = reached(direct[name], direct.__getitem__)
            found[name] = tuple(sorted(users, key=place.__getitem__, reverse=True))
        return found


def _secrets(app: Application) -> set[Env]:
    found: set[Env] = set()
    for options in (app.options, *(worker.options for worker in app.workers)):
        for value in options.values():
            values = value.values() if isinstance(value, dict) else (value,)
            found.update(said for said in values if isinstance(said, Env))
    return found
