"""Whatever is in a file, reading it ends in a system or in an ``OtpgenError``."""

import string
from typing import Annotated, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from otpgen import resources
from otpgen.errors import OtpgenError
from otpgen.source import (
    Decl,
    Integer,
    Mapping,
    Name,
    Port,
    Reader,
    Scalar,
    Sequence,
    parse,
    place,
    read,
)
from tests.unit.pipeline import CATALOGUE, check_text

EXAMPLE = (resources.folder("examples") / "g4/otpgen.yaml").read_text(encoding="utf-8")

# Words that mean something somewhere, so that a random structure gets far.
KEYS_AND_VALUES = (
    "otpgen name description elixir apps nodes distributed sync nginx strategy max_restarts "
    "max_seconds max_children children child depends_on calls restart shutdown host port "
    "ports timeout optional others listen upstreams supervisor one_for_one one_for_all "
    "rest_for_one simple_one_for_one permanent transient temporary infinity brutal_kill true "
    "false yes no null ~ http health api 1 0 4001 4002 65535 65536 5s 500ms 1h -1 1.5 core "
    "web node1 node2 core.store web.endpoint store endpoint application elixir a1 a_1 "
    "roles tls spec count via allow task << * & ! {} [] 127.0.0.1 localhost 0.0.0.0"
)
WORDS = sorted(
    {
        *KEYS_AND_VALUES.split(),
        *CATALOGUE.kinds,
        *(option for kind in CATALOGUE.kinds.values() for option in kind.options),
        "~> 1.14",
        "/hit",
        "",
        "\0",
        "\x1b[31m",
        "\u202e",
        "日本",
        "x" * 300,
        "9" * 5_000,
    }
)
words = st.one_of(st.sampled_from(WORDS), st.text(max_size=5), st.integers(), st.none())
trees = st.recursive(
    words,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=6)
    ),
    max_leaves=30,
)


def child(inner):
    kinds = [*CATALOGUE.kinds, "supervisor"]
    return st.one_of(
        st.sampled_from(["store", "cache", "a1", "a_1", "application", "Store"]),
        st.builds(
            lambda kind, name, rest: {kind: name, **rest},
            st.sampled_from(kinds),
            st.sampled_from(["store", "cache", "endpoint", "a1", "store_test"]),
            st.fixed_dictionaries(
                {},
                optional={
                    "strategy": st.sampled_from(["one_for_all", "simple_one_for_one"]),
                    "children": st.lists(inner, max_size=3),
                    "child": inner,
                    "restart": st.sampled_from(["transient", "always"]),
                    "shutdown": words,
                    "count": st.sampled_from([1, 4, 0]),
                    "significant": st.sampled_from(["true", "false"]),
                    "auto_shutdown": st.sampled_from(["any_significant", "all_significant"]),
                    "via": st.sampled_from(["store", "cache", "names"]),
                    "keys": st.sampled_from(["unique", "duplicate"]),
                    "partitions": st.sampled_from([2, "schedulers", 0]),
                    "singleton": st.sampled_from(["true", "false"]),
                    "port": st.sampled_from(["http", "api", "health"]),
                    "every": st.sampled_from(["1s", "0", "x"]),
                    "asks": st.dictionaries(
                        st.sampled_from(["/", "/hit", "hit", ""]),
                        st.sampled_from(["core.store", "core", "web.a1", "x", ""]),
                        max_size=2,
                    ),
                },
            ),
        ),
    )


children = st.lists(st.recursive(child(st.just("store")), child, max_leaves=6), max_size=4)
APPS = ["core", "web", "shop", "kernel", "shop_runtime"]
NODES = ["node1", "node2", "core"]
apps = st.dictionaries(
    st.sampled_from(APPS),
    st.none()
    | st.fixed_dictionaries(
        {},
        optional={
            "strategy": st.sampled_from(["one_for_all", "simple_one_for_one"]),
            "auto_shutdown": st.sampled_from(["any_significant", "all_significant"]),
            "max_restarts": st.sampled_from([0, 3, "x"]),
            "max_seconds": st.sampled_from([5, "1h", "500ms"]),
            "max_children": st.sampled_from([1, 0]),
            "depends_on": st.lists(st.sampled_from(APPS), max_size=3),
            "calls": st.lists(st.sampled_from(APPS), max_size=3),
            "children": children,
            "child": child(st.just("store")),
        },
    ),
    min_size=1,
    max_size=4,
)
# Nearly sound, so that the model and the rules are reached.
systems = st.fixed_dictionaries(
    {"otpgen": st.just(1), "name": st.just("shop"), "apps": apps},
    optional={
        "nodes": st.dictionaries(
            st.sampled_from(NODES),
            st.sampled_from([4001, 4002, 14001, 60000])
            | st.fixed_dictionaries(
                {},
                optional={
                    "host": st.sampled_from(["127.0.0.1", "10.0.0.1", "a.b", "localhost", "::1"]),
                    "port": st.sampled_from([4001, 65535]),
                    "ports": st.dictionaries(
                        st.sampled_from(["http", "api", "health"]),
                        st.sampled_from([4001, 4002, 8080]),
                    ),
                },
            ),
            max_size=3,
        ),
        "distributed": st.dictionaries(
            st.sampled_from(APPS),
            st.none()
            | st.fixed_dictionaries(
                {}, optional={"nodes": st.lists(st.sampled_from(NODES), max_size=3)}
            ),
            max_size=3,
        ),
        "sync": st.fixed_dictionaries(
            {},
            optional={
                "optional": st.sampled_from(["others", ["node1"], [], ["node9"]]),
                "timeout": st.sampled_from(["2s", "0"]),
            },
        ),
        "nginx": st.fixed_dictionaries(
            {},
            optional={
                "listen": st.sampled_from([8080, 65535, 4001]),
                "upstreams": st.dictionaries(
                    st.sampled_from(["core", "x"]), st.sampled_from(["http", "api", "health"])
                ),
            },
        ),
    },
)


