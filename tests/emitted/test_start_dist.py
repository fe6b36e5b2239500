"""Every verb of ./start-dist.sh, as a person gives it: from elsewhere, in a folder with spaces."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from otpgen.commands.examples import example_file, example_names
from otpgen.commands.new import new

from .conftest import free_ports, require
from .test_nodes import NODES, Cluster, Terminal, eventually, nodes_of

pytestmark = pytest.mark.cluster

FURTHER = """
clusters:
  other:
    nodes: {{solo: {{ports: {{http: {http}, health: {health}}}}}}}
    distributed: {{g4: {{nodes: [solo]}}}}
    sync: {{timeout: 1s}}
  far:
    allow: {{OG117: nobody is there}}
    nodes: {{node1: {{host: 198.51.100.1, port: 4001}}, node2: {{host: 198.51.100.2, port: 4001}}}}
    distributed: {{g4: {{}}}}
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory, project, environment):
    """The example g4 with further clusters; called by an absolute path, from another folder."""
    require("mix", "elixir", "erl", "nginx", "ps", "epmd")
    compiled = project("g4")
    root = tmp_path_factory.mktemp("start dist") / "a folder"
    ports, health = free_ports(4), dict(zip(NODES, free_ports(3), strict=True))
    text = example_file("g4").read_text()
    text = text.replace("listen: 8080", f"listen: {ports[-1]}")
    text = re.sub(r"nodes:\n(  .*\n)+", nodes_of(ports, health), text, count=1)
    solo_http, solo_health = free_ports(2)
    file = root.parent / "otpgen.yaml"
    file.write_text(text + FURTHER.format(http=solo_http, health=solo_health))
    new(file, root)
    shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
    made = Elsewhere(root, ports, environment, health)
    yield made
    for arguments in (["stop"], ["--cluster", "other", "stop"]):
        subprocess.run([root / "start-dist.sh", *arguments], env=environment, check=False)


class Elsewhere(Cluster):
    """It is run from the folder above."""

    script = "./a folder/start-dist.sh"

    @property
    def where(self):
        return self.root.parent

    def answers(self, node):
        try:
            return self.get(self.http[node], "/").strip() == f"{node}@127.0.0.1"
        except OSError:
            return False


@pytest.mark.parametrize("name", example_names())
def test_the_scripts_are_clean(run, tmp_path, name):
    require("shellcheck")
    new(example_file(name), tmp_path / "made")
    for script in (tmp_path / "made").rglob("*.sh"):
        run("shellcheck", str(script), cwd=tmp_path)


def test_nothing_runs_nothing_breaks(shop):
    shop.sh("stop")

    assert shop.sh("status").split() == ["node1", "down", "node2", "down", "node3", "down"]
    assert "node1 does not run" in shop.sh("kill", "1")
    assert "no node runs" in shop.sh("app", "g4_web", "off", status=1)
    assert "node2 does not run" in shop.sh("remote", "2", status=1)
    with Watch(shop) as watch:
        line = watch.until(r"^ *[1-9]\d* s")
    assert re.search(r"node1 down +node2 down +node3 down +requests \d+  failed \d+$", line)
    for verb in ("watch", "app NAME off|on", "cookie", "--cluster", "kill N", "remote N"):
        assert verb in shop.sh("help")


def test_where_nobody_says_a_home_it_is_found(shop):
    command = ["env", "-u", "HOME", shop.script, "start", "3"]
    done = subprocess.run(
        command, cwd=shop.where, env=shop.env, capture_output=True, text=True, timeout=120
    )
    shop.sh("stop")

    assert (done.returncode, done.stderr) == (0, "")


def test_what_has_the_pid_of_an_nginx_that_is_gone_is_left_alone(shop):
    other = subprocess.Popen(["sleep", "60"])
    try:
        (shop.root / "var/nginx.pid").write_text(f"{other.pid}\n")
        shop.sh("stop")

        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
        (shop.root / "var/nginx.pid").unlink()


