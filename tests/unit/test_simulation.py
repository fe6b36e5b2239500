"""The tree that runs, where no BEAM is asked: of the model, in time, with registries."""

import pytest

from otpgen.commands.check import check
from otpgen.commands.examples import example_file, example_names
from otpgen.semantics import child_ends, members, otp
from otpgen.semantics.processes import Dynamic, Process, Static, process_tree
from otpgen.semantics.simulation import NotRunning, Simulation
from otpgen.semantics.supervising import Undecided

HEAD = "otpgen: 1\nname: s\napps:\n  a:\n"
APPS = [app for name in example_names() for app in check(example_file(name)).system.apps.values()]
SUPERVISORS = [(a, s) for a in APPS for s in a.supervisors if not s.dynamic and s.named]


@pytest.fixture
def tree(system_of):
    """The process tree of an application that is written as YAML."""

    def build(text, **keywords):
        return process_tree(system_of(HEAD + text).apps["a"], **keywords)

    return build


def supervisor(path, *children, strategy="one_for_one", budget=3, seconds=5, **keywords):
    static = Static(strategy, budget, seconds, children=children)
    return Process(
        path, **{"shutdown": "infinity", **keywords}, kind="supervisor", supervises=static
    )


def paths(root):
    return [process.path for process in root.processes()]


def test_paths_are_those_that_users_write(tree):
    root = tree(
        """
    children:
      - {gen_server: slot, count: 2}
      - {partition_supervisor: shards, child: {gen_server: shard}}
      - {partition_supervisor: few, partitions: 1, child: {gen_server: one}}
      - supervisor: below
        children: [store]
""",
        schedulers=3,
    )

    assert paths(root) == [
        "a",
        *["a.slot[1]", "a.slot[2]"],
        *["a.shards", "a.shards.shard[0]", "a.shards.shard[1]", "a.shards.shard[2]"],
        *["a.few", "a.few.one[0]"],
        *["a.below", "a.below.store"],
    ]


def test_a_library_has_no_tree(system_of):
    library = system_of(HEAD + "    description: Functions\n").apps["a"]

    assert process_tree(library) is None


def test_what_is_declared_is_in_the_tree(tree):
    root = tree(
        """
    strategy: rest_for_one
    max_restarts: 1
    max_seconds: 9
    children:
      - registry: names
      - supervisor: sessions
        strategy: simple_one_for_one
        max_children: 7
        child: {gen_server: session, restart: temporary, via: names}
      - {task_supervisor: jobs, max_children: 2}
      - {spec: "{Cachex, name: :pages}", id: pages, type: supervisor}
      - {task: load, restart: transient, shutdown: brutal_kill}
"""
    )
    names, sessions, jobs, pages, load = root.children

    assert root.supervises == Static("rest_for_one", 1, 9, children=root.children)
    assert (names.kind, names.type) == ("registry", "supervisor")
    session = Process("a.sessions.session", "temporary", registry="a.names")
    assert sessions.supervises == Dynamic(3, 5, 7, session)
    assert jobs.supervises == Dynamic(3, 5, 2, Process("a.jobs.task", "temporary"))
    assert (pages.kind, pages.type, pages.shutdown) == ("subtree", "supervisor", "infinity")
    assert load == Process("a.load", "transient", "brutal_kill", kind="task")


@pytest.mark.parametrize(("app", "found"), SUPERVISORS, ids=lambda value: value.name)
@pytest.mark.parametrize("reason", ["normal", "shutdown", "boom"])
def test_sentences_and_generated_tests_say_what_the_simulation_says(app, found, reason):
    tree = process_tree(app)
    everybody = members(found)
    by_path = {f"{found.path}.{member.name}": member for member in everybody}

    def of(seen):
        return tuple(by_path[path] for path in seen if path in by_path)

    for path, member in by_path.items():
        effect = child_ends(found, member, reason if reason != "boom" else "abnormal")
        trace = Simulation(tree).exit(path, reason)

        assert effect.stopped == of(trace.terminated)
        assert (effect.ends == "gave_up") == (found.path in trace.gave_up)
        assert (effect.ends == "auto_shutdown") == (found.path in trace.auto_shutdown)
        if effect.ends is None:
            assert effect.restarted == of(trace.started)
            assert effect.kept == of(trace.unchanged)


