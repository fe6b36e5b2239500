"""whatif: the table against the tree that is played, names, JSON, completion; OG011 to OG013.

What single events bring about stands in tests/whatif.
"""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from otpgen.commands.check import check
from otpgen.commands.examples import example_file, example_names
from otpgen.commands.whatif import next_words
from otpgen.semantics.costs import costs, tree_costs
from otpgen.semantics.names import Names
from otpgen.semantics.playing import play
from otpgen.semantics.processes import Dynamic, process_tree
from otpgen.semantics.simulation import NotRunning, Simulation
from tests.semantics import trees

ROOT = Path(__file__).parents[2]
SYSTEMS = {name: check(example_file(name)).system for name in example_names()}
COSTS = [(name, cost) for name, system in SYSTEMS.items() for cost in costs(system, system.cluster)]
TOO_MANY, FEW = 500, 40
ASKED = {
    *("event", "killed", "terminated", "started", "unchanged", "gave_up", "auto_shutdown"),
    *("stopped_apps", "stopped_nodes", "restarted_apps", "distributed", "unordered", "within_ms"),
}


def tree_of(name, path):
    """A tree that runs, in which there is a first child of all that is started at run time."""
    tree = Simulation(process_tree(SYSTEMS[name].apps[path.partition(".")[0]]))
    start_all(tree, path)
    return tree


def start_all(tree, path):
    steps = path.split(".")
    for length, step in enumerate(steps):
        if step.endswith("[n]"):
            tree.start_child(".".join(steps[:length]).replace("[n]", "[1]"), "1")


def dies(tree, path):
    """Whether it died once more; what is started at run time is started by somebody again."""
    steps = path.split(".")
    try:
        for length, step in enumerate(steps):
            above = ".".join(steps[:length])
            if step.endswith("[1]") and isinstance(tree.process(above).supervises, Dynamic):
                tree.start_child(above, "1")
        tree.kill(path)
    except NotRunning:
        return False
    return True


def ids(value):
    return value if isinstance(value, str) else value.path


@pytest.mark.parametrize(("name", "cost"), COSTS, ids=ids)
def test_the_table_says_what_is_played(name, cost):
    path = cost.path.replace("[n]", "[1]")
    tree = tree_of(name, cost.path)
    trace = tree.kill(path)
    ended = {*trace.killed, *trace.terminated, *trace.gave_up, *trace.auto_shutdown}

    assert cost.others == len(ended - {path})
    if "." in path:
        assert cost.restarted == (path in trace.started)

    deaths = 1
    while cost.restarted and not tree.ended and deaths < TOO_MANY and dies(tree, path):
        deaths += 1

    assert cost.deaths == (deaths if tree.ended else None)


def test_every_process_is_in_the_table_and_the_worst_is_first():
    found = costs(SYSTEMS["strategies"], SYSTEMS["strategies"].cluster)
    names = Names(SYSTEMS["strategies"], SYSTEMS["strategies"].cluster)

    done = {"shapes.chain.migrate"}
    assert {cost.path.replace("[n]", "[1]") for cost in found} == set(names.processes) - done
    assert [cost.others for cost in found] == sorted((c.others for c in found), reverse=True)


@pytest.mark.parametrize("name", example_names())
def test_every_process_has_a_short_name(name):
    names = Names(SYSTEMS[name], SYSTEMS[name].cluster)

    for path in names.processes:
        app, _, last = f"{path}".rpartition(".")
        short = f"{app.partition('.')[0]}.{last}" if app else last
        assert names.process(path) == path
        assert names.process(short) == path


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ("crowd.session", "crowd.sessions.session[1]"),
        ("crowd.session[n]", "crowd.sessions.session[1]"),
        ("crowd.sessions.session[3]", "crowd.sessions.session[3]"),
        ("crowd.room[2].host", "crowd.rooms.room[2].host"),
        ("crowd.host", "crowd.rooms.room[1].host"),
        ("shapes.slot", "shapes.independent.slot[1]"),
        ("shapes.slot[4]", "shapes.independent.slot[4]"),
        ("shapes.slot[5]", None),
        ("crowd.shard", "crowd.shards.shard[0]"),
        ("crowd.shards.shard[3]", "crowd.shards.shard[3]"),
        ("crowd.session[0]", None),
        ("crowd.names[1]", None),
        ("crowd.host.room", None),
        ("crowd.", None),
        ("crowd..names", None),
        (".", None),
        ("words", None),
    ],
)
def test_a_process_may_be_named_for_short(said, path):
    names = Names(SYSTEMS["strategies"], SYSTEMS["strategies"].cluster)

    assert names.process(said) == path


