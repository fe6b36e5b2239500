"""The cluster of ``examples/g4``, generated, started, bereaved of a node, and watched.

    scripts/demo           in a scratch folder, which is removed at the end
    scripts/demo --keep    leaves it running

Nothing else on this machine is touched: the nodes have an epmd and, where the ports of the
example are busy, ports of their own; only processes started here are ended.
"""

from __future__ import annotations

import argparse
import itertools
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo_cluster import ROOT, Cluster, DemoError, Ports
from demo_traffic import Hit, Traffic
from rich.console import Console
from rich.markup import escape
from rich.table import Table

EXAMPLE = Path("examples/g4/otpgen.yaml")

# Seconds: of steady requests before, between and after the two moves; at most for each move.
CALM, PATIENCE = 3, 40

SUMMARY = "Generates a cluster, kills the node that matters, and tells what happens."

console = Console(highlight=False, soft_wrap=True, emoji=False, markup=True)


@dataclass
class Step:
    """A step that is being told: what to add to its line, and how long it took."""

    note: str = ""
    seconds: float = 0.0


@contextmanager
def step(what: str) -> Iterator[Step]:
    """Tell a step in one line, with its seconds, when it is done."""
    done = Step()
    began = time.monotonic()
    with console.status(f"{what} …"):
        yield done
    done.seconds = time.monotonic() - began
    note = f"  [dim]{escape(done.note)}[/dim]" if done.note else ""
    console.print(f"{done.seconds:7.1f} s  {what}{note}")


def say(text: str) -> None:
    console.print(f"\n[bold]{text}[/bold]")


def watch(
    cluster: Cluster, traffic: Traffic, seconds: float, until: Callable[[str | None], bool]
) -> bool:
    """Tell each second where g4 runs, until it is as wished; return whether it came to that."""
    began = time.monotonic()
    told = 0
    while (passed := time.monotonic() - began) < seconds:
        active = cluster.active()
        reached = until(active)
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
class Measured:
    """What the table at the end says."""

    compile: float = 0.0
    tests: int = 0
    testing: float = 0.0
    start: float = 0.0
    failover: float = 0.0
    takeover: float = 0.0
    before: Hit | None = None
    after: Hit | None = None


def tests_run(output: str) -> int:
    """Return the tests that mix ran, over all applications."""
    count = 0
    for tests, rest in re.findall(r"(\d+) tests?, (\d+ failures?.*)", output):
        excluded = re.search(r"(\d+) (?:excluded|skipped)", rest)
        count += int(tests) - (int(excluded[1]) if excluded else 0)
    return count


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
    with step("./start-dist.sh all") as done:
        cluster.run("./start-dist.sh", "all")
        done.note = f"g4 runs on {cluster.active()}"
    measured.start = done.seconds
    with step("./start-dist.sh nginx") as done:
        cluster.run("./start-dist.sh", "nginx")
        done.note = f"http://127.0.0.1:{cluster.ports.nginx}"


def fail_over(cluster: Cluster, traffic: Traffic, measured: Measured) -> str:
    """Kill the node that runs g4; return its name when g4 runs on another."""
    active = cluster.active()
    if active is None:
        raise DemoError("g4 runs nowhere, though the nodes serve")
    say(f"{active} dies: kill -9")
    began = time.monotonic()
    cluster.run("./start-dist.sh", "kill", active.removeprefix("node"))
    if not watch(cluster, traffic, PATIENCE, lambda now: now not in (None, active)):
        raise DemoError(f"g4 did not fail over within {PATIENCE} s after {active} died")
    measured.failover = time.monotonic() - began
    console.print(f"g4 moved in {measured.failover:.1f} s. Its count died with {active}.")
    calm(cluster, traffic)
    return active


