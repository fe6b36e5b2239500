"""Clients that mean harm, against nodes that run: they are closed, and nobody else notices."""

import http.client
import resource
import select
import socket
import subprocess
import threading
import time
from collections import Counter

import pytest

from . import test_nodes

cluster = test_nodes.cluster
eventually = test_nodes.eventually

HEAD = b"POST / HTTP/1.1\r\nHost: h\r\n"
LAST = b"Host: h\r\nConnection: close\r\n\r\n"
FILES = 11_000


@pytest.fixture(autouse=True)
def many_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def holds(cluster, node):
    """How many processes and ports a node has, and how much memory, garbage apart."""
    code = (
        "Enum.each(Process.list(), &:erlang.garbage_collect/1);"
        "[:erlang.system_info(:process_count), :erlang.system_info(:port_count),"
        " :erlang.memory(:total)] |> Enum.join(~s( )) |> IO.puts()"
    )
    name = f"probe{time.monotonic_ns()}@127.0.0.1"
    done = subprocess.run(
        ["elixir", "--name", name, "--hidden", "--rpc-eval", f"{node}@127.0.0.1", code],
        env={**cluster.env, "HOME": str(cluster.root / "var/home")},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return [int(word) for word in done.stdout.split()]


def no_more(after, before):
    """Whether a node holds what it held; the memory of a VM is never the same to the byte."""
    return after[0] <= before[0] and after[1] <= before[1] and after[2] < before[2] + 5_000_000


class Polite:
    """Asks again and again, and keeps what came and how long the longest took."""

    def __init__(self, ask):
        self.ask, self.failed, self.longest, self.answers = ask, [], 0.0, 0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.is_set():
            start = time.monotonic()
            try:
                self.ask()
                self.answers += 1
            except OSError as error:
                self.failed.append(error)
            self.longest = max(self.longest, time.monotonic() - start)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def flood(port, count, says):
    """Open so many connections at once; each says something when it stands."""
    poll, clients = select.epoll(), {}
    for number in range(count):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port))
        clients[client.fileno()] = (client, says[number % len(says)])
        poll.register(client, select.EPOLLOUT | select.EPOLLIN)
    return poll, clients


def until_closed(poll, clients, seconds, drip=b""):
    """Wait until the server has closed them all; the status lines it said, each how often."""
    said, deadline, next_drip = Counter(), time.monotonic() + seconds, 0.0
    while clients:
        assert time.monotonic() < deadline, f"{len(clients)} are still open; {said}"
        if drip and time.monotonic() > next_drip:
            next_drip = time.monotonic() + 0.5
            for number in clients:
                poll.modify(number, select.EPOLLOUT | select.EPOLLIN)
        for number, event in poll.poll(0.2):
            client, says = clients[number]
            try:
                if event & select.EPOLLOUT:
                    client.send(says)
                    clients[number] = (client, drip)
                    poll.modify(number, select.EPOLLIN)
                    continue
                received = client.recv(4096)
            except OSError:
                received = b""
            if received:
                said[received.split(b"\r\n")[0].decode()] += 1
            else:
                poll.unregister(number)
                client.close()
                del clients[number]
    poll.close()
    return said


