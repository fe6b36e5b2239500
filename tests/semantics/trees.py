"""Random trees that OTP accepts, and random events that may happen to them."""

from collections import Counter
from dataclasses import replace

from hypothesis import strategies as st

from otpgen.semantics.processes import Dynamic, Process, Static
from otpgen.semantics.simulation import Simulation
from tests.semantics.oracle import Case, play

LONG = 3_600
"""Seconds: no restart leaves the window while a case is played."""
DEPTH = 4
SHUTDOWNS = [5_000, "infinity", "brutal_kill"]
ENDS = ["normal", "shutdown", "{:shutdown, :done}", "boom"]
STRATEGIES = ["one_for_one", "one_for_all", "rest_for_one"]
AUTO_SHUTDOWNS = ["never", "any_significant", "all_significant"]
LEAVES = [*["worker"] * 7, "registry"]
NESTED = [*["supervisor"] * 5, *["dynamic"] * 3, "partition", "task_supervisor"]
SOME = [1, 2, 3, 0]
MANY = [2, 3, 4]
"""So many children, the simplest first; one that is alone shows little."""
ROOT = "r"


@st.composite
def process(draw, path, levels, auto_shutdown="never", deep=False):
    """A child; ``levels`` may be below it, and are if it is to be deep."""
    if deep and levels:
        kind = draw(st.sampled_from(["supervisor"] * 5 + ["dynamic"]))
    else:
        kind = draw(st.sampled_from(LEAVES + (NESTED if levels else [])))
    restart = draw(st.sampled_from(["permanent", "permanent", "transient", "temporary"]))
    significant = False
    # A significant child is not permanent, and its supervisor shuts itself down.
    if auto_shutdown != "never" and restart != "permanent":
        significant = draw(st.booleans())
    shutdown = draw(st.sampled_from(SHUTDOWNS))
    below = draw(supervises(kind, path, levels, deep))
    return Process(path, restart, shutdown, significant, kind, below)


@st.composite
def supervises(draw, kind, path, levels, deep=False):
    # A root that gives up at once has no more to tell.
    budget = draw(st.integers(2 if path == ROOT else 0, 5))
    if kind == "supervisor":
        auto_shutdown = draw(st.sampled_from(["never", *AUTO_SHUTDOWNS]))
        names = "abcd"[: draw(st.sampled_from(MANY if deep else SOME))]
        children = tuple(
            draw(process(f"{path}.{n}", levels - 1, auto_shutdown, deep and n == names[-1]))
            for n in names
        )
        strategy = draw(st.sampled_from(STRATEGIES))
        # The deep one stands where the strategy can reach it from both sides.
        children = children[-1:] + children[:-1] if draw(st.booleans()) else children
        return Static(strategy, budget, LONG, auto_shutdown, children)
    if kind == "partition":
        one = draw(process(f"{path}.p", 0))
        partitions = range(draw(st.integers(1, 3)))
        children = tuple(_at(one, f"{path}.p[{n}]") for n in partitions)
        return Static("one_for_one", budget, LONG, children=children)
    if kind == "dynamic":
        most = draw(st.sampled_from([None, None, 1, 2]))
        return Dynamic(budget, LONG, most, draw(process(f"{path}.d", min(levels - 1, 2))))
    if kind == "task_supervisor":
        most = draw(st.sampled_from([None, None, 2]))
        return Dynamic(budget, LONG, most, Process(f"{path}.task", "temporary"))
    return None


def _at(one, path):
    return Process(path, one.restart, one.shutdown, False, one.kind, one.supervises)


@st.composite
def cases(draw):
    """A case; its events are chosen among what lives then, as the simulation has it."""
    levels = draw(st.integers(1, DEPTH))
    tree = draw(process(ROOT, levels, deep=True))
    tree = replace(tree, restart="permanent", shutdown="infinity")
    simulation = Simulation(tree)
    events = []
    for _ in range(draw(st.sampled_from([4, 1, 8, 16]))):
        if simulation.ended:
            break
        found = possible(simulation, tree)
        usual = [kind for kind in OFTEN if found[kind]]
        kind = draw(st.sampled_from(usual or ["the root"]))
        events.append(draw(st.sampled_from(found[kind])))
        play(simulation, events[-1])
    return Case(tree, tuple(events))


OFTEN = [
    *["exit"] * 12,
    *["kill"] * 8,
    *["start_child"] * 8,
    *["fail"] * 5,
    *["stop"] * 4,
    *["kill a supervisor"] * 2,
    *["terminate_child"] * 2,
    "the root",
]


def possible(simulation, tree):
    """All events that make sense now, by what they are."""
    found = {kind: [] for kind in OFTEN}
    for path in simulation.living():
        one = simulation.process(path)
        root = path == tree.path
        if one.kind == "worker":
            found["exit"] += [("exit", path, reason) for reason in ENDS]
            found["kill"].append(("kill", path))
        else:
            found["the root" if root else "kill a supervisor"].append(("kill", path))
            found["the root" if root else "stop"] += [("stop", path, r) for r in ENDS]
        if not root:
            found["terminate_child"].append(("terminate_child", path))
            found["fail"] += [("fail", path, times) for times in (1, 2, 9)]
        if isinstance(one.supervises, Dynamic):
            found["start_child"].append(("start_child", path))
    found["the root"].append(("shut_down",))
    return found


def count(counted: Counter, case, traces):
    """Add what was seen in a case."""
    counted["cases"] += 1
    everybody = list(case.tree.processes())
    counted["processes"] += len(everybody)
    counted["trees four deep"] += max(p.path.count(".") for p in everybody) >= DEPTH
    for trace in traces:
        counted["events"] += 1
        counted["terminated"] += len(trace.terminated)
        counted["started again"] += bool(trace.killed) and len(trace.started)
        counted["gave up"] += len(trace.gave_up)
        counted["auto-shutdowns"] += len(trace.auto_shutdown)
        counted["ends of the root"] += trace.ended
        counted["unordered"] += bool(trace.unordered)
    counted["failing starts"] += sum(event[0] == "fail" for event in case.events)
