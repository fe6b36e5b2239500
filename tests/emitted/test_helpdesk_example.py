"""The whole help desk on three nodes, with real peers: whatever is gone, nothing is lost.

``pytest -s --cases 1000`` tells the counts of a thousand tickets.
"""

import random
import re
import shutil
import threading
import time
from contextlib import contextmanager

import pytest
from demo_desk import CHANNELS, Desk, Tickets, environment, is_well, peers, quick

from otpgen.commands.examples import example_file
from otpgen.commands.new import new
from tests.conftest import how_many

from .conftest import free_ports, require
from .test_durable import Tables
from .test_nodes import NODES, Cluster, eventually

pytestmark = pytest.mark.cluster
ISOLATED = ["desk_web", "desk_api", *CHANNELS]
DISPATCHER = "desk_dispatcher"
NOTIFY = 'IO.inspect(DeskCore.notify(%{subject: "Leak", text: "It rains in."}))'
OPEN = """
tables = [DeskCore.tickets(), DeskCore.notifications(), DeskCore.channels(), DeskWeb.Keys.all()]
IO.inspect({:error, :away} not in tables)
"""


class Helpdesk(Cluster):
    """The example on ports of its own, and those whom it tells."""

    def __init__(self, root, ports, env, folder):
        http, health, self.api = ports[:3], dict(zip(NODES, ports[3:6], strict=True)), ports[6:9]
        nginx, api, *of_peers = map(int, ports[9:])
        super().__init__(root, [*http, nginx], env, health)
        self.peers = peers(folder, of_peers)
        self.desk = Desk(api, "a-token")

    rpc = Tables.rpc

    def architecture(self):
        text = quick(example_file("helpdesk").read_text())
        for node, api in zip(NODES, self.api, strict=True):
            ports = f"{{http: {self.http[node]}, api: {api}, health: {self.health[node]}}}"
            text, found = re.subn(rf"(  {node}: {{ports: ){{[^}}]*}}", rf"\g<1>{ports}", text)
            assert found == 1
        for said, port in (
            ("port: 6667", self.peers["desk_irc"].port),
            ("listen: 8080", self.nginx),
            ("listen: 8090", self.desk.port),
        ):
            assert said in text
            text = text.replace(said, f"{said.split()[0]} {port}")
        return text

    def start(self):
        self.sh("all")
        self.sh("nginx")
        self.await_tables()
        eventually(lambda: all(channel in self.channels() for channel in CHANNELS))

    def await_tables(self):
        """On each node they are opened beside what it serves."""
        for node in NODES:
            eventually(lambda node=node: self.rpc(node, OPEN) == "true")

    def channels(self):
        """The page about them, or nothing while there is none."""
        try:
            return self.get(self.nginx, "/channels")
        except OSError:
            return ""

    def notify(self):
        """The number of one more notification, by the API, or by core where that is off."""
        said = {"subject": "Leak", "text": "It rains in."}
        status, answer = self.desk.ask("POST", "/notifications", said)
        if status == 201:
            return answer["id"], True
        return int(re.search(r"id: (\d+)", self.rpc("node2", NOTIFY)).group(1)), False

    def page(self):
        return is_well(self.nginx)

    def have(self, number):
        """The channels whose peers have a notification."""
        return [channel for channel in CHANNELS if number in self.peers[channel].told()]


@pytest.fixture
def helpdesk(tmp_path, project, environment, request):
    require("mix", "elixir", "erl", "nginx", "ps", "ngircd", "msmtp")
    compiled = project("helpdesk")
    root = tmp_path / "helpdesk"
    made = Helpdesk(root, free_ports(15), dict(environment), tmp_path)
    (tmp_path / "otpgen.yaml").write_text(made.architecture())
    new(tmp_path / "otpgen.yaml", root)
    shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
    try:
        yield made
    finally:
        made.sh("stop")
        for peer in made.peers.values():
            peer.end()
        for node in NODES:
            log = root / f"var/log/{node}.log"
            if log.exists():
                request.node.add_report_section("teardown", node, log.read_text())


@pytest.fixture
def told(helpdesk, tmp_path):
    """The help desk, with its peers and all that it needs to reach them."""
    helpdesk.env |= environment(tmp_path, helpdesk.peers, helpdesk.desk.token)
    for peer in helpdesk.peers.values():
        peer.start()
    helpdesk.start()
    return helpdesk


def test_without_a_secret_and_without_anybody_there_it_starts_and_says_what_is_missing(
    helpdesk, tmp_path
):
    helpdesk.env["XDG_CONFIG_HOME"] = str(tmp_path / "none")
    for variable in ("DESK_TOKEN", "SLACK_WEBHOOK", "DISCORD_WEBHOOK"):
        helpdesk.env.pop(variable, None)
    helpdesk.start()

    _, by_api = helpdesk.notify()
    assert not by_api
    status, answer = helpdesk.desk.ask("GET", "/channels")
    assert (status, answer["detail"]) == (503, "DESK_TOKEN is not set where this runs")
    assert helpdesk.page()
    for why in (
        *("SLACK_WEBHOOK is not set", "DISCORD_WEBHOOK is not set"),
        *("econnrefused", "exit"),  # IRC, and mail
    ):
        eventually(lambda why=why: why in helpdesk.channels())


