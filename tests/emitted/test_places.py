"""Where applications run: semantics and real nodes say the same, event by event.

Random lists of nodes and random events, cuts of the network among them; each way to go on after
giving up.
"""

import json
import subprocess
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from otpgen import resources
from otpgen.catalogue import read_catalogue
from otpgen.errors import OtpgenError
from otpgen.model import build_system
from otpgen.semantics.cluster import CUT
from otpgen.semantics.events import read_events
from otpgen.semantics.names import Names
from otpgen.semantics.playing import play_on
from otpgen.semantics.world import World
from otpgen.source import parse
from otpgen.spec import read_spec
from tests.conftest import how_many

pytestmark = pytest.mark.cluster
HERE = Path(__file__).parent
CASE = HERE / "cases/places/otpgen.yaml"
SCRIPT = HERE / "places/play.exs"
FEW = 6
FOUND = (94,)
"""Seeds that semantics was once wrong about."""
EVENTS = 5
VERBS = ("down", "shutdown", "up", "up", "give_up", "give_up", "split", "heal", "heal")
ON_GIVE_UP = {"again": "restart", "moving": "move", "down": "stay_down", "fatal": "stop_node"}

counted = Counter()


def ranks(random, nodes):
    """An order of all nodes or some; equals now and then."""
    order = random.sample(nodes, random.randint(min(2, len(nodes)), len(nodes)))
    at = random.randint(0, len(order) - 2)
    if random.random() < 0.4:
        return [*order[:at], order[at : at + 2], *order[at + 2 :]]
    return order


def world_of(nodes, apps):
    """The same applications in the order of the list, each where the case has it."""
    text = "otpgen: 1\nname: places\napps:\n"
    for name in apps:
        text += f"  {name}:\n    on_give_up: {ON_GIVE_UP[name]}\n    children: [one_{name}]\n"
    text += "nodes: {" + ", ".join(f"{n}: {4001 + i}" for i, n in enumerate(nodes)) + "}\n"
    text += "distributed:\n"
    for name, (timeout, order) in apps.items():
        text += f"  {name}: {{timeout: {timeout}ms, nodes: {json.dumps(order)}}}\n"
    text += "sync: {optional: others, timeout: 500ms}\n"
    kinds = read_catalogue(resources.folder("templates")).kinds
    system = build_system(read_spec(parse(text, "otpgen.yaml"), kinds))
    return World(system, system.cluster, Names(system, system.cluster))


class Player:
    """A BEAM that starts nodes, plays events on them and tells what it saw."""

    def __init__(self, root, env):
        self._beam = subprocess.Popen(
            ["mix", "run", "--no-start", str(SCRIPT)],
            cwd=root,
            env={**env, "MIX_ENV": "test"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, term):
        self._beam.stdin.write(f"{term}.\n")
        self._beam.stdin.flush()
        for line in self._beam.stdout:
            if line.startswith("> "):
                answer = json.loads(line[2:])
                assert isinstance(answer, list), answer
                return answer
        pytest.fail("the BEAM is gone")

    def start(self, folder, nodes, apps):
        placed = [f"{{{app},{timeout},{term(order)}}}" for app, (timeout, order) in apps.items()]
        return self.ask(f'{{start,"{folder}",[{",".join(nodes)}],[{",".join(placed)}]}}')

    def close(self):
        self._beam.stdin.close()
        self._beam.wait(timeout=60)
        self._beam.stdout.close()


def atoms(names):
    """A name, or lists of names, as Erlang has it."""
    return json.dumps(names).replace('"', "")


def term(order):
    """A list of nodes as kernel has it: a set of equals is a tuple."""
    ranks = [one if isinstance(one, str) else f"{{{','.join(one)}}}" for one in order]
    return f"[{','.join(ranks)}]"


@pytest.fixture(scope="module")
def player(project, environment):
    beam = Player(project(str(CASE)), environment)
    yield beam
    beam.close()
    print("\n" + ", ".join(f"{number} {verb}" for verb, number in counted.items()))


@pytest.mark.parametrize("seed", sorted({*range(how_many(FEW)), *FOUND}))
def test_applications_run_where_semantics_says(player, tmp_path, seed):
    random = Random(seed)
    nodes = ["a", "b", "c"][: random.choice([2, 3, 3])]
    # Of equals two must not be due at the same instant: dist_ac hangs (OG115).
    timeouts = [300, 600, 900]
    names = random.sample(sorted(ON_GIVE_UP), random.randint(1, 3))
    apps = {name: (timeouts.pop(), ranks(random, nodes)) for name in names}
    world = world_of(nodes, apps)

    _, _, seen = player.start(tmp_path, nodes, apps)
    try:
        starts_as_seen(world, dict(seen[-1]))
        story = []
        for _ in range(EVENTS):
            event, said = next_event(random, world, story)
            story.append(event)
            counted[event[0]] += 1
            told = player.ask(f"{{{event[0]},{atoms(event[1])}}}")
            assert differences(said, world.nodes.up, *told) == [], (apps, story)
    finally:
        player.ask("stop")


def starts_as_seen(world, places):
    """Nodes that boot together race for who among equals is the least busy; no others."""
    for app, there in places.items():
        first = world.system.cluster.distributed[app].ranks[0]
        assert len(there) == 1 and there[0] in first
        world.nodes.runs[app] = there


def next_event(random, world, story):
    """An event that can happen, and what semantics says of it."""
    while True:
        verb = random.choice(VERBS)
        event = (verb, whom(random, world, verb))
        if verb == "give_up" and (story.count(event) == 2 or len(world.nodes.runs[event[1]]) > 1):
            continue  # rests become long; of two copies nobody says which
        try:
            return event, play_on(world, read_events(text_of(*event), world.names)[0])
        except OtpgenError:  # it cannot happen now
            continue


def whom(random, world, verb):
    """What an event befalls: an application, a node, or the sides of a cut."""
    nodes = list(world.system.nodes)
    match verb:
        case "give_up":
            return random.choice(world.nodes.order)
        case "split":
            cut = random.randint(1, len(nodes) - 1)
            random.shuffle(nodes)
            return [nodes[:cut], nodes[cut:]]
        case "heal":
            return []
        case _:
            return random.choice(nodes)


def text_of(verb, whom):
    """The event as ``whatif`` takes it."""
    match verb:
        case "give_up":
            return f"kill {whom} with shutdown"
        case "split":
            return f"split {' / '.join(' '.join(side) for side in whom)}"
        case "heal":
            return "heal"
        case _:
            return f"{verb} {whom}"


def differences(said, up, took, there, seen):
    """What nodes do otherwise than semantics says, in text."""
    wrong = [] if there == sorted(up) else [f"up are {there}, said {sorted(up)}"]
    for app, nodes in said.distributed.items():
        places = [dict(place)[app] for place in seen]
        last = [said.home[app]] if app in said.home else list(nodes)
        if sorted(nodes) not in places or places[-1] != sorted(last):
            wrong.append(f"{app} was seen on {places}, said {list(nodes)} and then {last}")
    # That a cookie is another is noticed at once, and not after a time of silence.
    least = said.within[0] - (CUT[0] if said.event.verb == "split" else 0)
    if took < least:
        wrong.append(f"{took} ms, said at least {least}")
    return wrong