def ask(port, data, pause=0.0, then=b""):
    """What a server answers; it is expected to close."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        try:
            client.sendall(data)
            time.sleep(pause)  # a client that is slow; there is nothing to wait for
            client.sendall(then)
        except OSError:
            pass  # it has closed, and said why
        answer = b""
        while received := client.recv(4096):
            answer += received
        return answer.decode()


BAD = {
    "a header of 10 MB": (HEAD + b"X: " + b"x" * 10_000_000, 431),
    "headers of 10 MB": (HEAD + (b"X: " + b"x" * 8_000 + b"\r\n") * 1_250, 431),
    "a target of 10 MB": (b"GET /" + b"x" * 10_000_000, 414),
    "a body of 10 MB": (HEAD + b"Content-Length: 10000000\r\n\r\n" + b"x" * 10_000_000, 413),
    "a wrong length": (HEAD + b"Content-Length: -1\r\n\r\n", 400),
    "a list of lengths": (HEAD + b"Content-Length: 1, 1\r\n\r\nx", 400),
    "two lengths": (HEAD + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400),
    "a length and an encoding": (
        HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
        501,
    ),
    "out of the folder": (b"GET /../../etc/passwd HTTP/1.1\r\n" + LAST, 404),
    "out of the folder, in disguise": (b"GET /%2e%2e%2fetc/passwd HTTP/1.1\r\n" + LAST, 404),
    "an unknown method": (b"BREW / HTTP/1.1\r\n" + LAST, 405),
    "bytes that are no text": (b"GET /\xff\xfe HTTP/1.1\r\n" + LAST, 400),
    "the same, encoded": (b"GET /%ff%fe HTTP/1.1\r\n" + LAST, 404),
    "a terminal's colour": (b"GET /\x1b[31m HTTP/1.1\r\n" + LAST, 400),
    "another protocol": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
}


@pytest.mark.cluster
def test_ten_thousand_connections_at_once(cluster):
    cluster.sh("all")
    here, there = int(cluster.http["node1"]), int(cluster.http["node2"])
    health = cluster.health["node1"]
    cluster.settle()
    cluster.get(there, "/hit")
    before = holds(cluster, "node1")

    # node2 answers /hit by the application g4, which runs on node1.
    with (
        Polite(lambda: cluster.get(there, "/hit")) as elsewhere,
        Polite(lambda: cluster.get(health, "/readyz")) as beside,
    ):
        # Of one that says nothing the system may forget on this side only that it stands.
        said = until_closed(*flood(here, 10_000, [b"GET / HT", b"\x16\x03\x01", HEAD]), 50)
    print(
        said, before, holds(cluster, "node1"), elsewhere.longest, beside.longest, elsewhere.answers
    )

    assert set(said) <= {"HTTP/1.1 503 Service Unavailable", "HTTP/1.1 408 Request Timeout"}
    for polite in (elsewhere, beside):
        assert polite.failed == []
        assert polite.longest < 5
    assert cluster.get(here, "/").strip() == "node1@127.0.0.1"
    eventually(lambda: no_more(holds(cluster, "node1"), before))


@pytest.mark.cluster
def test_bad_input_slow_clients_and_clients_that_vanish(cluster):
    cluster.sh("all")
    port = int(cluster.http["node1"])
    health = int(cluster.health["node1"])
    cluster.settle()
    cluster.get(port, "/hit")
    before = holds(cluster, "node1")

    with Polite(lambda: cluster.get(port, "/hit")) as polite:
        for name, (data, status) in BAD.items():
            assert ask(port, data).startswith(f"HTTP/1.1 {status} "), name
            # Where the one router says 405, that of the health server knows no such path.
            statuses = {status, 404} if status == 405 else {status}
            assert int(ask(health, data).split()[1]) in statuses, name
        for data in (
            b"GET",
            HEAD,
            HEAD + b"Content-Length: 9\r\n\r\nx",
            b"GET /hit HTTP/1.1\r\n" + LAST,
        ):
            for _ in range(50):
                with socket.create_connection(("127.0.0.1", port)) as client:
                    client.sendall(data)
        # A line may come in pieces.
        assert ask(port, b"GET / HT", 1.2, b"TP/1.1\r\n" + LAST).startswith("HTTP/1.1 200 OK")
        said = until_closed(*flood(port, 300, [HEAD + b"X: "]), 30, drip=b"x")
    print(said, polite.answers, polite.longest, before, holds(cluster, "node1"))

    assert said == {"HTTP/1.1 408 Request Timeout": 300}
    assert polite.failed == []
    assert polite.longest < 5
    assert "[error]" not in (cluster.root / "var/log/node1.log").read_text()
    eventually(lambda: no_more(holds(cluster, "node1"), before))


@pytest.mark.cluster
def test_a_node_that_stops_cuts_nobody_off(cluster):
    cluster.sh("all")
    port, cut_off, answered = int(cluster.http["node2"]), [], Counter()

    def client():
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            asked = 0
            try:
                while True:
                    connection.request("GET", "/")
                    response = connection.getresponse()
                    response.read()
                    asked += 1
                    answered[threading.get_ident()] += 1
                    if response.headers["connection"] == "close":
                        break
            except ConnectionRefusedError:
                return
            except (OSError, http.client.HTTPException) as error:
                # The system resets those that nobody has accepted yet.
                if asked:
                    cut_off.append(error)
            finally:
                connection.close()

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(answered) == 8 and min(answered.values()) > 50)
    cluster.sh("stop", "2")
    for thread in threads:
        thread.join(20)

    assert cut_off == []