@given(text=st.text(max_size=200))
def test_random_text_gives_problems_and_nothing_else(text):
    check_text(text)


@given(text=st.text(alphabet="ab01:-?,[]{}#&*!|>'\"%@`~<\\ \n\t\r", max_size=80))
def test_random_punctuation_gives_problems_and_nothing_else(text):
    check_text(text)


@given(data=st.binary(max_size=200))
def test_random_bytes_give_problems_and_nothing_else(data, tmp_path):
    file = tmp_path / "otpgen.yaml"
    file.write_bytes(data)
    try:
        read(file, "otpgen.yaml")
    except OtpgenError as error:
        assert error.problems


@given(tree=trees, header=st.booleans())
def test_random_structures_give_problems_and_nothing_else(tree, header):
    text = yaml.safe_dump({"otpgen": 1, "name": "shop", "apps": tree} if header else tree)

    check_text(text)


@given(tree=systems)
def test_random_systems_give_problems_and_nothing_else(tree):
    check_text(yaml.safe_dump(tree, sort_keys=False))


@given(data=st.data())
def test_mutated_examples_give_problems_and_nothing_else(data):
    text = EXAMPLE
    for _ in range(data.draw(st.integers(1, 4), label="mutations")):
        at = data.draw(st.integers(0, len(text)), label="at")
        length = data.draw(st.integers(0, 12), label="length")
        way = data.draw(st.sampled_from(["delete", "insert", "replace", "copy", "move"]))
        piece = text[at : at + length]
        match way:
            case "delete":
                text = text[:at] + text[at + length :]
            case "insert" | "replace":
                new = data.draw(
                    st.sampled_from(WORDS) | st.text(string.punctuation + "\n\t ", max_size=4)
                )
                text = text[:at] + new + text[at + (length if way == "replace" else 0) :]
            case _:
                to = data.draw(st.integers(0, len(text)), label="to")
                text = text[:to] + piece + text[to:]

    check_text(text)


@given(data=st.data())
def test_examples_with_other_values_give_problems_and_nothing_else(data):
    tree = yaml.safe_load(EXAMPLE)
    for _ in range(data.draw(st.integers(1, 3), label="mutations")):
        node = tree
        while isinstance(node, dict | list) and node:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            key = data.draw(st.sampled_from(keys))
            if not isinstance(node[key], dict | list) or data.draw(st.booleans()):
                if data.draw(st.booleans()):
                    node[key] = data.draw(trees)
                else:
                    del node[key]
                break
            node = node[key]

    check_text(yaml.safe_dump(tree, sort_keys=False))


# Places


def test_everything_knows_its_place():
    root = parse("a: [1, {b: c}]\nd:\n", "f.yaml").root

    assert isinstance(root, Mapping)
    assert str(place(root, "a", 0)) == "f.yaml:1:5"
    assert str(place(root, "a", 1, "b")) == "f.yaml:1:12"
    assert str(place(root, "d")) == "f.yaml:2:1"
    assert str(place(root, "nowhere")) == "f.yaml:1:1"


def test_scalars_stay_text_and_know_whether_they_were_quoted():
    root = parse('[1.10, no, 0x1, "", ~, "~", null]', "f.yaml").root

    assert isinstance(root, Sequence)
    assert [item.text for item in root.items] == ["1.10", "no", "0x1", "", "~", "~", "null"]
    assert [item.is_null for item in root.items if isinstance(item, Scalar)] == [
        False,
        False,
        False,
        False,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_may(end, tmp_path):
    file = tmp_path / "f.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + f"a: 1{end}b: [c,{end}  d]{end}".encode())

    root = read(file, "f.yaml").root

    assert str(place(root, "a")) == "f.yaml:1:4"
    assert str(place(root, "b", 1)) == "f.yaml:3:3"


def test_a_byte_that_is_not_utf_8_is_found_by_its_column_in_characters(tmp_path):
    file = tmp_path / "f.yaml"
    file.write_bytes("\ufeffa: 1\nb: éé".encode() + b"\xff\n")

    with pytest.raises(OtpgenError, match=r"^f\.yaml:2:6: OG002: not UTF-8 text$"):
        read(file, "f.yaml")


# Records


class Shard(Decl):
    partitions: Annotated[Integer, Field(ge=1)] | Literal["schedulers"] | None = None
    ports: dict[Name, Port] | None = None


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("{partitions: 4, ports: {http: 1}}", []),
        ("{partitions: schedulers}", []),
        ("{partitions: 0}", ['1:14 shard: partitions: expected at least 1, found "0"']),
        (
            "{partitions: many}",
            ['1:14 shard: partitions: expected a whole number or schedulers, found "many"'],
        ),
        (
            "{partitions: [1]}",
            ["1:14 shard: partitions: expected a whole number or schedulers, found a list"],
        ),
        (
            "{ports: {Http: x}}",
            [
                '1:10 shard: ports: "Http" is no name',
                '1:16 shard: ports.Http: expected a whole number, found "x"',
            ],
        ),
        ("[]", ["1:1 shard: expected a mapping, found a list"]),
    ],
)
def test_one_mistake_is_one_problem(text, problems):
    reader = Reader()

    decl = reader.record(Shard, parse(text, "f.yaml").root, "shard")

    found = [f"{p.location.line}:{p.location.column} {p.message}" for p in reader.problems]
    assert (sorted(found), decl is None) == (problems, bool(problems))
