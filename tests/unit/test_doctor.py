"""What is missing on a machine: real programs, real ports, a real epmd."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from otpgen import cli, machine, reports, toolchain
from otpgen.commands.doctor import COOKIE, Finding, doctor, satisfies
from otpgen.commands.new import new
from tests.emitted.conftest import require

HOST = "127.0.0.1"
OLD = "echo 'Erlang/OTP 24 [erts-12.2]'; echo; echo 'Elixir 1.12.3 (compiled with Erlang/OTP 22)'"


@pytest.fixture
def ports():
    """Free ports, as many as are asked for."""

    def free(number):
        with contextlib.ExitStack() as stack:
            probes = [stack.enter_context(socket.socket()) for _ in range(number)]
            for probe in probes:
                probe.bind((HOST, 0))
            return [probe.getsockname()[1] for probe in probes]

    return free


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, ports):
    """An empty folder in which we stand, and an epmd's port of our own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ERL_EPMD_PORT", str(ports(1)[0]))
    return tmp_path


@pytest.fixture
def programs(tmp_path_factory, monkeypatch):
    """Nothing is installed but what is written here."""
    bin = tmp_path_factory.mktemp("bin")
    monkeypatch.setattr(toolchain, "_ALSO", "")
    monkeypatch.setenv("PATH", str(bin))

    def install(name, script):
        (bin / name).write_text(f"#!/bin/sh\n{script}\n")
        (bin / name).chmod(0o755)

    return install


def architecture(*ports, nginx=None):
    http, health = ports
    text = (
        "otpgen: 1\nname: shop\napps:\n  core: {children: [{http_server: web, port: http}]}\n"
        f"nodes: {{node1: {{ports: {{http: {http}, health: {health}}}}}}}\n"
    )
    if nginx is not None:
        text += f"nginx: {{listen: {nginx}, upstreams: {{shop: http}}}}\n"
    Path("otpgen.yaml").write_text(text)


def found(file=None):
    return {finding.what: finding for finding in doctor(file)}


@contextlib.contextmanager
def listening(port, answer=None):
    """Something that listens, and says this to whoever comes."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((HOST, port))
        server.listen()
        if answer is not None:

            def serve():
                connection, _ = server.accept()
                with connection:
                    connection.recv(100)
                    connection.sendall(answer)

            threading.Thread(target=serve, daemon=True).start()
        yield


# Programs


def test_this_machine_has_what_it_takes(otpgen):
    require("erl", "elixir", "git")
    start = time.monotonic()

    code, out, err = otpgen("doctor")

    for what in ("Erlang/OTP", "Elixir", "git"):
        assert [line for line in out.splitlines() if line.split()[:2] == ["ok", what]]
    assert out.endswith("nothing is missing\n")
    assert (code, err) == (0, "")
    assert time.monotonic() - start < 10


def test_what_is_not_installed_is_missing_and_how_to_install_it_is_said(otpgen, programs):
    programs("apt-get", "exit 1")

    code, out, _ = otpgen("doctor", "--format", "json")

    told = json.loads(out)
    missing = {f["what"]: f for f in told["findings"] if f["state"] == "missing"}
    assert set(missing) == {"Erlang/OTP", "Elixir", "git"}
    assert missing["Elixir"]["said"] == "not installed"
    assert missing["Elixir"]["mend"].endswith("apt-get install elixir")
    assert (code, told["ok"]) == (1, False)


def test_the_text_counts_what_is_missing(otpgen, programs):
    programs("elixir", OLD)
    programs("brew", "exit 1")

    code, out, _ = otpgen("doctor")

    lines = out.splitlines()
    git = next(n for n, line in enumerate(lines) if line.startswith("missing  git "))
    assert lines[git + 1].split() == ["try:", "brew", "install", "git"]
    assert lines[-1] == "3 things are missing"
    assert code == 1


def test_the_text_does_not_say_of_a_warning_that_nothing_is_missing(capsys):
    secret = Finding("secret PASSWORD", "warning", "is not in the environment")

    reports.found([Finding("git", "ok", "2.39.2"), secret], as_json=False)

    assert capsys.readouterr().out.endswith("\n1 warning; all else is there\n")


def test_old_versions_do_not_do(programs):
    programs("elixir", OLD)

    findings = found()

    assert findings["Erlang/OTP"].said == "24, but >= 25 is needed"
    assert findings["Elixir"].said == "1.12.3, but >= 1.14 is needed"
    assert {findings[what].state for what in ("Erlang/OTP", "Elixir")} == {"missing"}


def test_the_architecture_may_need_a_newer_elixir(programs):
    programs("elixir", "echo 'Erlang/OTP 27 [erts]'; echo 'Elixir 1.16.2 (compiled)'")
    Path("otpgen.yaml").write_text(
        'otpgen: 1\nname: shop\nelixir: "~> 1.17"\napps:\n  core: {children: [store]}\n'
    )

    assert found()["Erlang/OTP"].state == "ok"
    assert found()["Elixir"].said == "1.16.2, but ~> 1.17 is needed"


@pytest.mark.parametrize(
    ("version", "requirement", "holds"),
    [
        ("1.14.0", ">= 1.14", True),
        ("1.9.4", ">= 1.14", False),
        ("2.0.0", ">= 1.14", True),
        ("1.18.1", "~> 1.14", True),
        ("2.0.0", "~> 1.14", False),
        ("1.14.5", "~> 1.14.2", True),
        ("1.15.0", "~> 1.14.2", False),
        ("25", ">= 25", True),
    ],
)
def test_requirements_are_elixirs(version, requirement, holds):
    assert satisfies(version, requirement) is holds


KEPT = """\
otpgen: 1
name: shop
apps:
  core: {children: [{table: stock, durable: true}]}
