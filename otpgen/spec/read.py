"""Reads the tree of a file into a ``Spec``: which record stands where, and of which kind."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from types import MappingProxyType
from typing import Any

from otpgen import naming
from otpgen.errors import OtpgenError, Problem, known_are, listed, nearest
from otpgen.kinds import Kind
from otpgen.source import (
    Decl,
    Document,
    Entry,
    Mapping,
    Node,
    Reader,
    Scalar,
    describe,
    quoted,
)
from otpgen.spec.components import Component, as_declared, expanded
from otpgen.spec.decls import (
    AppDecl,
    ArchitectureDecl,
    ChildDecl,
    ClusterDecl,
    DepDecl,
    DistributedDecl,
    ForeignDecl,
    NginxDecl,
    NodeDecl,
    OptionsDecl,
    Spec,
    SupervisorDecl,
    SyncDecl,
    UpstreamDecl,
    WorkerDecl,
)
from otpgen.spec.upkeep import MoveDecl, OwnershipDecl
from otpgen.spec.workers import options_model, worker_model

FORMAT = "1"
_READY_MADE = ("component", "options")
_NONE: AbstractMapping[str, Component] = MappingProxyType({})
_CHILD_HINT = "write a name, {KIND: NAME} or {supervisor: NAME}"


def read_spec(
    document: Document,
    kinds: AbstractMapping[str, Kind],
    components: AbstractMapping[str, Component] = _NONE,
) -> Spec:
    """Return the architecture that the file holds.

    Raises:
        OtpgenError: OG004 to OG010, OG101, OG104, OG141: every problem of the file at once.
    """
    reader = _SpecReader(kinds, components, {})
    reader.problems.extend(document.problems)
    architecture = reader.architecture(document.root)
    if reader.problems or architecture is None:
        raise OtpgenError(reader.problems)
    return Spec(architecture, kinds, components)


def problems_of_component(
    component: Component, kinds: AbstractMapping[str, Kind], models: dict[str, type[WorkerDecl]]
) -> list[Problem]:
    """Return what is wrong with the tree of a component, where it is declared.

    Args:
        component: the component.
        kinds: those it may have children of.
        models: their records that were made for others, to which more are added.
    """
    app, open_ = as_declared(component)
    reader = _SpecReader(kinds, {}, models)
    reader.app(component.name, app)
    return [problem for problem in reader.problems if problem.location not in open_]


class _SpecReader(Reader):
    def __init__(
        self,
        kinds: AbstractMapping[str, Kind],
        components: AbstractMapping[str, Component],
        models: dict[str, type[WorkerDecl]],
    ) -> None:
        super().__init__()
        self.kinds = kinds
        self.components = components
        self.keys = {"supervisor", "spec", *kinds}
        self.models = models

    def architecture(self, root: Node) -> ArchitectureDecl | None:
        if not isinstance(root, Mapping):
            self.problem(
                "OG006",
                f"the architecture: expected a mapping, found {describe(root)}",
                root.location,
                "start with: otpgen: 1",
            )
            return None
        if not self.is_format_1(root):
            return None
        nested: dict[str, Any] = {"apps": self.apps(root.get("apps"))}
        nested |= self.cluster(root, "")
        clusters = {}
        for name, key, value in self.items(root.get("clusters"), "clusters"):
            what = f"cluster {quoted(name)}"
            within = self.cluster(value, f"{what}: ") if isinstance(value, Mapping) else {}
            cluster = self.record(ClusterDecl, value, what, within)
            if self.name(name, key.location, "clusters") and cluster:
                clusters[name] = cluster
        nested["clusters"] = clusters
        items = self.elements(root.get("moved"), "moved")
        moves = (self.record(MoveDecl, item, "moved") for item in items)
        nested["moved"] = tuple(move for move in moves if move is not None)
        if (ownership := root.get("ownership")) is not None:
            nested["ownership"] = self.record(OwnershipDecl, ownership, "ownership")
        return self.record(ArchitectureDecl, root, "the architecture", nested)

    def cluster(self, node: Mapping, what: str) -> dict[str, Any]:
        """Read what every cluster may say."""
        nested: dict[str, Any] = {}
        for key, noun, model in (
            ("nodes", "node", NodeDecl),
            ("distributed", "distributed", DistributedDecl),
        ):
            nested[key] = self.named(node.get(key), f"{what}{key}", f"{what}{noun}", model)
        sync, nginx = node.get("sync"), node.get("nginx")
        nested["sync"] = None if sync is None else self.record(SyncDecl, sync, f"{what}sync")
        nested["nginx"] = None if nginx is None else self.nginx(nginx, f"{what}nginx")
        return nested

    def nginx(self, node: Node, what: str) -> NginxDecl | None:
        said = node.get("upstreams") if isinstance(node, Mapping) else None
        noun = f"{what.removesuffix('nginx')}upstream"
        upstreams = self.named(said, f"{what}: upstreams", noun, UpstreamDecl)
        return self.record(NginxDecl, node, what, {"upstreams": upstreams})

    def is_format_1(self, root: Mapping) -> bool:
        """Whether the file may be read; another format's keys would all seem wrong."""
        said = root.get("otpgen")
        if not isinstance(said, Scalar) or said.is_null or said.text == FORMAT:
            return True
        hint = f"this otpgen reads format {FORMAT}; write otpgen: {FORMAT}, or take a newer otpgen"
        self.problem("OG010", f"unknown format {describe(said)}", said.location, hint)
        return False

    def apps(self, node: Node | None) -> dict[str, AppDecl]:
        found = {}
        if isinstance(node, Mapping) and not node.entries:
            hint = "name at least one: an umbrella holds applications"
            self.problem("OG007", "apps: there is no application", node.location, hint)
        for name, key, value in self.items(node, "apps"):
            app = self.app(name, value)
            if self.name(name, key.location, "apps") and app:
                found[name] = app
        return found

    def app(self, name: str, node: Node) -> AppDecl | None:
        what = f"application {quoted(name)}"
        if _is_null(node):
            node = Mapping(node.location)
        sound, own = True, {}
        if isinstance(node, Mapping) and _is_ready_made(node):
            component = self.component(node, what)
            own["options"] = component and self.told(component, node, what)
            if component and own["options"]:
                node = expanded(node, component)
            else:
                sound = False
                rest = {key: e for key, e in node.entries.items() if key not in _READY_MADE}
                node = Mapping(node.location, rest)
        nested = own | self.below(node, what)
        if isinstance(node, Mapping) and (deps := node.get("deps")) is not None:
            nested["deps"] = self.named(deps, f"{what}: deps", f"{what}: package", DepDecl)
        decl = self.record(AppDecl, node, what, nested)
        return decl if sound else None

    def component(self, node: Mapping, what: str) -> Component | None:
        """Return what an application is made of; notes the problem if there is no such thing."""
        said = node.get("component")
        if said is None or _is_null(said):
            hint = "they are for a component: say which, or leave them out"
            at = node.entries["options"].key.location
            self.problem("OG005", f"{what}: options without a component", at, hint)
            return None
        if not isinstance(said, Scalar):
            self.unexpected("a name", said, f"{what}: component")
            return None
        name = said.text
        if name in self.components:
            return self.components[name]
        near = nearest(name, self.components)
        hint = f"did you mean {near}?" if near else known_are(self.components)
        message = f"{what}: there is no component {describe(said)}"
        self.problem("OG141", message, said.location, hint)
        return None

    def told(self, component: Component, node: Mapping, what: str) -> OptionsDecl | None:
        """Return the options of a component; without any that must be said, none need be."""
        said = node.get("options")
        if said is None or _is_null(said):
            said = Mapping(node.entries["component"].value.location)
        return self.record(options_model(component), said, f"{what}: options")

    def named(self, node: Node | None, key_: str, what: str, model: type[Decl]) -> dict[str, Any]:
        found = {}
        shown = model.shorthand.upper() if model.shorthand else "{}"
        for name, key, value in self.items(node, key_, shown):
            if model.shorthand and isinstance(value, Scalar) and not value.is_null:
                value = _wrapped(model.shorthand, value)
            elif _is_null(value):
                value = Mapping(key.location)
            decl = self.record(model, value, f"{what} {quoted(name)}")
            if self.name(name, key.location, key_) and decl:
                found[name] = decl
        return found

    def below(self, node: Node, what: str) -> dict[str, Any]:
        """Read ``children`` and ``child`` of a supervisor or application."""
        if not isinstance(node, Mapping):
            return {}
        nested: dict[str, Any] = {}
        children = node.get("children")
        if isinstance(children, Mapping):
            self.unexpected("a list", children, f"{what}: children", self.listed_hint(children))
            nested["children"] = ()
        elif children is not None:
            decls = (self.child(item) for item in self.elements(children, f"{what}: children"))
            nested["children"] = tuple(decl for decl in decls if decl is not None)
        if (child := node.get("child")) is not None:
            nested["child"] = self.child(child)
        return nested

    def listed_hint(self, children: Mapping) -> str:
        """Return how to list what was written as a mapping."""
        said = children.entries
        if any(key in self.keys for key in said):
            return 'each child is an item of a list: begin it with "- "'
        if said and all(naming.is_name(key) and _is_bare(said[key].value) for key in said):
            first = [*said][:3]
            return f"write [{', '.join([*first, *['…'] * (len(said) > 3)])}]"
        return "write a list: [NAME, {KIND: NAME, OPTION: VALUE}]"

    def child(self, node: Node) -> ChildDecl | None:
        if isinstance(node, Scalar) and not node.is_null:
            return self.worker("gen_server", _wrapped("gen_server", node))
        if not isinstance(node, Mapping):
            message = f"a child: expected a name or a mapping, found {describe(node)}"
            self.problem("OG006", message, node.location, _CHILD_HINT)
            return None
        named = [key for key in node.entries if key in self.keys]
        if len(named) > 1:
            at = node.entries[named[1]].key.location
            hint = 'give each child a "- " of its own'
            self.problem("OG009", f"a child is one thing, not {listed(named)}", at, hint)
            return None
        if named:
            match named[0]:
                case "supervisor":
                    return self.supervisor(node)
                case "spec":
                    what = f"spec {_value(node, 'id')}"
                    return self.record(ForeignDecl, node, what)
                case kind:
                    return self.worker(kind, node)
        self.no_kind(node)
        return None

    def no_kind(self, node: Mapping) -> None:
        """Say why a child is of no kind; the first key that is no option most likely means one."""
        records = (SupervisorDecl, WorkerDecl, ForeignDecl)
        options = {field for record in records for field in record.model_fields}
        options.update(option for kind in self.kinds.values() for option in kind.options)
        meant = [key for key in node.entries if key not in options]
        if not meant:
            self.problem("OG009", "a child without a kind", node.location, _CHILD_HINT)
            return
        key, entry = meant[0], node.entries[meant[0]]
        known = ["supervisor", *self.kinds]
        if near := nearest(key, known):
            hint = f"did you mean {near}?"
        elif naming.is_name(key) and (isinstance(entry.value, Mapping) or _is_null(entry.value)):
            hint = f"write {{gen_server: {key}}}, its options beside it"
        elif isinstance(entry.value, Scalar) and entry.value.text in known:
            hint = f"the kind comes first: {{{entry.value.text}: NAME}}"
        else:
            hint = f"write {{KIND: NAME}}; kinds are {listed(known)}"
        self.problem("OG009", f"a child: unknown kind {quoted(key)}", entry.key.location, hint)

    def supervisor(self, node: Mapping) -> SupervisorDecl | None:
        what = f"supervisor {_value(node, 'supervisor')}"
        return self.record(SupervisorDecl, node, what, self.below(node, what))

    def worker(self, kind: str, node: Mapping) -> WorkerDecl | None:
        what = f"{kind} {_value(node, kind)}"
        options = self.kinds[kind].options
        nested: dict[str, Any] = {}
        for key in ("children", "child"):
            if key not in node.entries:
                continue
            if key not in options:
                at = node.entries[key].key.location
                hint = "write supervisor: NAME for a child with children"
                self.problem("OG005", f"{what}: {quoted(key)} is for supervisors", at, hint)
                return None
            nested[key] = self.child(node.entries[key].value)
        return self.record(self.model(kind), node, what, nested)

    def model(self, kind: str) -> type[WorkerDecl]:
        """Return the record of a child of this kind; making one takes two milliseconds."""
        if kind not in self.models:
            self.models[kind] = worker_model(self.kinds[kind])
        return self.models[kind]


def _is_ready_made(app: Mapping) -> bool:
    said = app.get("component")
    return "options" in app.entries or not (said is None or _is_null(said))


def _wrapped(key: str, node: Scalar) -> Mapping:
    """Return ``{key: node}`` standing where ``node`` stands: what a shorthand is short for."""
    return Mapping(node.location, {key: Entry(Scalar(node.location, key, True), node)})


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.is_null


def _is_bare(node: Node) -> bool:
    return _is_null(node) or (isinstance(node, Mapping) and not node.entries)


def _value(node: Mapping, key: str) -> str:
    value = node.get(key)
    return quoted(value.text) if isinstance(value, Scalar) else f"({describe(value or node)})"
