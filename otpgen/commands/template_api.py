"""What templates are given, ``docs/template-api.md`` and ``templates/README.md``: from the code.

Names and types are read from the contexts of planned files and from the classes of the values
in them; what a variable means stands in ``plan.variables``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal, get_args, get_origin, get_type_hints

from otpgen.plan import PlannedFile
from otpgen.plan.variables import VERSION, meaning
from otpgen.templates import FILTERS

_SHARED = ("system", "runtime", "test_kit", "system_test")
_HIDDEN = ("decl", "decls", "what", "key_at")
"""Places in the architecture, for messages: no interface."""

_GROUPS = (
    "components/",
    "kinds/",
    "parts/",
    "umbrella/apps/system_name_runtime/",
    "umbrella/apps/system_name_test_kit/",
    "umbrella/apps/system_name_system_test/",
)
"""Folders whose templates are told by what they are given, and not one by one."""

_API = """\
# What templates are given

Version {version}. A template that a project overrides goes on working as long as this number \
stays: it goes up when a variable or an attribute is renamed, changes its meaning, or goes, and \
the changelog says what to write instead. New ones may come at any time.

This page is made from the code. [templates/README.md](../templates/README.md) says how to read \
the templates themselves.

Templates are Jinja's, between `<% %>` and `<%= %>`; comments stand between `<%# %>`. What is \
unknown is an error, never an empty text. Templates compute nothing: there are loops, conditions, \
`set`, macros and Jinja's own filters, and none of its functions. They may `include` and `import` \
other templates by their paths, and nothing else.

## Filters

A value of the user's goes through the filter of the place where it stands, so that it cannot \
become code; the filter adds the quotes.

{filters}

## Variables of every template

{shared}

## Variables of each template

{templates}

## Types

`{{name: X}}` has each X by its name: `system.apps.web`, `system.apps.values()`. Durations are \
milliseconds, `max_seconds` are seconds.

{types}"""

_README = """\
# Templates

What otpgen emits, as the files that it emits. The path says where:

- `umbrella/` is the project. `.jinja` goes, and so do the plain words `system_name`, `app_name`, \
`node_name` and `module_path`, which stand for names: \
`umbrella/apps/app_name/lib/app_name/application.ex.jinja` becomes \
`apps/web/lib/web/application.ex`. `module_path.supervisor.ex.jinja` and \
`module_path.dynamic_supervisor.ex.jinja` are two templates of `MODULE_PATH.ex`.
- `kinds/NAME/` is a kind of child. `kind.yaml` declares it, `module.ex.jinja` and \
`test.exs.jinja` are emitted for each child of the kind, and so is every further file: \
`router.ex.jinja` beside the module as `NAME_router.ex`.
- `components/NAME/` is a ready-made application. `component.yaml` says its options and its tree; \
every other file is emitted into the application, at its path, and takes the place of the file \
that would be emitted there for the component's own child.
- `parts/NAME/` is a part of the emitted runtime with its tests. `part.yaml` says which other \
parts it is built on; the runtime has those that something needs.
- `files/` is for whole files of a project's own, or of its pack: one below it lies in the \
project as it lies there.
- `starter/` asks the questions of `otpgen new` without an architecture; Copier renders it.
- `_macros/` is included by others, and `_new_kind/` is what `otpgen templates new-kind` copies.

Templates look like the code they emit: a loop stands on lines of its own, and nothing is \
computed. What they need is worked out in `otpgen/plan`. `<% %>` are statements, `<%= %>` are \
values, `<%# %>` are comments.

## To change one

    otpgen explain apps/web/lib/web/supervisor.ex           # which template it comes from
    otpgen templates eject apps/web/lib/web/supervisor.ex   # copies it to otpgen/templates
    otpgen diff                                             # after you have edited it
    otpgen templates list
    otpgen templates restore apps/web/lib/web/supervisor.ex

`otpgen/templates` in a project has the same folders as this one. `otpgen regenerate` uses what \
is there, and merges into it what changes here. A folder `kinds/NAME` of another name is a kind of \
the project's own; `otpgen templates new-kind NAME` writes one to start from. A \
[pack](../docs/packs.md) has these folders, too.

## What each is given

