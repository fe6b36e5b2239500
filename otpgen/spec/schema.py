"""Format 1 as a JSON Schema, for editors: made from the records that the reader itself uses.

What ``read`` does beside the records is said here: shorthands, kinds of children, and where
nothing may stand in place of an empty record::

    schema(kinds)["properties"]["apps"]  ->  {"additionalProperties": {"$ref": …/app}, …}

Source: json-schema.org, draft-07. Of the drafts it is the one that yaml-language-server reads
in all its versions; nothing here would be shorter in 2020-12.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from otpgen.kinds import Kind
from otpgen.source import Decl
from otpgen.source.shapes import NAME
from otpgen.spec import decls, defaults, upkeep
from otpgen.spec.components import Component
from otpgen.spec.workers import options_model, worker_model

DIALECT = "http://json-schema.org/draft-07/schema#"
_PLACE = "#/definitions/"
_RECORDS: dict[str, type[Decl]] = {
    "app": decls.AppDecl,
    "supervisor": decls.SupervisorDecl,
    "spec": decls.ForeignDecl,
    "dep": decls.DepDecl,
    "node": decls.NodeDecl,
    "distributed": decls.DistributedDecl,
    "sync": decls.SyncDecl,
    "nginx": decls.NginxDecl,
    "upstream": decls.UpstreamDecl,
    "cluster": decls.ClusterDecl,
    "move": upkeep.MoveDecl,
    "ownership": upkeep.OwnershipDecl,
}
_NULL = {"type": "null"}
_NAMED = ("app", "dep", "node", "distributed", "upstream")
"""Records that stand under a name of their own, which may be all that is written."""


def schema(kinds: Mapping[str, Kind], components: Mapping[str, Component]) -> dict[str, Any]:
    """Return the schema of an architecture with these kinds and components."""
    models = {**_RECORDS, **{kind_record(name): worker_model(kinds[name]) for name in kinds}}
    models |= {_options(name): options_model(components[name]) for name in components}
    names = {model.__name__: name for name, model in models.items()}
    read: list[type[Decl]] = [decls.ArchitectureDecl, *models.values()]
    inputs: list[tuple[type[Decl], Literal["validation"]]] = [(m, "validation") for m in read]
    _, made = models_json_schema(inputs, ref_template="{model}", schema_generator=_Generator)
    made = {name: _record(record) for name, record in made["$defs"].items()}
    root = made.pop(decls.ArchitectureDecl.__name__)
    records = {names[name]: made[name] for name in made if name in names}
    for name, kind in kinds.items():
        said = records[kind_record(name)]
        said["description"] = kind.summary
        _unless(said, restart=kind.restart, shutdown=defaults.spoken(defaults.shutdown(kind.type)))
    _unless(records["supervisor"], shutdown=defaults.shutdown("supervisor"))
    _ready_made(records["app"], components)
    for name in components:
        records[_options(name)]["description"] = f"What {name} is told"
    for name in _NAMED:
        records[name] = _named(records[name], models[name].shorthand)
    children = ["supervisor", *map(kind_record, sorted(kinds)), "spec"]
    bare = {**NAME, "description": "The name of a gen_server"}
    records["child"] = {"anyOf": [bare, *({"$ref": name} for name in children)]}
    types: dict[str, Any] = {}
    names |= {decls.ChildDecl.__name__: "child"}
    whole = _shared({**root, "definitions": records}, names, types)
    whole["definitions"] |= types
    return {"$schema": DIALECT, "title": "otpgen, format 1", **whole}


def schema_text(kinds: Mapping[str, Kind], components: Mapping[str, Component]) -> str:
    """Return the schema as text: sorted, so that it is the same each time."""
    said = schema(kinds, components)
    return json.dumps(said, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _ready_made(app: dict[str, Any], components: Mapping[str, Component]) -> None:
    """Say which components there are, and which options each of them has."""
    known, said = sorted(components), app["properties"]
    said["component"] = {**_without(said["component"], "anyOf"), "enum": [*known, None]}
    about = said["options"]["description"]
    said["options"] = {"type": ["object", "null"], "description": about}
    told = {"required": ["component"], "properties": {"component": {"enum": known}}}
    app["allOf"] = [{"if": {"required": ["options"]}, "then": told}]
    for name in known:
        options: dict[str, Any] = {"anyOf": [{"$ref": _options(name)}, _NULL]}
        then: dict[str, Any] = {"properties": {"options": options}}
        if any(option.required for option in components[name].options.values()):
            then = {"properties": {"options": options["anyOf"][0]}, "required": ["options"]}
        made = {"required": ["component"], "properties": {"component": {"enum": [name]}}}
        app["allOf"].append({"if": made, "then": then})


def _options(component: str) -> str:
    return f"options_{component}"


def kind_record(kind: str) -> str:
    """Return what the record of a kind is called in the schema's definitions."""
    return f"kind_{kind}"


