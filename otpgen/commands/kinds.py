"""``docs/kinds.md``: what kinds of children there are, from their declarations."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.catalogue import Catalogue
from otpgen.kinds import Kind, Option

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

A kind is a folder under `templates/kinds`; this page is made from the `kind.yaml` in each.
"""


def kinds_page(catalogue: Catalogue) -> str:
    """Return the page about all kinds as Markdown."""
    return _HEAD + "".join(f"\n{line}\n" for kind in _sorted(catalogue) for line in _kind(kind))


def _sorted(catalogue: Catalogue) -> list[Kind]:
    return sorted(catalogue.kinds.values(), key=lambda kind: kind.name)


def _kind(kind: Kind) -> Iterator[str]:
    yield f"## {kind.name}"
    yield f"{kind.summary}. `{kind.behaviour}`, a {kind.type}, {kind.restart} unless said."
    if kind.options:
        rows = "\n".join(_row(option) for option in kind.options.values())
        yield f"| option | value | unless said | what it is |\n|---|---|---|---|\n{rows}"


def _row(option: Option) -> str:
    types = " or ".join(_type(option, name) for name in option.types)
    default = "must be said" if option.required else _default(option)
    return f"| `{option.name}` | {types} | {default} | {option.doc} |"


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
        case "boolean":
            return "`true` or `false`"
        case "integer" if option.min is not None and option.max is not None:
            return f"{option.min} to {option.max}"
        case _:
            return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def _default(option: Option) -> str:
    if option.default in (None, {}):
        return ""
    shown = str(option.default).lower() if isinstance(option.default, bool) else option.default
    return f"`{shown}`"