def take_over(cluster: Cluster, traffic: Traffic, measured: Measured, node: str) -> None:
    """Start the node again and wait until it has taken g4 over."""
    say(f"{node} comes back: ./start-dist.sh {node.removeprefix('node')}")
    began = time.monotonic()
    cluster.start("back.log", "./start-dist.sh", node.removeprefix("node"))
    if not watch(cluster, traffic, PATIENCE, lambda now: now == node):
        raise DemoError(f"{node} did not take g4 over within {PATIENCE} s")
    measured.takeover = time.monotonic() - began
    console.print(f"g4 is back in {measured.takeover:.1f} s, and its count goes on.")
    calm(cluster, traffic)


def around_takeover(hits: list[Hit]) -> tuple[Hit, Hit] | None:
    """Return the last answer before the last move and the first after it, if it moved."""
    for before, after in reversed(list(itertools.pairwise(hits))):
        if before.node != after.node:
            return before, after
    return None


def faults(traffic: Traffic, measured: Measured, node: str) -> list[str]:
    """Return a sentence for each thing that was not as promised."""
    found = []
    if measured.tests == 0:
        found.append("mix test ran no test")
    if traffic.root.failed:
        found.append(f"GET / failed {len(traffic.root.failed)} times: {traffic.root.failed[0]}")
    moves = around_takeover(traffic.hit.hits)
    if moves is None or moves[1].node != node:
        return [*found, f"no GET /hit was answered by {node} after it had taken g4 over"]
    measured.before, measured.after = moves
    if measured.after.count <= measured.before.count:
        found.append(
            f"the state was lost at takeover: the count went from {measured.before.count}"
            f" to {measured.after.count}"
        )
    return found


def summary(traffic: Traffic, measured: Measured) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")

    def row(what: str, value: str) -> None:
        table.add_row(what, value)

    row("compile", f"{measured.compile:.1f} s")
    row("tests", f"{measured.tests} in {measured.testing:.1f} s")
    row("start of three nodes", f"{measured.start:.1f} s")
    row("failover, from kill -9 on", f"{measured.failover:.1f} s")
    row("takeover, from the start of the node on", f"{measured.takeover:.1f} s")
    for path, requests in (("/", traffic.root), ("/hit", traffic.hit)):
        row(f"requests to {path}", str(requests.made))
        row(f"failed to {path}", str(len(requests.failed)))
    row("slowest answer of /", f"{traffic.root.slowest:.2f} s")
    row("slowest answer of /hit", f"{traffic.hit.slowest:.2f} s")
    if measured.before and measured.after:
        row(f"count before the takeover, on {measured.before.node}", str(measured.before.count))
        row(f"count after it, on {measured.after.node}", str(measured.after.count))
    return table


def play(cluster: Cluster) -> list[str]:
    """Play the whole story; return what was not as promised."""
    measured = Measured()
    say("From one file to a cluster")
    cluster.start_epmd()
    generate(cluster, measured)
    start(cluster, measured)

    say("Requests go through nginx, all the time")
    traffic = Traffic(cluster.ports.nginx)
    try:
        calm(cluster, traffic)
        node = fail_over(cluster, traffic, measured)
        take_over(cluster, traffic, measured, node)
    finally:
        traffic.stop()

    found = faults(traffic, measured, node)
    say("Measured")
    console.print(summary(traffic, measured))
    for failure in traffic.hit.failed[:3]:
        console.print(f"a failed GET /hit: {failure}", markup=False)
    return found


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


def interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def handle_signals(handler: Callable[[int, object], None] | signal.Handlers) -> None:
    """Treat every polite request to end alike; nohup's wish is kept."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/demo", description=SUMMARY)
    parser.add_argument("--keep", action="store_true", help="leave the cluster running")
    keep = parser.parse_args().keep
    handle_signals(interrupt)

    cluster = Cluster(Path(tempfile.mkdtemp(prefix="otpgen-demo-")))
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


def verdict(found: list[str]) -> int:
    console.print()
    for fault in found:
        console.print(f"[bold red]failed:[/bold red] {escape(fault)}")
    if not found:
        console.print("[bold green]All as promised.[/bold green]")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