def test_programs_are_told_all_that_was_promised(otpgen):
    file = ROOT / "examples/g4/otpgen.yaml"
    told = ["--architecture", file, "--format", "json"]

    one = json.loads(otpgen("whatif", "kill", "g4_core.store", *told)[1])
    several = json.loads(otpgen("whatif", "down", "node1", "then", "up", "node1", *told)[1])
    table = json.loads(otpgen("whatif", *told)[1])

    assert set(one) >= ASKED
    assert [answer["event"] for answer in several] == ["down node1", "up node1"]
    assert list(table) == ["processes"]
    assert {row["process"] for row in table["processes"]} >= {"g4", "g4_core.store"}


def test_no_bound_is_null(otpgen):
    file = ROOT / "examples/strategies/otpgen.yaml"

    code, out, _ = otpgen(
        "whatif", "kill", "shapes.disk", "--architecture", file, "--format", "json"
    )

    assert code == 0
    assert json.loads(out)["within_ms"] == {"min": 0, "max": None}


def test_one_argument_is_as_good_as_many(otpgen):
    file = ["--architecture", ROOT / "examples/g4/otpgen.yaml"]

    assert otpgen("whatif", "kill g4_core.store", *file) == otpgen(
        "whatif", "kill", "g4_core.store", *file
    )


def test_another_clusters_nodes(otpgen):
    file = ["--architecture", ROOT / "examples/fleet/otpgen.yaml"]

    code, out, _ = otpgen("whatif", "down", "hub1", "--cluster", "production", *file)

    assert code == 0
    assert "dispatch starts anew on hub3" in out

    code, _, err = otpgen("whatif", "down", "hub1", "--cluster", "produktion", *file)

    assert code == 1
    assert err.startswith(
        '--cluster: error OG012: there is no cluster "produktion"\n  hint: did you mean production?'
    )


def test_an_event_that_cannot_be_read_is_told_with_its_place(otpgen):
    file = ["--architecture", ROOT / "examples/minimal/otpgen.yaml"]

    code, out, err = otpgen("whatif", "kill shop.till then crash shop.till 4 times within 5", *file)

    assert (code, out) == (1, "")
    assert err == (
        'EVENTS:2:32: error OG011: "5" has no unit\n'
        "  hint: write 5s or 5ms\n"
        "more: otpgen explain OG011\n"
    )


def test_an_event_that_names_nothing_has_the_nearest_name(otpgen):
    file = ["--architecture", ROOT / "examples/minimal/otpgen.yaml"]

    _, _, err = otpgen("whatif", "kill", "shop.tilll", *file)

    assert "EVENTS:1:6: error OG012" in err
    assert "  hint: did you mean shop.till?\n" in err


def test_nodes_that_are_not_there(otpgen):
    file = ["--architecture", ROOT / "examples/minimal/otpgen.yaml"]

    assert "error OG012" in otpgen("whatif", "down", "node1", *file)[2]
    assert "error OG013: heal: there are no nodes" in otpgen("whatif", "heal", *file)[2]


def test_a_long_story_ends():
    system = SYSTEMS["g4"]

    answers = play(system, system.cluster, " then ".join(["down node1", "up node1"] * 50))

    assert [answer.distributed["g4"] for answer in answers[-2:]] == [("node2",), ("node1",)]


# Completion


@pytest.mark.parametrize(
    ("before", "offered"),
    [
        ([], {"kill", "crash", "terminate", "stop", "down", "shutdown", "up", "split", "heal"}),
        (["stop"], {"g4_core", "g4_web", "g4"}),
        (["down"], {"node1", "node2", "node3"}),
        (["split", "node1"], {"/", "node2", "node3", "then"}),
        (["split", "node1", "/"], {"node2", "node3"}),
        (["kill", "g4.desk"], {"with", "then"}),
        (["kill", "g4.desk", "with"], {"normal", "shutdown", "kill"}),
        (["crash", "g4.desk", "4"], {"times"}),
        (["crash", "g4.desk", "4", "times"], {"within"}),
        (["heal"], {"then"}),
        (["kill", "g4.desk", "then", "up"], {"node1", "node2", "node3"}),
    ],
    ids=lambda words: " ".join(sorted(words)) if isinstance(words, set) else " ".join(words),
)
def test_the_next_word_is_offered(before, offered):
    assert set(next_words(before, ROOT / "examples/g4/otpgen.yaml")) == offered


