"""The component irc with a real server, Debian's ngircd, and somebody who reads the channel."""

import base64
import os
import pwd
import queue
import random
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from otpgen.commands.new import new

from .conftest import PATH, free_ports, require
from .test_nodes import eventually

pytestmark = pytest.mark.mix
HERE = Path(__file__).parent
CASE = HERE / "cases/irc/otpgen.yaml"
PASSWORD, KEY = "open sesame", "lock"
APP = """\
  {name}:
    component: irc
    options:
      {{server: {server}, port: {port}, tls: {tls}, channel: "#desk", key: {{env: IRC_KEY}},
       nick: {nick}, password: {{env: {password}}}, max_lines: 100, burst: 500, refill: 1ms,
       backoff: 20ms, max_backoff: 200ms{more}}}
"""


class Server:
    """A server with a password, whose channel has a key; without privileges."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        self.port, self.tls_port = free_ports(2)
        self.certify()
        (folder / "ngircd.conf").write_text(f"""\
[Global]
Name = irc.example.org
Listen = 127.0.0.1
Ports = {self.port}
Password = {PASSWORD}
MotdPhrase = Welcome
[Limits]
MaxConnectionsIP = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
[SSL]
CertFile = {folder}/server.pem
KeyFile = {folder}/server.key
Ports = {self.tls_port}
[Channel]
Name = #desk
Modes = nk {KEY}
""")
        # It drops its privileges, where it has any, before it reads its files again.
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)

    def certify(self):
        """Make an authority, and a certificate for localhost that it vouches for."""
        names = self.folder / "names"
        names.write_text("subjectAltName = DNS:localhost\n")
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        ours = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
        for command in (
            ["req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ours"],
            ["req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=server"],
            ["x509", "-req", "-in", "server.csr", *ours, "-extfile", "names", "-out", "server.pem"],
        ):
            subprocess.run(["openssl", *command], cwd=self.folder, check=True, capture_output=True)

    def start(self):
        # As root it would become nobody; so it is from the start.
        root = os.geteuid() == 0
        self.process = subprocess.Popen(
            [shutil.which("ngircd", path=PATH), "-n", "-f", self.folder / "ngircd.conf"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **({"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid} if root else {}),
        )
        eventually(self.listens)

    def listens(self):
        with suppress(OSError), socket.create_connection(("127.0.0.1", int(self.port)), 5):
            return True
        assert self.process.poll() is None, "ngircd has ended"
        return False

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Reader:
    """Somebody in the channel; what is said there, in order."""

    def __init__(self, port, said):
        self.said, self.names = said, None
        self.socket = socket.create_connection(("127.0.0.1", int(port)), 10)
        self.lines = self.socket.makefile("rb")
        self.tell(f"PASS :{PASSWORD}", "NICK reader", "USER reader 0 * :reader")
        self.wait_for(b" 001 ")
        self.tell(f"JOIN #desk {KEY}")
        self.wait_for(b" 366 ")
        # Until somebody says something: the desk may still be starting.
        self.socket.settimeout(None)
        self.reads = threading.Thread(target=self.read, daemon=True)
        self.reads.start()

    def tell(self, *lines):
        self.socket.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def wait_for(self, word):
        while word not in (line := self.lines.readline()):
            assert line, "the server has closed the connection"

    def read(self):
        with suppress(OSError):
            for line in self.lines:
                assert len(line) <= 512
                if line.startswith(b"PING"):
                    self.tell("PONG :reader")
                source, command, *rest = line.rstrip(b"\r\n").decode().split(" ", 3)
                if command == "PRIVMSG" and rest[0] == "#desk":
                    nick = source[1:].partition("!")[0]
                    self.said.append((nick, rest[1].removeprefix(":")))

    def end(self):
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.reads.join()
        self.lines.close()
        self.socket.close()


class Desk:
    """The project, running; it evaluates what it is told."""

    def __init__(self, root, env):
        self.answers, self.log = queue.Queue(), []
        self.process = subprocess.Popen(
            ["mix", "run", HERE / "irc_desk.exs"],
            cwd=root,
            env={**env, "IRC_PASSWORD": PASSWORD, "IRC_KEY": KEY, "IRC_WRONG": "swordfish"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reads = threading.Thread(target=self.read, daemon=True)
        self.reads.start()

    def read(self):
        for line in self.process.stdout:
            if line.startswith("=> "):
                self.answers.put(line.removeprefix("=> ").strip())
            else:
                self.log.append(line)

    def evaluate(self, code):
        self.process.stdin.write(base64.b64encode(code.encode()).decode() + "\n")
        self.process.stdin.flush()
        try:
            return self.answers.get(timeout=60)
        except queue.Empty:
            raise AssertionError("".join(self.log)) from None

    def deliver(self, app, number, text, subject="Printer"):
        """Have a notification delivered, as a sender does; what came of it."""
        texts = [base64.b64encode(said.encode()).decode() for said in (subject, text)]
        said = [f'Base.decode64!("{said}")' for said in texts]
        notification = f"%{{id: {number}, subject: {said[0]}, text: {said[1]}}}"
        channel = "ChatRuntime.Channel"
        return self.evaluate(f"{channel}.deliver(hd({channel}.members(:{app})), {notification})")

    def status(self, app):
        return self.evaluate(f"{app.capitalize()}.status()")

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()
            self.reads.join()
            self.process.stdout.close()


@pytest.fixture(scope="module")
def server():
    require("ngircd", "openssl")
    # Not below pytest's own folder, into which nobody else may look.
    with tempfile.TemporaryDirectory() as folder:
        made = Server(Path(folder))
        yield made
        made.kill()


@pytest.fixture(scope="module")
def desk(server, project, environment, tmp_path_factory):
    compiled = project(str(CASE))
    folder = tmp_path_factory.mktemp("irc")
    ca = f", ca: {server.folder}/ca.pem"
    local, by_name = "127.0.0.1", "localhost"
    apps = [
        ("plain", local, server.port, "false", "helpdesk", "IRC_PASSWORD", ""),
        ("secure", by_name, server.tls_port, "true", "helpdesk", "IRC_PASSWORD", ca),
        ("unproven", by_name, server.tls_port, "true", "helpdesk", "IRC_PASSWORD", ""),
        ("misnamed", local, server.tls_port, "true", "helpdesk", "IRC_PASSWORD", ca),
        # Until its password is seen to be wrong it has the name that it says.
        ("stranger", local, server.port, "false", "stranger", "IRC_WRONG", ""),
    ]
    keys = ("name", "server", "port", "tls", "nick", "password", "more")
    text = "".join(APP.format(**dict(zip(keys, app, strict=True))) for app in apps)
    (folder / "otpgen.yaml").write_text(f"otpgen: 1\nname: chat\napps:\n{text}")
    new(folder / "otpgen.yaml", folder / "chat")
    shutil.copytree(compiled / "_build", folder / "chat/_build", symlinks=True)
    made = Desk(folder / "chat", environment)
    yield made
    made.end()


@pytest.fixture
def said():
    return []


@pytest.fixture
def room(server, desk, said):
    """The server runs, and somebody is in the channel; then those who may come come."""
    server.kill()
    server.start()
    reader = Reader(server.port, said)
    eventually(lambda: all("joined" in desk.status(app) for app in ("plain", "secure")))
    yield reader
    reader.end()


def test_what_is_delivered_is_read_in_the_channel(room, desk, said):
    assert desk.deliver("plain", 1, "It burns.") == ":ok"
    assert desk.deliver("secure", 2, "Still.\nBring water.") == ":ok"

    eventually(lambda: len(said) == 3)
    assert [text for _, text in said] == [
        "#1 Printer: It burns.",
        "#2 Printer: Still.",
        "Bring water.",
    ]
    # Both would be called helpdesk, and a server has one of each name.
    assert {nick for nick, _ in said} == {"helpdesk", "helpdesk1"}


def test_what_means_harm_is_text(room, desk, said):
    assert desk.deliver("plain", 3, "a\r\nQUIT :bye\r\n\x01VERSION\x01\x00<script>") == ":ok"
    assert desk.deliver("plain", 4, "b", subject="JOIN #other\r\nJOIN #other") == ":ok"

    eventually(lambda: len(said) == 5)
    assert [text for _, text in said] == [
        "#3 Printer: a",
        "QUIT :bye",
        "VERSION  <script>",
        "#4 JOIN #other",
        "JOIN #other: b",
    ]


def test_ten_kilobytes_arrive_whole_in_lines_that_nobody_cuts(room, desk, said):
    text = "".join(random.choice("aé日😀") for _ in range(4_000))
    assert len(text.encode()) > 9_000
    assert desk.deliver("secure", 5, text, subject="Long") == ":ok"
    words = " ".join(f"word{n}" for n in range(1_200))
    assert desk.deliver("secure", 6, words, subject="Long") == ":ok"

    last = "word1199"
    eventually(lambda: said and said[-1][1].endswith(last))
    texts = [text for _, text in said]
    second = next(n for n, text in enumerate(texts) if text.startswith("#6"))
    assert "".join(texts[:second]) == f"#5 Long:{text}"
    assert " ".join(texts[second:]) == f"#6 Long: {words}"


def test_who_proves_nothing_is_not_talked_to_and_who_knows_nothing_is_not_let_in(room, desk):
    eventually(lambda: "unknown_ca" in desk.status("unproven"))
    eventually(lambda: "handshake_failure" in desk.status("misnamed"))
    eventually(lambda: "away" in desk.status("stranger"))

    for app in ("unproven", "misnamed", "stranger"):
        assert desk.deliver(app, 8, "It burns.").startswith("{:error, {:away, ")
    log = "".join(desk.log)
    assert not any(secret in log for secret in (PASSWORD, KEY, "swordfish"))


def test_what_could_not_be_delivered_is_delivered_later(room, server, desk, said):
    assert desk.deliver("plain", 9, "before") == ":ok"
    # The server has it, and may not have sent it on.
    eventually(lambda: said)
    server.kill()
    assert desk.deliver("plain", 10, "meanwhile").startswith("{:error, ")
    assert desk.deliver("secure", 11, "meanwhile").startswith("{:error, ")

    server.start()
    reader = Reader(server.port, said)
    eventually(lambda: desk.deliver("plain", 10, "meanwhile") == ":ok")
    eventually(lambda: desk.deliver("secure", 11, "meanwhile") == ":ok")

    eventually(lambda: len(said) == 3)
    reader.end()
    assert [text for _, text in said] == [
        "#9 Printer: before",
        "#10 Printer: meanwhile",
        "#11 Printer: meanwhile",
    ]


def test_nothing_that_was_delivered_is_missing_while_the_server_is_killed_again_and_again(
    room, server, desk, said
):
    dice, reader, kills = random.Random(0), room, 0
    for number in range(1, 301):
        if number % 60 == 30:
            threading.Timer(dice.uniform(0, 0.05), server.process.kill).start()
        text = "x" * dice.randrange(1, 1_000)
        while (outcome := desk.deliver("secure", number, text)) != ":ok":
            assert outcome.startswith("{:error, "), outcome
            if server.process.poll() is not None:
                kills += 1
                reader.end()
                server.start()
                # In the channel before it is: what is said there is not said again.
                reader = Reader(server.port, said)
            time.sleep(0.02)  # as a sender does before it tries again

    def arrived():
        return [int(text[1:].split()[0]) for _, text in said if text.startswith("#")]

    eventually(lambda: 300 in arrived())
    reader.end()
    print(f"{len(arrived()) - 300} of 300 came twice, {kills} kills")
    assert kills == 5
    assert list(dict.fromkeys(arrived())) == list(range(1, 301))
