"""A table on the discs of three nodes: nodes are killed, lose each other, and meet again."""

import os
import re
import shutil
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest

from otpgen.commands.new import new

from .conftest import free_ports, require
from .test_nodes import NODES, Cluster, eventually

pytestmark = pytest.mark.cluster
CASES = Path(__file__).parent / "cases"
CASE = CASES / "table/otpgen.yaml"
ROLES = CASES / "durable_roles/otpgen.yaml"
SCRIPT = Path(__file__).parent / "durable/play.exs"
FEW = 3
VERBS = ("kill", "kill", "kill", "start", "start", "cut", "cut", "cut", "heal", "stop", "go_on")


class Tables(Cluster):
    """Asks a node for what the table orders answers."""

    def rpc(self, node, code):
        name = f"probe{time.monotonic_ns()}@127.0.0.1"
        done = subprocess.run(
            ["elixir", "--name", name, "--hidden", "--rpc-eval", f"{node}@127.0.0.1", code],
            env={**self.env, "HOME": str(self.root / "var/home")},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.strip()

    def put(self, node, value, table="Store.Orders"):
        return self.rpc(node, f"IO.inspect({table}.put(:key, {value}))")

    def read(self, node, table="Store.Orders"):
        return self.rpc(node, f"IO.inspect({table}.get(:key))")

    def begin(self):
        """Start all, and have 1 on each."""
        self.sh("all")
        eventually(lambda: self.put("node1", 1) == ":ok")
        for node in NODES:
            eventually(lambda node=node: self.read(node) == "{:ok, 1}")

    def copies(self, node):
        """How many copies the tables of both applications have."""
        counted = "length(:mnesia.table_info(table, :disc_copies))"
        code = f'for table <- [Left.Orders, Right.Bank], do: IO.write("#{{{counted}}} ")'
        return self.rpc(node, code)

    def cut(self, nodes, others):
        """Have nodes lose others, and take them for strangers."""
        self.meet(nodes, others, ":other")

    def heal(self, nodes, others):
        self.meet(nodes, others, ":erlang.get_cookie()")
        self.rpc(nodes[0], f"for n <- {atoms(others)}, do: Node.connect(n)")

    def meet(self, nodes, others, cookie):
        for node in nodes:
            self.rpc(
                node,
                f"for n <- {atoms(others)} do"
                f" :erlang.set_cookie(n, {cookie}); :erlang.disconnect_node(n) end",
            )


def atoms(nodes):
    return "[" + ", ".join(f':"{node}@127.0.0.1"' for node in nodes) + "]"


@pytest.fixture
def start(tmp_path_factory, project, environment):
    require("mix", "elixir", "erl", "ps")
    made = []

    def start_case(case, nodes):
        compiled = project(str(case))
        root = tmp_path_factory.mktemp("table") / "project"
        found, text = free_ports(2 * len(nodes)), case.read_text()
        ports, health = found[::2], dict(zip(nodes, found[1::2], strict=True))
        for node, port in zip(nodes, ports, strict=True):
            said = f"ports: {{http: {port}, health: {health[node]}}}"
            text = re.sub(rf"  {node}: (?:\{{port: )?\d+", f"  {node}: {{{said}", text)
            text = re.sub(rf"(  {node}: \{{ports: \{{[^}}]*\}})$", r"\1}", text, flags=re.M)
        file = root.parent / "otpgen.yaml"
        file.write_text(text)
        new(file, root)
        shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
        made.append(Tables(root, ports, environment, health))
        return made[-1]

    yield start_case
    for tables in made:
        tables.sh("stop")


@pytest.fixture
def tables(start):
    return start(CASE, NODES)


def test_a_partition_takes_nothing_that_was_acknowledged_whichever_table_it_is_in(start):
    nodes = [f"node{n}" for n in range(6)]
    tables = start(ROLES, nodes)
    tables.sh("all")
    orders, bank = "Left.Orders", "Right.Bank"
    eventually(lambda: tables.put("node1", 1, orders) == ":ok")
    eventually(lambda: tables.put("node5", 1, bank) == ":ok")
    for node in ("node1", "node2", "node3"):
        eventually(lambda node=node: tables.read(node, orders) == "{:ok, 1}")
    for node in nodes[1:]:
        eventually(lambda node=node: tables.copies(node) == "5 5")

    # Of the three that have orders two are here; of the five with tables two.
    here, there = ["node1", "node2"], ["node3", "node4", "node5"]
    tables.cut(here, [*there, "node0"])
    eventually(lambda: tables.put("node1", 2, orders) in (":ok", "{:error, :no_majority}"))
    # While they find out who is gone a write may be away.
    eventually(lambda: tables.put("node3", 3, orders) == ":ok")
    assert tables.put("node1", 2, orders) == "{:error, :no_majority}"
    eventually(lambda: tables.put("node4", 3, bank) == ":ok")

    tables.heal(here, [*there, "node0"])
    for node in ("node1", "node2", "node3"):
        eventually(lambda node=node: tables.read(node, orders) == "{:ok, 3}")
    eventually(lambda: tables.put("node2", 4, orders) == ":ok")
    assert tables.read("node3", orders) == "{:ok, 4}"
    assert tables.read("node5", bank) == "{:ok, 3}"


def test_what_was_kept_outlives_a_node_and_all_of_them(tables):
    tables.begin()

    # Two of three are a majority.
    tables.sh("kill", "1")
    eventually(lambda: tables.put("node2", 2) == ":ok")
    assert tables.read("node3") == "{:ok, 2}"

    # One of three is none: it reads, and does not write.
    tables.sh("kill", "2")
    eventually(lambda: tables.put("node3", 3) == "{:error, :no_majority}")
    assert tables.read("node3") == "{:ok, 2}"

    # All come back at once: it is not the first by name whose copy is taken.
    tables.sh("kill", "3")
    tables.sh("all")
    for node in NODES:
        eventually(lambda node=node: tables.read(node) == "{:ok, 2}")
    eventually(lambda: tables.put("node1", 4) == ":ok")
    # Mnesia was never started with a folder of its own choice.
    assert not list(tables.root.glob("Mnesia.*"))


def test_two_of_three_begin_again_without_the_third_which_ended_last(tables):
    tables.begin()
    tables.sh("kill", "1")
    eventually(lambda: tables.put("node2", 2) == ":ok")
    tables.sh("kill", "2")
    tables.sh("kill", "3")

    tables.sh("start", "1")
    tables.sh("start", "2")
    for node in ("node1", "node2"):
        eventually(lambda node=node: tables.read(node) == "{:ok, 2}")
    eventually(lambda: tables.put("node1", 3) == ":ok")

    tables.sh("start", "3")
    eventually(lambda: tables.read("node3") == "{:ok, 3}")


def test_who_was_alone_takes_over_what_the_others_wrote(tables):
    tables.begin()

    # node3 cannot meet the others as long as it takes them for strangers.
    cut = (
        'for n <- [:node1, :node2], peer = :"#{n}@127.0.0.1" do'
        " :erlang.set_cookie(peer, :other); :erlang.disconnect_node(peer) end"
    )
    tables.rpc("node3", cut)
    eventually(lambda: tables.put("node3", 3) == "{:error, :no_majority}")
    eventually(lambda: tables.put("node1", 2) == ":ok")
    assert tables.read("node3") == "{:ok, 1}"

    tables.rpc(
        "node3",
        'for n <- [:node1, :node2], peer = :"#{n}@127.0.0.1" do'
        " :erlang.set_cookie(peer, :erlang.get_cookie()); Node.connect(peer) end",
    )

    eventually(lambda: tables.read("node3") == "{:ok, 2}")
    eventually(lambda: tables.put("node3", 5) == ":ok")
    assert tables.read("node1") == "{:ok, 5}"


def test_nodes_that_all_lost_each_other_become_one_again(tables):
    tables.begin()

    tables.cut(["node1"], ["node2", "node3"])
    tables.cut(["node2"], ["node3"])
    for node in NODES:
        eventually(lambda node=node: tables.put(node, 2) == "{:error, :no_majority}")

    tables.heal(["node2"], ["node3"])
    tables.heal(["node1"], ["node2", "node3"])
    for node in reversed(NODES):
        eventually(lambda node=node: tables.put(node, int(node[-1])) == ":ok")
    for node in NODES:
        assert tables.read(node) == "{:ok, 1}"


def test_of_nodes_that_cannot_write_that_is_believed_which_could_last(tables):
    tables.begin()

    tables.cut(["node1"], ["node2", "node3"])
    eventually(lambda: tables.put("node2", 2) == ":ok")
    tables.cut(["node2"], ["node3"])
    eventually(lambda: tables.put("node2", 3) == "{:error, :no_majority}")

    tables.heal(["node1"], ["node2"])
    eventually(lambda: tables.read("node1") == "{:ok, 2}")
    eventually(lambda: tables.put("node1", 4) == ":ok")
    tables.heal(["node1", "node2"], ["node3"])
    eventually(lambda: tables.read("node3") == "{:ok, 4}")


def test_who_starts_again_does_not_take_the_older_copy_of_who_was_alone(tables):
    tables.begin()

    tables.cut(["node1"], ["node2", "node3"])
    eventually(lambda: tables.put("node2", 2) == ":ok")
    tables.sh("kill", "2")
    tables.sh("kill", "3")
    tables.heal(["node1"], ["node2", "node3"])
    eventually(lambda: tables.read("node1") == "{:ok, 1}")

    tables.sh("start", "2")
    for node in ("node2", "node1"):
        eventually(lambda node=node: tables.read(node) == "{:ok, 2}")
    eventually(lambda: tables.put("node1", 3) == ":ok")
    tables.sh("start", "3")
    eventually(lambda: tables.read("node3") == "{:ok, 3}")


def test_a_node_whose_disc_was_lost_takes_its_copy_from_the_others(tables):
    tables.begin()

    tables.sh("kill", "1")
    shutil.rmtree(tables.root / "var/mnesia/node1@127.0.0.1")
    tables.sh("start", "1")

    eventually(lambda: tables.read("node1") == "{:ok, 1}")
    eventually(lambda: tables.put("node1", 2) == ":ok")
    assert tables.read("node3") == "{:ok, 2}"


class Player:
    """A BEAM that writes to random nodes all the time, and remembers what was acknowledged."""

    def __init__(self, tables):
        self._beam = subprocess.Popen(
            ["elixir", "--name", "player@127.0.0.1", "--hidden", str(SCRIPT)],
            env={**tables.env, "HOME": str(tables.root / "var/home")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, code):
        self._beam.stdin.write(f"{code}\n")
        self._beam.stdin.flush()
        for line in self._beam.stdout:
            if line.startswith("> "):
                return line[2:].strip()
        pytest.fail("the BEAM is gone")

    def close(self):
        self._beam.stdin.close()
        self._beam.wait(timeout=60)
        self._beam.stdout.close()


class World:
    """Three nodes, which of them run, and which of those stand still."""

    def __init__(self, tables, player):
        self.tables, self.player = tables, player
        self.pids = {node: tables.pid(node) for node in NODES}
        self.still = set()

    def kill(self, nodes):
        for node in self.pids.keys() & set(nodes):
            os.kill(self.pids.pop(node), signal.SIGKILL)
            self.still.discard(node)

    def start(self, nodes):
        missing = [node for node in nodes if node not in self.pids]
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda node: self.tables.sh("start", node[-1]), missing))
        self.pids |= {node: self.tables.pid(node) for node in missing}

    def stop(self, nodes):
        for node in self.pids.keys() & set(nodes[:1]):
            os.kill(self.pids[node], signal.SIGSTOP)
            self.still.add(node)

    def go_on(self, _nodes):
        for node in self.still:
            os.kill(self.pids[node], signal.SIGCONT)
        self.still.clear()

    def cut(self, nodes):
        self.meet("cut", nodes)

    def heal(self, nodes):
        self.meet("heal", nodes)

    def meet(self, verb, nodes):
        there = [node for node in nodes if node in self.pids and node not in self.still]
        for node in there:
            self.player.ask(f"Play.{verb}({names([node])}, {names(nodes)})")

    def whole(self):
        self.go_on(NODES)
        self.start(NODES)
        self.heal(NODES)


