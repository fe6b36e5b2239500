"""The reference of format 1, ``docs/architecture-file.md``: made from the schema and examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from otpgen.catalogue import Catalogue
from otpgen.kinds import Kind
from otpgen.spec.schema import kind_record, schema

_HEAD = """\
# The architecture file

One file, `otpgen.yaml`, says which applications an umbrella has, which processes each of them \
supervises, and on which nodes they run. It is YAML, and so may be JSON; its words are OTP's own. \
The smallest there is:

```yaml
otpgen: 1
name: shop
apps:
  stock: {children: [shelf]}
```

An unknown key, a key twice and a value of the wrong type are errors; `otpgen check` tells all of \
them with their places. `otpgen schema` prints the JSON Schema, and a project has it as \
`.otpgen/schema.json`, so that an editor with yaml-language-server completes and explains keys.

This page is made from what the reader itself goes by. Each example is a whole file.

## Values

Values are read by the type that is expected, whatever YAML makes of them: a process may be \
called `no`, and quotes are never needed but for YAML's own sake.

| type | what it may be |
|---|---|
| a name | lower-case letters, digits and single underscores, a letter first, at most 40 \
characters; no reserved word of Elixir |
| text | on one line or several, not blank |
| a duration | a number and `ms`, `s`, `m` or `h`: `500ms`, `5s`, `1h`; a bare number is \
milliseconds, in `max_seconds` seconds; at most 49 days |
| a requirement | as in `mix.exs`: `~> 1.14`, `>= 1.0.0 and < 2.0.0` |
| `true` or `false` | these two words; `yes` is refused |

A key for one value that need not be said, with nothing behind it as in `description:`, counts as \
not said.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: about a record, where there is one, with an example."""

    title: str
    record: str
    example: str
    text: str


SECTIONS = (
    Section(
        "The file",
        "",
        "file",
        "These keys stand at the top. One pays for what one says: without `nodes` the umbrella is "
        "a plain one, with nothing of a cluster in it.",
    ),
    Section(
        "Applications",
        "app",
        "apps",
        "Under `apps`, each by its name. What stands beside `children` is said of the "
        "application's root supervisor. `children: []` is an empty tree; an application without "
        "`children`, `child` and `strategy: simple_one_for_one` is a library without processes.",
    ),
    Section(
        "Supervisors",
        "supervisor",
        "supervisors",
        "`supervisor: NAME` among children. Under `simple_one_for_one` children are started at "
        "run time: there is a `child`, or none, and no `children`; the supervisor is a "
        "`DynamicSupervisor`. Erlang calls `max_restarts` intensity and `max_seconds` period.",
    ),
    Section(
        "Children",
        "child",
        "children",
        "A child is a bare name (a `gen_server`), a mapping with exactly one key that names a "
        "kind, [`supervisor: NAME`](#supervisors), or [`spec: ELIXIR`](#children-in-elixirs-words)."
        " Its other keys stand beside that one: those of every kind, and the options of its own, "
        "which are on [a page of their own](kinds.md).",
    ),
    Section(
        "Children in Elixir's words",
        "spec",
        "spec",
        "`spec: ELIXIR` among children, for what otpgen has no kind for. The code is taken as it "
        "stands: one expression, on one line.",
    ),
    Section(
        "Settings and secrets",
        "",
        "settings",
        "A `gen_server` is told its `settings` when it starts. What is secret is never written: "
        "`{env: VARIABLE}`, in upper case, is read from the environment of its node.",
    ),
    Section(
        "Packages",
        "dep",
        "deps",
        "Under `deps` of an application, each by its name; a bare requirement is its `version`.",
    ),
    Section(
        "Nodes",
        "node",
        "nodes",
        "Under `nodes`, each by its name; a bare number is its `port`. Name and host give "
        "`NAME@HOST`. Each node needs the ports that the children on it name. Its `role` is one of "
        "`roles`, which stand at the top: `roles: {NAME: [APPLICATION, …]}`.",
    ),
    Section(
        "Ready-made applications",
        "",
        "component",
        "`component` names one: its tree and its files are the application's, and drawings, rules "
        "and `otpgen whatif` see them. `options` are what it is told. `children`, `depends_on` and "
        "`calls` are added to its own, the children after its own; each other key prevails over "
        "what it says. `otpgen explain COMPONENT` tells what one is; docs/components.md has all.",
    ),
    Section(
        "Distributed applications",
        "distributed",
        "distributed",
        "Under `distributed`, each by the application's name: it runs on one node at a time, and "
        "moves when that node dies.",
    ),
    Section(
        "Waiting for nodes",
        "sync",
        "sync",
        "`sync` says which nodes a node waits for when it boots. Beside `distributed` it holds "
        "even where it is not said.",
    ),
    Section("nginx", "nginx", "nginx", "The load balancer; without `nginx` there is none."),
    Section(
        "Upstreams",
        "upstream",
        "nginx",
        "Under `upstreams` of `nginx`, each by a name; a bare name is its `port`.",
    ),
    Section(
        "Further clusters",
        "cluster",
        "clusters",
        "What stands at the top of the file is the cluster `dev`. A further one says what differs, "
        "under `clusters` by its name: a key that it says replaces that of `dev` as a whole.",
    ),
    Section(
        "Applications that may be stopped",
        "",
        "isolated",
        "`isolated` is a promise: each of these applications may be stopped, and all others go on. "
        "`otpgen check` proves it from `depends_on`, `calls` and `on_give_up`, and says what "
        "breaks it; a test of the project stops each of them for real.",
    ),
    Section(
        "Renames",
        "move",
        "moved",
        "Under `moved`, a list: what was called otherwise before. `otpgen regenerate` carries it "
        "out with what you wrote; the lines may stay for good.",
    ),
    Section(
        "Whose a file is",
        "ownership",
        "ownership",
        "What otpgen writes is managed: `otpgen regenerate` merges what changed with your edits. "
        "`ownership` makes exceptions, by globs as in `.gitignore`.",
    ),
    Section(
        "Silencing a warning",
        "",
        "allow",
        "`allow: {CODE: reason}` stands on an application, a child, a node, or whatever else has "
        "the key, and holds for it and all below. Errors cannot be silenced; an `allow` that "
        "silences nothing is itself a warning. `otpgen explain CODE` tells what a code means.",
    ),
)
_LINKS = {section.record: section for section in SECTIONS if section.record}


def reference_page(catalogue: Catalogue, examples: Mapping[str, str]) -> str:
    """Return the page as Markdown; ``examples`` are the texts of whole files by their names."""
    whole = schema(catalogue.kinds, catalogue.components)
    return "\n".join([_HEAD, *_sections(whole, catalogue.kinds, examples)])


def _sections(
    whole: dict[str, Any], kinds: Mapping[str, Kind], examples: Mapping[str, str]
) -> Iterator[str]:
    shown: set[str] = set()
    for section in SECTIONS:
        yield f"## {section.title}\n\n{section.text}\n"
        if record := record_of(whole, kinds, section):
            yield _table(record, whole["definitions"])
        if section.example not in shown:
            yield f"```yaml\n{examples[section.example]}```\n"
        shown.add(section.example)


def record_of(
    whole: dict[str, Any], kinds: Mapping[str, Kind], section: Section
) -> dict[str, Any] | None:
    """Return what the schema says of a section's record, if it has one."""
    if section.example == "file":
        return whole
    if section.record == "child":
        return _common(whole, kinds)
    if not section.record:
        return None
    found: dict[str, Any] = whole["definitions"][section.record]
    return found["anyOf"][0] if "anyOf" in found else found