"""


def test_applications_of_otp_that_the_architecture_needs_are_looked_for(programs, folder):
    (folder / "otpgen.yaml").write_text(KEPT)
    programs("elixir", "echo 'Erlang/OTP 25'; echo; echo 'Elixir 1.14.0'")
    programs("apt-get", "exit 1")
    programs("erl", 'case $3 in *mnesia*) echo "missing mnesia" ;; esac')
    found = {finding.what: finding for finding in doctor()}

    assert found["OTP's mnesia"].state == "missing"
    assert found["OTP's mnesia"].mend.endswith("apt-get install erlang-mnesia")


def test_applications_of_otp_that_are_there_are_named(folder):
    (folder / "otpgen.yaml").write_text(KEPT)
    require("erl")
    found = {finding.what: finding for finding in doctor()}

    assert (found["OTP"].state, found["OTP"].said) == ("ok", "has mnesia")


def test_the_driver_of_a_database_is_looked_for(programs, folder):
    sql = "{sql: orders, database: var/orders.db}"
    (folder / "otpgen.yaml").write_text(KEPT.replace("{table: stock, durable: true}", sql))
    programs("elixir", "echo 'Erlang/OTP 25'; echo; echo 'Elixir 1.14.0'")
    programs("apt-get", "exit 1")
    said = "[unixODBC][Driver Manager]Can't open lib 'SQLite3' : file not found"
    programs("erl", f"""case $3 in *Driver=SQLite3*) echo "{{error,\\"{said}\\"}}" ;; esac""")
    found = {finding.what: finding for finding in doctor()}

    assert found["ODBC's SQLite3"].state == "missing"
    assert found["ODBC's SQLite3"].mend.endswith("apt-get install libsqliteodbc")


def test_a_driver_that_is_there_is_named(folder):
    sql = "{sql: orders, database: var/orders.db}"
    (folder / "otpgen.yaml").write_text(KEPT.replace("{table: stock, durable: true}", sql))
    require("erl")
    found = {finding.what: finding for finding in doctor()}

    assert (found["ODBC's SQLite3"].state, found["OTP"].said) == ("ok", "has odbc")


def test_an_elixir_that_does_not_run_is_missing_and_erlang_is_asked_alone(programs):
    programs("elixir", "echo 'No version is set for command elixir' >&2; exit 126")
    programs("erl", "echo 'Erlang/OTP 26'")

    findings = found()

    assert findings["Elixir"].said == "does not run: No version is set for command elixir"
    assert findings["Elixir"].state == "missing"
    assert (findings["Erlang/OTP"].state, findings["Erlang/OTP"].said) == ("ok", "26")


def test_a_virtual_machine_is_started_once(programs, folder):
    programs("elixir", f"echo x >>{folder}/ran; {OLD}")
    programs("erl", f"echo x >>{folder}/ran")

    found()

    assert (folder / "ran").read_text() == "x\n"


def test_flags_for_nodes_do_not_reach_it(programs, monkeypatch):
    programs("elixir", 'echo "$ERL_AFLAGS$ELIXIR_ERL_OPTIONS"; exit 1')
    monkeypatch.setenv("ERL_AFLAGS", "-name x@127.0.0.1")
    monkeypatch.setenv("ELIXIR_ERL_OPTIONS", "-name x@127.0.0.1")

    assert found()["Elixir"].said == "does not run: ended with 1"


def test_nginx_is_needed_only_by_an_architecture_with_nginx(programs, ports):
    assert found()["nginx"].state == "info"

    http, health, listen = ports(3)
    architecture(http, health)
    assert found()["nginx"].said == "not installed; nothing here needs it"

    architecture(http, health, nginx=listen)
    assert found()["nginx"].state == "missing"

    programs("nginx", "echo 'nginx version: nginx/1.22.1' >&2")
    assert (found()["nginx"].state, found()["nginx"].said) == ("ok", "1.22.1")


def test_openssl_is_needed_only_where_nodes_talk_by_tls(programs, ports):
    http, health = ports(2)
    architecture(http, health)
    assert "openssl" not in found()

    file = Path("otpgen.yaml")
    file.write_text(file.read_text() + "tls: true\n")
    assert found()["openssl"].state == "missing"

    programs("openssl", "echo 'LibreSSL 3.3.6'")
    assert (found()["openssl"].state, found()["openssl"].said) == ("ok", "3.3.6")


def test_nginx_is_found_where_it_is_not_on_the_path(monkeypatch):
    require("nginx")
    monkeypatch.setenv("PATH", "/nowhere")

    assert toolchain.run("nginx", "-v").ok


def test_a_missing_program_is_a_value():
    assert toolchain.run("no-such-program") == toolchain.Run("missing")


def test_a_program_that_cannot_be_started_is_a_value(programs, folder):
    programs("broken", "")
    Path(shutil.which("broken")).write_bytes(b"\x7fELF")

    run = toolchain.run("broken")

    assert (run.fate, run.status) == ("done", 126)
    assert "format" in run.output


def test_a_program_that_hangs_ends_with_all_it_started(folder, monkeypatch):
    script = folder / "hangs"
    script.write_text(f"#!/bin/sh\nsleep 600 &\necho $! >{folder}/pid\nwait\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    run = toolchain.run("hangs", timeout=1)

    pid = int((folder / "pid").read_text())
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}/stat").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z":
            break
        time.sleep(0.05)  # a process of a process: nobody tells us of its end
    assert run.fate == "late"
    assert time.monotonic() < deadline


# Ports


def test_ports_are_free_or_taken_and_never_left_bound(otpgen, ports):
    http, health = ports(2)
    architecture(http, health)

    with listening(http):
        code, out, _ = otpgen("doctor", "--format", "json")

    findings = {f["what"]: f for f in json.loads(out)["findings"]}
    assert findings["node1 http"]["state"] == "missing"
    assert findings["node1 http"]["said"] == f"{http} is taken by another program"
    assert str(http) in findings["node1 http"]["mend"] or not toolchain.find("ss")
    assert findings["node1 health"]["said"] == f"{health} is free"
    assert code == 1
    with listening(health):
        assert found()["node1 http"].said == f"{http} is free"


def test_a_port_that_only_waits_for_its_last_packets_is_free(ports):
    (port,) = ports(1)
    with listening(port, answer=b"bye"), socket.create_connection((HOST, port)) as client:
        client.sendall(b"hello")
        assert client.recv(10) == b"bye"
        assert client.recv(10) == b""  # the server closed first, and keeps TIME_WAIT

    assert machine.port_state(HOST, port) == "free"


def test_an_address_of_another_machine_is_elsewhere(ports):
    assert machine.port_state("192.0.2.1", ports(1)[0]) == "elsewhere"
    assert not machine.is_here("192.0.2.1")
    assert not machine.is_here("node1.example.org")
    assert machine.is_here(HOST)


def test_a_node_on_another_machine_is_not_asked(ports):
    http, health = ports(2)
    architecture(http, health)
    text = Path("otpgen.yaml").read_text().replace("{ports:", "{host: 192.0.2.1, ports:")
    Path("otpgen.yaml").write_text(text)

    findings = found()

    assert findings["node1@192.0.2.1"].said == "is on another machine"
    assert [what for what in findings if what.startswith(("node1 ", "epmd 192"))] == []


def test_nginx_of_the_project_may_have_its_port(ports):
    http, health, listen = ports(3)
    architecture(http, health, nginx=listen)
    Path("var").mkdir()

    with listening(listen):
        assert found()["nginx shop"].said == f"{listen} is taken by another program"
        Path("var/nginx.pid").write_text(f"{os.getpid()}\n")
        assert found()["nginx shop"].said == f"{listen} is taken by nginx, which runs"
        Path("var/nginx.pid").write_text("x")
        assert found()["nginx shop"].state == "missing"


# epmd


def test_no_epmd_is_no_problem():
    port = os.environ["ERL_EPMD_PORT"]

    assert found()[f"epmd {HOST}:{port}"].state == "info"


@pytest.mark.parametrize("said", ["", "x", "0", "99999", "-1"])
def test_a_port_of_epmd_that_is_none_is_not_believed(said, monkeypatch):
    monkeypatch.setenv("ERL_EPMD_PORT", said)

    assert machine.epmd_port() == 4369


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", None])
def test_somebody_else_on_the_port_of_epmd_is_told(answer, monkeypatch):
    monkeypatch.setattr(machine, "_TIMEOUT", 0.2)
    port = int(os.environ["ERL_EPMD_PORT"])

    with listening(port, answer):
        finding = found()[f"epmd {HOST}:{port}"]

    assert (finding.state, finding.said) == (
        "missing",
        "somebody listens there who is not epmd",
    )


@pytest.fixture
def node1(ports):
    """A real node that is called node1, listens on a port and is registered at a real epmd."""
    require("erl", "epmd")
    http, health = ports(2)
    architecture(http, health)
    listen = (
        f"{{ok, _}} = gen_tcp:listen({http}, [{{ip, {{127,0,0,1}}}}]), "
        'io:put_chars("up\\n"), receive never -> ok end.'
    )
    process = subprocess.Popen(
        ["erl", "-name", f"node1@{HOST}", "-setcookie", "test", "-noinput", "-eval", listen],
        stdout=subprocess.PIPE,
        env={**os.environ, "ERL_EPMD_ADDRESS": HOST, "ERL_CRASH_DUMP_SECONDS": "0"},
    )
    try:
        assert process.stdout.readline() == b"up\n"
        yield process, http, health
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        # The port of this epmd is ours alone.
        subprocess.run(["epmd", "-kill"], capture_output=True, check=False)


def test_a_node_that_runs_may_have_its_port(otpgen, node1):
    process, http, health = node1
    port = os.environ["ERL_EPMD_PORT"]

    findings = found()

    assert findings[f"epmd {HOST}:{port}"].said == "runs, and knows node1"
    assert findings["node1 http"].said == f"{http} is taken by node1, which runs"
    assert findings["node1 http"].state == "ok"
    assert findings["node1 health"].said == f"{health} is free"
    assert findings[f"node1@{HOST}"].state == "warning"  # nobody here has started it
    assert otpgen("doctor")[0] == 0

    Path("var").mkdir()
    Path("var/node1.pid").write_text(f"{process.pid}\n")
    finding = found()[f"node1@{HOST}"]
    assert (finding.state, finding.said) == ("ok", "runs")


# The architecture and the project


def test_an_unsound_architecture_does_not_keep_it_from_looking(otpgen):
    Path("otpgen.yaml").write_text("otpgen: 1\nname: shop\napps:\n  core: {strategy: all}\n")

    finding = found()["architecture"]

    assert (finding.state, finding.mend) == ("warning", "otpgen check otpgen.yaml")


def test_an_architecture_that_is_named_and_not_there_is_a_problem(otpgen):
    code, out, err = otpgen("doctor", "--architecture", "shop.yaml")

    assert err.startswith("shop.yaml: error OG001: cannot be read: there is no such file\n")
    assert (code, out) == (1, "")


def test_the_cookie_is_looked_at_in_a_project_only(ports):
    architecture(*ports(2))
    assert "cookie" not in found()

    new(Path("otpgen.yaml"), Path())
    assert found()["cookie"].state == "info"


@pytest.mark.parametrize(
    ("text", "mode", "state", "mend"),
    [
        ("x", 0o400, "ok", ""),
        ("x", 0o644, "warning", f"chmod 400 {COOKIE}"),
        ("x", 0o600, "warning", f"chmod 400 {COOKIE}"),
        ("", 0o400, "missing", f"rm {COOKIE}"),
    ],
)
def test_a_cookie_is_full_and_only_its_owners(text, mode, state, mend, ports):
    architecture(*ports(2))
    new(Path("otpgen.yaml"), Path())
    cookie = Path(COOKIE)
    cookie.parent.mkdir(parents=True)
    cookie.write_text(text)
    cookie.chmod(mode)

    finding = found()["cookie"]

    assert (finding.state, finding.mend) == (state, mend)


def test_nothing_heavy_is_imported():
    code = (
        "import sys; from otpgen import cli; from otpgen.commands.doctor import doctor; doctor(); "
        "print({'jinja2', 'copier', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(Path(cli.__file__).parents[1])},
        capture_output=True,
        text=True,
    )

    assert done.stdout == "set()\n"
