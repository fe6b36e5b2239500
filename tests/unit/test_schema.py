"""The JSON Schema of format 1, held against the reader: both accept the same files."""

import json
import re
from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import ValidationError

from otpgen import resources
from otpgen.catalogue import read_catalogue
from otpgen.commands.examples import example_file, example_names
from otpgen.errors import Location, OtpgenError
from otpgen.source import Document, Entry, Mapping, Scalar, Sequence, parse, read, shapes
from otpgen.spec import ArchitectureDecl, ForeignDecl, read_spec
from otpgen.spec.schema import schema
from otpgen.spec.workers import worker_model
from tests.conftest import how_many

ROOT = Path(__file__).parents[2]
CATALOGUE = read_catalogue(resources.folder("templates"))
KINDS, COMPONENTS = CATALOGUE.kinds, CATALOGUE.components
SCHEMA = schema(KINDS, COMPONENTS)
CASES = how_many(500)
# What is the reader's business alone: keys that stand there twice are none in JSON.
READERS = {"OG005", "OG006", "OG007", "OG009", "OG010", "OG101", "OG104", "OG141"}


MODELS = {name: worker_model(kind) for name, kind in KINDS.items()}


@pytest.fixture(scope="module", autouse=True)
def models_made_once():
    """They are half of the time that a small file takes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("otpgen.spec.read.worker_model", lambda kind: MODELS[kind.name])
        yield


# What an editor sees


def pattern(validator, expected, value, _):
    """Hold a text against a pattern as ECMA 262 has it: $ is the end, never the line's."""
    anchored = re.sub(r"\$$", r"\\Z", expected)
    if validator.is_type(value, "string") and not re.search(anchored, value):
        yield jsonschema.ValidationError(f"{value!r} does not match {expected!r}")


VALIDATOR = jsonschema.validators.extend(Draft7Validator, {"pattern": pattern})(SCHEMA)

# Source: YAML 1.2.2, 10.3.2 Tag Resolution.
WORDS = {w: v for v in (True, False) for w in (str(v), str(v).lower(), str(v).upper())}
INTEGER = re.compile(r"[-+]?[0-9]+\Z")
OCTAL, HEX = re.compile(r"0o[0-7]+\Z"), re.compile(r"0x[0-9a-fA-F]+\Z")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)\Z|\.(nan|NaN|NAN)\Z")


def json_of(node):
    """What the core schema of YAML 1.2 makes of a tree, as editors do."""
    match node:
        case Mapping():
            return {key: json_of(entry.value) for key, entry in node.entries.items()}
        case Sequence():
            return [json_of(item) for item in node.items]
        case Scalar(text=text) if node.plain:
            if node.is_null:
                return None
            if text in WORDS:
                return WORDS[text]
            if INTEGER.match(text):
                return int(text)
            if OCTAL.match(text) or HEX.match(text):
                return int(text, 0)
            if FLOAT.match(text) or NO_NUMBER.match(text):
                return float(re.sub(r"\.(?=inf|nan)", "", text.lower()))
    return node.text


# What no JSON Schema can say, and the reasons


def scalars(node):
    match node:
        case Scalar():
            yield node
        case Sequence():
            for item in node.items:
                yield from scalars(item)
        case Mapping():
            for entry in node.entries.values():
                yield from scalars(entry.value)


