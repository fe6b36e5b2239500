"""From a written application to its tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from otpgen import naming
from otpgen.kinds import Kind, Naming, Option
from otpgen.model.trees import (
    Application,
    Child,
    Foreign,
    Package,
    Shutdown,
    Strategy,
    Supervisor,
    Worker,
)
from otpgen.source import Decl
from otpgen.spec import (
    AppDecl,
    ChildDecl,
    Component,
    DepDecl,
    ForeignDecl,
    OptionsDecl,
    Spec,
    SupervisorDecl,
    WorkerDecl,
    defaults,
)


def build_application(name: str, decl: AppDecl, spec: Spec, *, distributed: bool) -> Application:
    """Return one application; ``distributed`` in any cluster."""
    on_give_up = decl.on_give_up
    if on_give_up is None:
        on_give_up = defaults.ON_GIVE_UP_DISTRIBUTED if distributed else defaults.ON_GIVE_UP
    root = None
    dynamic = decl.strategy == "simple_one_for_one"
    if decl.children is not None or decl.child is not None or dynamic:
        place = _Place(name, spec, _registries(decl, name, spec))
        root = _supervisor(place, name, decl)
    packages = {name: _package(name, dep) for name, dep in decl.deps.items()}
    component = spec.components[decl.component] if decl.component else None
    packages = {**_needed(root, component, decl), **packages}
    return Application(
        name=name,
        description=line(decl.description),
        root=root,
        depends_on=decl.depends_on,
        calls=decl.calls,
        packages=tuple(packages.values()),
        on_give_up=on_give_up,
        decl=decl,
        component=component,
        options=_options(component.options, decl.options) if component else {},
    )


def _options(known: Mapping[str, Option], decl: OptionsDecl | None) -> dict[str, object]:
    """Return what was said of options, and the defaults of the others."""
    said = decl.options() if decl else {}
    return {
        name: option.default if said.get(name) is None else said[name]
        for name, option in known.items()
    }


def _needed(
    root: Supervisor | None, component: Component | None, decl: AppDecl
) -> dict[str, Package]:
    """Return the packages that it is made with; an application may say another of a name."""
    needed: dict[str, Package] = {}
    whose: list[tuple[Mapping[str, str], Decl]] = [(component.packages, decl)] if component else []
    below = root.descendants() if root else ()
    whose += [(child.kind.packages, child.decl) for child in below if isinstance(child, Worker)]
    for packages, who in whose:
        for name, version in packages.items():
            first = needed.setdefault(name, Package(name, version, {}, who))
            if first.version and version not in first.version.split(" and "):
                needed[name] = Package(name, f"{first.version} and {version}", {}, first.decl)
    return needed


def _package(name: str, decl: DepDecl) -> Package:
    options = {
        key: value
        for key in DepDecl.model_fields
        if key != "version" and (value := getattr(decl, key)) is not None
    }
    return Package(name, decl.version, options, decl)


class _Place(NamedTuple):
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
        named = self.named and not dynamic
        return _Place(self.app, self.spec, self.registries, path, named, dynamic)


def _registries(decl: AppDecl | SupervisorDecl, app: str, spec: Spec) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in decl.children or ():
        if isinstance(child, SupervisorDecl):
            found |= _registries(child, app, spec)
        elif isinstance(child, WorkerDecl) and spec.kinds[child.kind].acts_as == "registry":
            found[child.name] = f"{naming.camelize(app)}.{naming.camelize(child.name)}"
    return found


def _supervisor(place: _Place, name: str, decl: AppDecl | SupervisorDecl) -> Supervisor:
    strategy: Strategy = decl.strategy or defaults.STRATEGY
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
        max_restarts=defaults.MAX_RESTARTS if decl.max_restarts is None else decl.max_restarts,
        max_seconds=defaults.MAX_SECONDS if decl.max_seconds is None else decl.max_seconds // 1_000,
        max_children=decl.max_children,
        restart=(said and said.restart) or defaults.RESTART,
        shutdown=defaults.shutdown("supervisor") if said is None else _shutdown(said, "supervisor"),
        children=children,
        child=child,
        description=line(decl.description),
        root=said is None,
        decl=decl,
        significant=bool(said and said.significant),
        auto_shutdown=decl.auto_shutdown or defaults.AUTO_SHUTDOWN,
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
    type_ = decl.type or defaults.TYPE
    return Foreign(
        app=place.app,
        name=decl.name,
        path=place.path(decl.name),
        code=decl.spec.strip(),
        type=type_,
        restart=decl.restart or defaults.RESTART,
        shutdown=_shutdown(decl, type_),
        significant=bool(decl.significant),
        decl=decl,
    )


def _worker(place: _Place, decl: WorkerDecl) -> Worker:
    kind: Kind = place.spec.kinds[decl.kind]
    options = _options(kind.options, decl)
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
        description=line(decl.description),
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
    return defaults.shutdown(type_) if decl.shutdown is None else decl.shutdown


def line(text: str | None) -> str:
    """Return a description on one line."""
    return " ".join(text.split()) if text else ""
