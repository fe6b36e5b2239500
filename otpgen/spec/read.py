"""Reads the tree of a file into a ``Spec``: which record stands where, and of which kind."""

from __future__ import annotations

from collections.abc import Mapping as AbstractMapping
from typing import Any

from otpgen.errors import Location, OtpgenError, did_you_mean
from otpgen.kinds import Kind
from otpgen.source import Document, Entry, Mapping, Node, Reader, Scalar, describe, quoted
from otpgen.spec.decls import (
    AppDecl,
    ArchitectureDecl,
    ChildDecl,
    DistributedDecl,
    NginxDecl,
    NodeDecl,
    Spec,
    SupervisorDecl,
    SyncDecl,
    WorkerDecl,
    worker_model,
)

_LATER_KINDS = {
    "spec": "a child in Elixir's own words",
    "gen_statem": "a state machine",
    "task": "a one-shot step",
    "task_supervisor": "tasks started at run time",
    "partition_supervisor": "one child a partition",
}


def read_spec(document: Document, kinds: AbstractMapping[str, Kind]) -> Spec:
    """Return the architecture that the file holds.

    Raises:
        OtpgenError: OG004 to OG009, OG101, OG104: every problem of the file at once.
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
        self.models = {name: worker_model(kind) for name, kind in kinds.items()}

    def architecture(self, root: Node) -> ArchitectureDecl | None:
        if not isinstance(root, Mapping):
            self.problem(
                "OG006",
                f"the architecture: expected a mapping, found {describe(root)}",
                root.location,
                "start with: otpgen: 1",
            )
            return None
        nested: dict[str, Any] = {"apps": self.apps(root.get("apps"))}
        nested["nodes"] = self.named(root.get("nodes"), "node", NodeDecl, shorthand="port")
        nested["distributed"] = self.named(root.get("distributed"), "distributed", DistributedDecl)
        for key, model in (("sync", SyncDecl), ("nginx", NginxDecl)):
            node = root.get(key)
            nested[key] = None if node is None else self.record(model, node, key)
        return self.record(ArchitectureDecl, root, "the architecture", nested)

    def apps(self, node: Node | None) -> dict[str, AppDecl]:
        found = {}
        for name, key, value in self.items(node, "apps"):
            if self.name(name, key.location, "apps") and (app := self.app(name, value)):
                found[name] = app
        return found

    def app(self, name: str, node: Node) -> AppDecl | None:
        what = f"application {quoted(name)}"
        if isinstance(node, Scalar) and node.is_null:
            node = Mapping(node.location)
        return self.record(AppDecl, node, what, self.below(node, what))

    def named(
        self, node: Node | None, what: str, model: type[Any], shorthand: str | None = None
    ) -> dict[str, Any]:
        found = {}
        for name, key, value in self.items(node, what):
            if not self.name(name, key.location, what):
                continue
            if shorthand and isinstance(value, Scalar) and not value.is_null:
                value = _wrapped(shorthand, value)
            elif isinstance(value, Scalar) and value.is_null:
                value = Mapping(key.location)
            if decl := self.record(model, value, f"{what} {quoted(name)}"):
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
            hint = "write a name, {KIND: NAME} or {supervisor: NAME}"
            self.problem("OG006", f"a child: found {describe(node)}", node.location, hint)
            return None
        named = [key for key in node.entries if key in self.models or key == "supervisor"]
        if len(named) > 1:
            at = node.entries[named[1]].key.location
            self.problem("OG009", f"a child is one thing, not {' and '.join(named)}", at)
            return None
        if named:
            kind = named[0]
            return self.supervisor(node) if kind == "supervisor" else self.worker(kind, node)
        self.no_kind(node)
        return None

    def no_kind(self, node: Mapping) -> None:
        """Say why a child is of no kind; the first key is most likely meant as one."""
        at: Location = node.location
        for key, entry in node.entries.items():
            at = entry.key.location
            if key in _LATER_KINDS:
                self.problem(
                    "OG008",
                    f"a child: {quoted(key)} ({_LATER_KINDS[key]}) belongs to format 1, but this "
                    "version of otpgen does not read it yet",
                    at,
                    "leave it out for now",
                )
                return
        known = ["supervisor", *self.models]
        if not node.entries:
            self.problem("OG009", "a child without a kind", at, did_you_mean("", known))
            return
        key, entry = next(iter(node.entries.items()))
        self.problem(
            "OG009",
            f"a child: unknown kind {quoted(key)}",
            entry.key.location,
            did_you_mean(key, known),
        )

    def supervisor(self, node: Mapping) -> SupervisorDecl | None:
        what = f"supervisor {_value(node, 'supervisor')}"
        return self.record(SupervisorDecl, node, what, self.below(node, what))

    def worker(self, kind: str, node: Mapping) -> WorkerDecl | None:
        what = f"{kind} {_value(node, kind)}"
        for key in ("children", "child"):
            if key in node.entries:
                at = node.entries[key].key.location
                hint = "write supervisor: NAME for a child with children"
                self.problem("OG005", f"{what}: {quoted(key)} is for supervisors", at, hint)
                return None
        return self.record(self.models[kind], node, what)


def _wrapped(key: str, node: Scalar) -> Mapping:
    """Return ``{key: node}`` standing where ``node`` stands: what a shorthand is short for."""
    return Mapping(node.location, {key: Entry(Scalar(node.location, key, True), node)})


def _value(node: Mapping, key: str) -> str:
    value = node.get(key)
    return quoted(value.text) if isinstance(value, Scalar) else f"({describe(value or node)})"