def names(nodes):
    return "[" + ", ".join(f":{node}" for node in nodes) + "]"


@pytest.fixture
def world(tables):
    tables.sh("all")
    player = Player(tables)
    for node in NODES:
        eventually(lambda node=node: player.ask(f"Play.put(:{node})") == "[:ok, :ok]")
    world = World(tables, player)
    player.ask(f"Play.write({names(NODES)})")
    yield world
    world.go_on(NODES)
    print("\nacknowledged:", player.ask("Play.acknowledged()"))
    player.close()


def test_whatever_happens_what_was_acknowledged_is_there_when_all_is_whole(world, cases):
    for seed in range(cases or FEW):
        random, story = Random(seed), []
        before = int(world.player.ask("Play.acknowledged()"))
        for _ in range(random.randint(3, 8)):
            verb = random.choice(VERBS)
            nodes = random.sample(NODES, random.randint(1, 3))
            rest = random.choice([0, 0.1, 0.5, 1, 2, 4])
            story.append((verb, nodes, rest))
            getattr(world, verb)(nodes)
            time.sleep(rest)  # what is played: nobody tells when the next thing happens
        print(seed, story)
        world.whole()
        for node in NODES:
            eventually(lambda node=node: world.player.ask(f"Play.put(:{node})") == "[:ok, :ok]", 90)
        for node in NODES:
            eventually(lambda node=node: world.player.ask(f"Play.lacks(:{node})") == "[]")
        assert world.player.ask("Play.twice()") == "[]"
        assert int(world.player.ask("Play.acknowledged()")) > before
