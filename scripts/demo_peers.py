"""Those whom the help desk tells: processes that may be killed and started again."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

PEER = Path(__file__).with_name("demo_peer.py")

# Seconds within which one has to serve, and to answer.
PATIENCE = 20


class Peer:
    """Somebody who is told.

    Attributes:
        log: the file with what has reached it: a line each, the number and what it answered.
    """

    # The user as whom it runs, if that is not ours.
    user: str | None = None

    def __init__(self, name: str, port: int, folder: Path) -> None:
        self.name, self.port = name, port
        self.log = folder / f"{name}.told"
        self.log.touch()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """Return what starts it: a webhook, which is well or in a mood."""
        return [sys.executable, str(PEER), "webhook", str(self.port), str(self.log)]

    def start(self) -> None:
        """Start it; return when it serves."""
        with self.log.with_suffix(".log").open("ab") as said:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                user=self.user,
                group=pwd.getpwnam(self.user).pw_gid if self.user else None,
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)  # who begins to listen says nothing
        raise TimeoutError(f"{self.name} does not listen on port {self.port}")

    def kill(self) -> None:
        """End it as a crash would, if it runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def end(self) -> None:
        """Kill it for good."""
        self.kill()

    def be(self, *mood: str) -> None:
        """Have a webhook give these answers in turn; without any it is well."""
        new = self.log.with_suffix(".new")
        new.write_text(" ".join(mood), encoding="utf-8")
        new.rename(f"{self.log}.mood")

    def answers(self, *wanted: str) -> list[int]:
        """Return the number of each notification that it gave one of these answers."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        return [int(number) for number, answer in map(str.split, lines) if answer in wanted]

    def told(self) -> list[int]:
        """Return the numbers of those that it took, as they came."""
        return self.answers("200")


class MailServer(Peer):
    """Takes mail over SMTP; ``env`` has msmtp send to it."""

    def __init__(self, name: str, port: int, folder: Path) -> None:
        super().__init__(name, port, folder)
        (folder / "msmtp").mkdir()
        (folder / "msmtp/config").write_text(
            f"account default\nhost 127.0.0.1\nport {port}\nauth off\ntls off\ntimeout 5\n",
            encoding="utf-8",
        )
        self.env = {"XDG_CONFIG_HOME": str(folder)}

    def command(self) -> list[str]:
        """Return what starts it."""
        return [sys.executable, str(PEER), "mail", str(self.port), str(self.log)]


# Nobody may speak in the channel (m) until the reader is there to hear it.
NGIRCD = """\
[Global]
Name = irc.example.org
Listen = 127.0.0.1
Ports = {port}
MotdPhrase = Welcome
[Limits]
MaxConnectionsIP = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
OperCanUseMode = yes
[Operator]
Name = reader
Password = reader
[Channel]
Name = #helpdesk
Modes = nm
"""


class IrcServer(Peer):
    """Debian's ngircd, and somebody in the channel who writes down what is said there."""

    def __init__(self, name: str, port: int, folder: Path) -> None:
        super().__init__(name, port, folder)
        self.reader: threading.Thread | None = None
        # Root may not be who it is; and nobody may not look below our folder.
        self.user = "nobody" if os.geteuid() == 0 else None
        self.home = Path(tempfile.mkdtemp(prefix="ngircd-"))
        self.home.chmod(0o755)
        (self.home / "conf").write_text(NGIRCD.format(port=port), encoding="utf-8")

    def command(self) -> list[str]:
        """Return what starts it."""
        program = shutil.which("ngircd", path=f"{os.environ['PATH']}:/usr/sbin") or "ngircd"
        return [program, "-n", "-f", str(self.home / "conf")]

    def start(self) -> None:
        """Start it; return when the reader is there."""
        super().start()
        connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        lines = connection.makefile("rb")
        for command, answer in (
            ("NICK reader\r\nUSER reader 0 * :reader", " 001 "),
            ("JOIN #helpdesk", " 366 "),
            ("OPER reader reader", " 381 "),
            ("MODE #helpdesk -m", " MODE #helpdesk "),
        ):
            connection.sendall(f"{command}\r\n".encode())
            while answer not in (line := lines.readline().decode(errors="replace")):
                if not line:
                    raise ConnectionError("the IRC server has closed the connection")
        connection.settimeout(None)
        self.reader = threading.Thread(target=self._read, args=(connection, lines), daemon=True)
        self.reader.start()

    def _read(self, connection: socket.socket, lines: BinaryIO) -> None:
        # A reset is an end, too.
        with (
            suppress(OSError),
            connection,
            lines,
            self.log.open("a", encoding="utf-8") as log,
        ):
            for line in lines:
                if line.startswith(b"PING"):
                    connection.sendall(b"PONG :reader\r\n")
                elif found := re.search(rb" PRIVMSG \S+ :#(\d+) ", line):
                    print(int(found[1]), "200", file=log, flush=True)

    def kill(self) -> None:
        """End it as a crash would; return when all that was said is written down."""
        super().kill()
        if self.reader is not None:
            self.reader.join()
            self.reader = None

    def end(self) -> None:
        """Kill it, and remove its files."""
        super().end()
        shutil.rmtree(self.home, ignore_errors=True)
