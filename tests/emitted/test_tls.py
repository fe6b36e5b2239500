"""tls: true: nodes that talk by TLS, each with a certificate; who has none is refused."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from otpgen.commands.check import check
from otpgen.commands.examples import example_file
from otpgen.commands.new import new

from .conftest import free_ports, require
from .test_nodes import NODES, Cluster, Terminal, eventually, nodes_of

CASE = Path(__file__).parent / "cases/tls/otpgen.yaml"
pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def vault(tmp_path_factory, project, environment):
    require("mix", "elixir", "erl", "openssl", "ps")
    compiled = project(str(CASE))
    root = tmp_path_factory.mktemp("tls") / 'a "quoted" \\ folder'
    health = dict(zip(NODES, free_ports(3), strict=True))
    ports = [*free_ports(3), 0]
    text = re.sub(r"\nnodes:\n(  .*\n)+", "\n" + nodes_of(ports, health), CASE.read_text(), count=1)
    file = root.parent / "otpgen.yaml"
    file.write_text(text)
    new(file, root)
    shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
    made = Cluster(root, ports, environment, health)
    yield made
    subprocess.run(["./start-dist.sh", "stop"], cwd=root, env=environment, check=False)


def certificates(vault):
    """Every file but those that a start writes."""
    files = (vault.root / "var/certs").iterdir()
    return {file.name: file.read_bytes() for file in files if file.suffix in (".pem", ".key")}


@pytest.fixture
def stranger(vault):
    """A node that has the cookie, and with what is given tries to reach node1."""

    def ping(*flags, node="stranger"):
        program = "io:format(\"~p\", [net_adm:ping('node1@127.0.0.1')]), halt()."
        command = ["erl", "-noinput", "-hidden", "-name", f"{node}@127.0.0.1", *flags]
        done = subprocess.run(
            [*command, "-kernel", "logger_level", "none", "-eval", program],
            cwd=vault.root,
            env={**vault.env, "HOME": str(vault.root / "var/home")},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    return ping


def options(folder, client):
    file = folder / "client.conf"
    file.write_text(f"[{{client, [{client}]}}].\n")
    return ["-proto_dist", "inet_tls", "-ssl_dist_optfile", str(file)]


def test_it_is_no_warning_to_be_beyond_this_machine():
    assert check(CASE).warnings == ()


def test_a_clusters_word_is_its_own(run, tmp_path):
    require("shellcheck")
    root, plain = tmp_path / "vault", tmp_path / "g4"
    new(CASE, root)
    new(example_file("g4"), plain)
    run("shellcheck", "start-dist.sh", "bin/certs.sh", cwd=root)
    script = (root / "start-dist.sh").read_text()

    assert re.findall(r" certs=(\S+)", script) == ["var/certs", "''", "var/certs/far"]
    said = run("./start-dist.sh", "certs", "--cluster", "plain", cwd=root, status=1)
    assert "the nodes of plain talk in the clear: certs is for tls: true in otpgen.yaml" in said
    said = run("./start-dist.sh", "certs", cwd=plain, status=1)
    assert "the nodes talk in the clear: certs is for tls: true in otpgen.yaml" in said


def test_three_nodes_talk_and_a_stranger_is_refused(vault, stranger, tmp_path):
    vault.sh("all")
    vault.settle("vault")
    for node in NODES:
        command = Path(f"/proc/{vault.pid(node)}/cmdline").read_text()
        assert "inet_tls" in command

    ours = ["-proto_dist", "inet_tls", "-ssl_dist_optfile", "var/certs/node2.conf"]
    assert stranger(*ours) == "pong"
    assert stranger() == "pang"
    assert stranger(*options(tmp_path, "{verify, verify_none}")) == "pang"
    foreign = tmp_path / "foreign"
    subprocess.run([vault.root / "bin/certs.sh", foreign, "stranger@127.0.0.1"], check=True)
    of_another_ca = f'{{certfile, "{foreign}/stranger.pem"}}, {{keyfile, "{foreign}/stranger.key"}}'
    assert stranger(*options(tmp_path, f"{of_another_ca}, {{verify, verify_none}}")) == "pang"

    vault.sh("kill", "1")
    eventually(lambda: vault.runs_app("vault", "node3") == "node2")


def test_the_other_verbs_talk_by_tls_too(vault):
    vault.sh("all")
    assert "vault runs on node2@127.0.0.1" in vault.sh("app", "vault", "off", "1")
    assert "node1@127.0.0.1 on" in vault.sh("app", "vault", "on", "1")
    shell = Terminal(["env", "TERM=xterm", "./start-dist.sh", "remote", "2"], vault.root, vault.env)
    try:
        shell.expect(r"iex\(node2@127\.0\.0\.1\)1>")
    finally:
        shell.end()


def test_a_node_calls_none_whose_certificate_is_for_another_host(vault, stranger, tmp_path):
    vault.sh("stop")
    vault.sh("certs")
    node1 = {name: text for name, text in certificates(vault).items() if name.startswith("node1")}
    wrong = ["node1@127.0.0.9"]
    subprocess.run(["bin/certs.sh", "var/certs", *wrong], cwd=vault.root, check=True)
    assert not node1.items() <= certificates(vault).items()
    flags = ["-proto_dist", "inet_tls", "-ssl_dist_optfile", "var/certs/{}.conf"]
    flags += ["-kernel", "logger_level", "none", "-noinput"]
    env = {**vault.env, "HOME": str(vault.root / "var/home")}
    command = ["erl", "-name", "node1@127.0.0.1", *flags]
    ours = [flag.format("node2") for flag in flags]
    node = subprocess.Popen([f.format("node1") for f in command], cwd=vault.root, env=env)
    try:
        eventually(lambda: b"name node1 at" in names(vault))
        assert stranger(*ours) == "pang"
    finally:
        node.kill()
        node.wait()


def names(vault):
    done = subprocess.run(["epmd", "-names"], env=vault.env, capture_output=True, check=False)
    return done.stdout


def test_certificates_are_private_and_made_again_only_when_they_have_to_be(vault):
    vault.sh("stop")
    vault.sh("certs")
    folder = vault.root / "var/certs"
    before = certificates(vault)
    assert set(before) == {"ca.pem", "ca.key"} | {f"{n}.{s}" for n in NODES for s in ("pem", "key")}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(key.stat().st_mode & 0o777 == 0o400 for key in folder.glob("*.key"))

    assert vault.sh("certs") == ""
    assert certificates(vault) == before

    (folder / "node2.key").unlink()
    assert vault.sh("certs") == "var/certs/node2.pem: made for 127.0.0.1\n"
    after = certificates(vault)
    assert {name for name in after if after[name] != before[name]} == {"node2.pem", "node2.key"}

    # As if it were almost a year later: the nodes' expire, the CA's does not.
    later = vault.root / "bin/later.sh"
    later.write_text((vault.root / "bin/certs.sh").read_text().replace("=2592000", "=33000000"))
    made = ["sh", "bin/later.sh", "var/certs", *(f"{node}@127.0.0.1" for node in NODES)]
    said = subprocess.run(made, cwd=vault.root, capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == [f"var/certs/{node}.pem: made for 127.0.0.1" for node in NODES]
    assert certificates(vault)["ca.pem"] == before["ca.pem"]

    # Elsewhere there is no key of the CA.
    (folder / "ca.key").rename(folder / "ca.key.away")
    (folder / "node3.pem").unlink()
    assert "node3 needs a certificate, and var/certs/ca.key is not here" in vault.sh(
        "certs", status=1
    )
    (folder / "ca.key.away").rename(folder / "ca.key")
    assert not (folder / "lock").exists()
