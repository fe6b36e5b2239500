"""The generated cluster on this machine: its ports, its folder, its processes."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODES = ["node1", "node2", "node3"]
HTTP, HEALTH, NGINX = [4001, 4002, 4003], [14001, 14002, 14003], 8080

# These would reach every node, or the mix that compiles.
FOREIGN = ["PORT", "HEALTH_PORT", "MIX_ENV", "NO_COMPILE", "DIST_PREPARED", "EXTRA_ERL"]


# Seconds after which a node that says nothing counts as lost; OTP's own are 60.
TICK_TIME = 4
TICKS = f"-kernel net_ticktime {TICK_TIME}"


class DemoError(Exception):
    """What went wrong, in one sentence."""


@dataclass(frozen=True)
class Ports:
    """The ports of the three nodes and of nginx; ``shift`` is 0 for those of the example.

    Attributes:
        more: those that the example has beside them.
    """

    shift: int = 0
    more: tuple[int, ...] = ()

    @property
    def http(self) -> list[int]:
        """Of the nodes, in their order."""
        return [port + self.shift for port in HTTP]

    @property
    def health(self) -> list[int]:
        """Of the nodes, in their order."""
        return [port + self.shift for port in HEALTH]

    @property
    def nginx(self) -> int:
        """Of the load balancer."""
        return NGINX + self.shift

    def of(self, port: int) -> int:
        """Return what a port of the example has become."""
        return port + self.shift

    def busy(self) -> list[int]:
        """Return those on which something listens."""
        more = map(self.of, self.more)
        return [port for port in [*self.http, *self.health, self.nginx, *more] if not is_free(port)]

    def written_into(self, architecture: str) -> str:
        """Return the example's architecture with these ports instead of its own."""
        for port in [*HTTP, *HEALTH, NGINX, *self.more]:
            architecture = re.sub(rf"\b{port}\b", str(self.of(port)), architecture)
        return architecture

    def __str__(self) -> str:
        http, health = self.http, self.health
        return f"{http[0]} to {http[-1]}, {health[0]} to {health[-1]} and {self.nginx}"


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(*more: int) -> Ports:
    """Return the example's ports if they are free, else the first others that are.

    Raises:
        DemoError: there are none.
    """
    for shift in range(0, 20_000, 100):
        if not Ports(shift, more).busy():
            return Ports(shift, more)
    raise DemoError("there are no free ports for the cluster")


