"""The help desk of ``examples/helpdesk``: what it is on this machine, and somebody who uses it."""

from __future__ import annotations

import http.client
import itertools
import json
import shutil
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from demo_cluster import get
from demo_peers import IrcServer, MailServer, Peer

CHANNELS = ["desk_mail", "desk_irc", "desk_slack", "desk_discord"]

# Of the mail server, the IRC server and the webhooks; IRC's is the one in the example.
PORTS = (8025, 6667, 8030, 8031)

# What the example says, and what is said instead: an IRC server of one's own bears more than
# others do, and who watches does not wait for half a minute.
QUICK = {
    "{component: dispatcher, depends_on: [desk_core]}": (
        "{component: dispatcher, depends_on: [desk_core], options: {pause: 100ms, longest: 1s}}"
    ),
    "nick: helpdesk}": "nick: helpdesk, burst: 500, refill: 10ms, backoff: 100ms, max_backoff: 1s}",
    "to: root@localhost}": "to: root@localhost, timeout: 5s, sendmail: {sendmail}}",
    "_WEBHOOK}}": "_WEBHOOK}, timeout: 2s}",
}


def quick(architecture: str) -> str:
    """Return the example's architecture for peers on this machine, which are tried again soon."""
    for said, instead in QUICK.items():
        if said not in architecture:
            raise ValueError(f"the example does not say {said}")
        architecture = architecture.replace(said, instead)
    return architecture.replace("{sendmail}", shutil.which("msmtp") or "/usr/bin/msmtp")


def peers(folder: Path, ports: Iterable[int]) -> dict[str, Peer]:
    """Return whom the channels tell, by the names of the channels."""
    kinds = [MailServer, IrcServer, Peer, Peer]
    return {
        channel: kind(channel.removeprefix("desk_"), port, folder)
        for channel, kind, port in zip(CHANNELS, kinds, ports, strict=True)
    }


def environment(folder: Path, told: dict[str, Peer], token: str) -> dict[str, str]:
    """Return what stands in the environment of the nodes."""
    hooks = {
        f"{channel.removeprefix('desk_').upper()}_WEBHOOK": f"http://127.0.0.1:{told[channel].port}/"
        for channel in ("desk_slack", "desk_discord")
    }
    return {**hooks, "DESK_TOKEN": token, "XDG_CONFIG_HOME": str(folder)}


class Desk:
    """The API of the help desk, behind one port of this machine."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.token = port, token

    def ask(
        self, method: str, path: str, said: dict[str, str] | None = None, key: str | None = None
    ) -> tuple[int, Any]:
        """Return the status and the answer; 0 and the reason when there is none."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = key
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, json.dumps(said) if said else None, headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            return 0, error
        finally:
            connection.close()

    def open(self, subject: str, key: str) -> tuple[int, Any]:
        """Open a ticket; once, however often it is sent with this key."""
        said = {"subject": subject, "text": "It rains in.", "author": "Ann"}
        return self.ask("POST", "/tickets", said, key)

    def channels(self) -> dict[str, Any]:
        """Return how each channel is getting on, by its name."""
        status, answer = self.ask("GET", "/channels")
        return {one["name"]: one for one in answer["channels"]} if status == 200 else {}

    def kept(self) -> list[int]:
        """Return the numbers of all notifications that there are.

        Raises:
            OSError: it does not answer.
        """
        found: list[int] = []
        while True:
            after = found[-1] if found else 0
            status, answer = self.ask("GET", f"/notifications?after={after}&limit=100")
            if status != 200:
                raise OSError(f"the desk answers {status}: {answer}")
            page = [one["id"] for one in answer["notifications"]]
            found += page
            if len(page) < 100:
                return found


class Tickets:
    """Somebody who opens one ticket after the other, each until it is kept."""

    def __init__(self, desk: Desk, pause: float, count: int | None = None) -> None:
        self.desk, self.pause, self.count = desk, pause, count
        self.opened, self.again = 0, 0
        self.since: float | None = None
        self.refused: list[str] = []
        self._stopped = threading.Event()
        self.thread = threading.Thread(target=self._open_all, daemon=True)
        self.thread.start()

    def _open_all(self) -> None:
        for number in itertools.count(1):
            if self._stopped.wait(self.pause) or number - 1 == self.count:
                return
            self._open(number)

    def _open(self, number: int) -> None:
        self.since = time.monotonic()
        while True:
            status, answer = self.desk.open(f"Leak {number}", f"leak-{number}")
            if status == 201:
                break
            if 400 <= status < 500:
                self.refused.append(f"{status} {answer}")
                break
            self.again += 1
            if self._stopped.wait(0.2):
                return
        self.opened, self.since = self.opened + (status == 201), None

    def stop(self) -> None:
        """Open no more; return when the last one is kept or given up."""
        self._stopped.set()
        self.thread.join()


def is_well(port: int) -> bool:
    """Whether the desk in the browser shows its page."""
    with suppress(OSError, http.client.HTTPException):
        return get(port, "/", 5)[0] == 200
    return False