def test_tasks_have_done_their_work_and_do_it_again_with_their_group(tree):
    root = tree(
        """
    strategy: one_for_all
    children:
      - store
      - {task: load, restart: transient}
      - {task: greet}
"""
    )
    simulation = Simulation(root)

    assert simulation.living() == ("a", "a.store")
    assert simulation.kill("a.store").started == ("a.store", "a.load")
    assert simulation.living() == ("a", "a.store")


def restarts(seconds, at, **keywords):
    """Whether the root lives after exits at these instants."""
    simulation = Simulation(supervisor("r", Process("r.a"), budget=1, seconds=seconds), **keywords)
    for instant in at:
        simulation.exit("r.a", "boom", at=instant)
    return not simulation.ended


@pytest.mark.parametrize(
    "why", ["done", "{:a, 1}", "%{a: 1, b: 2}", "[a: 1, b: 2]", '"a, {"', "<<1, 2>>", "f(1, 2)"]
)
def test_a_tuple_of_two_is_a_shutdown_and_one_of_three_is_none(why):
    assert otp.is_good(f"{{:shutdown, {why}}}")
    assert not otp.is_good(f"{{:shutdown, {why}, {why}}}")
    assert not otp.is_good(f"{{:boom, {why}}}")


def test_the_window_is_inclusive_and_slides():
    assert not restarts(5, [0.5, 5.5])
    assert not restarts(1, [0.1 + 0.2, 1.3])
    assert restarts(5, [0.5, 6.5])
    assert restarts(1, [0, 2, 4, 6, 8])
    assert not restarts(1, [0, 2, 4, 6, 6.5])


def test_between_the_window_and_a_second_more_the_phase_of_the_second_decides():
    with pytest.raises(Undecided) as raised:
        restarts(5, [0.5, 6])

    assert (raised.value.path, raised.value.max_seconds) == ("r", 5)
    assert not restarts(5, [0.5, 6], in_band=True)
    assert restarts(5, [0.5, 6], in_band=False)


def test_the_band_does_not_matter_where_the_budget_decides_without_it():
    assert not restarts(5, [0, 0])
    both = Simulation(supervisor("r", Process("r.a"), budget=2, seconds=5))
    for instant in (0, 5.5):
        both.exit("r.a", "boom", at=instant)

    assert not both.ended


def test_instants_do_not_go_back():
    simulation = Simulation(supervisor("r", Process("r.a")))
    simulation.kill("r.a", at=3)

    with pytest.raises(ValueError, match="before"):
        simulation.kill("r.a", at=2)


@pytest.mark.parametrize(
    ("shutdown", "within"), [(300, 300), ("brutal_kill", 0), ("infinity", None)]
)
def test_how_long_a_restart_takes_is_bounded_by_the_shutdown_of_those_that_are_ended(
    shutdown, within
):
    children = (Process("r.a"), Process("r.b", shutdown=shutdown))
    simulation = Simulation(supervisor("r", *children, strategy="one_for_all"))

    assert simulation.kill("r.a").within_ms == (0, within)


def test_a_supervisor_waits_for_one_after_the_other_and_has_a_bound_of_its_own():
    workers = [Process(f"r.s.{name}", shutdown=200) for name in "ab"]
    asked = Process("r.a")

    def bound(inner):
        root = supervisor("r", asked, inner, strategy="one_for_all")
        return Simulation(root).kill("r.a").within_ms[1]

    assert bound(supervisor("r.s", *workers)) == 400
    assert bound(supervisor("r.s", *workers, shutdown=300)) == 300