class _Generator(GenerateJsonSchema):
    """Pydantic's own, but for made-up titles, records within others, and keys that are patterns."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def is_instance_schema(self, schema: Any) -> dict[str, Any]:
        """Return that of a record which is taken as it is."""
        return self.generate_inner(schema["cls"].__pydantic_core_schema__)

    def dict_schema(self, schema: Any) -> dict[str, Any]:
        keys = self.generate_inner(schema["keys_schema"])
        values = self.generate_inner(schema["values_schema"])
        said = {"type": "object", "additionalProperties": values}
        return said if keys == {"type": "string"} else {**said, "propertyNames": keys}


def _record(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record without pydantic's title, and without defaults and nothings that are none."""
    properties = record.get("properties", {})
    for said in properties.values():
        if said.get("default", "") is None:
            del said["default"]
        branches = said.get("anyOf", [])
        if len(branches) == 2 and branches[1] == _NULL and _holds_records(branches[0]):
            said |= branches[0]  # `children:` with nothing behind it is a slip, not an empty list
            del said["anyOf"]
    about = record.get("description", "").partition("\n")[0].removesuffix(".")
    return {**_without(record, "title"), "description": about.replace("``", "`")}


def _without(said: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key not in keys}


def _holds_records(shape: dict[str, Any]) -> bool:
    return any("$ref" in said for said in (shape, *shape.values()) if isinstance(said, dict))


def _unless(record: dict[str, Any], **said: object) -> None:
    for key, default in said.items():
        record["properties"][key]["default"] = default


def _named(record: dict[str, Any], shorthand: str | None) -> dict[str, Any]:
    """Return a record, or what may stand for it: nothing, or the value of one key."""
    branches = [record]
    if shorthand:
        value = dict(record["properties"][shorthand])
        if "anyOf" in value:
            value["anyOf"] = [branch for branch in value["anyOf"] if branch != _NULL]
        branches.append(value)
    if "required" not in record:
        branches.append(_NULL)
    return {"anyOf": branches} if len(branches) > 1 else record


def _shared(said: Any, names: Mapping[str, str], types: dict[str, Any]) -> Any:
    """Return a schema in which each type with a title stands once, among the definitions."""
    if isinstance(said, list):
        return [_shared(item, names, types) for item in said]
    if not isinstance(said, dict):
        return said
    if "$ref" in said:
        said = {**said, "$ref": _PLACE + names.get(said["$ref"], said["$ref"])}
        return _with_notes({"$ref": said["$ref"]}, _without(said, "$ref"))
    title = said.get("title")
    notes = {key: said[key] for key in ("description", "default") if key in said}
    rest = _without(said, *notes)
    if not isinstance(title, str):
        return {key: _shared(value, names, types) for key, value in said.items()}
    name = re.sub(r"\W+", "_", title.lower()).strip("_")
    types[name] = {key: _shared(value, names, types) for key, value in rest.items()}
    return _with_notes({"$ref": _PLACE + name}, notes)


def _with_notes(reference: dict[str, Any], notes: dict[str, Any]) -> dict[str, Any]:
    """Return a reference with what is said beside it: in draft-07 it must stand alone."""
    return {"allOf": [reference], **notes} if notes else reference
