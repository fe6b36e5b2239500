"""Real nodes, a real nginx: what a person does with ./start-dist.sh, and what must hold."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from otpgen.commands.examples import example_file
from otpgen.commands.new import new

from .conftest import free_ports, require

NODES = ("node1", "node2", "node3")

# The talk's three files, as data: {kernel, [{distributed, …}, {sync_nodes_optional, …}, …]}.
TALK = {
    "node1": ("node2@127.0.0.1", "node3@127.0.0.1"),
    "node2": ("node1@127.0.0.1", "node3@127.0.0.1"),
    "node3": ("node1@127.0.0.1", "node2@127.0.0.1"),
}


def talk_term(others):
    one, other = others
    return (
        "[{kernel,[{distributed,[{g4,5000,"
        "['node1@127.0.0.1','node2@127.0.0.1','node3@127.0.0.1']}]},"
        f"{{sync_nodes_optional,['{one}','{other}']}},"
        "{sync_nodes_timeout,2000}]}]"
    )


@pytest.mark.mix
@pytest.mark.parametrize("node", NODES)
def test_the_configuration_of_a_node_is_the_talks(project, run, node):
    consult = (
        '{{ok,[[{{kernel,K}}]]}} = file:consult("config/{node}.config"),'
        "{{value,{{_,false}},Rest}} = lists:keytake(prevent_overlapping_partitions,1,K),"
        'io:format("~0p",[[{{kernel,Rest}}]]),halt().'
    )

    printed = run("erl", "-noshell", "-eval", consult.format(node=node), cwd=project("g4"))

    assert printed == talk_term(TALK[node])


@pytest.mark.mix
def test_the_upstream_is_the_talks(project):
    text = (project("g4") / "nginx/g4.conf").read_text()
    upstream = re.search(r"upstream g4 \{(.*?)\}", text, re.DOTALL).group(1)
    servers = re.findall(r"server (\S+) max_fails", upstream)

    assert servers == ["127.0.0.1:4001", "127.0.0.1:4002", "127.0.0.1:4003"]


@pytest.mark.mix
def test_paths_that_wait_have_more_time_than_the_call_which_has_more_than_a_failover(project):
    root = project("g4")
    conf = (root / "nginx/g4.conf").read_text()
    waits = re.search(r"location = /hit \{(.*?)\}", conf, re.DOTALL).group(1)
    read = int(re.search(r"proxy_read_timeout (\d+)s", waits).group(1)) * 1000
    router = (root / "apps/g4_web/lib/g4_web/endpoint_router.ex").read_text()
    call = int(re.search(r"@patience ([\d_]+)", router).group(1))

    assert read > call > 5000
    assert "proxy_next_upstream off;" in waits
    assert "http_503" not in re.sub(r"#.*", "", conf)


class Cluster:
    """The example g4 on ports of its own."""

    def __init__(self, root, ports, env, health):
        self.root, self.env, self.health = root, env, health
        self.http = dict(zip(NODES, ports, strict=False))
        self.nginx = ports[-1]

    script = "./start-dist.sh"

    @property
    def where(self):
        """The folder in which it is called."""
        return self.root

    def sh(self, *arguments, status=0, given="", **env):
        done = subprocess.run(
            [self.script, *arguments],
            cwd=self.where,
            env={**self.env, **env},
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def get(self, port, path, timeout=20):
        url = f"http://127.0.0.1:{port}{path}"
        with urllib.request.urlopen(url, timeout=timeout) as reply:
            return reply.read().decode()

    def hit(self, timeout=20):
        return json.loads(self.get(self.nginx, "/hit", timeout))

    def runs_g4(self, node):
        return self.runs_app("g4", node)

    def runs_app(self, app, node):
        try:
            view = json.loads(self.get(self.health[node], "/cluster", 2))
        except (OSError, urllib.error.URLError):
            return None
        return (view["apps"][app] or "").partition("@")[0]

    def settle(self, app="g4"):
        """Wait until all know that it runs on the first node: nodes serve before they start it."""
        first, *_ = self.health
        eventually(lambda: {self.runs_app(app, node) for node in self.health} == {first})

    def pid(self, node):
        return int((self.root / f"var/{node}.pid").read_text())


def eventually(condition, seconds=60):
    """What the condition returns, once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "not true in time"
        time.sleep(0.05)  # polls a real cluster; nothing else tells us
    return found


