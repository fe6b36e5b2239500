"""What takes real time; played once, all trees at the same time.

No two restarts are as far apart as makes the phase of the second decide: within a burst they
come at once or SHORT apart, between bursts LONG.
"""

from random import Random

import pytest

from otpgen.semantics.processes import Dynamic, Process, Static
from otpgen.semantics.simulation import Simulation
from tests.semantics.oracle import Case, differences, play, predicted

SHORT, LONG = 0.3, 3.7
SEED, TREES, BURSTS = 1, 120, 3


def tree(random):
    def budget():
        return random.randint(0, 3), random.choice([1, 2])

    strategy = random.choice(["one_for_one", "one_for_all", "rest_for_one"])
    workers = tuple(Process(f"r.s.{name}") for name in "ab")
    inner = Process(
        "r.s",
        random.choice(["permanent", "permanent", "transient"]),
        kind="supervisor",
        supervises=Static(strategy, *budget(), children=workers),
    )
    several = Process("r.d", kind="dynamic", supervises=Dynamic(*budget(), child=Process("r.d.x")))
    # The root gives up, too, but not so soon that nothing is left to be seen.
    outer = Static("one_for_one", random.randint(2, 4), 2, children=(inner, several))
    return Process("r", shutdown="infinity", kind="supervisor", supervises=outer)


def case(random):
    root = tree(random)
    simulation = Simulation(root)
    events, now = [], 0.0
    for burst in range(BURSTS):
        if burst:
            events.append(("wait", LONG))
            now += LONG
        for number in range(random.randint(1, 6)):
            if number in (2, 4):
                events.append(("wait", SHORT))
                now += SHORT
            if simulation.ended:
                return Case(root, tuple(events))
            events.append(event(random, simulation))
            play(simulation, events[-1], now)
    return Case(root, tuple(events))


def event(random, simulation):
    workers = [p for p in simulation.living() if simulation.process(p).kind == "worker"]
    if "r.d" in simulation.living() and not any("r.d.x" in p for p in workers):
        return ("start_child", "r.d")
    if not workers or random.random() < 0.1:
        return ("stop", random.choice(simulation.living()[1:]), "boom")
    if random.random() < 0.2:
        return ("fail", random.choice(workers), 1)
    return ("exit", random.choice(workers), "boom")


def test_restarts_leave_the_window_as_seconds_go_by(oracle):
    random = Random(SEED)
    played = [case(random) for _ in range(TREES)]
    expected = [predicted(one) for one in played]

    actual = oracle.play(*played)

    found = [differences(*each) for each in zip(played, expected, actual, strict=True)]
    # Had nothing left the window, it would be another story.
    gone = sum(
        predicted(without_waits(one)) != told for one, told in zip(played, expected, strict=True)
    )
    print(f"\n{TREES} trees, in {gone} the window matters")
    assert [different for different in found if different] == []
    assert gone > TREES / 4


def without_waits(one):
    """Events that follow each other at once; those that would not happen then are left out."""
    simulation = Simulation(one.tree)
    events = []
    for happens in one.events:
        if happens[0] == "wait" or happens[1] not in simulation.living():
            continue
        events.append(happens)
        play(simulation, happens)
    return Case(one.tree, tuple(events))


NOISE = 400
"""Milliseconds that a busy machine may add."""


def supervisor(path, *children, **keywords):
    """One whose children are all ended with the first."""
    below = Static("one_for_all", children=children)
    return Process(
        path, **{"shutdown": "infinity", **keywords}, kind="supervisor", supervises=below
    )


def slow(path, milliseconds):
    """A worker that takes longer to end than it is given."""
    return Process(path, shutdown=milliseconds)


def several(path, *times):
    child = slow(f"{path}.x", times[0])
    return Process(path, shutdown="infinity", kind="dynamic", supervises=Dynamic(child=child))


SLOW = {
    "one after the other": ([slow("r.b", 200), slow("r.c", 300)], 500),
    "no wait for a brutal kill": ([Process("r.b", shutdown="brutal_kill")], 0),
    "a supervisor waits for its children": (
        [supervisor("r.s", slow("r.s.b", 200), slow("r.s.c", 300))],
        500,
    ),
    "a supervisor's own time is over": (
        [supervisor("r.s", slow("r.s.b", 300), slow("r.s.c", 300), shutdown=400)],
        400,
    ),
    "all of a dynamic supervisor at the same time": ([several("r.d", 300)], 300),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_restart_takes_as_long_as_those_are_given_that_do_not_end(oracle, name):
    children, longest = SLOW[name]
    root = supervisor("r", Process("r.a"), *children)
    starts = [("start_child", "r.d")] * 3 if "dynamic" in name else []
    one = Case(root, (*starts, ("kill", "r.a")))

    # The machine may be busy once, not each time.
    took = min(traces[-1]["ms"][0] for traces in oracle.play(*[one] * 5))

    assert predicted(one)[-1].within_ms == (0, longest)
    assert longest <= took <= longest + NOISE
