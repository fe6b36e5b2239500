"""What nginx promises for the nodes behind it: real nodes, and counts that they keep themselves."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count, product
from pathlib import Path
from typing import NamedTuple

import pytest

from otpgen.commands.examples import example_file, example_names
from otpgen.commands.new import new

from .conftest import free_ports, require
from .test_nodes import NODES, Cluster, eventually, nodes_of

pytestmark = pytest.mark.cluster

CASES = sorted(Path(__file__).parent.glob("cases/*/otpgen.yaml"))
FAIL_TIMEOUT, READ_TIMEOUT = 10, 2

# Handlers of a user's: they write down what they carry out, where a crash does not reach it.
HANDLER = """
  def call(%Request{path: path} = request) when path in ["/work", "/wait"] do
    [id, pause] = String.split(request.query, "&")
    File.write!("var/#{node()}.done", "#{id}\\n", [:append])
    pause |> String.to_integer() |> Process.sleep()
    text(200, "#{node()}\\n")
  end
"""
ONCE = [*product(("POST", "PUT", "PATCH", "DELETE"), ("/work", "/wait")), ("GET", "/wait")]
SAFE = ("GET", "/work")
NUMBERS = count()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, project, environment):
    require("mix", "elixir", "erl", "nginx", "ps")
    compiled = project("g4")
    root = tmp_path_factory.mktemp("nginx") / "g4"
    ports, health = free_ports(4), dict(zip(NODES, free_ports(3), strict=True))
    text = example_file("g4").read_text()
    for old, ours in (
        ("listen: 8080", f"listen: {ports[-1]}"),
        ("{/hit: g4.desk}", "{/hit: g4.desk, /wait: g4.desk}"),
        ("timeout: 5s", "timeout: 2s"),
    ):
        assert old in text
        text = text.replace(old, ours)
    text = re.sub(r"nodes:\n(  .*\n)+", nodes_of(ports, health), text, count=1)
    file = root.parent / "otpgen.yaml"
    file.write_text(text)
    new(file, root)
    router = root / "apps/g4_web/lib/g4_web/endpoint_router.ex"
    spec = next(line for line in router.read_text().splitlines() if "@spec call" in line)
    router.write_text(router.read_text().replace(spec, spec + HANDLER))
    shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
    made = Cluster(root, ports, environment, health)
    yield made
    subprocess.run(["./start-dist.sh", "stop"], cwd=root, env=environment, check=False)


@pytest.fixture
def whole(cluster):
    """The cluster with all its nodes up, and nginx that has forgotten every failure."""
    cluster.sh("all")
    cluster.sh("nginx")
    cluster.settle()
    wait_until_taken_in(cluster)
    return cluster


def wait_until_taken_in(cluster):
    eventually(
        lambda: (
            {send(cluster, "GET", "/")[1] for _ in range(9)}
            == {f"{node}@127.0.0.1" for node in NODES}
        )
    )


def send(cluster, method, target):
    """The status and the text of one request to nginx, on a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", int(cluster.nginx), timeout=30)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        return response.status, response.read().decode().strip()
    finally:
        connection.close()


