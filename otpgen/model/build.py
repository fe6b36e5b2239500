"""From what was written to what is meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from otpgen import naming
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean
from otpgen.kinds import Kind, Naming
from otpgen.model.system import (
    HEALTH,
    Application,
    Child,
    Distributed,
    Foreign,
    Nginx,
    Node,
    Shutdown,
    Strategy,
    Supervisor,
    Sync,
    System,
    Upstream,
    Worker,
)
from otpgen.source import quoted
from otpgen.spec import (
    AppDecl,
    ArchitectureDecl,
    ChildDecl,
    ForeignDecl,
    NodeDecl,
    Spec,
    SupervisorDecl,
    WorkerDecl,
)

DEFAULT_ELIXIR = "~> 1.14"
DEFAULT_HOST = "127.0.0.1"
DEFAULT_SHUTDOWN = 5_000
"""Source: Supervisor docs, ``:shutdown``: workers 5 s, supervisors infinity."""
MAX_RESTARTS, MAX_SECONDS = 3, 5
"""Source: Supervisor docs, ``:max_restarts`` and ``:max_seconds``."""
FAILOVER_TIMEOUT = 5_000
SYNC_TIMEOUT = 2_000
HEALTH_ABOVE_HTTP = 10_000


def build_system(spec: Spec) -> System:
    """Return the system that the architecture means.

    Raises:
        OtpgenError: OG105, OG106: names of applications and nodes that do not exist.
    """
    architecture = spec.architecture
    problems = [*_unknown_apps(architecture), *_unknown_nodes(architecture)]
    if problems:
        raise OtpgenError(problems)
    nodes = {name: _node(name, decl) for name, decl in (architecture.nodes or {}).items()}
    return System(
        name=architecture.name,
        description=_line(architecture.description),
        elixir=architecture.elixir or DEFAULT_ELIXIR,
        apps={name: _app(name, decl, spec) for name, decl in architecture.apps.items()},
        nodes=nodes,
        distributed={
            name: Distributed(
                name,
                FAILOVER_TIMEOUT if decl.timeout is None else decl.timeout,
                tuple(nodes) if decl.nodes is None else decl.nodes,
                decl,
            )
            for name, decl in (architecture.distributed or {}).items()
        },
        sync=_sync(architecture),
        nginx=_nginx(architecture),
        decl=architecture,
    )


def _app(name: str, decl: AppDecl, spec: Spec) -> Application:
    root = None
    dynamic = decl.strategy == "simple_one_for_one"
    if decl.children is not None or decl.child is not None or dynamic:
        place = _Place(name, spec, _registries(decl, name, spec))
        root = _supervisor(place, name, decl)
    return Application(name, _line(decl.description), root, decl.depends_on, decl.calls, decl)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in an application something stands.

    Attributes:
        registries: the modules of the application's registries by their names.
        above: the path of the supervisor; empty for the root.
        named: whether processes here have names of their own: not below a ``child``.
        direct: whether it is the ``child`` itself.
    """

    app: str
    spec: Spec
    registries: Mapping[str, str]
    above: str = ""
    named: bool = True
    direct: bool = False

    def path(self, name: str) -> str:
        return f"{self.above}.{name}" if self.above else name

    def below(self, path: str, *, dynamic: bool = False) -> _Place:
        return replace(self, above=path, named=self.named and not dynamic, direct=dynamic)


def _registries(decl: AppDecl | SupervisorDecl, app: str, spec: Spec) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in decl.children or ():
        if isinstance(child, SupervisorDecl):
            found |= _registries(child, app, spec)
        elif isinstance(child, WorkerDecl) and spec.kinds[child.kind].acts_as == "registry":
            found[child.name] = f"{naming.camelize(app)}.{naming.camelize(child.name)}"
    return found


def _supervisor(place: _Place, name: str, decl: AppDecl | SupervisorDecl) -> Supervisor:
    strategy: Strategy = decl.strategy or "one_for_one"
    said = decl if isinstance(decl, SupervisorDecl) else None
    path = place.path(name)
    children = tuple(_child(place.below(path), child) for child in decl.children or ())
    child = None
    if decl.child is not None:
        below = _child(place.below(path, dynamic=True), decl.child)
        child = None if isinstance(below, Foreign) else below
    return Supervisor(
        app=place.app,
        name=name,
        path=path,
        strategy=strategy,
        max_restarts=MAX_RESTARTS if decl.max_restarts is None else decl.max_restarts,
        max_seconds=MAX_SECONDS if decl.max_seconds is None else decl.max_seconds // 1_000,
        max_children=decl.max_children,
        restart=(said and said.restart) or "permanent",
        shutdown="infinity" if said is None or said.shutdown is None else said.shutdown,
        children=children,
        child=child,
        description=_line(decl.description),
        root=said is None,
        decl=decl,
        significant=bool(said and said.significant),
        auto_shutdown=decl.auto_shutdown or "never",
        named=place.named,
        keyed=child is not None and _has_key(child),
    )


def _has_key(child: Child) -> bool:
    """Whether some process of the tree is found by a key that is handed down."""
    if isinstance(child, Supervisor):
        return any(_has_key(below) for below in child.children)
    return isinstance(child, Worker) and child.naming == "via"