Every template has `system`, `runtime`, `test_kit` and `system_test`; what it has beside them is \
listed here. \
[docs/template-api.md](../docs/template-api.md) has the types.

| template | variables |
|---|---|
{rows}
"""


def template_api(files: Iterable[PlannedFile]) -> str:
    """Return the page about variables and types as Markdown.

    Args:
        files: what is planned for architectures that use every template.
    """
    api = _Api(files)
    return _API.format(
        version=VERSION,
        filters="\n".join(["| filter | what it returns |", "|---|---|", *_filters()]),
        shared=api.table(("umbrella/mix.exs",), _SHARED),
        templates="\n".join(api.templates()),
        types="\n".join(api.types()),
    )


def templates_readme(files: Iterable[PlannedFile]) -> str:
    """Return ``templates/README.md``; ``files`` as for :func:`template_api`."""
    rows = [
        f"| {_named(group)} | {', '.join(f'`{name}`' for name in names)} |"
        for group, names in _Api(files).groups.items()
    ]
    return _README.format(rows="\n".join(rows))


def _filters() -> Iterator[str]:
    for name, function in FILTERS.items():
        yield f"| `{name}` | {_cell(_sentence(function).removeprefix('Return '))} |"


class _Api:
    """What all planned files are given."""

    def __init__(self, files: Iterable[PlannedFile]) -> None:
        self.values: dict[str, dict[str, list[Any]]] = {}
        for file in files:
            if file.template is not None:
                given = self.values.setdefault(file.template, {})
                for name, value in file.context.items():
                    given.setdefault(name, []).append(value)

    @cached_property
    def groups(self) -> dict[tuple[str, ...], list[str]]:
        """Templates that are given the same, with what they are given."""
        found: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[str]] = {}
        for template, given in sorted(self.values.items()):
            folder = next((g for g in _GROUPS if template.startswith(g)), "")
            names = tuple(sorted(name for name in given if name not in _SHARED))
            meanings = tuple(meaning(template, name) for name in names)
            found.setdefault((folder, names, meanings), []).append(template)
        return {
            (_common(folder, templates, names),) if folder else tuple(templates): list(names)
            for (folder, names, _), templates in found.items()
        }

    def templates(self) -> Iterator[str]:
        """Yield a heading and a table for templates that have variables of their own."""
        for group, names in self.groups.items():
            if names:
                yield f"### {_named(group)}\n\n{self.table(group, names)}\n"

    def table(self, group: tuple[str, ...], names: Iterable[str]) -> str:
        """Return the variables that these templates have."""
        begins = tuple(template.partition("…")[0] for template in group)
        templates = [template for template in self.values if template.startswith(begins)]
        rows = ["| variable | type | what it is |", "|---|---|---|"]
        for name in names:
            values = [v for template in templates for v in self.values[template].get(name, ())]
            about = meaning(next(t for t in templates if name in self.values[t]), name)
            rows.append(f"| `{name}` | {_cell(_type(values))} | {_cell(about)} |")
        return "\n".join(rows)

    def types(self) -> Iterator[str]:
        """Yield a heading and a table for each class of values."""
        for name, kind in sorted(self._classes().items()):
            yield f"### {name}\n\n{_sentence(kind)}.\n"
            yield "| attribute | type | what it is |\n|---|---|---|"
            for attribute, type_, about in _declared(kind):
                yield f"| `{attribute}` | {_cell(_spelt(type_))} | {_cell(about)} |"
            yield ""

    def _classes(self) -> dict[str, type]:
        """Return the classes of all values, and of what these hold."""
        found: dict[str, type] = {}
        given = [v for given in self.values.values() for vs in given.values() for v in vs]
        open_: list[Any] = [type(value) for value in _flat(given)]
        while open_:
            kind = open_.pop()
            open_ += get_args(kind)
            if isinstance(kind, type) and _is_ours(kind) and found.get(kind.__name__) is not kind:
                found[kind.__name__] = kind
                open_ += [type_ for _, type_, _ in _declared(kind)]
        return found


def _flat(values: Iterable[Any]) -> Iterator[Any]:
    """Yield values, and those in lists and records."""
    for value in values:
        if isinstance(value, Mapping):
            yield from _flat(value.values())
        elif type(value) in (list, tuple):
            yield from _flat(value)
        else:
            yield value


def _common(folder: str, templates: Iterable[str], names: Iterable[str]) -> str:
    """Return what templates below a folder have in common."""
    ends = {template.removeprefix(folder).partition("/")[2] for template in templates}
    if len(ends) == 1:
        return f"{folder}…/{ends.pop()}"
    of_a_child = " of a child" if folder == "components/" and "worker" in names else ""
    return f"{folder}…{of_a_child}"


def _named(group: tuple[str, ...]) -> str:
    return ", ".join(f"`{template}`" for template in group)


def _is_ours(kind: object) -> bool:
    """Whether values of a class are for templates; what was read of the file is not."""
    module = getattr(kind, "__module__", "")
    return module.startswith("otpgen.") and not module.startswith(("otpgen.spec", "otpgen.source"))


def _type(values: Iterable[Any]) -> str:
    """Return in words what these values have in common; a record with what it holds."""
    kinds: dict[str, list[Any]] = {}
    for value in values:
        match value:
            case None:
                kinds.setdefault("None", [])
            case bool():
                kinds.setdefault("true or false", [])
            case int():
                kinds.setdefault("integer", [])
            case str():
                kinds.setdefault("text", [])
            case _ if _is_ours(type(value)):
                kinds.setdefault(_link(type(value)), [])
            case Mapping():
                kinds.setdefault("{}", []).append(value)
            case tuple() if len({type(item) for item in value}) > 1:
                kinds.setdefault("()", []).append(value)
            case _:
                kinds.setdefault("list", []).extend(value)
    if maps := kinds.pop("{}", None):
        keys = dict.fromkeys(key for record in maps for key in record)
        held = (f"{key}: {_type(r[key] for r in maps if key in r)}" for key in keys)
        kinds[f"{{{', '.join(held)}}}"] = []
    if tuples := kinds.pop("()", None):
        kinds[f"({', '.join(_type(items) for items in zip(*tuples, strict=True))})"] = []
    if (items := kinds.pop("list", None)) is not None:
        kinds[f"list of {_type(items)}" if items else "list"] = []
    return " or ".join(sorted(kinds, key=lambda kind: (kind == "None", kind)))


def _link(kind: type) -> str:
    return f"[{kind.__name__}](#{kind.__name__.lower()})"


def _declared(kind: type) -> Iterator[tuple[str, Any, str]]:
    """Yield the public attributes of a class: name, type, what it is."""
    told = dict(re.findall(r"^ {8}(\w+): (.+(?:\n {12}.+)*)", kind.__doc__ or "", re.MULTILINE))
    for name, type_ in get_type_hints(kind).items():
        if not name.startswith("_") and name not in _HIDDEN:
            about = " ".join(told.get(name, "").split()).rstrip(".")
            yield name, type_, _plain(about[:1].upper() + about[1:])
    for name, value in vars(kind).items():
        function = getattr(value, "fget", None) or getattr(value, "func", None)
        if not name.startswith("_") and name not in _HIDDEN and function is not None:
            yield name, get_type_hints(function)["return"], _sentence(function)


_WORDS = {str: "text", int: "integer", bool: "true or false", object: "any value"}


def _spelt(type_: Any) -> str:
    """Return a type as it is declared, in the same words."""
    inner = get_args(type_)
    if type_ is type(None):
        return "None"
    if isinstance(type_, type) and type_ in _WORDS:
        return _WORDS[type_]
    if _is_ours(type_) and isinstance(type_, type):
        return _link(type_)
    match get_origin(type_):
        case origin if origin is Literal:
            return ", ".join(f"`{word}`" for word in inner)
        case origin if origin is tuple and inner[-1:] == (...,):
            return f"list of {_spelt(inner[0])}"
        case origin if origin is tuple:
            return f"({', '.join(map(_spelt, inner))})"
        case origin if isinstance(origin, type) and issubclass(origin, Mapping):
            return f"{{name: {_spelt(inner[1])}}}"
        case _:
            return " or ".join(map(_spelt, inner))


def _sentence(documented: Any) -> str:
    return _plain((documented.__doc__ or "").strip().partition("\n")[0].rstrip("."))


def _plain(text: str) -> str:
    return text.replace("``", "`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
