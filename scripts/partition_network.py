"""Networks that can be cut: namespaces, each with a link to one switch, and nothing outside."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress

from demo_cluster import DemoError

# Seconds for processes to end when they are asked to, or told to.
PATIENCE = 10


def ip(*words: str) -> str:
    """Run ip; return what it printed.

    Raises:
        DemoError: it failed.
    """
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise DemoError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


class Network:
    """Machines numbered from 1, each a namespace with one address, on a switch of their own.

    The switch, a bridge, has a namespace too: this machine sees none of it, and what is cut
    there is dropped without a word, as by a dead switch. A link that is taken down, or a
    blackhole among the routes, would be noticed at once by whoever sends.
    """

    def __init__(self, size: int) -> None:
        self.numbers = range(1, size + 1)
        self._prefix = f"otpgen-{os.getpid()}"
        self._switch = f"{self._prefix}-switch"

    def host(self, number: int) -> str:
        """Return the address of a machine."""
        return f"10.77.0.{number}"

    def namespace(self, number: int) -> str:
        """Return its namespace."""
        return f"{self._prefix}-{number}"

    def inside(self, number: int) -> list[str]:
        """Return the words before a command that is to run on a machine."""
        return ["ip", "netns", "exec", self.namespace(number)]

    def make(self) -> None:
        """Make the switch and the machines."""
        ip("netns", "add", self._switch)
        ip("-n", self._switch, "link", "add", "bridge0", "type", "bridge")
        ip("-n", self._switch, "link", "set", "bridge0", "up")
        for number in self.numbers:
            self._make_machine(number)
        self.mend()

    def _make_machine(self, number: int) -> None:
        name = self.namespace(number)
        ip("netns", "add", name)
        ip("-n", name, "link", "set", "lo", "up")
        ip(
            *("-n", name, "link", "add", "eth0", "address", _ethernet(number), "type", "veth"),
            *("peer", "name", f"port{number}", "netns", self._switch),
        )
        ip("-n", name, "address", "add", f"{self.host(number)}/24", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        ip("-n", self._switch, "link", "set", f"port{number}", "up")
        for other in self.numbers:
            # Nobody asks who has the address: that no answer comes would be an error at once,
            # which hosts behind a router never see.
            if other != number:
                ip(
                    *("-n", name, "neighbour", "add", self.host(other), "dev", "eth0"),
                    *("lladdr", _ethernet(other), "nud", "permanent"),
                )

    def cut_off(self, number: int) -> None:
        """Cut a machine off from all others."""
        ip("-n", self._switch, "link", "set", f"port{number}", "nomaster")

    def cut(self, *numbers: int) -> None:
        """Cut machines off from each other; all of them reach the rest."""
        for number in numbers:
            self._isolate(number, "on")

    def mend(self) -> None:
        """Let every machine reach every other."""
        for number in self.numbers:
            ip("-n", self._switch, "link", "set", f"port{number}", "master", "bridge0")
            self._isolate(number, "off")

    def _isolate(self, number: int, how: str) -> None:
        port = ("link", "set", f"port{number}", "type", "bridge_slave")
        ip("-n", self._switch, *port, "isolated", how)

    def remove(self) -> None:
        """End what still runs on the machines, and remove all."""
        names = [line.split()[0] for line in ip("netns", "list").splitlines() if line]
        for name in names:
            if name.startswith(f"{self._prefix}-"):
                _end_all(name)
                ip("netns", "delete", name)


def _ethernet(number: int) -> str:
    return f"02:00:00:77:00:{number:02x}"


def _end_all(namespace: str) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + PATIENCE
        while pids := [int(pid) for pid in ip("netns", "pids", namespace).split()]:
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)  # they are not all children of ours