def completed(folder, words, number):
    code = "from otpgen import cli; cli.app(prog_name='otpgen')"
    env = {
        **os.environ,
        "_OTPGEN_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(number),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, check=True
    )
    assert done.stderr == b""
    return done.stdout.decode().split()


def test_a_shell_completes_processes():
    folder = ROOT / "examples/g4"

    assert completed(folder, "otpgen whatif k", 2) == ["kill"]
    assert completed(folder, "otpgen whatif kill g4_core.s", 3) == [
        "g4_core.store",
        "g4_core.sessions",
        "g4_core.sessions.session[1]",
    ]
    assert completed(folder, "otpgen whatif down node1 then up n", 6) == [
        "node1",
        "node2",
        "node3",
    ]


# Random trees, as a BEAM is asked about in tests/semantics


@given(trees.process(trees.ROOT, 3, deep=True))
def test_the_table_is_right_about_random_trees(tree):
    root = replace(tree, restart="permanent", shutdown="infinity")
    for cost in tree_costs(root, again=False):
        path = cost.path.replace("[n]", "[1]")
        running = Simulation(root)
        start_all(running, cost.path)
        trace = running.kill(path)
        ended = {*trace.killed, *trace.terminated, *trace.gave_up, *trace.auto_shutdown}

        assert (cost.path, cost.others) == (cost.path, len(ended - {path}))
        if "." in path:
            assert cost.restarted == (path in trace.started or lost_with_another(trace, path))

        deaths = 1
        while not running.ended and deaths < FEW and dies(running, path):
            deaths += 1

        if cost.deaths is None or cost.deaths > FEW:
            assert not running.ended
        else:
            assert (cost.path, cost.deaths, running.ended) == (cost.path, deaths, True)


def lost_with_another(trace, path):
    """Whether a dynamic supervisor above it gave up: it is back, without its children."""
    return "[1]" in path and any(path.startswith(f"{other}.") for other in trace.started)


# An edit of the architecture, and another answer


@pytest.mark.parametrize(
    ("strategy", "sentence", "stopped", "started"),
    [
        ("one_for_one", "it alone is started again", [], ["store"]),
        (
            "rest_for_one",
            "everything started after it goes too",
            ["sessions", "cache", "fibonacci", "calculators"],
            ["store", "calculators", "fibonacci", "cache", "sessions"],
        ),
        (
            "one_for_all",
            "all its siblings go too",
            ["sessions", "cache", "fibonacci", "calculators"],
            ["store", "calculators", "fibonacci", "cache", "sessions"],
        ),
    ],
)
def test_another_strategy_is_another_answer(otpgen, tmp_path, strategy, sentence, stopped, started):
    text = (ROOT / "examples/g4/otpgen.yaml").read_text(encoding="utf-8")
    file = tmp_path / "otpgen.yaml"
    file.write_text(text.replace("strategy: rest_for_one", f"strategy: {strategy}"))
    asked = ["whatif", "kill", "g4_core.store", "--architecture", file]

    told = otpgen(*asked)[1]
    data = json.loads(otpgen(*asked, "--format", "json")[1])

    assert told.startswith(f"store dies. {strategy}: {sentence}.\n")
    assert [path.rpartition(".")[2] for path in data["terminated"]] == stopped
    assert [path.rpartition(".")[2] for path in data["started"]] == started


def test_a_smaller_budget_is_used_up_sooner(otpgen, tmp_path):
    text = (ROOT / "examples/g4/otpgen.yaml").read_text(encoding="utf-8")
    file = tmp_path / "otpgen.yaml"
    file.write_text(text.replace("max_restarts: 3", "max_restarts: 0"))

    told = otpgen("whatif", "kill", "g4_core.store", "--architecture", file)[1]

    assert told.startswith("store dies. Over the budget: g4_core gives up.\n")
    assert "  then       g4_core is started again on node1 after 1 s\n" in told
