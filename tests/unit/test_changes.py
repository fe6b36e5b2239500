"""Two architectures, the difference in words, and names that take their renames along."""

import pytest

from otpgen.changes import compare, likely_renames, renames
from otpgen.commands.check import check

SHOP = """\
otpgen: 1
name: shop
apps:
  core:
    strategy: rest_for_one
    children:
      - store
      - supervisor: calculators
        strategy: one_for_all
        children: [fibonacci, {agent: cache}]
      - supervisor: data
        strategy: rest_for_one
        children: [{agent: index}]
  irc: {depends_on: [core], children: [bot, {periodic: link, every: 1s}]}
nodes: {node1: 4001, node2: 4002}
"""


@pytest.fixture
def system(tmp_path):
    def build(text):
        file = tmp_path / "otpgen.yaml"
        file.write_text(text)
        return check(file).system

    return build


def told(before, after):
    return [(change.text, list(change.follows)) for change in compare(before, after)]


def test_nothing_is_different(system):
    assert told(system(SHOP), system(SHOP)) == []


def test_what_is_started_for_each_partition_is_a_child_like_others(system):
    def bot(text):
        return system(SHOP.replace("[bot,", f"[{text},"))

    plain, shards = bot("bot"), bot("{partition_supervisor: shards, child: bot}")
    agents = bot("{partition_supervisor: shards, child: {agent: mind}, partitions: 3}")

    assert told(plain, shards) == [
        ("irc.shards is new: partition_supervisor under irc", []),
        ("irc.bot moved under shards", []),
    ]
    assert told(shards, plain) == [
        ("irc.shards is gone", []),
        ("irc.bot moved under irc (one_for_one)", []),
    ]
    assert told(shards, agents) == [
        ("irc.bot is gone", []),
        ("shards: partitions schedulers → 3", []),
        ("irc.mind is new: agent under shards", []),
    ]


def test_a_strategy_and_what_follows(system):
    after = SHOP.replace("one_for_all", "one_for_one")

    assert told(system(SHOP), system(after)) == [
        (
            "calculators: one_for_all → one_for_one",
            [
                "the death of fibonacci no longer ends cache",
                "the death of cache no longer ends fibonacci",
            ],
        )
    ]


def test_a_worker_under_another_supervisor(system):
    after = SHOP.replace("      - store\n", "").replace(
        "[{agent: index}]", "[store, {agent: index}]"
    )

    assert told(system(SHOP), system(after)) == [
        (
            "core.store moved under data (rest_for_one)",
            [
                "the death of store now also ends index",
                "the death of store no longer ends calculators and data",
            ],
        )
    ]


def test_another_order(system):
    after = SHOP.replace("[fibonacci, {agent: cache}]", "[{agent: cache}, fibonacci]")

    assert told(system(SHOP), system(after)) == [
        ("calculators: its children are started in another order", [])
    ]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("name: shop\n", "name: stall\n", "the umbrella: name shop → stall"),
        ("every: 1s", "every: 2s", "link: every 1s → 2s"),
        (
            "- store", "- {gen_server: store, restart: transient, shutdown: 10s}",
            "store: restart permanent → transient",
        ),
        ("- store", "- {gen_server: store, shutdown: 10s}", "store: shutdown 5s → 10s"),
        ("- store", "- {agent: store}", "store: gen_server → agent"),
        ("children: [bot", "max_restarts: 9, children: [bot", "irc: 3/5s → 9/5s"),
        ("depends_on: [core], ", "", "irc: depends_on core → nothing"),
        ("node2: 4002", "node2: 4009", "node node2: port http 4002 → 4009"),
        (", node2: 4002", "", "node node2 is gone"),
        ("node2: 4002", "node2: 4002, node3: 4003", "node node3 is new"),
        (
            "nodes:", "tls: true\nnodes:",
            "nodes: tls false → true",
        ),
        (
            "nodes:", "distributed: {irc: {}}\nnodes:",
            "distributed irc: nodes nothing → node1, node2",
        ),
        ("[bot,", "[bot, bat,", "irc.bat is new: gen_server under irc"),
        ("children: [bot, {periodic: link, every: 1s}]", "children: [bot]", "irc.link is gone"),
    ],
)  # fmt: skip
def test_each_difference_in_a_sentence(system, old, new, text):
    assert old in SHOP
    texts = [change for change, _ in told(system(SHOP), system(SHOP.replace(old, new, 1)))]

    assert text in texts


WATCHED = "otpgen: 1\nname: shop\napps:\n  gauges: {component: watch}\n"


