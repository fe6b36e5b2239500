"""The cluster of ``examples/g4``, generated, started, harmed in five ways, and watched.

    scripts/demo           in a scratch folder, which is removed at the end
    scripts/demo --keep    leaves it running
    scripts/demo --release the nodes from a release, not under mix

Nothing else on this machine is touched: the nodes have an epmd and, where the ports of the
example are busy, ports of their own; only processes started here are ended.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from demo_cluster import NODES, ROOT, Cluster, DemoError, Ports, ReleasedCluster
from demo_told import console, handle_signals, interrupt, say, step, tests_run, verdict
from demo_traffic import Tally, Traffic
from rich.table import Table

EXAMPLE = Path("examples/g4/otpgen.yaml")

# Seconds: of steady requests before, between and after what happens; at most for each move.
CALM, PATIENCE = 3, 40

# Seconds for which a node is frozen: longer than its silence is noticed and g4 fails over.
FROZEN = 15

SUMMARY = (
    "Generates a cluster, kills, freezes and stops the node that matters, and tells how it went."
)

# On a hidden node: ends the supervisor of g4, as if it had used up its restarts, waits until g4
# runs on another node, and prints how long that took and who has another pid than before.
GIVE_UP = """
[active, other] = Enum.map(System.argv(), &String.to_atom/1)
neighbours = [G4Core.Supervisor, G4Web.Supervisor, G4Runtime.Supervisor]
pids = fn -> Enum.map(neighbours, &:erpc.call(active, Process, :whereis, [&1])) end
runs = fn -> :erpc.call(other, G4Runtime.Health, :nodes, [:runs, :g4]) end
moved = fn moved -> if runs.() in [[], [active]], do: moved.(moved), else: :ok end
before = pids.()
tree = :erpc.call(active, Process, :whereis, [G4.Supervisor])
{time, :ok} = :timer.tc(fn -> Process.exit(tree, :kill) && moved.(moved) end)
IO.puts("#{div(time, 1000)} #{pids.() == before}")
"""

# On a hidden node: waits until each node knows of all others, and of one that runs g4.
IN_STEP = """
nodes = Enum.map(System.argv(), &String.to_atom/1)
ask = fn node, module, function, args ->
  try do
    :erpc.call(node, module, function, args, 3000)
  catch
    _kind, _reason -> nil
  end
