"""The records of what kinds and components declare: a child of a kind, options of a component."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import GenericAlias
from typing import Annotated, Any, Literal, Union

from pydantic import (
    Field,
    PlainValidator,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
    create_model,
)
from pydantic_core import PydanticCustomError

from otpgen.kinds import Env, Kind, Option
from otpgen.source import Boolean, Name, PortName, Taken, Text, Whole, duration, matching
from otpgen.source.shapes import TEXT, Shape
from otpgen.spec.components import Component
from otpgen.spec.decls import ChildDecl, OptionsDecl, WorkerDecl

_VARIABLE = re.compile("[A-Z][A-Z0-9_]{0,99}")


_TAKEN = frozenset(["HOME", "PATH", "PORT", "MIX_ENV", "MIX_HOME", "HEX_HOME", "EXTRA_ERL"])
"""Variables which mix, the shell or ``start-dist.sh`` read."""


def _or_env(value: object, text: ValidatorFunctionWrapHandler) -> object:
    return _env(value, "text or {env: VARIABLE}") if isinstance(value, dict) else text(value)


def _env(value: object, what: str = "{env: VARIABLE}") -> Env:
    hint = "a variable is written in upper case: {env: IRC_PASSWORD}"
    if isinstance(value, dict) and list(value) == ["env"]:
        name = value["env"]
        if isinstance(name, str) and _VARIABLE.fullmatch(name):
            if name not in _TAKEN and not name.endswith("_PORT"):
                return Env(name)
            hint = f"{name} means something else to a node already"
    elif not isinstance(value, dict):
        hint = "what is secret stands in the environment and nowhere else: {env: IRC_PASSWORD}"
    raise PydanticCustomError("expected", "{what}", {"what": what, "hint": hint})


def _optional_env(value: object) -> Env:
    return _env(value)._replace(optional=True)


SECRET = {
    "title": "`{env: VARIABLE}`",
    "type": "object",
    "properties": {
        "env": {
            "title": "a variable in upper case",
            "description": "The variable of the environment of its node that has the secret",
            "type": "string",
            "pattern": f"^{_VARIABLE.pattern}$",
            "not": {"anyOf": [{"enum": sorted(_TAKEN)}, {"pattern": "_PORT$"}]},
        }
    },
    "required": ["env"],
    "additionalProperties": False,
}
"""The schema of what says where a secret stands."""


def _secretive(text: Any, shape: Shape) -> Any:
    """Return the type of a text, or of the variable of the environment in which it stands."""
    return Annotated[text, WrapValidator(_or_env), WithJsonSchema({"anyOf": [shape, SECRET]})]


Secretive = _secretive(Text, TEXT)
"""Text, or the name of the variable of the environment in which it stands."""
Secret = Annotated[Env, PlainValidator(_optional_env), WithJsonSchema(SECRET)]
"""The name of the variable of the environment in which a text stands, and no text."""


def worker_model(kind: Kind) -> type[WorkerDecl]:
    """Return the record of a child of this kind: the common keys and the kind's options."""
    fields: dict[str, Any] = {
        "name": (Name, Field(alias=kind.name, description="What it is called"))
    }
    fields |= _fields(kind.options)
    model = create_model(f"{kind.name}_decl", __base__=WorkerDecl, **fields)
    model.kind = kind.name
    return model


def options_model(component: Component) -> type[OptionsDecl]:
    """Return the record of what a component is told."""
    fields = _fields(component.options)
    return create_model(f"{component.name}_options", __base__=OptionsDecl, **fields)


def _fields(options: Mapping[str, Option]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for option in options.values():
        type_ = _option_type(option)
        said: Any = Field(alias=option.name, description=option.doc)
        if not option.required:
            type_, said = type_ | None, Field(None, alias=option.name, description=option.doc)
        fields[f"option_{option.name}"] = (type_, said)
    return fields


def _option_type(option: Option) -> Any:
    found = [_type(option, name) for name in option.types]
    return found[0] if len(found) == 1 else Union.__getitem__(tuple(found))


def _type(option: Option, name: str | None) -> Any:
    match name:
        case "integer":
            return Annotated[int, Whole(option.min, option.max)]
        case "duration":
            return duration(option.min, option.max)
        case "boolean":
            return Boolean
        case "choice":
            return Literal.__getitem__(option.choices)
        case "port":
            return PortName
        case "secret":
            return Secret
        case "process":
            return Text
        case "registry":
            return Name
        case "child":
            return Taken[ChildDecl]
        case "map":
            keys = Name if option.keys == "name" else str
            return GenericAlias(dict, (keys, _type(option, option.of)))
        case "text" if option.pattern:
            text = matching(option.pattern, option.doc)
            return _secretive(Annotated[str, text], text.shape)
        case _:
            return Secretive