def test_a_dynamic_supervisor_waits_for_all_at_the_same_time():
    child = Process("r.d.x", shutdown=200)
    several = Process("r.d", shutdown="infinity", kind="dynamic", supervises=Dynamic(child=child))
    simulation = Simulation(supervisor("r", several))
    simulation.start_child("r.d")
    simulation.start_child("r.d", "key")

    trace = simulation.stop("r.d")

    assert trace.within_ms == (0, 200)
    assert trace.terminated == ("r.d.x[1]", "r.d.x[key]")
    assert trace.unordered == (("r.d.x[1]", "r.d.x[key]"),)
    assert trace.started == ("r.d",)


def known(strategy, restart):
    child = Process("r.d.x", restart, registry="r.names")
    several = Process("r.d", shutdown="infinity", kind="dynamic", supervises=Dynamic(child=child))
    names = Process("r.names", shutdown="infinity", kind="registry")
    simulation = Simulation(supervisor("r", names, several, strategy=strategy))
    simulation.start_child("r.d", "one")
    return simulation


# Measured with a registry and a dynamic supervisor as siblings, 100 runs of each.
def test_the_end_of_a_registry_is_the_end_of_those_it_knows():
    trace = known("one_for_one", "temporary").kill("r.names")

    assert trace.killed == ("r.names", "r.d.x[one]")
    assert trace.started == ("r.names",)
    assert trace.unchanged == ("r", "r.d")


@pytest.mark.parametrize("restart", ["permanent", "temporary"])
@pytest.mark.parametrize("reason", ["kill", "boom"])
def test_under_rest_for_one_who_is_found_there_starts_anew(restart, reason):
    trace = known("rest_for_one", restart).exit("r.names", reason)

    assert trace.terminated == ("r.d",)
    assert trace.started == ("r.names", "r.d")
    assert trace.gave_up == ()


def test_a_kill_above_a_registry_tells_of_each_death_once():
    names = Process("r.s.names", shutdown="infinity", kind="registry")
    inner = supervisor("r.s", names, Process("r.s.a", registry="r.s.names"))
    simulation = Simulation(supervisor("r", inner, Process("r.b", registry="r.s.names")))

    trace = simulation.kill("r.s")

    assert trace.killed == ("r.s", "r.b", "r.s.a", "r.s.names")
    assert trace.started == ("r.s", "r.s.names", "r.s.a", "r.b")


def test_who_is_found_in_a_registry_that_is_down_cannot_start():
    trace = known("one_for_one", "permanent").stop("r.names", "boom")

    assert trace.gave_up == ("r.d",)
    assert trace.started == ("r.d", "r.names")


def test_an_application_is_stopped_and_started_again():
    simulation = Simulation(supervisor("r", Process("r.a"), supervisor("r.s", Process("r.s.b"))))

    stopped = simulation.shut_down()
    assert stopped.terminated == ("r.s.b", "r.s", "r.a", "r")
    assert stopped.ended and simulation.ended

    assert simulation.start().started == ("r", "r.a", "r.s", "r.s.b")
    assert simulation.start().started == ()


def test_a_root_that_cannot_start_stays_away():
    simulation = Simulation(supervisor("r", Process("r.a"), Process("r.b")))
    simulation.shut_down()
    simulation.fail("r.b")

    trace = simulation.start()

    assert (trace.started, trace.terminated, trace.ended) == (("r.a",), ("r.a",), True)


def test_events_need_somebody_who_lives():
    simulation = Simulation(supervisor("r", Process("r.a", "temporary")))
    simulation.exit("r.a", "boom")

    for event in (simulation.kill, simulation.exit, simulation.terminate_child):
        with pytest.raises(NotRunning):
            event("r.a")
    with pytest.raises(NotRunning):
        simulation.terminate_child("r")
    with pytest.raises(NotRunning):
        simulation.start_child("r")


def test_any_child_may_be_started_where_nothing_is_said():
    several = Process("r.d", kind="dynamic", supervises=Dynamic())
    simulation = Simulation(supervisor("r", several))

    trace = simulation.start_child("r.d", child=Process("r.d.child"))

    assert trace.started == ("r.d.child[1]",)