end
known = fn node -> List.wrap(ask.(node, G4Runtime.DistAc, :known, [])) end
one? = fn node -> match?([_], ask.(node, G4Runtime.Health, :nodes, [:runs, :g4])) end
in_step? = fn node -> Enum.sort(known.(node)) == Enum.sort(nodes) and one?.(node) end
wait = fn wait -> if Enum.all?(nodes, in_step?), do: :ok, else: wait.(wait) end
wait.(wait)
"""


def watch(
    cluster: Cluster, traffic: Traffic, seconds: float, until: Callable[[str | None], object]
) -> bool:
    """Tell each second where g4 runs, until it is as wished; return whether it came to that."""
    began = time.monotonic()
    told = 0
    while (passed := time.monotonic() - began) < seconds:
        active = cluster.active()
        reached = bool(until(active))
        if reached or int(passed) > told:
            told = int(passed)
            clock = time.monotonic() - traffic.began
            console.print(f"{clock:7.1f} s  {traffic.told(active)}")
        if reached:
            return True
        time.sleep(0.1)  # looks at a real cluster; nothing else tells
    return False


def calm(cluster: Cluster, traffic: Traffic) -> None:
    watch(cluster, traffic, CALM, lambda _active: False)


@dataclass
class Event:
    """A row of the table at the end; ``again`` is the seconds until g4 ran where it should."""

    what: str
    again: float
    requests: Tally
    note: str = ""


@dataclass
class Measured:
    """What the tables at the end say."""

    compile: float = 0.0
    tests: int = 0
    testing: float = 0.0
    start: float = 0.0
    events: list[Event] = field(default_factory=list)


def generate(cluster: Cluster, measured: Measured) -> None:
    architecture = EXAMPLE
    if cluster.ports.shift:
        architecture = cluster.scratch / "otpgen.yaml"
        example = (ROOT / EXAMPLE).read_text(encoding="utf-8")
        architecture.write_text(cluster.ports.written_into(example), encoding="utf-8")
    with step(f"otpgen new {EXAMPLE}") as done:
        said = cluster.run(
            *(sys.executable, "-m", "otpgen", "new", str(architecture), str(cluster.folder)),
            where=ROOT,
        )
        done.note = said.splitlines()[0] if said else ""
    with step("mix compile") as done:
        cluster.run("mix", "compile")
    measured.compile = done.seconds
    with step("mix test") as done:
        measured.tests = tests_run(cluster.run("mix", "test"))
        done.note = f"{measured.tests} tests, which kill every process"
    measured.testing = done.seconds


def start(cluster: Cluster, measured: Measured) -> None:
    if isinstance(cluster, ReleasedCluster):
        with step("mix release full"):
            cluster.build()
    with step("the three nodes start") as done:
        cluster.start_nodes()
        done.note = f"g4 runs on {cluster.active()}"
    measured.start = done.seconds
    with step("./start-dist.sh nginx") as done:
        cluster.run("./start-dist.sh", "nginx")
        done.note = f"http://127.0.0.1:{cluster.ports.nginx}"


class Story:
    """What happens to the cluster, one event after the other."""

    def __init__(self, cluster: Cluster, traffic: Traffic, measured: Measured) -> None:
        self.cluster = cluster
        self.traffic = traffic
        self.measured = measured
        self.faults: list[str] = []
        self.nodes = [f"{node}@127.0.0.1" for node in NODES]

    def active(self) -> str:
        """Return the node that runs g4."""
        active = self.cluster.active()
        if active is None:
            raise DemoError("g4 runs nowhere, though the nodes serve")
        return active

    def fault(self, wrong: bool, what: str) -> None:
        """Note what was not as promised."""
        if wrong:
            self.faults.append(what)

    def await_node(self, wanted: Callable[[str], bool], what: str) -> float:
        """Return the seconds until g4 runs on a node as wanted."""
        began = time.monotonic()
        if not watch(self.cluster, self.traffic, PATIENCE, lambda now: now and wanted(now)):
            raise DemoError(f"{what} within {PATIENCE} s")
        return time.monotonic() - began

    @contextmanager
    def event(self, title: str, what: str) -> Iterator[Event]:
        """Tell an event, and count the requests from its beginning to some seconds after it."""
        say(title)
        before = self.traffic.tally()
        event = Event(what, 0.0, before)
        yield event
        calm(self.cluster, self.traffic)
        event.requests = self.traffic.tally().since(before)
        self.measured.events.append(event)

    def counts_on(self, since: int, event: Event) -> None:
        """Note a fault unless the count went on from node to node since that answer."""
        # With the one before: the first one after it may have been answered elsewhere already.
        hits = self.traffic.hit.hits[max(since - 1, 0) :]
        counts = [hit.count for hit in hits]
        lost = any(after <= before for before, after in itertools.pairwise(counts))
        moved = len({hit.node for hit in hits}) > 1
        self.fault(not moved or lost, f"{event.what}: the count did not go on: {counts}")
        event.note = "the count goes on"

    def kill(self) -> str:
        """Kill the node that runs g4; return its name."""
        active = self.active()
        with self.event(f"{active} dies: kill -9", "kill -9") as event:
            self.cluster.kill(active)
            event.again = self.await_node(lambda now: now != active, "g4 did not fail over")
            event.note = f"the count died with {active}"
        self.fault(event.requests.failed > 0, f"kill -9: {event.requests.failed} requests failed")
        self.fault(event.requests.doubtful > 1, "kill -9: more than one request in doubt")
        return active

    def bring_back(self, node: str) -> None:
        """Start the node again, and wait until it has taken g4 over."""
        since = len(self.traffic.hit.hits)
        with self.event(f"{node} comes back", "its return") as event:
            self.cluster.bring_back(node)
            event.again = self.await_node(lambda now: now == node, f"{node} did not take g4 over")
        self.counts_on(since, event)
        self.none_failed(event)

    def none_failed(self, event: Event) -> None:
        """Note a fault if a request failed or is in doubt."""
        wrong = event.requests.failed + event.requests.doubtful
        self.fault(wrong > 0, f"{event.what}: {wrong} requests failed or are in doubt")

    def give_up(self) -> None:
        """End the supervisor of g4, and wait until it is home again."""
        active = self.active()
        other = next(node for node in self.nodes if not node.startswith(f"{active}@"))
        what = "its tree gives up"
        with self.event(f"The supervisor of g4 gives up on {active}", what) as event:
            names = f'["{active}@127.0.0.1", "{other}"]'
            code = f"System.argv({names})\n{GIVE_UP}"
            told = self.cluster.ask(code, PATIENCE, "g4 did not move").split()
            event.again = int(told[-2]) / 1_000
            event.note = "its neighbours keep their pids"
            self.fault(told[-1] != "true", f"{what}: a neighbour has another pid")
            console.print(f"g4 moved in {event.again * 1_000:.0f} ms.")
            self.await_node(lambda now: now == active, f"g4 did not come home to {active}")
        self.fault(event.again > 1, f"{what}: it took {event.again:.1f} s")
        self.fault(event.requests.failed > 0, f"{what}: {event.requests.failed} requests failed")

    def freeze(self) -> None:
        """Freeze the node that runs g4 until another one does, wake it, and wait for one copy."""
        active = self.active()
        pid = self.cluster.pid(active)
        title = f"{active} freezes: SIGSTOP, for {FROZEN} s, and SIGCONT"
        with self.event(title, f"frozen {FROZEN} s") as event:
            began = time.monotonic()
            os.kill(pid, signal.SIGSTOP)
            try:
                event.again = self.await_node(lambda now: now != active, "g4 did not fail over")
                left = FROZEN - (time.monotonic() - began)
                watch(self.cluster, self.traffic, left, lambda _active: False)
            finally:
                os.kill(pid, signal.SIGCONT)
            woken = time.monotonic()
            names = "[" + ", ".join(f'"{node}"' for node in self.nodes) + "]"
            code = f"System.argv({names})\n{IN_STEP}"
            self.cluster.ask(code, PATIENCE, f"{active} did not join the others")
            event.note = f"one copy {time.monotonic() - woken:.1f} s after SIGCONT"
            console.print(f"{active} has joined the others again: {event.note}.")
            self.await_node(lambda now: now == active, f"g4 did not come home to {active}")

    def stop(self) -> None:
        """Stop the node that runs g4 in an orderly way."""
        active = self.active()
        since = len(self.traffic.hit.hits)
        with self.event(f"{active} is stopped: SIGTERM", "SIGTERM") as event:
            began = time.monotonic()
            self.cluster.stop(active)
            self.await_node(lambda now: now != active, "g4 was not handed over")
            event.again = time.monotonic() - began
        self.counts_on(since, event)
        self.none_failed(event)


def tables(traffic: Traffic, measured: Measured) -> Iterator[Table]:
    """Yield the tables at the end."""
    events = Table(box=None, padding=(0, 2), header_style="")
    events.add_column("event", no_wrap=True)
    for title in ("runs again", "requests", "failed", "in doubt"):
        events.add_column(title, justify="right")
    events.add_column("", no_wrap=True)
    for event in measured.events:
        row = (event.requests.made, event.requests.failed, event.requests.doubtful)
        events.add_row(event.what, f"{event.again:.2f} s", *map(str, row), event.note)
    yield events

    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_row("compile", f"{measured.compile:.1f} s")
    table.add_row("tests", f"{measured.tests} in {measured.testing:.1f} s")
    table.add_row("start of three nodes", f"{measured.start:.1f} s")
    for path, requests in (("/", traffic.root), ("/hit", traffic.hit)):
        table.add_row(f"requests to {path}", str(requests.made))
        table.add_row(f"slowest answer of {path}", f"{requests.slowest:.2f} s")
    yield table


def play(cluster: Cluster) -> list[str]:
    """Play the whole story; return what was not as promised."""
    measured = Measured()
    say("From one file to a cluster")
    cluster.start_epmd()
    generate(cluster, measured)
    start(cluster, measured)

    say("Requests go through nginx, all the time")
    traffic = Traffic(cluster.ports.nginx)
    story = Story(cluster, traffic, measured)
    try:
        calm(cluster, traffic)
        killed = story.kill()
        story.bring_back(killed)
        story.give_up()
        story.freeze()
        story.stop()
    finally:
        traffic.stop()

    say("Measured")
    for table in tables(traffic, measured):
        console.print(table)
        console.print()
    for path, requests in (("/", traffic.root), ("/hit", traffic.hit)):
        for failure in requests.failed[:3]:
            console.print(f"a failed GET {path}: {failure}", markup=False)
    story.fault(measured.tests == 0, "mix test ran no test")
    return story.faults


def farewell(cluster: Cluster) -> None:
    """Say where it runs and how to end it."""
    say("It goes on running")
    epmd = f"kill {cluster.epmd.pid}; " if cluster.epmd else ""
    console.print(f"ask it   http://127.0.0.1:{cluster.ports.nginx}/hit")
    console.print(f"look     cd {cluster.folder}; export ERL_EPMD_PORT={cluster.epmd_port}")
    console.print("         ./start-dist.sh status")
    console.print(f"stop it  ./start-dist.sh stop; {epmd}rm -r {cluster.scratch}")


def tell_ports(ports: Ports) -> None:
    if ports.shift:
        busy = ", ".join(map(str, Ports().busy()))
        console.print(f"In use on this machine: {busy}. This cluster gets {ports}.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=SUMMARY)
    parser.add_argument("--keep", action="store_true", help="leave the cluster running")
    parser.add_argument("--release", action="store_true", help="start the nodes from a release")
    asked = parser.parse_args()
    keep = asked.keep
    handle_signals(interrupt)

    kind = ReleasedCluster if asked.release else Cluster
    cluster = kind(Path(tempfile.mkdtemp(prefix="otpgen-demo-")))
    found: list[str] = []
    interrupted = kept = False
    try:
        tell_ports(cluster.ports)
        found = play(cluster)
        kept = keep
    except DemoError as error:
        found = [str(error)]
    except KeyboardInterrupt:
        interrupted = True
    finally:
        if not kept:
            # It does not take long, and must not be cut off.
            handle_signals(signal.SIG_IGN)
            say("Stop")
            with step("the nodes, nginx, epmd; the folder is removed"):
                cluster.end()
    if kept:
        farewell(cluster)
    return 130 if interrupted else verdict(found)


if __name__ == "__main__":
    sys.exit(main())