@contextmanager
def stopped(cluster, node):
    """A node that hangs."""
    pid = cluster.pid(node)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Batch:
    """Four requests of each kind at once, each of which takes a moment."""

    def __init__(self, cluster, pause):
        self.answers = {}
        self.ids = {f"{next(NUMBERS)}": kind for _ in range(4) for kind in [*ONCE, SAFE]}
        self.cluster, self.pause = cluster, pause
        self.threads = [threading.Thread(target=self._ask, args=(id,)) for id in self.ids]
        for thread in self.threads:
            thread.start()

    def _ask(self, id):
        method, path = self.ids[id]
        start = time.monotonic()
        status, text = send(self.cluster, method, f"{path}?{id}&{self.pause}")
        self.answers[id] = (status, text, time.monotonic() - start)

    def join(self):
        for thread in self.threads:
            thread.join()

    def at_work_on(self, node):
        """Wait until a node is at most of the kinds; those that it is at, GET of /work apart."""
        eventually(lambda: len(self._at_work_on(node)) > len(ONCE) // 2)
        return self._at_work_on(node)

    def _at_work_on(self, node):
        at_work = carried_out(self.cluster, node).keys() & self.ids.keys() - self.answers.keys()
        return {self.ids[id] for id in at_work} - {SAFE}


def carried_out(cluster, *nodes):
    """How often each request was carried out on these nodes."""
    files = [cluster.root / f"var/{node}@127.0.0.1.done" for node in nodes or NODES]
    return Counter(id for file in files if file.exists() for id in file.read_text().split())


def check(cluster, batch):
    """Only what does no harm was carried out twice, and only what may have been has failed."""
    done = carried_out(cluster)
    statuses = Counter()
    for id, kind in batch.ids.items():
        status, _, seconds = batch.answers[id]
        statuses[(*kind, status)] += 1
        if kind == SAFE:
            assert status == 200
        else:
            assert done[id] <= 1, (kind, status)
            assert status in (200, 504), (kind, status)
            assert done[id] == 1 or status == 504, (kind, status)
        bound = long_read_timeout(cluster) if kind[1] == "/wait" else READ_TIMEOUT
        assert seconds < bound + 3, (kind, status)
    return statuses


def long_read_timeout(cluster):
    conf = (cluster.root / "nginx/g4.conf").read_text()
    return max(int(seconds) for seconds in re.findall(r"proxy_read_timeout (\d+)s", conf))


class Answer(NamedTuple):
    began: float
    seconds: float
    status: int | None
    text: str


class Steady:
    """Asks again and again."""

    def __init__(self, cluster, path):
        self.cluster, self.path, self.answers = cluster, path, []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        while not self.over.is_set():
            began = time.monotonic()
            try:
                status, text = send(self.cluster, "GET", self.path)
            except (OSError, http.client.HTTPException) as error:
                status, text = None, repr(error)
            self.answers.append(Answer(began, time.monotonic() - began, status, text))

    def __enter__(self):
        self.thread.start()
        self.goes_on()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def goes_on(self):
        """Wait until fifty more were answered."""
        before = len(self.answers)
        eventually(lambda: len(self.answers) > before + 50)

    @property
    def failed(self):
        return [answer for answer in self.answers if answer.status != 200]


@contextmanager
def asking(cluster, paths):
    """Clients that ask at the same time, so many for each path."""
    with ExitStack() as stack:
        yield tuple(
            [stack.enter_context(Steady(cluster, path)) for _ in range(number)]
            for path, number in paths.items()
        )


def test_what_a_node_that_hangs_may_carry_out_is_sent_to_no_other(whole):
    middle = Batch(whole, 1_000)
    in_doubt = middle.at_work_on("node2")
    with stopped(whole, "node2"):
        # These meet it when it hangs already.
        late = Batch(whole, 0)
        middle.join()
        late.join()
    # It goes on with what it was sent.
    eventually(lambda: all(carried_out(whole)[id] for id in late.ids))

    assert all(check(whole, middle)[(*kind, 504)] for kind in in_doubt)
    assert any(status == 504 for *_, status in check(whole, late))


def test_what_a_node_that_dies_may_have_carried_out_is_sent_to_no_other(whole):
    middle = Batch(whole, 1_000)
    in_doubt = middle.at_work_on("node3")
    os.kill(whole.pid("node3"), signal.SIGKILL)
    middle.join()
    assert all(check(whole, middle)[(*kind, 504)] for kind in in_doubt)

    # What no node has had a byte of goes to the next one, whatever the method.
    whole.sh("kill", "2")
    after = Batch(whole, 0)
    after.join()
    check(whole, after)
    assert {status for status, _, _ in after.answers.values()} == {200}

    # Nobody is there at all: nothing was carried out, and that is said.
    whole.sh("kill", "1")
    nobody = {
        id: send(whole, method, f"{path}?{id}&0")[0]
        for id, (method, path) in zip("abcdefghij", [*ONCE, SAFE], strict=True)
    }
    assert set(nobody.values()) == {502}


def test_a_node_that_hangs_stalls_its_share_once_and_is_taken_in_again(whole):
    with asking(whole, {"/": 4}) as (clients,):
        with stopped(whole, "node2"):
            began = time.monotonic()
            time.sleep(6)  # shorter than FAIL_TIMEOUT: nobody tries it meanwhile
            ended = time.monotonic()
        wait_until_taken_in(whole)
        back = time.monotonic() - ended
    answers = [answer for client in clients for answer in client.answers]
    during = [a for a in answers if began < a.began + a.seconds and a.began < ended]

    assert [client.failed for client in clients] == [[]] * 4
    assert max(answer.seconds for answer in during) < READ_TIMEOUT + 2
    # Those that were on their way when nobody knew; each client has one.
    assert 1 <= len([answer for answer in during if answer.seconds > 1.5]) <= 4
    assert back < FAIL_TIMEOUT + 5


def test_the_death_of_the_node_that_runs_the_application_costs_what_was_at_work(whole):
    with asking(whole, {"/": 3, "/hit": 1}) as (others, (hits,)):
        whole.sh("kill", "1")
        eventually(lambda: "node2@127.0.0.1" in hits.answers[-1].text)
        hits.goes_on()
        killed = hits.failed
        whole.sh("start", "1")
        eventually(lambda: whole.runs_g4("node3") == "node1")
        hits.goes_on()

    assert [client.failed for client in others] == [[]] * 3
    # One each of the ways to it, before that node knows that it is dead.
    assert len(killed) <= len(NODES)
    assert {answer.status for answer in killed} <= {502, 503, 504}
    assert hits.failed == killed


def test_a_node_that_is_stopped_and_started_costs_nothing(whole):
    with asking(whole, {"/": 2, "/hit": 2}) as (others, hits):
        whole.sh("stop", "1")
        eventually(lambda: whole.runs_g4("node3") == "node2")
        hits[0].goes_on()
        whole.sh("start", "1")
        eventually(lambda: whole.runs_g4("node3") == "node1")
        hits[0].goes_on()

    assert [client.failed for client in others + hits] == [[]] * 4
    # Each was carried out once, and the count moved with the application.
    counts = sorted(json.loads(a.text)["count"] for client in hits for a in client.answers)
    assert counts == list(range(counts[0], counts[0] + len(counts)))


def test_paths_that_are_too_slow_take_no_others_with_them(whole):
    slow = [(method, f"/work?{next(NUMBERS)}&3000") for method in ("GET", "GET", "GET", "POST")]
    with asking(whole, {"/": 2}) as (others,):
        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda one: send(whole, *one)[0], slow))
        for client in others:
            client.goes_on()

    assert [client.failed for client in others] == [[]] * 2
    assert answers == [504] * len(slow)


def test_nginx_reads_the_configuration_of_every_cluster(tmp_path, run):
    require("nginx")
    alone = tmp_path / "alone.yaml"
    alone.write_text(
        "{otpgen: 1, name: shop, apps: {web: {children: [{http_server: pages, port: http}]}}, "
        "nodes: {shop1: 4001}, nginx: {upstreams: {front: http}}}"
    )
    read = 0
    for number, file in enumerate([*map(example_file, example_names()), *CASES, alone]):
        new(file, root := tmp_path / f"{number}")
        for conf in sorted(root.glob("nginx/**/nginx.conf")):
            run("nginx", "-t", "-p", ".", "-e", "stderr", "-c", str(conf), cwd=root)
            read += 1

    assert read > len(example_names())
