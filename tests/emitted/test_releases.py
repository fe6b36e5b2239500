"""Releases: built, carried away from their project, started, and killed."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from otpgen.commands.examples import example_file, example_names
from otpgen.commands.new import new

from .conftest import free_ports, require
from .test_nodes import eventually
from .test_projects import CASES, short

# The release of each node; the distributed application, its node, and its time to fail over.
EXAMPLES = {
    "g4": ({"node1": "full", "node2": "full", "node3": "full"}, "g4", "node1", 5),
    "fleet": (
        {"hub1": "everything", "hub2": "everything", "hub3": "everything", "back": "worker"},
        *("dispatch", "hub1", 3),
    ),
    "helpdesk": (
        {"node1": "full", "node2": "full", "node3": "full"},
        *("desk_dispatcher", "node1", 5),
    ),
    "tls": ({"node1": "vault", "node2": "vault", "node3": "vault"}, "vault", "node1", 1),
}
ROLES = {
    "g4": ("full", "worker"),
    "fleet": ("everything", "worker", "storefront"),
    "helpdesk": ("full", "inside"),
    "tls": ("vault",),
}


@pytest.fixture(scope="module")
def built(project, run, tmp_path_factory):
    """The project of an example, and its releases in a folder of their own; built once."""
    made = {}

    def build(name):
        if name not in made:
            root = tmp_path_factory.mktemp(name) / "project"
            source = next((case for case in CASES if short(case) == name), name)
            shutil.copytree(project(source), root, symlinks=True)
            for role in ROLES[name]:
                run("mix", "release", role, "--quiet", cwd=root, env={"MIX_ENV": "prod"})
            made[name] = (root, Path(shutil.move(root / "_build/prod/rel", root.parent / "a b")))
        return made[name]

    return build


class Released:
    """The nodes of an example, from its releases, on ports of their own."""

    def __init__(self, name, root, folder, env):
        self.root, self.folder = root, folder
        self.roles, self.app, self.first, self.timeout = EXAMPLES[name]
        cookie = self.sh("cookie", env=env).strip()
        self.env = {**env, "RELEASE_COOKIE_FILE": cookie, "MAIL_PASSWORD": "x"}
        self.cookie = Path(cookie).read_text()
        if name == "tls":
            self.sh("certs", env=env)
            self.env["RELEASE_CERTS"] = str(root / "var/certs")
        self.health = dict(zip(self.roles, free_ports(len(self.roles)), strict=True))
        self.running = {}

    def sh(self, *arguments, env):
        command = ["./start-dist.sh", *arguments]
        return subprocess.run(
            command, cwd=self.root, env=env, check=True, capture_output=True, text=True
        ).stdout

    def of(self, node):
        """The environment of a node. Any free port is as good as another."""
        return {
            **self.env,
            **{"NODE": node, "HEALTH_PORT": self.health[node]},
            **dict.fromkeys(("PORT", "OFFICE_PORT", "API_PORT"), "0"),
        }

    def bin(self, role, *arguments, status=0, **env):
        done = subprocess.run(
            [self.folder / role / "bin" / role, *arguments],
            env={**self.env, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == status, done.stdout
        return done.stdout

    def of_node(self, node, *arguments):
        return self.bin(self.roles[node], *arguments, NODE=node)

    def start(self, *nodes):
        for node in nodes:
            role = self.roles[node]
            command = [self.folder / role / "bin" / role, "start"]
            self.run(node, command, self.folder)
        for node in nodes:
            eventually(lambda node=node: self.is_ready(node))

    def run(self, node, command, cwd):
        with (self.folder / f"{node}.log").open("a") as log:
            self.running[node] = subprocess.Popen(
                command,
                cwd=cwd,
                env=self.of(node),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def get(self, node, path):
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.health[node]}{path}", timeout=2
            ) as reply:
                return reply.read().decode()
        except (OSError, urllib.error.URLError):
            assert self.running[node].poll() is None, (self.folder / f"{node}.log").read_text()
            return None

    def is_ready(self, node):
        return self.get(node, "/readyz") is not None

    def runs_on(self, seen_by):
        view = self.get(seen_by, "/cluster")
        return view and (json.loads(view)["apps"][self.app] or "").partition("@")[0]

    def end(self):
        for process in self.running.values():
            process.kill()
            process.wait()


@pytest.fixture
def released(built, environment):
    require("mix", "elixir", "erl", "ps")
    made = []

    def start(name):
        made.append(Released(name, *built(name), environment))
        return made[-1]

    yield start
    for one in made:
        one.end()


@pytest.mark.cluster
@pytest.mark.parametrize("name", EXAMPLES)
def test_nodes_from_a_release_fail_over_take_back_and_stop(released, name):
    nodes = released(name)
    *_, last = nodes.roles
    nodes.start(*nodes.roles)
    eventually(lambda: nodes.runs_on(last) == nodes.first)

    died = time.monotonic()
    nodes.running[nodes.first].kill()
    nodes.running[nodes.first].wait()
    eventually(lambda: nodes.runs_on(last) not in (None, "", nodes.first))
    assert nodes.timeout <= time.monotonic() - died < nodes.timeout + 10

    nodes.start(nodes.first)
    eventually(lambda: nodes.runs_on(last) == nodes.first)

    nodes.of_node(nodes.first, "stop")
    assert nodes.running[nodes.first].wait(timeout=60) == 0
    ended = time.monotonic()
    eventually(lambda: nodes.runs_on(last) not in (None, "", nodes.first))
    # It was handed over before: from the end of its node on a failover takes its whole time.
    assert time.monotonic() - ended < nodes.timeout / 2 or name != "g4"
    for node in nodes.roles:
        if node != nodes.first:
            nodes.of_node(node, "stop")
        assert nodes.running[node].wait(timeout=60) == 0


@pytest.mark.cluster
def test_the_cookie_is_nowhere_where_others_could_read_it(released):
    nodes = released("g4")
    nodes.start("node1")
    pid = int(nodes.of_node("node1", "pid"))

    assert pid == nodes.running["node1"].pid
    assert "[0]" in nodes.of_node("node1", "rpc", "IO.inspect([length(Node.list())])")
    for file in ("cmdline", "environ"):
        assert nodes.cookie.encode() not in Path(f"/proc/{pid}/{file}").read_bytes()
    assert b"setcookie" not in Path(f"/proc/{pid}/cmdline").read_bytes()
    files = [file for file in nodes.folder.rglob("*") if file.is_file()]
    homes = [file for file in files if nodes.cookie.encode() in file.read_bytes()]
    assert {(file.name, file.stat().st_mode & 0o777) for file in homes} == {
        (".erlang.cookie", 0o400)
    }
    assert not any(file.name == "COOKIE" for file in files)


@pytest.mark.cluster
def test_nodes_that_talk_by_tls_want_their_certificates(released, tmp_path):
    nodes = released("tls")
    certs = nodes.env.pop("RELEASE_CERTS")

    def start(**env):
        return nodes.bin("vault", "start", status=1, NODE="node1", **env).rstrip("\n")

    assert start().endswith("set RELEASE_CERTS to the folder with the certificates")
    assert start(RELEASE_CERTS=str(tmp_path)) == f"vault: there is no ca.pem in {tmp_path}"
    nodes.env["RELEASE_CERTS"] = certs
    nodes.start("node1", "node2")
    code = "IO.inspect([length(Node.list())])"
    eventually(lambda: "[1]" in nodes.of_node("node1", "rpc", code))


@pytest.mark.cluster
def test_a_node_under_mix_joins_those_from_a_release_and_a_signal_stops_them(released):
    nodes = released("g4")
    nodes.start("node1", "node2")

    nodes.run("node3", ["./start-dist.sh", "node3"], nodes.root)

    eventually(lambda: nodes.is_ready("node3") and nodes.runs_on("node3") == "node1")
    for node in ("node3", "node2", "node1"):
        nodes.running[node].send_signal(signal.SIGTERM)
        assert nodes.running[node].wait(timeout=60) == 0


@pytest.mark.cluster
def test_a_release_says_what_it_misses(released, tmp_path):
    nodes = released("fleet")
    listed = "hub1, hub2, hub3, back; in production: hub1, hub2, hub3, back"
    everyone = tmp_path / "cookie"
    everyone.write_text("x" * 20)
    everyone.chmod(0o644)

    def start(role="worker", **env):
        said = nodes.bin(role, "start", status=1, **{"NODE": "back", **env})
        return said.removeprefix(f"{role}: ").rstrip("\n")

    assert start(NODE="") == f"which node? set NODE to one of: {listed}"
    assert start(NODE="hub9") == f"there is no node hub9 in the cluster dev; nodes are: {listed}"
    assert start(CLUSTER="x").startswith("there is no node back in the cluster x")
    assert start("everything") == "back is started from the release worker"
    assert start(RELEASE_COOKIE="x").startswith("RELEASE_COOKIE would be seen")
    assert start(RELEASE_COOKIE_FILE="/no/such") == "there is no cookie in /no/such"
    assert start(RELEASE_COOKIE_FILE="", HOME=str(tmp_path)).startswith("no cookie in HOME")
    assert start(RELEASE_COOKIE_FILE=str(everyone)) == f"everybody can read {everyone}: chmod 400"
    assert start(MAIL_PASSWORD="") == "back: MAIL_PASSWORD is not set: a process reads it"
    assert nodes.bin("worker", "version").startswith("worker ")


@pytest.mark.cluster
def test_a_release_is_not_ready_before_its_applications(released, run):
    nodes = released("g4")
    application = nodes.root / "apps/g4_core/lib/g4_core/application.ex"
    gate = nodes.root / "gate"
    wait = f'Stream.repeatedly(fn -> File.exists?("{gate}") end) |> Enum.find(& &1)'
    slow = application.read_text().replace("_args) do\n", f"_args) do\n    true = {wait}\n")
    application.write_text(slow)
    run("mix", "release", "full", "--quiet", cwd=nodes.root, env={"MIX_ENV": "prod"})
    nodes.run("node1", [nodes.root / "_build/prod/rel/full/bin/full", "start"], nodes.root)

    eventually(lambda: nodes.get("node1", "/healthz"))
    assert not nodes.is_ready("node1")
    gate.touch()
    eventually(lambda: nodes.is_ready("node1"))


@pytest.mark.cluster
def test_a_release_knows_the_nodes_of_every_cluster_as_mix_does(released):
    nodes = released("fleet")
    (configs,) = nodes.folder.glob("everything/releases/*/config")
    copied = sorted(configs.rglob("*.config"))

    assert [str(file.relative_to(configs)) for file in copied] == [
        *("back.config", "hub1.config", "hub2.config", "hub3.config"),
        *(f"production/{node}.config" for node in ("back", "hub1", "hub2", "hub3")),
    ]
    for file in copied:
        original = nodes.root / "config" / file.relative_to(configs)
        assert file.read_bytes() == original.read_bytes()


@pytest.mark.mix
@pytest.mark.parametrize("name", [*example_names(), *CASES], ids=short)
def test_the_emitted_scripts_please_shellcheck(name, tmp_path):
    require("shellcheck")
    root = tmp_path / "project"
    new(Path(name) if os.sep in name else example_file(name), root)
    scripts = [p for p in (root / "start-dist.sh", root / "rel/env.sh.eex") if p.exists()]
    nodes = re.search(r"^nodes:", (root / "otpgen.yaml").read_text(), re.MULTILINE)

    assert len(scripts) == (2 if nodes else 0)
    for script in scripts:
        shell = "sh" if script.suffix == ".eex" else "bash"
        done = subprocess.run(
            ["shellcheck", "-s", shell, script], capture_output=True, text=True, check=False
        )
        assert done.stdout == ""
