"""Reads the tree of a file into a ``Spec``: which record stands where, and of which kind."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping
from typing import Any

from otpgen import naming
from otpgen.errors import OtpgenError, listed, nearest
from otpgen.kinds import Kind
from otpgen.source import (
    Document,
    Entry,
    Mapping,
    Node,
    Reader,
    Scalar,
    Sequence,
    describe,
    quoted,
)
from otpgen.spec.decls import (
    AppDecl,
    ArchitectureDecl,
    ChildDecl,
    DistributedDecl,
    ForeignDecl,
    NginxDecl,
    NodeDecl,
    Spec,
    SupervisorDecl,
    SyncDecl,
    WorkerDecl,
    worker_model,
)

FORMAT = "1"
_CHILD_HINT = "write a name, {KIND: NAME} or {supervisor: NAME}"


def read_spec(document: Document, kinds: AbstractMapping[str, Kind]) -> Spec:
    """Return the architecture that the file holds.

    Raises:
        OtpgenError: OG004 to OG010, OG101, OG104: every problem of the file at once.
    """
    reader = _SpecReader(kinds)
    reader.problems.extend(document.problems)
    architecture = reader.architecture(document.root)
    if reader.problems or architecture is None:
        raise OtpgenError(reader.problems)
    return Spec(architecture, kinds)


class _SpecReader(Reader):
    def __init__(self, kinds: AbstractMapping[str, Kind]) -> None:
        super().__init__()
        self.kinds = kinds
        self.models = {name: worker_model(kind) for name, kind in kinds.items()}
        records = (SupervisorDecl, WorkerDecl, ForeignDecl)
        self.options = {field for record in records for field in record.model_fields}
        self.options.update(option for kind in kinds.values() for option in kind.options)

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
        self.later_values(root)
        nested: dict[str, Any] = {"apps": self.apps(root.get("apps"))}
        nested["nodes"] = self.named(root.get("nodes"), "nodes", "node", NodeDecl, "port")
        nested["distributed"] = self.named(
            root.get("distributed"), "distributed", "distributed", DistributedDecl
        )
        for key, model in (("sync", SyncDecl), ("nginx", NginxDecl)):
            node = root.get(key)
            nested[key] = None if node is None else self.record(model, node, key)
        return self.record(ArchitectureDecl, root, "the architecture", nested)

    def is_format_1(self, root: Mapping) -> bool:
        """Whether the file may be read; another format's keys would all seem wrong."""
        said = root.get("otpgen")
        if not isinstance(said, Scalar) or said.is_null or said.text == FORMAT:
            return True
        hint = f"this otpgen reads format {FORMAT}; write otpgen: {FORMAT}, or take a newer otpgen"
        self.problem("OG010", f"unknown format {describe(said)}", said.location, hint)
        return False

    def later_values(self, root: Mapping) -> None:
        """Note values that are for later under keys that are read, and leave them out."""
        for name, _, value in _entries(root.get("distributed")):
            nodes = value.get("nodes") if isinstance(value, Mapping) else None
            for item in nodes.items if isinstance(nodes, Sequence) else ():
                if isinstance(item, Sequence):
                    what = f"distributed {quoted(name)}: a list within nodes"
                    self.later(what, "nodes of equal rank", item.location)
            if isinstance(nodes, Sequence):
                nodes.items = [item for item in nodes.items if not isinstance(item, Sequence)]
        nginx = root.get("nginx")
        upstreams = nginx.get("upstreams") if isinstance(nginx, Mapping) else None
        for name, _, value in list(_entries(upstreams)):
            if isinstance(value, Mapping) and isinstance(upstreams, Mapping):
                what = f"upstream {quoted(name)}: a mapping"
                self.later(what, "a port of nginx of its own", value.location)
                del upstreams.entries[name]

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
        return self.record(AppDecl, node, what, self.below(node, what))

    def named(
        self,
        node: Node | None,
        key_: str,
        what: str,
        model: type[Any],
        shorthand: str | None = None,
    ) -> dict[str, Any]:
        found = {}
        for name, key, value in self.items(node, key_):
            if shorthand and isinstance(value, Scalar) and not value.is_null:
                value = _wrapped(shorthand, value)
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
        if (children := node.get("children")) is not None:
            decls = (self.child(item) for item in self.elements(children, f"{what}: children"))
            nested["children"] = tuple(decl for decl in decls if decl is not None)
        if (child := node.get("child")) is not None:
            nested["child"] = self.child(child)
        return nested

    def child(self, node: Node) -> ChildDecl | None:
        if isinstance(node, Scalar) and not node.is_null:
            return self.worker("gen_server", _wrapped("gen_server", node))
        if not isinstance(node, Mapping):
            message = f"a child: expected a name or a mapping, found {describe(node)}"
            self.problem("OG006", message, node.location, _CHILD_HINT)
            return None
        kinds = {"supervisor", "spec", *self.models}
        named = [key for key in node.entries if key in kinds]
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
        meant = [key for key in node.entries if key not in self.options]
        if not meant:
            self.problem("OG009", "a child without a kind", node.location, _CHILD_HINT)
            return
        key, entry = meant[0], node.entries[meant[0]]
        known = ["supervisor", *self.models]
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
        return self.record(self.models[kind], node, what, nested)


def _entries(node: Node | None) -> Iterator[tuple[str, Scalar, Node]]:
    """Yield the entries of a mapping; of anything else none."""
    for name, entry in node.entries.items() if isinstance(node, Mapping) else ():
        yield name, entry.key, entry.value


def _wrapped(key: str, node: Scalar) -> Mapping:
    """Return ``{key: node}`` standing where ``node`` stands: what a shorthand is short for."""
    return Mapping(node.location, {key: Entry(Scalar(node.location, key, True), node)})


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.is_null


def _value(node: Mapping, key: str) -> str:
    value = node.get(key)
    return quoted(value.text) if isinstance(value, Scalar) else f"({describe(value or node)})"
