"""The predictions for one supervisor; a real BEAM is asked in tests/emitted."""

import pytest

from otpgen.semantics import (
    child_ends,
    ends_until_it_gives_up,
    ends_until_it_shuts_down,
    members,
    words,
)

TREE = """
otpgen: 1
name: s
apps:
  a:
    strategy: {strategy}
    max_restarts: {budget}
    children:
      - one
      - {{gen_server: two, restart: {restart}}}
      - {{gen_server: three, restart: temporary}}
      - four
"""


@pytest.fixture
def root(system_of):
    def build(strategy="one_for_one", budget=3, restart="permanent"):
        text = TREE.format(strategy=strategy, budget=budget, restart=restart)
        return system_of(text).apps["a"].root

    return build


def names(found):
    return [member.name for member in found]


def member(root, name):
    return next(m for m in members(root) if m.name == name)


def effect(root, name, reason="abnormal"):
    found = child_ends(root, member(root, name), reason)
    return names(found.stopped), names(found.restarted), names(found.kept)


def test_one_for_one_touches_nobody_else(root):
    assert effect(root("one_for_one"), "two") == ([], ["two"], ["one", "three", "four"])


def test_rest_for_one_ends_the_later_ones_in_reverse_and_a_temporary_one_is_gone(root):
    assert effect(root("rest_for_one"), "two") == (["four", "three"], ["two", "four"], ["one"])


def test_one_for_all_ends_the_others_in_reverse(root):
    stopped, restarted, kept = effect(root("one_for_all"), "two")

    assert (stopped, restarted, kept) == (["four", "three", "one"], ["one", "two", "four"], [])


def test_a_temporary_child_that_dies_disturbs_nobody(root):
    assert effect(root("one_for_all"), "three") == ([], [], ["one", "two", "four"])


@pytest.mark.parametrize(
    ("restart", "reason", "back"),
    [
        ("permanent", "normal", True),
        ("transient", "normal", False),
        ("transient", "shutdown", False),
        ("transient", "abnormal", True),
        ("temporary", "abnormal", False),
    ],
)
def test_the_restart_type_and_the_reason_decide(root, restart, reason, back):
    _, restarted, _ = effect(root(restart=restart), "two", reason)

    assert restarted == (["two"] if back else [])


def test_without_a_budget_the_first_end_is_the_supervisors_own(root):
    supervisor = root("one_for_one", budget=0)

    assert child_ends(supervisor, members(supervisor)[0]).ends == "gave_up"
    assert ends_until_it_gives_up(supervisor) == 1


def test_deaths_are_told_in_words(root):
    supervisor = root("rest_for_one")

    told = [words.death(supervisor, m) for m in members(supervisor)]

    assert told == [
        "one dies: it is restarted, with two and four; three is gone",
        "two dies: it is restarted, with four; three is gone",
        "three dies: it stays away, nobody else notices",
        "four dies: it alone is restarted",
    ]


def tree(system_of, text):
    return system_of(f"otpgen: 1\nname: s\napps:\n  a:\n{text}").apps["a"].root


def test_children_that_share_a_module_are_told_apart(system_of):
    root = tree(
        system_of, "    strategy: rest_for_one\n    children: [one, {gen_server: two, count: 3}]\n"
    )

    assert names(members(root)) == ["one", "two[1]", "two[2]", "two[3]"]
    assert effect(root, "two[2]") == (["two[3]"], ["two[2]", "two[3]"], ["one", "two[1]"])


def test_tasks_come_and_go_and_are_not_counted_on(system_of):
    root = tree(system_of, "    strategy: one_for_all\n    children: [one, {task: two}, three]\n")

    assert effect(root, "one") == (["three"], ["one", "three"], [])


@pytest.mark.parametrize(
    ("how", "ending"), [("any_significant", ["two"]), ("all_significant", ["two", "three"])]
)
def test_significant_children_end_their_supervisor(system_of, how, ending):
    root = tree(
        system_of,
        f"""
    auto_shutdown: {how}
    children:
      - one
      - {{gen_server: two, restart: transient, significant: true}}
      - {{gen_server: three, restart: temporary, significant: true}}
""",
    )

    assert names(ends_until_it_shuts_down(root)) == ending
    alone = child_ends(root, member(root, "two"), "normal").ends
    assert alone == ("auto_shutdown" if how == "any_significant" else None)
    assert child_ends(root, member(root, "two"), "abnormal").ends is None