def expressions(node):
    if isinstance(node, Mapping):
        if isinstance(spec := node.get("spec"), Scalar):
            yield spec.text
        for entry in node.entries.values():
            yield from expressions(entry.value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from expressions(item)


def spelled_otherwise(root):
    """The reader holds to what is written; JSON has 1.0 for 1, 16 for 0x10, true for True."""
    plain = re.compile("-?[0-9]+|true|false")
    return any(
        scalar.plain
        and not isinstance(json_of(scalar), str | None)
        and (not plain.fullmatch(scalar.text) or re.match("-0+$", scalar.text))
        for scalar in scalars(root)
    )


def an_expression_of_the_wrong_outline(root):
    """Whether brackets match, and which commas stand within them, is no regular language."""
    for text in expressions(root):
        with suppress(ValidationError):
            ForeignDecl(id="a", spec=text)
            continue
        if re.search(r"[][(){},#]", text):
            return True
    return False


BEYOND = [spelled_otherwise, an_expression_of_the_wrong_outline]


# Both verdicts


def of_reader(root):
    """Whether the reader's stage accepts a tree, and what it says."""
    try:
        read_spec(Document("", root, ()), KINDS, COMPONENTS)
    except OtpgenError as error:
        found = [problem for problem in error.problems if problem.code in READERS]
        return not found, [f"{problem.code} {problem.message}" for problem in found]
    return True, []


def of_schema(root):
    """Whether the schema accepts it, and why not."""
    first = next(VALIDATOR.iter_errors(json_of(root)), None)
    return first is None, first and first.message


def assert_same_verdict(root):
    reader, schemas = of_reader(root), of_schema(root)
    if reader[0] != schemas[0] and not any(beyond(root) for beyond in BEYOND):
        pytest.fail(f"reader: {reader}\nschema: {schemas}\n{json.dumps(json_of(root), indent=1)}")


def files():
    found = [*ROOT.glob("examples/*/otpgen.yaml"), *ROOT.glob("tests/emitted/cases/*/otpgen.yaml")]
    found += ROOT.glob("tests/problems/*/otpgen.yaml")
    return sorted(found)


def root_of(file):
    try:
        return read(file, "otpgen.yaml").root
    except OtpgenError:
        return None


READABLE = {file: root for file in files() if (root := root_of(file)) is not None}


@pytest.mark.parametrize("file", READABLE, ids=lambda f: f.parent.name)
def test_the_schema_accepts_what_the_reader_accepts(file):
    assert_same_verdict(READABLE[file])


def test_only_these_files_are_beyond_a_schema():
    differ = {
        file.parent.name
        for file, root in READABLE.items()
        if of_reader(root)[0] != of_schema(root)[0]
    }

    assert differ == {"og010_format_1_0"}


@pytest.mark.parametrize(
    ("place", "beyond"),
    [
        ("otpgen: 1.0", spelled_otherwise),
        ("apps: {core: {max_restarts: 0x10}}", spelled_otherwise),
        ("apps: {core: {children: [{gen_server: a, significant: True}]}}", spelled_otherwise),
        ("apps: {core: {children: [{gen_server: a, settings: {b: {env: ON}}}]}}", None),
        ("apps: {core: {children: [{gen_server: a, settings: {b: {env: TRUE}}}]}}", BEYOND[0]),
        ('apps: {core: {children: [{id: a, spec: "{A, [1}"}]}}', BEYOND[1]),
        ('apps: {core: {children: [{id: a, spec: "A, B"}]}}', BEYOND[1]),
        ('apps: {core: {children: [{id: a, spec: "A # B"}]}}', BEYOND[1]),
    ],
)
def test_what_is_beyond_a_schema_is_judged_differently(place, beyond):
    root = parse(around(place), "otpgen.yaml").root

    assert (of_reader(root)[0] != of_schema(root)[0]) == (beyond is not None)
    assert [reason for reason in BEYOND if reason(root)] == ([beyond] if beyond else [])


def test_there_are_files_of_both_verdicts():
    verdicts = [of_reader(root)[0] for root in READABLE.values()]

    assert min(verdicts.count(True), verdicts.count(False)) > 40


# Each value by itself

VALUES = [
    *("", " ", "a", "a_b", "a__b", "A", "_a", "a-b", "end", "null", "x" * 40, "x" * 41, "é", "a\n"),
    *("true", "false", "yes", "True", "nan", "0", "1", "-1", "3", "007", "4001", "65535", "65536"),
    *("1000000", "1000001", "10000", "10001", "1024", "1025", "1000000000", "1000000001"),
    *("0s", "0ms", "1ms", "999ms", "1000ms", "1500ms", "5s", "05s", "5 s", "5S", "1h", "1193h"),
    *("1194h", "71582m", "71583m", "4294967s", "4294968s", "4294967295", "4294967296", "s"),
    *("4294967000ms", "4294968000ms", "4294967295ms", "4294967296ms", "4294967", "4294968"),
    *("infinity", "brutal_kill", "others", "schedulers", "unique", "permanent", "one_for_one"),
    *("1.14", "~> 1.14", "~>1.14", "~> 1.14.0-rc.1", ">= 1.14", ">= 1.14.0 and < 2.0.0", "1.2.3"),
    *("127.0.0.1", "a b", "tab\t", "bell\x07", "line\nline", "\x85", "OG117", "OG17", "worker"),
]
PLACES = """\
otpgen: HERE
name: HERE
elixir: HERE
description: HERE
apps: {core: HERE}
apps: {core: {description: HERE}}
apps: {core: {strategy: HERE}}
apps: {core: {max_restarts: HERE}}
apps: {core: {max_seconds: HERE}}
apps: {core: {auto_shutdown: HERE}}
apps: {core: {max_children: HERE}}
apps: {core: {component: HERE}}
apps: {core: {options: HERE}}
apps: {core: {component: HERE, options: {every: 5s}}}
apps: {core: {component: watch, options: HERE}}
apps: {core: {component: watch, options: {every: HERE}}}
apps: {core: {component: watch, options: {max_memory: HERE}}}
apps: {core: {component: watch, children: HERE}}
apps: {core: {depends_on: HERE}}
apps: {core: {depends_on: [HERE]}}
apps: {core: {deps: {a: HERE}}}
apps: {core: {deps: {a: {only: HERE, runtime: true}}}}
apps: {core: {deps: {a: {override: HERE}}}}
apps: {core: {children: HERE}}
apps: {core: {children: [HERE]}}
apps: {core: {child: HERE}}
apps: {core: {allow: {OG117: HERE}}}
apps: {core: {children: [{supervisor: HERE}]}}
apps: {core: {children: [{gen_server: a, restart: HERE}]}}
apps: {core: {children: [{gen_server: a, shutdown: HERE}]}}
apps: {core: {children: [{gen_server: a, count: HERE}]}}
apps: {core: {children: [{gen_server: a, significant: HERE}]}}
apps: {core: {children: [{gen_server: a, settings: HERE}]}}
apps: {core: {children: [{gen_server: a, settings: {a: HERE}}]}}
apps: {core: {children: [{gen_server: a, settings: {a: {env: HERE}}}]}}
apps: {core: {children: [{gen_server: a, via: HERE}]}}
apps: {core: {children: [{periodic: a, every: HERE}]}}
apps: {core: {children: [{http_server: a, port: HERE}]}}
apps: {core: {children: [{http_server: a, asks: {/a: HERE}}]}}
apps: {core: {children: [{partition_supervisor: a, child: HERE}]}}
apps: {core: {children: [{partition_supervisor: a, child: b, partitions: HERE}]}}
apps: {core: {children: [{registry: a, keys: HERE}]}}
apps: {core: {children: [{task_supervisor: a, max_children: HERE}]}}
apps: {core: {children: [{spec: HERE, id: a}]}}
apps: {core: {children: [{spec: a, id: HERE}]}}
apps: {core: {children: [{spec: a, id: a, type: HERE}]}}
roles: HERE
roles: {a: HERE}
nodes: HERE
nodes: {a: HERE}
nodes: {a: {host: HERE}}
nodes: {a: {port: HERE}}
nodes: {a: {ports: HERE}}
nodes: {a: {ports: {http: HERE}}}
nodes: {a: {role: HERE}}
distributed: {a: HERE}
distributed: {a: {timeout: HERE}}
distributed: {a: {nodes: [HERE]}}
distributed: {a: {nodes: [[HERE, b]]}}
distributed: {a: {nodes: [[HERE]]}}
sync: HERE
sync: {optional: HERE}
sync: {optional: [HERE]}
sync: {mandatory: HERE}
sync: {timeout: HERE}
nginx: HERE
nginx: {listen: HERE}
nginx: {upstreams: {a: HERE}}
nginx: {upstreams: {a: {port: HERE}}}
nginx: {upstreams: {a: {port: http, listen: HERE}}}
clusters: {a: HERE}
""".splitlines()
SOUND = {"otpgen": "otpgen: 1", "name": "name: shop", "apps": "apps: {core: }"}


def around(place):
    """A whole file with one line replaced, or added."""
    return "\n".join({**SOUND, place.partition(":")[0]: place}.values())


def put(node, value):
    """A tree with a value where it says HERE."""
    match node:
        case Scalar(text="HERE"):
            return value
        case Mapping():
            entries = {k: Entry(e.key, put(e.value, value)) for k, e in node.entries.items()}
            return Mapping(node.location, entries)
        case Sequence():
            return Sequence(node.location, [put(item, value) for item in node.items])
    return node


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_each_value_of_each_key_is_judged_alike(place):
    at = Location("otpgen.yaml", 1, 1)
    values = [Scalar(at, text, plain) for text in VALUES for plain in (True, False)]
    values += [Scalar(at, "~", True), Mapping(at), Sequence(at)]
    values += [Sequence(at, [Scalar(at, "a", True)]), Sequence(at, [Scalar(at, "~", True)])]
    template = parse(around(place), "otpgen.yaml").root

    for value in values:
        assert_same_verdict(put(template, value))


@pytest.mark.parametrize(
    ("least", "most"), [(0, 0), (0, 7), (1, 65_535), (95, 1_193), (99, 1_000), (12, None)]
)
def test_digits_in_quotes_are_held_to_the_bounds(least, most):
    numbers = range((most or 300) + 20)
    within = {n for n in numbers if n >= least and (most is None or n <= most)}

    assert {n for n in numbers if re.fullmatch(shapes.numerals(least, most), str(n))} == within


# Mistakes of every kind

EXAMPLES = [read(example_file(name), name).root for name in example_names()]
EXAMPLES += [root_of(f) for f in files() if "emitted" in f.parts]
KEYS = sorted(
    {word for record in SCHEMA["definitions"].values() for word in record.get("properties", ())}
    | set(ArchitectureDecl.model_fields)
    | {"tls", "on_give_up", "worker", "end", "Core"}
)
PLAIN = st.sampled_from([*VALUES, *KEYS])


def places(node, found):
    """Every mapping and list with each of its keys and places."""
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            found.append((node, key))
            places(entry.value, found)
    elif isinstance(node, Sequence):
        for place, item in enumerate(node.items):
            found.append((node, place))
            places(item, found)
    return found


def copied(node):
    match node:
        case Mapping():
            entries = {k: Entry(e.key, copied(e.value)) for k, e in node.entries.items()}
            return Mapping(node.location, entries)
        case Sequence():
            return Sequence(node.location, [copied(item) for item in node.items])
    return node


def mutate(draw, root):
    every = places(root, [])
    if not every:
        return
    node, key = draw(st.sampled_from(every))
    at = node.location
    value = draw(
        st.builds(Scalar, st.just(at), PLAIN, st.booleans())
        | st.sampled_from([Mapping(at), Sequence(at), Scalar(at, "~", True)])
        | st.sampled_from(every).map(lambda place: value_of(*place))
    )
    if isinstance(node, Sequence):
        match draw(st.sampled_from(["replace", "drop"])):
            case "replace":
                node.items[key] = copied(value)
            case _:
                del node.items[key]
        return
    match draw(st.sampled_from(["replace", "drop", "rename", "add"])):
        case "replace":
            node.entries[key] = Entry(node.entries[key].key, copied(value))
        case "drop":
            del node.entries[key]
        case "rename":
            new = draw(PLAIN)
            node.entries[new] = Entry(Scalar(at, new, True), node.entries.pop(key).value)
        case _:
            new = draw(PLAIN)
            node.entries[new] = Entry(Scalar(at, new, True), copied(value))


def value_of(node, key):
    return node.items[key] if isinstance(node, Sequence) else node.entries[key].value


@settings(max_examples=CASES, deadline=None)
@given(st.data())
def test_whatever_is_changed_both_verdicts_are_the_same(data):
    root = copied(data.draw(st.sampled_from(EXAMPLES)))
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(data.draw, root)

    assert_same_verdict(root)


# The schema itself


def test_the_schema_is_one():
    Draft7Validator.check_schema(SCHEMA)

    assert SCHEMA["$schema"] == Draft7Validator.META_SCHEMA["$schema"]


def records():
    """Every record of the schema with its properties."""
    yield "the file", SCHEMA
    for name, definition in SCHEMA["definitions"].items():
        for record in definition.get("anyOf", [definition]):
            if "properties" in record and "title" not in record:
                yield name, record


def test_every_key_is_described():
    for name, record in records():
        assert record["description"], name
        assert record["additionalProperties"] is False, name
        for key, said in record["properties"].items():
            assert re.match(r"(?s)[A-Z0-9/].*[^.]$", said["description"]), (name, key)


def test_every_reference_leads_somewhere():
    text = json.dumps(SCHEMA)
    named = set(re.findall(r'"\$ref": "#/definitions/([^"]+)"', text))

    assert named == set(SCHEMA["definitions"])
    assert "``" not in text


def test_every_default_is_accepted_where_it_stands():
    for name, record in records():
        for key, said in record["properties"].items():
            if "default" in said:
                whole = {"definitions": SCHEMA["definitions"], **said}
                assert not list(Draft7Validator(whole).iter_errors(said["default"])), (name, key)


def test_the_verb_prints_the_schema_and_a_project_holds_it(otpgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    otpgen("new", "--example", "minimal", "shop")

    code, out, err = otpgen("schema")

    assert (code, err, json.loads(out)) == (0, "", SCHEMA)
    assert out == Path("shop/.otpgen/schema.json").read_text()
    assert '\n  "$schema"' in out and out.endswith("}\n")


# The line by which an editor finds it

LINE = "# yaml-language-server: $schema=.otpgen/schema.json\n"
SHOP = "otpgen: 1\nname: shop\napps: {core: {children: [store]}}\n"


@pytest.mark.parametrize(
    ("text", "copy"),
    [
        (SHOP, LINE + SHOP),
        ("\ufeff" + SHOP.replace("\n", "\r\n"), LINE + SHOP),
        (LINE + SHOP, LINE + SHOP),
        (SHOP + "# yaml-language-server: $schema=a.json\n", None),
        (f"# see {LINE}{SHOP}", f"{LINE}# see {LINE}{SHOP}"),
    ],
    ids=["without", "BOM and CRLF", "with", "with another", "with one that is none"],
)
def test_the_copy_of_the_architecture_names_its_schema(otpgen, tmp_path, monkeypatch, text, copy):
    monkeypatch.chdir(tmp_path)
    Path("a.yaml").write_bytes(text.encode())

    code, _, err = otpgen("new", "a.yaml", "shop")

    assert (code, err) == (0, "")
    assert Path("shop/otpgen.yaml").read_bytes().decode() == (copy or text)
    assert Path("a.yaml").read_bytes().decode() == text
    assert otpgen("check", "shop/otpgen.yaml")[0] == 0


def test_the_users_own_file_is_never_changed(otpgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("otpgen.yaml").write_text(SHOP)

    otpgen("new", "otpgen.yaml", ".")

    assert Path("otpgen.yaml").read_text() == SHOP
    assert Path(".otpgen/schema.json").is_file()