def _common(whole: dict[str, Any], kinds: Mapping[str, Kind]) -> dict[str, Any]:
    """Return what children of every kind may say; where kinds differ there is no default."""
    records = [whole["definitions"][kind_record(name)]["properties"] for name in kinds]
    keys = [key for key in records[0] if all(key in record for record in records)]
    common = {key: dict(records[0][key]) for key in keys}
    for key, said in common.items():
        if any(record[key].get("default") != said.get("default") for record in records):
            said["default"] = _BY_KIND[key]
    return {"properties": common}


_BY_KIND = {"restart": "the kind's own", "shutdown": "`5s`; `infinity` where the kind supervises"}


def _table(record: dict[str, Any], definitions: dict[str, Any]) -> str:
    required = record.get("required", ())
    said = record["properties"]
    order = [*required, *(key for key in said if key not in (*required, "allow")), "allow"]
    rows = [
        f"| `{key}` | {type_of(said[key], definitions)} | "
        f"{'must be said' if key in required else default_of(key, said[key])} | "
        f"{said[key]['description']} |"
        for key in order
        if key in said
    ]
    return "\n".join(["| key | type | unless said | what it is |", "|---|---|---|---|", *rows, ""])


def default_of(key: str, said: dict[str, Any]) -> str:
    """Return what holds unless a key is said, in words."""
    default = said.get("default")
    if key == "shutdown" and default is None:
        return "`5s`; a supervisor's `infinity`"
    if default is None or default == []:
        return "none"
    if default == _BY_KIND.get(key):
        return str(default)
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def type_of(said: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Return a type of the schema in words."""
    if "allOf" in said:
        return type_of(said["allOf"][0], definitions)
    if "$ref" in said:
        name = said["$ref"].rpartition("/")[2]
        if section := _LINKS.get(name):
            anchor = section.title.lower().replace(" ", "-").replace("'", "")
            return f"[{_RECORDS[name]}](#{anchor})"
        return str(definitions[name]["title"])
    if "enum" in said:
        return ", ".join(f"`{word}`" for word in said["enum"] if word not in ("1", None))
    branches = said.get("anyOf") or said.get("oneOf")
    if branches:
        return " or ".join(type_of(b, definitions) for b in branches if b != {"type": "null"})
    if said["type"] == "string":
        return str(said["title"])
    if "object" in said["type"] and "additionalProperties" not in said:
        return "a mapping"
    if said["type"] == "array":
        return f"a list, each {type_of(said['items'], definitions)}"
    keys = type_of(said["propertyNames"], definitions)
    return f"a mapping, {keys} to {type_of(said['additionalProperties'], definitions)}"


_RECORDS = {
    "app": "an application",
    "supervisor": "a supervisor",
    "child": "a child",
    "spec": "a child in Elixir's words",
    "dep": "a package",
    "node": "a node",
    "distributed": "where it may run",
    "sync": "what to wait for",
    "nginx": "the load balancer",
    "upstream": "an upstream",
    "cluster": "a cluster",
    "move": "a rename",
    "ownership": "the exceptions",
}
