"""The cluster, held against what was measured on OTP and on the emitted runtime.

The rows are those of docs/semantics.md, "The cluster"; each says where applications run then.
"""

import pytest

from otpgen.semantics.playing import play

HEAD = """
otpgen: 1
name: cluster
apps:
"""
APP = "  {}:\n    children: [{{gen_server: one, singleton: true}}]\n"
PLAIN = "nodes: {a: 4001, b: 4002, c: 4003}\n"


@pytest.fixture
def run(system_of):
    """Plays events on a cluster whose applications are distributed as it is said."""

    def play_on(distributed, events, nodes=PLAIN, rest="", apps=None):
        names = [line.partition(":")[0].strip() for line in distributed.strip().splitlines()]
        text = HEAD + "".join(APP.format(name) for name in apps or names) + nodes
        text += "distributed:\n" + "".join(f"  {line}\n" for line in distributed.splitlines())
        system = system_of(text + rest)
        return play(system, system.cluster, events)

    return play_on


LIST = "x: {timeout: 5s, nodes: [a, b, c]}"
EQUALS = "x: {timeout: 5s, nodes: [a, [c, b]]}"
ALL_EQUAL = "x: {timeout: 5s, nodes: [[a, b, c]]}"


def where(answers, app="x"):
    return [list(answer.distributed[app]) for answer in answers]


@pytest.mark.parametrize(
    ("distributed", "events", "runs"),
    [
        # The node that runs it is lost: the next of the list, after its timeout.
        (LIST, "down a", [["b"]]),
        (LIST, "down a then down b", [["b"], ["c"]]),
        (LIST, "down b then down a", [["a"], ["c"]]),
        # A tie among equals goes to the smaller name, not to the first that is written.
        (EQUALS, "down a", [["b"]]),
        # It is back, before the active one: taken over. Later in the list: standby.
        (LIST, "down a then up a", [["b"], ["a"]]),
        (LIST, "down a then down b then up b", [["b"], ["c"], ["b"]]),
        (LIST, "down a then down b then up b then up a", [["b"], ["c"], ["b"], ["a"]]),
        (LIST, "down c then up c", [["a"], ["a"]]),
        # Never moved inside a set of equals, and back from it all the same.
        (EQUALS, "down a then down b then up b", [["b"], ["c"], ["c"]]),
        (EQUALS, "down a then down b then up b then up a", [["b"], ["c"], ["c"], ["a"]]),
        (ALL_EQUAL, "down a then up a", [["b"], ["b"]]),
        # Stopped in order: handed over, to the first other one as it is written.
        (LIST, "shutdown a", [["b"]]),
        (EQUALS, "shutdown a", [["c"]]),
        (LIST, "shutdown a then up a", [["b"], ["a"]]),
        # Nobody is left; whoever is back first has it.
        (LIST, "down a then down b then down c then up c", [["b"], ["c"], [], ["c"]]),
        # Application.stop on the active: nowhere, also after that node's death.
        (LIST, "stop x then down a", [[], []]),
        (LIST, "stop x then down a then up a", [[], [], ["a"]]),
        (LIST, "stop x then down b then up b", [[], [], []]),
        # Whose boot waits for another node to start it has it when that node dies.
        (LIST, "stop x then down b then up b then down a", [[], [], [], ["b"]]),
        (LIST, "stop x then down c then up c then down b then down a", [[]] * 4 + [["c"]]),
        (LIST, "split a / b c then stop x", [["a", "b"], ["b"]]),
        (LIST, "down a then stop x then split a / b c then up a", [["b"], [], [], ["a"]]),
        # A partition: each side places among its own. Heal: one copy, at home.
        (LIST, "split a / b c", [["a", "b"]]),
        (LIST, "split a b / c", [["a", "c"]]),
        (LIST, "split a / b / c", [["a", "b", "c"]]),
        (LIST, "split a / b c then heal", [["a", "b"], ["a"]]),
        (LIST, "split a b / c then heal", [["a", "c"], ["a"]]),
        (EQUALS, "split a / b c then heal", [["a", "b"], ["a"]]),
        (ALL_EQUAL, "split a / b c then heal", [["a", "b"], ["b"]]),
        # What dies meanwhile is replaced on its own side only.
        (LIST, "split a / b c then down b", [["a", "b"], ["a", "c"]]),
        (LIST, "split a / b c then down a", [["a", "b"], ["b"]]),
        (LIST, "split a / b c then down a then up a", [["a", "b"], ["b"], ["b", "a"]]),
        (LIST, "split a / b c then down c then heal", [["a", "b"], ["a", "b"], ["a"]]),
        # It gives up: away, and home after the rest. The next event finds it at home.
        (LIST, "kill x then down b", [["b"], ["a"]]),
        (ALL_EQUAL, "kill x then down c", [["b"], ["b"]]),
        (LIST, "down b then down c then kill x", [["a"], ["a"], ["a"]]),
    ],
)
def test_where_it_runs(run, distributed, events, runs):
    assert where(run(distributed, events)) == runs