def any_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def get(port: int, path: str, timeout: float) -> tuple[int, str]:
    """GET from a port of this machine, past any proxy; return the status and the body.

    Raises:
        OSError: nobody listens, or nothing came in time.
        http.client.HTTPException: the answer was cut off.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


def end_group(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a session, and what it started there."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
            return


@dataclass
class Cluster:
    """The project in its scratch folder, and the processes that were started for it.

    Attributes:
        app: what runs on one node at a time; the project is called like the example.
        env: what its nodes find in their environment.
    """

    scratch: Path
    ports: Ports = field(default_factory=free_ports)
    example: str = "g4"
    app: str = "g4"
    env: dict[str, str] = field(default_factory=dict)
    epmd_port: int = field(default_factory=any_free_port)
    epmd: subprocess.Popen[bytes] | None = None
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Where the project is generated."""
        return self.scratch / self.example

    def run(
        self,
        *command: str,
        where: Path | None = None,
        within: float | None = None,
        **more: str,
    ) -> str:
        """Run a command to its end, away from the terminal; return what it said.

        Raises:
            DemoError: it failed; the end of what it said is below the sentence.
            TimeoutExpired: it took more than these seconds.
        """
        process = self._popen(command, where or self.folder, subprocess.PIPE, **more)
        try:
            output = process.communicate(timeout=within)[0].decode(errors="replace")
        except BaseException:
            # Neither Ctrl-C nor the end of patience reaches it: it has a session of its own.
            end_group(process)
            raise
        if process.returncode != 0:
            tail = "\n".join(output.splitlines()[-40:])
            raise DemoError(f"{' '.join(command)} ended with {process.returncode}\n{tail}")
        return output

    def start(self, log: str, *command: str, where: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a process in the background, which says what it says in a file."""
        with (self.scratch / log).open("ab") as output:
            process = self._popen(command, where or self.folder, output.fileno())
        self.processes.append(process)
        return process

    def _popen(
        self, command: tuple[str, ...], where: Path, output: int, **more: str
    ) -> subprocess.Popen[bytes]:
        env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return subprocess.Popen(
            command,
            cwd=where,
            env=env
            | {
                "ERL_EPMD_PORT": str(self.epmd_port),
                "ERL_EPMD_ADDRESS": "127.0.0.1",
                "EXTRA_ERL": TICKS,
            }
            | self.env
            | more,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def start_epmd(self) -> None:
        """Start an epmd that can be ended: the one that a node starts stays behind."""
        program = shutil.which("epmd")
        if program is None:
            folder = 'IO.write([:code.root_dir(), "/erts-", :erlang.system_info(:version)])'
            program = self.run("elixir", "-e", folder, where=self.scratch) + "/bin/epmd"
        self.epmd = self.start("epmd.log", program, where=self.scratch)

    def active(self) -> str | None:
        """Return the node that runs the application, as the first node says which knows of one."""
        for port in self.ports.health:
            with suppress(OSError, http.client.HTTPException, ValueError):
                node = json.loads(get(port, "/cluster", 1)[1])["apps"][self.app]
                if node:
                    return str(node).partition("@")[0]
        return None

    def ask(self, expression: str, within: float, failed: str) -> str:
        """Return what an expression prints on a hidden node, which reaches the others.

        Raises:
            DemoError: it failed, or has not ended within these seconds; ``failed`` is what
                that means.
        """
        try:
            return self.run(
                *("elixir", "--name", f"demo{os.getpid()}@127.0.0.1", "--hidden"),
                *("--erl", f"{TICKS} -kernel inet_dist_use_interface {{127,0,0,1}}"),
                *("-e", expression),
                within=within,
                HOME=str(self.folder / "var/home"),
            )
        except subprocess.TimeoutExpired:
            raise DemoError(f"{failed} within {within} s") from None

    def start_nodes(self) -> None:
        """Start all nodes; return when they serve."""
        self.run("./start-dist.sh", "all")

    def bring_back(self, node: str) -> None:
        """Start a node again; return at once."""
        self.start("back.log", "./start-dist.sh", node)

    def kill(self, node: str) -> None:
        """End a node as a crash would; return when it is gone."""
        self.run("./start-dist.sh", "kill", node)

    def stop(self, node: str) -> None:
        """Ask a node to stop in order; return at once."""
        self.start("stop.log", "./start-dist.sh", "stop", node)

    def pid(self, node: str) -> int:
        """Return the process of a node."""
        return int((self.folder / f"var/{node}.pid").read_text(encoding="utf-8"))

    def end(self) -> None:
        """Stop the nodes, nginx and epmd, in this order, and remove the folder."""
        if (self.folder / "var").is_dir():
            try:
                self.run("./start-dist.sh", "stop")
            except DemoError:
                for node in NODES:
                    with suppress(DemoError):
                        self.run("./start-dist.sh", "kill", node)
            self._await_nginx()
        for process in reversed(self.processes):
            if process.poll() is None:
                end_group(process)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _await_nginx(self) -> None:
        # It removes its pid file last.
        deadline = time.monotonic() + 10
        while (self.folder / "var/nginx.pid").exists() and time.monotonic() < deadline:
            time.sleep(0.05)  # nginx says that it is gone by this file only


@dataclass
class ReleasedCluster(Cluster):
    """The same, its nodes started from a release."""

    nodes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def build(self) -> None:
        """Build the release."""
        self.run("mix", "release", "full", MIX_ENV="prod")

    def start_nodes(self) -> None:
        """Start all nodes; return when they serve."""
        self.run("./start-dist.sh", "cookie")
        for node in NODES:
            self.bring_back(node)
        for port in self.ports.health:
            self._await_ready(port)

    def bring_back(self, node: str) -> None:
        """Start a node; return at once."""
        self.nodes[node] = self._command(node, "start")

    def kill(self, node: str) -> None:
        """End a node as a crash would; return when it is gone."""
        self.nodes[node].kill()
        self.nodes[node].wait()

    def stop(self, node: str) -> None:
        """Ask a node to stop in order; return at once."""
        self._command(node, "stop")

    def pid(self, node: str) -> int:
        """Return the process of a node."""
        return self.nodes[node].pid

    def _command(self, node: str, command: str) -> subprocess.Popen[bytes]:
        with (self.scratch / f"{node}.log").open("ab") as output:
            process = self._popen(
                (f"{self.folder}/_build/prod/rel/full/bin/full", command),
                self.folder,
                output.fileno(),
                NODE=node,
                RELEASE_COOKIE_FILE=f"{self.folder}/var/home/.erlang.cookie",
                ERL_ZFLAGS=TICKS,
            )
        self.processes.append(process)
        return process

    def _await_ready(self, port: int) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException):
                if get(port, "/readyz", 1)[0] == 200:
                    return
            time.sleep(0.1)  # a node that boots says nothing
        raise DemoError(f"no node serves on port {port} after a minute")
