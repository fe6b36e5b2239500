"""What kinds and components there are, from their declarations: a page each, and those of all."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping

import yaml

from otpgen.catalogue import Catalogue
from otpgen.kinds import Kind, Option
from otpgen.source import Mapping, Node, Scalar, Sequence
from otpgen.spec import Component
from otpgen.spec.defaults import spoken

_HEAD = """\
# Kinds of children

A child is a bare word (a `gen_server`), a mapping with exactly one key that names a kind, \
`supervisor: NAME`, or `spec: ELIXIR`. Its options stand beside that key:

```yaml
children:
  - store                                      # {gen_server: store}
  - {periodic: flush, every: 500ms}
  - {gen_server: fetch, restart: transient, shutdown: 10s}
```

Every child may say `description`, `restart` (`permanent`, `transient`, `temporary`), \
`shutdown` (a duration, `infinity`, `brutal_kill`; 5 s unless said, supervisors `infinity`) and \
`significant`. A worker may say `count: N`: N children of one module, told apart by their number.

A kind is a folder under `templates/kinds`; this page is made from the `kind.yaml` in each. \
A project may have [kinds of its own](templates.md).
"""
_HEAD_OF_COMPONENTS = """\
# Ready-made applications

An application that says `component: NAME` has the tree and the files of that component:

```yaml
apps:
  gauges:
    component: watch
    options: {every: 30s}
    children: [alarm]     # started after its own
```

Its children are drawn, checked and played by `otpgen whatif` like any others, and what it emits \
is yours to edit and to override, as is every file. `children`, `depends_on` and `calls` are added \
to its own; each other key of an application prevails over what the component says.

A component is a folder under `templates/components`, or `otpgen/templates/components` of a \
project: `component.yaml` declares its options and its tree, in which `{option: NAME}` stands for \
the value of an option; the files beside it lie where they are emitted, \
`lib/app_name/probe.ex.jinja` as `lib/NAME/probe.ex`. One at the path of a file that is emitted \
anyway, such as the module of a worker, replaces it. It is given the same variables, and `app`, \
which has the `options`. With `needs: {components: [core]}` its application depends on one made of \
the component `core`, which is `built_on.core`. This page is made from the `component.yaml` in each.
"""


def kinds_page(catalogue: Catalogue) -> str:
    """Return the page about all kinds as Markdown."""
    return _HEAD + "".join(f"\n{line}\n" for kind in _sorted(catalogue) for line in _kind(kind, 2))


def kind_page(kind: Kind) -> str:
    """Return the page about one kind as Markdown."""
    return "\n".join(f"{line}\n" for line in _kind(kind, 1))


def components_page(catalogue: Catalogue) -> str:
    """Return the page about all components as Markdown."""
    found = [catalogue.components[name] for name in sorted(catalogue.components)]
    return _HEAD_OF_COMPONENTS + "".join(f"\n{line}\n" for c in found for line in _component(c, 2))


def component_page(component: Component) -> str:
    """Return the page about one component as Markdown."""
    return "\n".join(f"{line}\n" for line in _component(component, 1))


def _component(component: Component, level: int) -> Iterator[str]:
    yield f"{'#' * level} {component.name}"
    yield f"{component.summary}."
    for name in component.components:
        yield f"It depends on an application that is made of the component `{name}`."
    if component.options:
        yield _table(component.options)
    if component.packages:
        yield _packages(component.packages)
    said = yaml.safe_dump(_values(component.app), sort_keys=False, allow_unicode=True)
    yield f"What it brings along, as an architecture would say it:\n\n```yaml\n{said}```"


def _values(node: Node) -> object:
    match node:
        case Mapping():
            return {key: _values(entry.value) for key, entry in node.entries.items()}
        case Sequence():
            return [_values(item) for item in node.items]
        case Scalar():
            return yaml.safe_load(node.text) if node.plain else node.text


def _sorted(catalogue: Catalogue) -> list[Kind]:
    return sorted(catalogue.kinds.values(), key=lambda kind: kind.name)


def _kind(kind: Kind, level: int) -> Iterator[str]:
    yield f"{'#' * level} {kind.name}"
    yield f"{kind.summary}. `{kind.behaviour}`, a {kind.type}, {kind.restart} unless said."
    if kind.options:
        yield _table(kind.options)
    if kind.packages:
        yield _packages(kind.packages)


def _packages(packages: AbstractMapping[str, str]) -> str:
    needed = (f"`{name}` {version}" for name, version in packages.items())
    return f"It needs of Hex: {', '.join(needed)}."


def _table(options: AbstractMapping[str, Option]) -> str:
    rows = "\n".join(_row(option) for option in options.values())
    return f"| option | value | unless said | what it is |\n|---|---|---|---|\n{rows}"


def _row(option: Option) -> str:
    types = " or ".join(_type(option, name) for name in option.types)
    default = "must be said" if option.required else _default(option)
    return f"| `{option.name}` | {_cell(types)} | {_cell(default)} | {_cell(option.doc)} |"


def _cell(text: str) -> str:
    """Return a text as it stands in a table, on one line."""
    return " ".join(text.split()).replace("|", "\\|")


def _type(option: Option, name: str) -> str:
    match name:
        case "choice":
            return ", ".join(f"`{choice}`" for choice in option.choices)
        case "map":
            return f"a map, each value a {option.of}"
        case "port":
            return "the name of a port"
        case "registry":
            return "a registry of the application"
        case "secret":
            return "`{env: VARIABLE}`"
        case "boolean":
            return "`true` or `false`"
        case "integer" if option.min is not None and option.max is not None:
            return f"{option.min} to {option.max}"
        case "integer" | "duration":
            return f"{'an' if name == 'integer' else 'a'} {name}{_bounds(option, name)}"
        case _:
            return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _bounds(option: Option, name: str) -> str:
    """Return what is too little and too much; that a duration is no time at all goes unsaid."""
    tell = spoken if name == "duration" else str
    least = option.min if name == "integer" or (option.min or 0) > 1 else None
    said = [] if least is None else [f"from {tell(least)}"]
    said += [] if option.max is None else [f"up to {tell(option.max)}"]
    return "".join(f" {bound}" for bound in said)


def _default(option: Option) -> str:
    if option.default in (None, {}):
        return ""
    if isinstance(option.default, bool):
        return f"`{str(option.default).lower()}`"
    if isinstance(option.default, int) and "duration" in option.types:
        return f"`{spoken(option.default)}`"
    if isinstance(option.default, dict):
        said = ", ".join(f"{key}: {value}" for key, value in option.default.items())
        return f"`{{{said}}}`"
    return f"`{option.default}`"