def test_each_of_the_isolated_may_be_stopped_while_all_others_go_on(told):
    for app in ISOLATED:
        told.sh("app", app, "off")

        number, by_api = told.notify()
        others = [channel for channel in CHANNELS if channel != app]
        eventually(lambda number=number, others=others: told.have(number) == others)
        page = told.page()
        assert page == (app != "desk_web")
        assert by_api == (app != "desk_api")
        works = ["page"] * page + ["api"] * by_api + told.have(number)
        print(f"\n{app} is off; there are: {', '.join(works)}", end="")

        told.sh("app", app, "on")
        eventually(lambda number=number: told.have(number) == CHANNELS)
        eventually(told.page)
        eventually(lambda: told.notify()[1])
    print()


def test_a_release_of_a_role_has_none_of_the_ways_out(project, run, tmp_path):
    root = tmp_path / "helpdesk"
    shutil.copytree(project("helpdesk"), root, symlinks=True)

    run("mix", "release", "inside", "--quiet", cwd=root, env={"MIX_ENV": "prod"})

    (libraries,) = root.glob("_build/prod/rel/inside/lib")
    has = {folder.name.rpartition("-")[0] for folder in libraries.glob("desk_*")}
    assert has == {"desk_core", "desk_dispatcher", "desk_web", "desk_api"}


MOODS = [(), ("429",), ("500", "200"), ("hangs", "429", "500"), ("200", "200", "500")]


class Trouble:
    """Kills each peer and starts it again, now and then; webhooks are in moods, too."""

    def __init__(self, peers, dice):
        self.kills, self.over = dict.fromkeys(peers, 0), threading.Event()
        self.threads = [
            threading.Thread(target=self.trouble, args=(name, peer, random.Random(dice.random())))
            for name, peer in peers.items()
        ]
        for thread in self.threads:
            thread.start()

    def trouble(self, name, peer, dice):
        while not self.over.wait(dice.uniform(0.5, 4)):
            peer.be(*dice.choice(MOODS))
            if dice.random() < 0.7:
                peer.kill()
                self.kills[name] += 1
                self.over.wait(dice.uniform(0, 2))
                peer.start()
        peer.be()

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


@contextmanager
def trouble(peers, dice):
    made = Trouble(peers, dice)
    try:
        yield made
    finally:
        made.end()


def test_every_ticket_reaches_every_peer_whoever_is_killed_meanwhile(told):
    many = how_many(100)
    dice, began = random.Random(1), time.monotonic()
    told.sh("app", "desk_web", "off")
    killed = []
    with trouble(told.peers, dice) as troubled:
        tickets = Tickets(told.desk, 0.2 if many <= 100 else 0.1, many)
        # A node in each third, or more often where there are many.
        for step in range(1, 2 + many // 150):
            due = many * step // (3 + many // 150)
            eventually(lambda due=due: tickets.opened >= due, 300)
            # The one that dispatches first, and then any.
            first = eventually(lambda: told.runs_app(DISPATCHER, "node2"))
            killed.append(dice.choice(NODES) if killed else first)
            told.sh("kill", killed[-1])
            eventually(lambda due=due: tickets.opened >= min(due + 20, many), 300)
            told.sh("start", killed[-1])
            told.sh("app", "desk_web", "off", killed[-1])
        eventually(lambda: not tickets.thread.is_alive(), 600)
    opened = time.monotonic() - began
    told.await_tables()
    assert not told.page()
    assert (tickets.refused, tickets.opened) == ([], many)
    assert all(troubled.kills.values())

    kept = told.desk.kept()
    assert kept == list(range(1, many + 1))
    eventually(lambda: all(set(kept) <= set(p.told()) for p in told.peers.values()), 300)

    print(f"\n{many} tickets in {opened:.0f} s, all told after {time.monotonic() - began:.0f} s;")
    print(f"{tickets.again} requests made again; killed: {', '.join(killed)}; web was off")
    for channel, peer in told.peers.items():
        arrived = peer.told()
        first = list(dict.fromkeys(arrived))
        twice, refused = len(arrived) - len(first), len(peer.answers("429", "500", "hangs"))
        print(
            f"{channel:13} {len(first):5} arrived, {len(set(kept) - set(first))} missing, "
            f"{twice} twice, {refused} refused by it, {troubled.kills[channel]} kills"
        )
        assert first == kept
    told.sh("app", "desk_web", "on")
    eventually(told.page)