@pytest.mark.parametrize(
    ("before", "after", "texts"),
    [
        (
            WATCHED, WATCHED.replace("watch", "watch, options: {every: 1s}"),
            ["gauges: option every 10s → 1s"],
        ),
        (
            WATCHED, WATCHED.replace("watch", "watch, children: [{periodic: own, every: 1s}]"),
            ["gauges.own is new: periodic under gauges"],
        ),
        (
            WATCHED.replace("watch", "watch, children: [{periodic: own, every: 10s}]"),
            WATCHED.replace(
                "watch", "watch, options: {every: 1s}, children: [{periodic: own, every: 1s}]"
            ),
            ["gauges: option every 10s → 1s", "own: every 10s → 1s"],
        ),
        (
            WATCHED, WATCHED.replace("component: watch", "children: [own]"),
            [
                "gauges is no longer made of watch",
                "gauges: rest_for_one → one_for_one",
                "gauges: description Watches the node it runs on → nothing",
                "gauges.readings is gone",
                "gauges.probe is gone",
                "gauges.own is new: gen_server under gauges",
            ],
        ),
        (SHOP, SHOP.replace("- store", "- {agent: store}"), ["store: gen_server → agent"]),
        (SHOP.replace("- store", "- {agent: store}"), SHOP, ["store: agent → gen_server"]),
    ],
)  # fmt: skip
def test_nothing_is_told_twice_nor_what_nobody_has_said(system, before, after, texts):
    found = [text for text, _ in told(system(before), system(after))]

    assert found == texts


RENAMED = (
    SHOP.replace("irc:", "chat:").replace("- store", "- depot").replace("node2", "node3")
    + "moved:\n  - {from: irc, to: chat}\n  - {from: core.store, to: core.depot}\n"
    "  - {from: node2, to: node3}\n"
)


def test_renames_are_said_and_nothing_else(system):
    assert [text for text, _ in told(system(SHOP), system(RENAMED))] == [
        "application irc is now chat",
        "core.store is now core.depot",
        "node node2 is now node3",
    ]


def test_what_looks_renamed_is_asked_about(system):
    silent = RENAMED.partition("moved:")[0]

    assert likely_renames(system(SHOP), system(silent)) == (
        ("irc", "chat"),
        ("core.store", "core.depot"),
        ("node2", "node3"),
    )
    assert likely_renames(system(SHOP), system(RENAMED)) == ()


def test_of_two_alike_nobody_knows_which(system):
    before = SHOP.replace("- store", "- store\n      - shelf")
    after = SHOP.replace("- store", "- depot")

    assert likely_renames(system(before), system(after)) == ()


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("defmodule Irc.Bot do", "defmodule Chat.Bot do"),
        ("Irc.Bot.ask(:x); alias Irc", "Chat.Bot.ask(:x); alias Chat"),
        ("defmodule Irc do; defmodule IrcTest do", "defmodule Chat do; defmodule ChatTest do"),
        ('"Welcome to Irc" %{"Irc" => Irc}', '"Welcome to Irc" %{"Irc" => Irc}'),
        (":code.priv_dir(:irc)", ":code.priv_dir(:chat)"),
        ("Other.Irc.Bot IrcX MyIrc", "Other.Irc.Bot IrcX MyIrc"),
        ("{:irc, in_umbrella: true}", "{:chat, in_umbrella: true}"),
        ("config :irc, x: 1", "config :chat, x: 1"),
        ("{:irc, 1} %{irc: 1} \"irc\" # irc", "{:irc, 1} %{irc: 1} \"irc\" # irc"),
        ("cd apps/irc && ls", "cd apps/chat && ls"),
        ("Core.Store.ask(1); Core.StoreTest", "Core.Depot.ask(1); Core.DepotTest"),
        ("Store.ask(1)", "Store.ask(1)"),
        ("alias Core.Store\nStore.ask(:store)", "alias Core.Depot\nDepot.ask(:store)"),
        ("alias Core.{Cache, Store}\nStore.x", "alias Core.{Cache, Depot}\nDepot.x"),
        ("alias Core.Store, as: S\nStore.x; S.x", "alias Core.Depot, as: S\nStore.x; S.x"),
        ("node2@127.0.0.1 my_node2@x", "node3@127.0.0.1 my_node2@x"),
    ],
)  # fmt: skip
def test_names_are_replaced_where_they_cannot_mean_something_else(system, text, now):
    assert renames(system(SHOP), system(RENAMED)).text(text) == now


def test_what_is_no_text_stays_as_it_is(system):
    found = renames(system(SHOP), system(RENAMED))

    assert found.data("x.ex", b"Irc.Bot\0") == b"Irc.Bot\0"
    assert found.data("x.ex", b"Irc.Bot \xff") == b"Irc.Bot \xff"
    assert found.data("x.ex", b"Irc.Bot") == b"Chat.Bot"
    assert found.data("x.sql", b"Irc.Bot") == b"Irc.Bot"


def test_elements_and_folders_follow(system):
    found = renames(system(SHOP), system(RENAMED))

    assert found.element("irc.bot") == "chat.bot"
    assert found.element("core.store") == "core.depot"
    assert found.element("node2@production") == "node3@production"
    assert found.folders() == {
        "apps/irc": "apps/chat",
        "apps/irc/lib/irc": "apps/chat/lib/chat",
        "apps/irc/test/irc": "apps/chat/test/chat",
    }


def test_what_may_be_stopped_alone(system):
    isolated = SHOP + "isolated: [irc]\n"
    renamed = isolated.replace("irc", "chat") + "moved: [{from: irc, to: chat}]\n"

    assert told(system(SHOP), system(isolated)) == [
        ("irc is isolated now: it may be stopped, and all others go on", [])
    ]
    assert told(system(isolated), system(SHOP)) == [("irc is no longer isolated", [])]
    assert told(system(isolated), system(renamed)) == [("application irc is now chat", [])]