@pytest.fixture
def cluster(tmp_path_factory, project, environment, request):
    require("mix", "elixir", "erl", "nginx", "ps")
    compiled = project("g4")
    root = tmp_path_factory.mktemp("g4") / "g4"
    ports, health = free_ports(4), dict(zip(NODES, free_ports(3), strict=True))
    text = example_file("g4").read_text()
    text = text.replace("listen: 8080", f"listen: {ports[-1]}")
    text = re.sub(r"nodes:\n(  .*\n)+", nodes_of(ports, health), text, count=1)
    file = root.parent / "otpgen.yaml"
    file.write_text(text)
    new(file, root)
    shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
    made = Cluster(root, ports, environment, health)
    yield made
    subprocess.run(["./start-dist.sh", "stop"], cwd=root, env=environment, check=False)
    for node in NODES:
        log = root / f"var/log/{node}.log"
        if log.exists():
            request.node.add_report_section("teardown", node, log.read_text())


def nodes_of(ports, health):
    lines = [
        f"  {node}: {{ports: {{http: {port}, health: {health[node]}}}}}\n"
        for node, port in zip(NODES, ports, strict=False)
    ]
    return "nodes:\n" + "".join(lines)


@pytest.mark.cluster
def test_it_fails_over_and_is_taken_back_with_its_state(cluster):
    cluster.sh("all")
    cluster.sh("nginx")
    cluster.settle()
    assert cluster.hit() == {"node": "node1@127.0.0.1", "count": 1}

    start = time.monotonic()
    cluster.sh("kill", "1")
    # The request waits through the failover; what node1 knew died with it.
    assert cluster.hit() == {"node": "node2@127.0.0.1", "count": 1}
    assert 4 < time.monotonic() - start < 20
    assert cluster.hit()["count"] == 2

    assert "node1" in cluster.sh("start", "1")
    eventually(lambda: cluster.runs_g4("node3") == "node1")
    assert cluster.hit() == {"node": "node1@127.0.0.1", "count": 3}


@pytest.mark.cluster
def test_the_death_of_a_node_costs_no_request_to_the_others(cluster):
    cluster.sh("all")
    cluster.sh("nginx")
    answers, failures, stop = [], [], threading.Event()

    def load():
        while not stop.is_set():
            try:
                answers.append(cluster.get(cluster.nginx, "/"))
            except OSError as error:
                failures.append(error)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(answers) > 200)
    cluster.sh("kill", "2")
    before = len(answers)
    eventually(lambda: len(answers) > before + 500)
    stop.set()
    for thread in threads:
        thread.join()

    assert failures == []
    assert {answer.strip() for answer in answers[-50:]} == {"node1@127.0.0.1", "node3@127.0.0.1"}


@pytest.mark.cluster
def test_the_cookie_is_made_once_is_private_and_on_no_command_line(cluster):
    cluster.sh("all")
    path = cluster.root / "var/home/.erlang.cookie"
    cookie = path.read_text()

    assert re.fullmatch(r"[0-9a-f]{64}", cookie)
    assert path.stat().st_mode & 0o777 == 0o400
    assert (cluster.root / "var").stat().st_mode & 0o777 == 0o700
    for node in NODES:
        command = Path(f"/proc/{cluster.pid(node)}/cmdline").read_bytes().decode()
        assert f"{node}@127.0.0.1" in command
        assert cookie not in command
        assert "setcookie" not in command

    cluster.sh("stop")
    cluster.sh("all")
    assert path.read_text() == cookie