@pytest.mark.parametrize(
    ("events", "within"),
    [
        ("down a", (5_000, 5_020)),  # detected at once, then the timeout
        ("shutdown a", (0, 5_000)),  # at once; the tree may take its time to end
        ("split a / b c", (50_000, 80_000)),  # 45 to 75 s of silence, then the timeout
        ("down b", (0, 0)),
        ("kill x", (1_000, 1_100)),  # home again after the rest, a tenth longer at most
    ],
)
def test_after_how_long(run, events, within):
    assert run(LIST, events)[-1].within == within


def test_who_restarts_when_the_network_is_whole_again(run):
    def losers(events):
        return run(LIST, events)[-1].restarted_nodes

    assert losers("split a / b c then heal") == ("a",)
    assert losers("split a b / c then heal") == ("c",)
    assert losers("split a / b / c then heal") == ("b", "c")
    # Of two that are as large the one with the first node stays, and those that are down do
    # not count.
    assert losers("split a / b c then down c then heal") == ("b",)
    assert losers("split a / b c then down b then down c then heal") == ()


def test_of_equal_sides_that_stays_which_has_whom_an_application_may_run_on_first(run):
    backwards = "x: {timeout: 5s, nodes: [b, [c, a]]}"

    healed = run(backwards, "split a / b c then down b then heal")[-1]

    assert (healed.restarted_nodes, healed.distributed) == (("a",), {"x": ("c",)})


def test_nothing_restarts_where_nothing_is_distributed(system_of):
    system = system_of(HEAD + "  x:\n    children: [one]\n" + PLAIN)

    healed = play(system, system.cluster, "split a / b c then heal")[-1]

    assert (healed.restarted_nodes, healed.distributed) == ((), {})


def test_several_are_spread_over_equals(run):
    equal = "\n".join(
        f"{name}: {{timeout: {number}s, nodes: [[a, b, c]]}}"
        for number, name in enumerate(["x", "y", "z"], start=1)
    )
    after_a = equal.replace("[[a, b, c]]", "[a, [b, c]]")

    at_boot = run(equal, "down c")[-1].distributed
    moved = run(after_a, "down a")[-1].distributed

    assert at_boot == {"x": ("a",), "y": ("b",), "z": ("a",)}
    assert moved == {"x": ("b",), "y": ("c",), "z": ("b",)}


def test_in_a_list_all_go_to_the_same_node(run):
    both = "x: {timeout: 1s, nodes: [a, b, c]}\ny: {timeout: 2s, nodes: [a, b, c]}"

    assert run(both, "down a")[-1].distributed == {"x": ("b",), "y": ("b",)}


def test_a_node_that_is_without_it_never_runs_it(run):
    nodes = "nodes: {a: 4001, b: {port: 4002, without: [x]}, c: 4003}\n"

    assert where(run(LIST, "down a", nodes)) == [["c"]]


def test_a_node_does_not_boot_without_those_it_must_wait_for(run):
    sync = "sync: {mandatory: [a], optional: others, timeout: 3s}\n"

    answers = run(LIST, "down a then down c then up c then up a then up c", rest=sync)

    assert [answer.missing for answer in answers] == [(), (), ("a",), (), ()]
    assert answers[2].within == (3_000, 3_000)
    assert [answer.started for answer in answers] == [(), (), (), ("x", "x.one"), ()]


def test_a_node_waits_for_the_optional_ones_that_are_not_there(run):
    sync = "sync: {optional: others, timeout: 3s}\n"

    answers = run(LIST, "down a then down c then up c then up a", rest=sync)

    assert [answer.within for answer in answers[2:]] == [(3_000, 3_000), (0, 0)]


def test_a_loser_that_misses_a_mandatory_node_stays_down(run):
    sync = "sync: {mandatory: [b], optional: others, timeout: 3s}\n"

    healed = run(LIST, "split a / b c then down b then heal", rest=sync)[-1]

    assert (healed.stopped_nodes, healed.restarted_nodes) == (("c",), ())
