"""What nginx is told: how long it waits, and what it sends to a second node."""

import re
from pathlib import Path

import pytest

from otpgen import resources
from otpgen.commands.check import check
from otpgen.commands.examples import example_file, example_names
from otpgen.plan import plan
from otpgen.plan.views import patience
from otpgen.templates import render

TEMPLATES = resources.folder("templates")
CASES = sorted((Path(__file__).parents[1] / "emitted/cases").glob("*/otpgen.yaml"))
FILES = [
    file
    for file in [*map(example_file, example_names()), *CASES]
    # Where nobody in the cluster is asked no path waits.
    if re.search(r"^nginx:", file.read_text(), re.MULTILINE) and "asks: {" in file.read_text()
]


def texts(system, catalogue):
    """The emitted files by their paths."""
    return {file.path: file.text for file in render(plan(system, catalogue, "x\n"), TEMPLATES)}


def servers_of(conf):
    """The servers of a configuration: upstream, locations by their names."""
    for upstream, block in re.findall(
        r"upstream (\w+) \{.*?\n}\n.*?\nserver \{(.*?)\n}\n", conf, re.S
    ):
        yield upstream, dict(re.findall(r"\n  location ([^{]+) \{(.*?)\n  }", block, re.S))


def read_timeout(location):
    return int(re.search(r"proxy_read_timeout (\d+)s;", location)[1]) * 1_000


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_a_path_that_waits_has_longer_than_the_call_which_has_longer_than_a_failover(file):
    checked = check(file)
    system, emitted = checked.system, texts(checked.system, checked.catalogue)
    failover = max(d.timeout for c in system.clusters.values() for d in c.distributed.values())
    calls = [
        int(re.search(r"@patience ([\d_]+)", text)[1])
        for text in emitted.values()
        if "  @asks %{" in text
    ]
    confs = [text for path, text in emitted.items() if re.match(r"nginx/.*\.conf", path)]

    assert calls == [patience(system)] * len(calls) != []
    assert patience(system) > failover
    for _, locations in (server for conf in confs for server in servers_of(conf)):
        waits = [name for name in locations if name.startswith("= ")]
        for name in waits:
            assert read_timeout(locations[name]) > patience(system)
            assert "proxy_next_upstream off;" in locations[name]
        assert read_timeout(locations["/"]) == read_timeout(locations["@once"]) < 5_000
        # It goes on with what any of the others has begun.
        longest = max(read_timeout(locations[name]) for name in ["/", *waits])
        assert read_timeout(locations["@again"]) == longest


def test_an_upstream_without_paths_that_wait_is_never_patient(system_of, catalogue):
    system = system_of(
        "{otpgen: 1, name: shop, apps: {desk: {children: [{gen_server: clerk, singleton: true}]}, "
        "web: {calls: [desk], children: [{http_server: office, port: office}, "
        "{http_server: pages, port: http, asks: {/order: desk.clerk}}]}}, "
        "nodes: {shop1: {ports: {http: 4001, office: 4101}}, "
        "shop2: {ports: {http: 4002, office: 4102}}}, distributed: {desk: {timeout: 1m}}, "
        "nginx: {upstreams: {front: http, back: {port: office, listen: 8081}}}}"
    )

    found = dict(servers_of(texts(system, catalogue)["nginx/shop.conf"]))

    assert (
        read_timeout(found["front"]["= /order"]) == read_timeout(found["front"]["@again"]) > 65_000
    )
    assert found["back"].keys() == {"/", "@once", "@again", "@in_doubt", "@nobody"}
    assert {read_timeout(found["back"][name]) for name in ("/", "@once", "@again")} == {2_000}


@pytest.mark.parametrize("nodes", [1, 2, 3, 7])
def test_each_node_is_tried_once_and_none_that_had_a_byte(system_of, catalogue, nodes):
    named = ", ".join(f"shop{number}: {4000 + number}" for number in range(1, nodes + 1))
    system = system_of(
        "{otpgen: 1, name: shop, apps: {web: {children: [{http_server: pages, port: http}]}}, "
        f"nodes: {{{named}}}, nginx: {{upstreams: {{front: http}}}}}}"
    )
    conf = texts(system, catalogue)["nginx/shop.conf"]
    rules = re.findall(r'"~(.*)" (again|nobody);', conf)

    def next_of(*bytes_sent):
        said = " : ".join(map(str, bytes_sent))
        return next((name for rule, name in rules if re.match(rule, said)), "in_doubt")

    for tried in range(1, nodes):
        assert next_of(*[0] * tried) == "again"
        assert next_of(*[0] * (tried - 1), 70) == "in_doubt"
    assert next_of(*[0] * nodes) == "nobody"
    assert next_of(70) == "in_doubt"
    assert ("@again" in conf) == ("backup" in conf) == (nodes > 1)
