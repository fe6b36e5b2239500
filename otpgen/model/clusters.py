"""``Cluster`` and what is in it: nodes, what is distributed over them, the load balancer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from otpgen.errors import Location
from otpgen.source import Decl
from otpgen.spec import ClusterDecl, NodeDecl

HEALTH = "health"
"""The name of the port on which a node says how it is."""


@dataclass(frozen=True)
class Node:
    """A node of a cluster.

    Attributes:
        ports: by their names, ``health`` among them.
        apps: the applications that run there; the code of all others is there too.
    """

    name: str
    host: str
    ports: Mapping[str, int]
    apps: tuple[str, ...]
    role: str | None
    decl: NodeDecl = field(compare=False, repr=False)

    @property
    def full_name(self) -> str:
        """``node1@127.0.0.1``."""
        return f"{self.name}@{self.host}"

    @property
    def loopback(self) -> bool:
        """Whether its host is this machine only."""
        return self.host.startswith("127.") and self.host.rpartition(".")[2].isdecimal()


@dataclass(frozen=True)
class Distributed:
    """A distributed application: where it may run, first to last; ``timeout`` to fail over.

    ``ranks`` are sets of nodes of equal rank, most often of one node each.
    """

    app: str
    timeout: int
    ranks: tuple[tuple[str, ...], ...]
    decl: Decl = field(compare=False, repr=False)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes as they are written."""
        return tuple(node for rank in self.ranks for node in rank)


@dataclass(frozen=True)
class Sync:
    """For how long a node waits at boot, and for whom; ``optional`` None: all others."""

    optional: tuple[str, ...] | None
    mandatory: tuple[str, ...]
    timeout: int
    decl: Decl | None = field(compare=False, repr=False)


@dataclass(frozen=True)
class Upstream:
    """An upstream of nginx: ``NODE``'s ``port`` for each node, in the order of the file."""

    name: str
    port: str
    listen: int
    decl: Decl = field(compare=False, repr=False)


@dataclass(frozen=True)
class Nginx:
    """The load balancer."""

    upstreams: tuple[Upstream, ...]
    decl: Decl = field(compare=False, repr=False)


DEV = "dev"
"""The name of the first cluster, which stands at the top of the file."""


@dataclass(frozen=True)
class Cluster:
    """Nodes that know each other; ``decls`` are its own record and those it takes from.

    With ``tls`` they talk by TLS, each with a certificate that the others verify.
    """

    name: str
    nodes: Mapping[str, Node]
    distributed: Mapping[str, Distributed]
    sync: Sync | None
    nginx: Nginx | None
    tls: bool
    decls: tuple[ClusterDecl, ...] = field(compare=False, repr=False)

    def key_at(self, key: str, *steps: str) -> Location:
        """Return where a key of the cluster stands, be it its own or taken over."""
        said = (decl for decl in self.decls if getattr(decl, key) is not None)
        return next(said, self.decls[0]).key_at(key, *steps)

    @property
    def what(self) -> str:
        """How messages begin that speak of it: empty for ``dev``."""
        return "" if self.name == DEV else f'cluster "{self.name}": '
