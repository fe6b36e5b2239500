"""What the runtime of an emitted project does in time, on three nodes that run.

    python benchmarks/runtime.py [--rounds 5] [--folder DIR]

Makes a project with one distributed application, which fails over after a second, starts its
three nodes with ``start-dist.sh``, and has ``runtime_rounds.exs`` harm them: kill -9, a supervisor
that gives up, SIGTERM, SIGSTOP. That is a hidden node, which takes the times itself. What is
printed are medians over the rounds, and sums of calls. Exits 1 when a limit is missed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from shared import OTPGEN, ROOT, machine, markdown, place

HERE = Path(__file__).resolve().parent
NODES = ("node1", "node2", "node3")

FAILOVER = 1_000
"""Milliseconds, as the architecture says."""

TICKS = "-kernel net_ticktime 4"

ARCHITECTURE = """\
otpgen: 1
name: g4

apps:
  g4:
    children:
      - {{gen_server: desk, singleton: true}}

nodes:
{nodes}
distributed:
  g4: {{timeout: {failover}ms, nodes: [{names}]}}
sync: {{optional: others, timeout: 2s}}
"""


@dataclass(frozen=True)
class Limit:
    """A row: which figure of which line of ``runtime_rounds.exs``, and the most it may be."""

    what: str
    line: str
    figure: int
    most: float
    less: float = 0.0
    calls: bool = False


LIMITS = (
    Limit("kill -9, above the failover's time", "failover", 0, 50, less=FAILOVER),
    Limit("give-up, until the next node runs it", "give_up", 0, 100),
    Limit("heal, until one copy runs", "heal", 0, 5_000),
    Limit("heal, until all are in step, at home", "heal", 1, 5_000),
    Limit("takeover, calls that failed", "takeover", 2, 0, calls=True),
    Limit("takeover, calls in doubt", "takeover", 3, 0, calls=True),
    Limit("drain, calls that failed", "drain", 2, 0, calls=True),
    Limit("drain, calls in doubt", "drain", 3, 0, calls=True),
)

Figures = Mapping[str, Sequence[Sequence[float]]]


def main() -> None:
    """Measure, print the table, judge."""
    parser = argparse.ArgumentParser(description="Times failover, give-up, drain and heal.")
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--folder", help="where to write; the folder for temporary files")
    asked = parser.parse_args()
    with place(asked.folder) as folder, cluster(folder / "g4") as env:
        figures = measure(folder / "g4", env, asked.rounds)
    print(f"{machine()}; {asked.rounds} rounds\n")
    print(table(figures))
    missed = [limit.what for limit in LIMITS if judged(limit, figures) > limit.most]
    if missed:
        sys.exit(f"\nmissed: {'; '.join(missed)}")


@contextmanager
def cluster(project: Path) -> Iterator[Mapping[str, str]]:
    """Start the nodes with an epmd of their own; give the environment that reaches them."""
    *ports, epmd_port = free_ports(len(NODES) + 1)
    env = os.environ | {
        "ERL_EPMD_PORT": str(epmd_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "EXTRA_ERL": TICKS,
    }
    architecture = project.with_name("otpgen.yaml")
    nodes = "".join(
        f"  {name}: {{ports: {{health: {port}}}}}\n"
        for name, port in zip(NODES, ports, strict=True)
    )
    text = ARCHITECTURE.format(nodes=nodes, failover=FAILOVER, names=", ".join(NODES))
    architecture.write_text(text, encoding="utf-8")
    subprocess.run([*OTPGEN, "new", architecture, project], cwd=ROOT, stdout=2, check=True)
    with ExitStack() as ends:
        # The one that a node starts would stay behind.
        epmd = subprocess.Popen([epmd_program()], env=env)
        ends.callback(epmd.wait)
        ends.callback(epmd.terminate)
        ends.callback(start_dist, project, env, "stop")
        start_dist(project, env, "all")
        yield env


def epmd_program() -> str:
    """Return where epmd is: beside the VM, if it is not on the path."""
    folder = 'IO.write([:code.root_dir(), "/erts-", :erlang.system_info(:version), "/bin"])'
    beside = subprocess.run(["elixir", "-e", folder], capture_output=True, text=True, check=True)
    found = shutil.which("epmd", path=f"{os.environ['PATH']}:{beside.stdout}")
    assert found is not None
    return found


def start_dist(project: Path, env: Mapping[str, str], *verb: str) -> None:
    """Run the project's script."""
    subprocess.run(["./start-dist.sh", *verb], cwd=project, env=env, stdout=2, check=True)


def free_ports(count: int) -> list[int]:
    """Return ports on which nobody listens."""
    with ExitStack() as sockets:
        listeners = [sockets.enter_context(socket.socket()) for _ in range(count)]
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [int(listener.getsockname()[1]) for listener in listeners]


def measure(project: Path, env: Mapping[str, str], rounds: int) -> Figures:
    """Return the figures of each round by the word they are printed after."""
    process = subprocess.Popen(
        [
            *("elixir", "--hidden", "--name", "bench@127.0.0.1"),
            *("--erl", f"{TICKS} -kernel inet_dist_use_interface {{127,0,0,1}}"),
            *(str(HERE / "runtime_rounds.exs"), str(rounds), os.environ["HOME"]),
            *(f"{name}@127.0.0.1" for name in NODES),
        ],
        cwd=project,
        env={**env, "HOME": str(project / "var/home")},  # the cookie is there
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    figures: dict[str, list[list[float]]] = {}
    for line in process.stdout:
        print(line, end="", file=sys.stderr)
        if re.match(r"[a-z_]+( [\d.]+)+$", line):  # and not what its logger says
            what, *words = line.split()
            figures.setdefault(what, []).append([float(word) for word in words])
    if process.wait():
        raise subprocess.CalledProcessError(process.returncode, "runtime_rounds.exs")
    return figures


def of(limit: Limit, figures: Figures) -> list[float]:
    """Return the figures of a row, one a round."""
    return [line[limit.figure] - limit.less for line in figures[limit.line]]


def judged(limit: Limit, figures: Figures) -> float:
    """Return what a limit is held against: every call counts, and of times the median."""
    return sum(of(limit, figures)) if limit.calls else median(of(limit, figures))


def table(figures: Figures) -> str:
    """Return the figures as a table in Markdown, and below it how many calls there were."""
    head = ("", "measured", "lowest", "highest", "at most")
    calls = (
        f"{what}: {sum(line[1] for line in figures[what]):,.0f} calls, the slowest "
        f"{max(line[4] for line in figures[what]):,.0f} ms"
        for what in ("takeover", "drain")
    )
    rows = [list(_cells(limit, figures)) for limit in LIMITS]
    return f"{markdown(head, rows)}\n\n{'; '.join(calls)}"


def _cells(limit: Limit, figures: Figures) -> Iterator[str]:
    unit = "" if limit.calls else " ms"
    values = of(limit, figures)
    yield limit.what
    for value in (judged(limit, figures), min(values), max(values), limit.most):
        yield f"{value:,.0f}{unit}"


if __name__ == "__main__":
    main()
