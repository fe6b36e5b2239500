"""Fibonacci as a Service, asked by a client, also while its database is away."""

import json
import os
import shutil
import signal
import subprocess
import threading
import urllib.error
import urllib.request

import pytest

from otpgen.commands.examples import example_file
from otpgen.commands.new import new

from .conftest import free_ports, require
from .test_nodes import eventually

pytestmark = pytest.mark.mix


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


class Service:
    """The service on a port of its own."""

    def __init__(self, root, port, env):
        self.root, self.port, self.env, self.process = root, port, env, None

    def start(self):
        with (self.root / "log").open("a") as log:
            self.process = subprocess.Popen(
                ["mix", "run", "--no-halt"],
                cwd=self.root,
                env={**self.env, "PORT": self.port},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # It answers before its tables and its database, which are opened beside it.
        eventually(lambda: self.answers() and None not in self.fib(0).values())

    def kill(self):
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def answers(self):
        try:
            return self.ask("/")[0] == 200
        except OSError:
            return False

    def ask(self, path, body=None):
        url = f"http://127.0.0.1:{self.port}{path}"
        try:
            with urllib.request.urlopen(url, data=body, timeout=20) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def fib(self, n):
        status, text = self.ask(f"/fib/{n}")
        assert status == 200, text
        return json.loads(text)

    def kill_databases(self):
        """Kill the programs behind the service's connections to its database."""
        listed = subprocess.run(
            ["ps", "-eo", "pid=,ppid=,comm="], capture_output=True, text=True, check=True
        ).stdout
        parents = {
            int(pid): int(ppid)
            for pid, ppid, _ in (line.split(None, 2) for line in listed.splitlines())
        }
        found = [int(line.split()[0]) for line in listed.splitlines() if "odbcserver" in line]
        ours = [pid for pid in found if self.process.pid in ancestors(pid, parents)]
        assert ours
        for pid in ours:
            os.kill(pid, signal.SIGKILL)


def ancestors(pid, parents):
    while pid in parents:
        pid = parents[pid]
        yield pid


@pytest.fixture
def service(tmp_path, project, environment, request):
    require("mix", "elixir", "erl", "ps")
    compiled = project("fibonacci")
    (port,) = free_ports(1)
    shutil.copytree(example_file("fibonacci").parent, tmp_path / "example")
    file = tmp_path / "example/otpgen.yaml"
    file.write_text(file.read_text().replace("127.0.0.1:4000 #", f"127.0.0.1:{port} #"))
    root = tmp_path / "fibonacci"
    new(file, root)
    shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
    made = Service(root, port, environment)
    made.start()
    yield made
    made.kill()
    request.node.add_report_section("teardown", "log", (root / "log").read_text())


def test_it_answers_a_client(service):
    assert service.fib(100) == {
        "n": 100,
        "value": "354224848179261915075",
        "asked": 1,
        "record": 100,
    }
    assert service.fib(100)["asked"] == 2
    large = service.fib(100_000)["value"]
    assert len(large) == 20_899
    assert int(large[-18:]) == fibonacci(100_000) % 10**18

    status, text = service.ask("/fib", b"[0, 1, 90]")
    assert status == 200
    assert [one["value"] for one in json.loads(text)] == ["0", "1", "2880067194370816120"]
    # Over HTTP and back, as JSON.
    assert service.ask("/check/1000") == (200, '{"n":1000,"same":true}\n')


def test_it_refuses_what_means_harm(service):
    for body in (b"", b"[1,", b"[" * 10_000 + b"]" * 10_000, b'"\xff"', b"[1e400]", b'[{"n":1}]'):
        assert service.ask("/fib", body)[0] == 400
    for path in ("/fib/-1", "/fib/100001", "/fib/x", "/check/9999999999999999999999"):
        assert service.ask(path)[0] == 400


def test_the_number_is_there_while_the_database_is_away_and_the_count_goes_on(service):
    assert service.fib(10)["asked"] == 1
    away = service.root / "away"
    (service.root / "var/ledger.db").rename(away)
    service.kill_databases()

    eventually(lambda: service.fib(10)["asked"] is None)
    assert service.fib(10) == {"n": 10, "value": "55", "asked": None, "record": 10}

    away.rename(service.root / "var/ledger.db")
    eventually(lambda: service.fib(10)["asked"] == 2)


def test_no_request_fails_while_the_database_is_killed_again_and_again(service):
    failed, answered, stop = [], [], threading.Event()

    def client():
        while not stop.is_set():
            try:
                answered.append(service.fib(20))
            except (AssertionError, OSError) as error:
                failed.append(error)

    thread = threading.Thread(target=client)
    thread.start()
    for _ in range(3):
        eventually(lambda: service.fib(30)["asked"] is not None)
        service.kill_databases()
    stop.set()
    thread.join()

    assert failed == []
    assert {(one["n"], one["value"]) for one in answered} == {(20, "6765")}


def test_what_is_on_disc_outlives_the_service(service):
    eventually(lambda: service.fib(77)["record"] == 77)
    eventually(lambda: service.fib(5)["asked"] is not None)
    before = service.fib(5)["asked"]
    service.kill()
    service.start()

    eventually(lambda: service.fib(6)["record"] == 77)
    eventually(lambda: (service.fib(5)["asked"] or 0) > before)
