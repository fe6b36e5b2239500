"""Random events: whatever is typed ends in an answer or in problems, and the cluster holds."""

from hypothesis import given
from hypothesis import strategies as st

from otpgen.commands.check import check
from otpgen.commands.examples import example_file, example_names
from otpgen.errors import OtpgenError
from otpgen.semantics.costs import costs
from otpgen.semantics.events import read_events
from otpgen.semantics.names import Names
from otpgen.semantics.playing import play, play_on
from otpgen.semantics.words.answers import tell
from otpgen.semantics.world import World

SYSTEMS = {name: check(example_file(name)).system for name in example_names()}
WORDS = [
    *("kill", "crash", "terminate", "stop", "down", "shutdown", "up", "split", "heal", "then"),
    *("with", "normal", "4", "times", "within", "5s", "5", "0", "/", "{:shutdown, x}", "[1]"),
]


@st.composite
def texts(draw):
    name = draw(st.sampled_from(sorted(SYSTEMS)))
    system = SYSTEMS[name]
    names = Names(system, system.cluster)
    known = [*WORDS, *names.processes, *names.apps, *names.nodes]
    words = draw(st.lists(st.sampled_from(known) | st.text(max_size=4), max_size=12))
    return name, " ".join(words)


@given(texts())
def test_whatever_is_typed_ends_in_an_answer_or_in_problems(case):
    name, text = case
    system = SYSTEMS[name]
    try:
        answers = play(system, system.cluster, text)
    except OtpgenError as error:
        assert {problem.code for problem in error.problems} <= {"OG011", "OG012", "OG013"}
        assert all(problem.location.column >= 1 for problem in error.problems)
    else:
        for answer in answers:
            assert tell(answer, system).headline


@st.composite
def stories(draw):
    name = draw(st.sampled_from(["g4", "fleet"]))
    system = SYSTEMS[name]
    nodes = list(system.nodes)
    processes = [cost.path.replace("[n]", "[1]") for cost in costs(system, system.cluster)]
    one = (
        st.sampled_from([f"{verb} {node}" for verb in ("down", "up", "shutdown") for node in nodes])
        | st.sampled_from([f"kill {process}" for process in processes])
        | st.sampled_from([f"crash {process} 5 times within 1s" for process in processes])
        | st.sampled_from([f"stop {app}" for app in system.distributed])
        | st.integers(1, len(nodes) - 1).map(
            lambda at: f"split {' '.join(nodes[:at])} / {' '.join(nodes[at:])}"
        )
        | st.just("heal")
    )
    return name, draw(st.lists(one, min_size=1, max_size=15))


@given(stories())
def test_an_application_runs_once_on_each_side_on_which_it_may(story):
    name, events = story
    system = SYSTEMS[name]
    names = Names(system, system.cluster)
    world = World(system, system.cluster, names)
    for text in events:
        try:
            answer = play_on(world, read_events(text, names)[0])
        except OtpgenError as error:  # it cannot happen now
            assert {problem.code for problem in error.problems} == {"OG013"}
            continue
        nodes = world.nodes
        for app, distributed in system.cluster.distributed.items():
            for side in nodes.sides:
                off = any((app, node) in nodes.off for node in side & nodes.up)
                may = [n for n in distributed.nodes if n in side & nodes.up]
                runs = [n for n in nodes.runs[app] if n in side]

                assert len(runs) == (1 if may and not off else 0), (text, app)
                assert set(runs) <= set(may)
        assert set(answer.killed).isdisjoint(answer.unchanged)
        assert tell(answer, system).headline