def _child(place: _Place, decl: ChildDecl) -> Child:
    if isinstance(decl, SupervisorDecl):
        return _supervisor(place, decl.name, decl)
    if isinstance(decl, ForeignDecl):
        return _foreign(place, decl)
    assert isinstance(decl, WorkerDecl)
    return _worker(place, decl)


def _foreign(place: _Place, decl: ForeignDecl) -> Foreign:
    type_ = decl.type or "worker"
    return Foreign(
        app=place.app,
        name=decl.name,
        path=place.path(decl.name),
        code=decl.spec.strip(),
        type=type_,
        restart=decl.restart or "permanent",
        shutdown=_shutdown(decl, type_),
        significant=bool(decl.significant),
        decl=decl,
    )


def _worker(place: _Place, decl: WorkerDecl) -> Worker:
    kind: Kind = place.spec.kinds[decl.kind]
    said = decl.options()
    options = {
        name: option.default if said.get(name) is None else said[name]
        for name, option in kind.options.items()
    }
    path = place.path(decl.name)
    registry = place.registries.get(str(options.get("via")))
    started = options.get("child")
    child = None
    if isinstance(started, WorkerDecl):
        child = _worker(place.below(path, dynamic=True), started)
    return Worker(
        app=place.app,
        name=decl.name,
        path=path,
        kind=kind,
        restart=decl.restart or kind.restart,
        shutdown=_shutdown(decl, kind.type),
        options=options,
        naming=_naming(place, decl, options),
        description=_line(decl.description),
        decl=decl,
        significant=bool(decl.significant),
        count=decl.count,
        registry=registry,
        key=None if place.direct else decl.name,
        child=child,
        many=not place.named,
    )


def _naming(place: _Place, decl: WorkerDecl, options: Mapping[str, object]) -> Naming:
    if options.get("singleton"):
        return "cluster"
    if options.get("via"):
        return "via"
    kind = place.spec.kinds[decl.kind]
    local = place.named and decl.count is None and "local" in kind.namings
    return "local" if local else "none"


def _shutdown(decl: ChildDecl, type_: Literal["worker", "supervisor"]) -> Shutdown:
    if decl.shutdown is not None:
        return decl.shutdown
    return "infinity" if type_ == "supervisor" else DEFAULT_SHUTDOWN


def _node(name: str, decl: NodeDecl) -> Node:
    ports = dict(decl.ports or {})
    if decl.port is not None:
        ports = {"http": decl.port, **ports}
    if HEALTH not in ports and ports.get("http", 0) + HEALTH_ABOVE_HTTP <= 65_535:
        ports[HEALTH] = ports.get("http", 4_000) + HEALTH_ABOVE_HTTP
    return Node(name, decl.host or DEFAULT_HOST, ports, decl)


def _sync(architecture: ArchitectureDecl) -> Sync | None:
    decl = architecture.sync
    if decl is None:
        return Sync(None, SYNC_TIMEOUT) if architecture.distributed else None
    return Sync(decl.optional, SYNC_TIMEOUT if decl.timeout is None else decl.timeout)


def _nginx(architecture: ArchitectureDecl) -> Nginx | None:
    decl = architecture.nginx
    if decl is None:
        return None
    first = 8080 if decl.listen is None else decl.listen
    upstreams = (
        Upstream(name, port, first + place)
        for place, (name, port) in enumerate(decl.upstreams.items())
    )
    return Nginx(tuple(upstreams), decl)


def _unknown_apps(architecture: ArchitectureDecl) -> Iterable[Problem]:
    known = list(architecture.apps)
    for name, app in architecture.apps.items():
        for key in ("depends_on", "calls"):
            for place, other in enumerate(getattr(app, key)):
                if other not in architecture.apps:
                    what = f"application {quoted(name)}: {key}"
                    yield _unknown("OG105", what, "application", other, known, app.at(key, place))
    for name in architecture.distributed or ():
        if name not in architecture.apps:
            at = architecture.key_at("distributed", name)
            yield _unknown("OG105", "distributed", "application", name, known, at)


def _unknown_nodes(architecture: ArchitectureDecl) -> Iterable[Problem]:
    known = list(architecture.nodes or ())
    if not known:
        return  # a rule says that there are none, once
    for name, decl in (architecture.distributed or {}).items():
        for place, node in enumerate(decl.nodes or ()):
            if node not in known:
                what = f"distributed {quoted(name)}"
                yield _unknown("OG106", what, "node", node, known, decl.at("nodes", place))
    sync = architecture.sync
    if sync is not None and isinstance(sync.optional, tuple):
        for place, node in enumerate(sync.optional):
            if node not in known:
                yield _unknown("OG106", "sync", "node", node, known, sync.at("optional", place))


def _unknown(code: str, what: str, noun: str, name: str, known: list[str], at: Location) -> Problem:
    hint = did_you_mean(name, known)
    return Problem(code, f"{what}: there is no {noun} {quoted(name)}", at, hint)


def _line(text: str | None) -> str:
    """Return a description on one line."""
    return " ".join(text.split()) if text else ""
