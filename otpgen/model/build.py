"""From what was written to what is meant."""

from __future__ import annotations

from collections.abc import Iterable

from otpgen.errors import Location, OtpgenError, Problem, did_you_mean
from otpgen.kinds import Kind, Naming
from otpgen.model.system import (
    Application,
    Child,
    Distributed,
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
HEALTH = "health"
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
    if decl.children is not None or decl.child is not None or decl.strategy is not None:
        root = _supervisor(name, name, name, decl, spec, root=True)
    return Application(name, _line(decl.description), root, decl.depends_on, decl.calls, decl)


def _supervisor(
    app: str, name: str, path: str, decl: AppDecl | SupervisorDecl, spec: Spec, root: bool = False
) -> Supervisor:
    strategy: Strategy = decl.strategy or "one_for_one"
    said = decl if isinstance(decl, SupervisorDecl) else None
    children = tuple(_child(app, path, child, spec) for child in decl.children or ())
    child = decl.child
    return Supervisor(
        app=app,
        name=name,
        path=path,
        strategy=strategy,
        max_restarts=MAX_RESTARTS if decl.max_restarts is None else decl.max_restarts,
        max_seconds=MAX_SECONDS if decl.max_seconds is None else decl.max_seconds // 1_000,
        max_children=decl.max_children,
        restart=(said and said.restart) or "permanent",
        shutdown="infinity" if said is None or said.shutdown is None else said.shutdown,
        children=children,
        child=_worker(app, path, child, spec, "none") if isinstance(child, WorkerDecl) else None,
        description=_line(decl.description),
        root=root,
        decl=decl,
    )


def _child(app: str, above: str, decl: ChildDecl, spec: Spec) -> Child:
    if isinstance(decl, SupervisorDecl):
        return _supervisor(app, decl.name, f"{above}.{decl.name}", decl, spec)
    assert isinstance(decl, WorkerDecl)
    return _worker(app, above, decl, spec, "local")


def _worker(app: str, above: str, decl: WorkerDecl, spec: Spec, found_by: Naming) -> Worker:
    kind: Kind = spec.kinds[decl.kind]
    said = decl.options()
    options = {
        name: option.default if said.get(name) is None else said[name]
        for name, option in kind.options.items()
    }
    by_type: Shutdown = "infinity" if kind.type == "supervisor" else DEFAULT_SHUTDOWN
    return Worker(
        app=app,
        name=decl.name,
        path=f"{above}.{decl.name}",
        kind=kind,
        restart=decl.restart or kind.restart,
        shutdown=by_type if decl.shutdown is None else decl.shutdown,
        options=options,
        naming="cluster" if options.get("singleton") else found_by,
        description=_line(decl.description),
        decl=decl,
    )


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
    optional = None if decl.optional in (None, "others") else tuple(decl.optional or ())
    return Sync(optional, SYNC_TIMEOUT if decl.timeout is None else decl.timeout)


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