@pytest.mark.cluster
def test_nodes_listen_on_loopback_only(cluster):
    cluster.sh("all")
    listening = subprocess.run(
        ["ss", "-Hltnp"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    pids = {f"pid={cluster.pid(node)}," for node in NODES}
    ours = [line.split()[3] for line in listening if any(pid in line for pid in pids)]

    assert len(ours) >= 9  # http, health and distribution of each
    assert all(address.startswith("127.0.0.1:") for address in ours)


@pytest.mark.cluster
def test_a_node_that_hangs_does_not_hang_who_asks(cluster):
    cluster.sh("all")
    os.kill(cluster.pid("node2"), signal.SIGSTOP)
    try:
        printed = cluster.sh("status")
    finally:
        os.kill(cluster.pid("node2"), signal.SIGCONT)

    assert [line.split()[0] for line in printed.splitlines()] == ["node1", "node2", "node3"]
    assert "node2 :" in printed and "does not answer" in printed


@pytest.mark.cluster
def test_it_says_what_it_cannot_do_and_stop_ends_what_it_started(cluster):
    assert "there is no node or verb 9" in cluster.sh("9", status=1)
    cluster.sh("all")
    assert "node1 runs already" in cluster.sh("1", status=1)
    assert "up" in cluster.sh("status")
    pids = [cluster.pid(node) for node in NODES]

    cluster.sh("stop")

    assert cluster.sh("status").split() == ["node1", "down", "node2", "down", "node3", "down"]
    assert not any(lives(pid) for pid in pids)


@pytest.mark.cluster
def test_nodes_that_are_still_starting_can_be_stopped(cluster):
    starting = subprocess.Popen(
        ["./start-dist.sh", "all"],
        cwd=cluster.root,
        env=cluster.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    files = [cluster.root / f"var/{node}.pid" for node in NODES]
    eventually(lambda: all(file.exists() and file.read_text() for file in files))
    pids = [cluster.pid(node) for node in NODES]

    cluster.sh("stop")

    starting.wait(timeout=60)
    assert not any(lives(pid) for pid in pids)


def lives(pid):
    """Whether a process runs; one that waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Terminal:
    """A program on a terminal of its own, as a person would run it."""

    def __init__(self, command, cwd, env):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], command, {**env, "TERM": "dumb"})

    def expect(self, pattern, seconds=60):
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline, f"no {pattern!r} in:\n{self.text}"
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    read = os.read(self.fd, 65536).decode(errors="replace")
                    self.text += re.sub(r"\x1b\[[0-9;]*m", "", read)
                except OSError:
                    raise AssertionError(f"it ended:\n{self.text}") from None
        return re.search(pattern, self.text)

    def type(self, line):
        os.write(self.fd, f"{line}\n".encode())

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@pytest.fixture
def terminal():
    opened = []

    def start(command, cwd, env):
        opened.append(Terminal(command, cwd, env))
        return opened[-1]

    yield start
    for one in opened:
        one.end()


@pytest.mark.cluster
def test_on_a_terminal_a_node_is_an_iex(cluster, terminal):
    shell = terminal(["./start-dist.sh", "1"], cluster.root, cluster.env)

    shell.expect(r"iex\(node1@127\.0\.0\.1\)1>")
    eventually(lambda: cluster.runs_g4("node1") == "node1")
    shell.type("who()")
    shell.expect(r"g4: %{rests: \[\], runs: \[:\"node1@127.0.0.1\"\]")


@pytest.mark.cluster
def test_the_talks_own_line_starts_a_node_that_joins(cluster, terminal):
    cluster.sh("all")
    cluster.sh("kill", "1")
    env = {
        **cluster.env,
        "HOME": str(cluster.root / "var/home"),
        "PORT": cluster.http["node1"],
        "HEALTH_PORT": cluster.health["node1"],
    }
    line = ["iex", "--name", "node1@127.0.0.1", "--erl", "-config config/node1.config", "-S", "mix"]

    terminal(line, cluster.root, env).expect(r"iex\(node1@127\.0\.0\.1\)1>")

    eventually(lambda: cluster.runs_g4("node3") == "node1")
    assert cluster.get(cluster.http["node1"], "/").strip() == "node1@127.0.0.1"


@pytest.mark.cluster
def test_version_managers_that_read_home_go_on_working(cluster, tmp_path):
    shims = tmp_path / "shims"
    shims.mkdir()
    (tmp_path / ".tool-versions").write_text("elixir 1.14\n")
    for tool in ("elixir", "iex", "mix", "erl"):
        real = shutil.which(tool)
        shim = shims / tool
        shim.write_text(
            "#!/bin/sh\n"
            '[ -f "$HOME/.tool-versions" ] || { echo "No version is set for command"; exit 126; }\n'
            f'exec {real} "$@"\n'
        )
        shim.chmod(0o755)
    path = f"{shims}:{cluster.env['PATH']}"

    cluster.sh("all", HOME=str(tmp_path), PATH=path)

    eventually(lambda: cluster.runs_g4("node1") == "node1")


@pytest.mark.cluster
def test_the_emitted_nginx_configuration_is_complete(cluster):
    done = subprocess.run(
        ["nginx", "-t", "-p", ".", "-e", "stderr", "-c", "nginx/nginx.conf"],
        cwd=cluster.root,
        env=cluster.env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.cluster
def test_mix_check_is_green(project, run):
    printed = run("mix", "check", cwd=project("g4"))

    assert "0 failures" in printed
    assert "Including tags: [:cluster]" in printed