class Watch:
    """What ``watch`` says into a pipe."""

    def __init__(self, shop):
        self.process = subprocess.Popen(
            [shop.root / "start-dist.sh", "watch"],
            cwd="/",
            env=shop.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        # SIGINT is ignored below a shell that runs this in the background.
        self.process.terminate()
        rest, _ = self.process.communicate(timeout=20)
        assert self.process.returncode == 0
        assert all(line.isprintable() for line in [*self.lines, *rest.splitlines()])

    def until(self, pattern, seconds=60):
        """Return the next line in which the pattern is; there is one each second."""
        deadline = time.monotonic() + seconds
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if re.search(pattern, line):
                return self.lines[-1]
            assert time.monotonic() < deadline, "\n".join(self.lines)
        raise AssertionError("it ended:\n" + "\n".join(self.lines))


def test_watch_tells_who_runs_what_and_which_requests_fail(shop):
    shop.sh("all")
    shop.sh("nginx")
    with Watch(shop) as watch:
        watch.until(r"node1 up +node2 up +node3 up +g4 on node1 .*requests [1-9]")
        shop.sh("kill", "1")
        watch.until(r"node1 down +node2 up +node3 up .*failed")
        failed_over = watch.until(r"node1 down .* g4 on node2 ")
        assert failed_over.endswith("failed 0")
        shop.sh("start", "1")
        watch.until(r"node1 up .* g4 on node1 .*failed 0$")
        shop.sh("stop")
        watch.until(r"node1 down +node2 down +node3 down")
        # nginx is stopped as well, so each node is asked, and none answers.
        watch.until(r"failed [1-9]")
    seconds = [int(line.split()[0]) for line in watch.lines]
    assert seconds == sorted(set(seconds))


def test_an_application_is_switched_off_and_on(shop):
    shop.sh("all")

    printed = shop.sh("app", "g4_web", "off", "2")
    assert printed.startswith("node2@127.0.0.1 off\ng4_web runs on node1@127.0.0.1, node3@")
    assert "a node that is started again may run it again" in printed
    assert [shop.answers(node) for node in NODES] == [True, False, True]
    # g4 runs on node1, and any node on which g4_web is on reaches it.
    assert json.loads(shop.get(shop.http["node3"], "/hit"))["node"] == "node1@127.0.0.1"
    status = [line.split("    ")[0] for line in shop.sh("status").splitlines()]
    assert [line.split(" ", 2)[2] for line in status] == ["up", "up, g4_web off", "up"]
    shop.sh("app", "g4_web", "off")
    assert not any(shop.answers(node) for node in NODES)
    shop.sh("kill", "3")
    shop.sh("start", "3")
    assert [shop.answers(node) for node in NODES] == [False, False, True]
    assert "g4_web runs on node1@127.0.0.1, node2@" in shop.sh("app", "g4_web", "on")
    assert all(shop.answers(node) for node in NODES)
    printed = shop.sh("app", "g4_core", "off", "3")
    assert "g4_web depends on it" in printed
    shop.sh("app", "g4_core", "on", "3")


def test_an_application_is_switched_while_a_node_stands_still(shop):
    shop.sh("all")
    still = shop.pid("node1")  # which would be asked first
    os.kill(still, signal.SIGSTOP)
    try:
        printed = shop.sh("app", "g4_web", "off", status=1)
    finally:
        os.kill(still, signal.SIGCONT)

    assert printed.startswith(
        "node3@127.0.0.1 off\nnode2@127.0.0.1 off\nnode1@127.0.0.1 does not answer\n"
        "g4_web runs nowhere, as far as is known\n"
    )
    assert "g4_web runs on node1@127.0.0.1, node2@" in shop.sh("app", "g4_web", "on")


def test_a_distributed_application_is_switched_off_and_on(shop):
    shop.sh("all")
    shop.settle()

    printed = shop.sh("app", "g4", "off")
    assert printed.startswith(
        "node3@127.0.0.1 off\nnode2@127.0.0.1 off\nnode1@127.0.0.1 off\ng4 runs nowhere\n"
    )
    eventually(lambda: [shop.runs_g4(node) for node in NODES] == ["", "", ""])
    assert "g4 runs on node3@127.0.0.1" in shop.sh("app", "g4", "on", "node3")
    assert "g4 runs on node1@127.0.0.1" in shop.sh("app", "g4", "on")
    shop.sh("app", "g4", "off", "1")
    eventually(lambda: shop.runs_g4("node3") == "node2")
    shop.sh("app", "g4", "on", "1")
    eventually(lambda: shop.runs_g4("node3") == "node1")


def test_a_node_where_a_dependency_is_off_is_passed_over(shop):
    shop.sh("all")
    shop.settle()

    printed = shop.sh("app", "g4_core", "off", "2")
    assert "g4 goes to no node on which it is off" in printed
    shop.sh("kill", "1")
    eventually(lambda: shop.runs_g4("node3") == "node3")
    said = shop.sh("app", "g4", "on", "2", status=1)
    assert said.startswith("node2@127.0.0.1 needs g4_core, which is off there\n")

    # It comes first of those that are up, as soon as it can.
    shop.sh("app", "g4_core", "on", "2")
    eventually(lambda: shop.runs_g4("node3") == "node2")
    shop.sh("app", "g4_core", "off")
    eventually(lambda: shop.runs_g4("node3") == "")
    shop.sh("app", "g4_core", "on")
    eventually(lambda: shop.runs_g4("node3") == "node2")


def test_what_is_not_there_is_said_with_what_is(shop):
    said = shop.sh("app", "g5", "off", status=1)
    assert said.endswith("no application g5; applications are: g4_core g4 g4_web\n")
    assert "app g4 off|on [N]" in shop.sh("app", "g4", status=1)
    assert "nodes are: node1 node2 node3" in shop.sh("app", "g4", "off", "4", status=1)
    assert "nodes are: node1 node2 node3" in shop.sh("stat", status=1)
    assert "which node? one of: node1 node2 node3" in shop.sh("kill", status=1)
    assert "clusters are: dev other far" in shop.sh("status", "--cluster", "prod", status=1)
    assert "one of: dev other far" in shop.sh("status", "--cluster", status=1)
    assert "cookie [show|set]" in shop.sh("cookie", "hide", status=1)
    log = shop.root / "var/log/node2.log"
    shop.sh("stop")
    log.unlink(missing_ok=True)
    said = shop.sh("logs", "2", status=1)
    assert said.endswith("there is no var/log/node2.log: a node in the background writes it\n")


def test_a_word_too_many_is_refused_before_anything_is_done(shop):
    for words in ("nginx stop", "kill 1 2", "all --help", "app g4 off 1 2", "cookie show it"):
        verb, *_, odd = words.split()
        said = shop.sh(*words.split(), status=1)
        assert said.endswith(
            f"{verb}: there is nothing to do with {odd}: see ./start-dist.sh help\n"
        )


def test_a_shell_on_a_node_that_runs_knows_tree_who_and_kill(shop):
    shop.sh("all")
    assert "remote needs a terminal" in shop.sh("remote", "1", status=1)
    for _ in range(2):
        command = ["env", "TERM=xterm", "./start-dist.sh", "remote", "1"]
        shell = Terminal(command, shop.root, shop.env)
        try:
            shell.expect(r"iex\(node1@127\.0\.0\.1\)1>")
            shell.type("who().node")
            shell.expect(r':"node1@127\.0\.0\.1"\r')
            shell.type("tree()")
            shell.expect("├─ calculators")
            shell.type("kill(:store)")
            shell.expect(r"true\r")
        finally:
            shell.end()
    assert "redefining" not in (shop.root / "var/log/node1.log").read_text()


def test_the_cookie_is_shown_and_set(shop):
    path = shop.root / "var/home/.erlang.cookie"
    shop.sh("all")
    assert "node1 runs, and would keep the old one" in shop.sh("cookie", "set", status=1)
    shop.sh("stop")
    for no_cookie in ("", "\n", "two words", "é", "x" * 256):
        shop.sh("cookie", "set", given=no_cookie, status=1)
    before = path.read_text()

    shop.sh("cookie", "set", given="a-cookie$(echo)'\"\\_of_mine\n")

    assert path.read_text() == "a-cookie$(echo)'\"\\_of_mine"
    assert path.stat().st_mode & 0o777 == 0o400
    shown = subprocess.run(
        [shop.root / "start-dist.sh", "cookie", "show"], capture_output=True, text=True, check=True
    )
    assert shown.stdout == f"{path.read_text()}\n"
    assert "owns them" in shown.stderr
    shop.sh("start", "1")
    assert "g4_web runs on" in shop.sh("app", "g4_web", "on", "1")
    shop.sh("stop")
    shop.sh("cookie", "set", given=before)
    assert path.read_text() == before


def test_another_cluster_has_its_own_nodes(shop):
    shop.sh("start", "3")
    assert "solo" in shop.sh("--cluster", "other", "all")
    assert "solo" in shop.sh("status", "--cluster=other")
    assert json.loads(shop.sh("status", "--cluster", "other").partition("up")[2])["apps"] == {
        "g4": "solo@127.0.0.1"
    }
    assert "solo@127.0.0.1 off" in shop.sh("app", "--cluster", "other", "g4", "off", "1")
    assert "solo down" not in shop.sh("--cluster", "other", "kill", "solo")
    assert shop.sh("status", "--cluster", "other") == "solo down\n"
    assert "node3 :" in shop.sh("status")

    assert shop.sh("status", "--cluster", "far") == (
        "node1 on 198.51.100.1, another machine\nnode2 on 198.51.100.2, another machine\n"
    )
    assert shop.sh("all", "--cluster", "far", status=1) == (
        "node1 is left out: 198.51.100.1 is another machine\n"
        "node2 is left out: 198.51.100.2 is another machine\n"
        "start-dist.sh: no node of far is of this machine\n"
    )
    for arguments in (["start", "1"], ["1"]):
        said = shop.sh("--cluster", "far", *arguments, status=1)
        assert said == "start-dist.sh: node1 is of another machine: 198.51.100.1\n"


def test_a_name_or_a_port_that_is_taken_is_refused_before_anything_starts(shop):
    shop.sh("stop")
    command = ["erl", "-noinput", "-name", "node2@127.0.0.1", "-setcookie", "other"]
    other = subprocess.Popen(command, env=shop.env)
    try:
        eventually(lambda: "name node2 at" in names(shop))
        for arguments in (["all"], ["2"]):
            said = shop.sh(*arguments, status=1)
            assert f"node2: the name, which epmd on port {shop.env['ERL_EPMD_PORT']} knows" in said
            assert f"is taken by process {other.pid}: " in said
    finally:
        other.kill()
        other.wait()
    with socket.create_server(("127.0.0.1", int(shop.http["node3"]))):
        for arguments in (["all"], ["3"]):
            said = shop.sh(*arguments, status=1)
            assert f"node3: port {shop.http['node3']} of 127.0.0.1 is taken by " in said
            if shutil.which("lsof"):
                assert f"process {os.getpid()}: " in said
    with socket.create_server(("127.0.0.1", int(shop.nginx))):
        said = shop.sh("nginx", status=1)
        assert said.startswith(f"start-dist.sh: nginx: port {shop.nginx} is taken by ")
    assert shop.sh("status").split() == ["node1", "down", "node2", "down", "node3", "down"]
    for port in ("no", "70000", "-1"):
        said = shop.sh("start", "3", status=1, PORT=port)
        assert said == f"start-dist.sh: node3: {port} is no port\n"
    # A port that the environment says is the one that counts.
    with socket.create_server(("127.0.0.1", int(shop.http["node3"]))):
        http, health = free_ports(2)
        assert f"node3 :{http} up" in shop.sh("start", "3", PORT=http, HEALTH_PORT=health)


def names(shop):
    done = subprocess.run(["epmd", "-names"], env=shop.env, capture_output=True, check=False)
    return done.stdout.decode()
