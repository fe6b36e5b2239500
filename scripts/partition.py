"""Three nodes of ``examples/g4``, each on a network of its own, which is cut in five ways.

    scripts/partition

Each second it tells which nodes run g4, as each node says that nobody else can reach, and after
each cut how long it took until they were one cluster again.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from demo import EXAMPLE
from demo_cluster import FOREIGN, ROOT, TICK_TIME, TICKS, DemoError, end_group
from demo_told import console, handle_signals, interrupt, say, step, verdict
from partition_network import Network
from rich.table import Table

NODES = 3
NAMES = tuple(f"node{number + 1}" for number in range(NODES))

# Seconds: of a cut, longer than it takes to be noticed and to fail over; at most until all is as
# before; and for how long it has to stay so: a node that believed the wrong copy waits for the
# failover's time before it waits in vain, and only then restarts.
CUT, PATIENCE, CALM = 15, 60, 15

# On a hidden node beside the one it asks. Each answer is a line of its own: dist_ac may take
# two seconds to give none.
WATCH = """
[node, app] = Enum.map(System.argv(), &String.to_atom/1)
say = fn say, what, module, function, args ->
  answer =
    try do
      node |> :erpc.call(module, function, args, 3000) |> List.wrap() |> Enum.sort()
    catch
      _kind, _reason -> [:silent]
    end
  IO.puts(Enum.join([what | answer], " "))
  # Looked at ten times a second: what is watched tells nobody of its own accord.
  Process.sleep(100)
  say.(say, what, module, function, args)
end
questions = [
  {"runs", G4Runtime.Health, :nodes, [:runs, app]},
  {"known", G4Runtime.DistAc, :known, []},
  {"sees", :erlang, :nodes, []}
]
for {what, module, function, args} <- questions do
  spawn_link(fn -> say.(say, what, module, function, args) end)
end
# They ask until this is ended from outside.
Process.sleep(:infinity)
"""


@dataclass
class Told:
    """What a node said last: of which nodes run g4, whom dist_ac knows, whom it is connected to."""

    runs: tuple[str, ...] = ("silent",)
    known: tuple[str, ...] = ("silent",)
    sees: tuple[str, ...] = ("silent",)

    def hear(self, line: str) -> None:
        """Take in a line of the one who asks it."""
        what, *names = line.split()
        setattr(self, what, tuple(name.partition("@")[0] for name in names))


@dataclass
class Cluster:
    """The nodes on their networks, and beside each one who asks it all the time."""

    scratch: Path
    network: Network = field(default_factory=lambda: Network(NODES))
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    told: list[Told] = field(default_factory=lambda: [Told() for _ in range(NODES)])

    @property
    def folder(self) -> Path:
        """Where the project is generated."""
        return self.scratch / "g4"

    def _popen(self, command: list[str], output: int, **more: str) -> subprocess.Popen[bytes]:
        env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        for name in [name for name in env if name.startswith("ERL_EPMD_")]:
            del env[name]  # each namespace has an epmd of its own
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=env | {"EXTRA_ERL": TICKS, "NO_COMPILE": "1"} | more,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def run(self, *command: str, where: Path) -> None:
        """Run a command to its end.

        Raises:
            DemoError: it failed; the end of what it said is below the sentence.
        """
        done = subprocess.run(command, cwd=where, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            tail = "\n".join((done.stdout + done.stderr).splitlines()[-40:])
            raise DemoError(f"{' '.join(command)} ended with {done.returncode}\n{tail}")

    def generate(self) -> None:
        """Generate the example with the addresses of the machines, and compile it."""
        text = (ROOT / EXAMPLE).read_text(encoding="utf-8")
        for number in self.network.numbers:
            host = self.network.host(number)
            node = rf"^  node{number}: (\d+)$"
            text = re.sub(node, rf"  node{number}: {{host: {host}, port: \1}}", text, flags=re.M)
        architecture = self.scratch / "otpgen.yaml"
        architecture.write_text(text, encoding="utf-8")
        otpgen = (sys.executable, "-m", "otpgen", "new")
        self.run(*otpgen, str(architecture), str(self.folder), where=ROOT)
        self.run("mix", "compile", where=self.folder)
        self.run("./start-dist.sh", "cookie", where=self.folder)

    def start(self) -> None:
        """Start a node on each machine, and who asks it."""
        for number in self.network.numbers:
            self._start_node(number)
        for number in self.network.numbers:
            threading.Thread(target=self._listen, args=(number,), daemon=True).start()

    def log(self, number: int) -> Path:
        """Return the file of what a node says."""
        return self.scratch / f"node{number}.log"

    def _start_node(self, number: int) -> None:
        with self.log(number).open("ab") as output:
            command = [*self.network.inside(number), "./start-dist.sh", str(number)]
            self.processes.append(self._popen(command, output.fileno()))

    def kill(self, number: int) -> None:
        """Kill a node."""
        self.processes[number - 1].kill()

    def _listen(self, number: int) -> None:
        host = self.network.host(number)
        command = [
            *(*self.network.inside(number), "elixir", "--hidden", "--name", f"watch@{host}"),
            *("--erl", TICKS, "-e", WATCH, f"node{number}@{host}", "g4"),
        ]
        process = self._popen(command, subprocess.PIPE, HOME=str(self.folder / "var/home"))
        self.processes.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            what = line.decode().split()[:1]
            if what in (["runs"], ["known"], ["sees"]):  # the rest is of its own
                self.told[number - 1].hear(line.decode())

    def one_copy(self) -> bool:
        """Whether every node says that the first one runs g4, and no other."""
        return all(told.runs == ("node1",) for told in self.told)

    def whole(self) -> bool:
        """Whether dist_ac of every node knows every node."""
        return all(told.known == NAMES for told in self.told)

    def end(self) -> None:
        """End all, and remove it."""
        for process in reversed(self.processes):
            if process.poll() is None:
                end_group(process)
        self.network.remove()
        shutil.rmtree(self.scratch, ignore_errors=True)


@dataclass(frozen=True)
class Row:
    """A row of the table at the end: seconds from the mending, or None if it came to nothing."""

    cut: str
    one_copy: float | None
    whole: float | None


class Story:
    """The cuts, one after the other."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.rows: list[Row] = []
        self.faults: list[str] = []

    def tell(self, when: str, began: float, last: int) -> int:
        """Tell once a second what each node says; return the second told last."""
        passed = int(time.monotonic() - began)
        if passed == last:
            return last
        runs = "   ".join(
            f"{name}: {' + '.join(told.runs) or 'nowhere'}".ljust(22)
            for name, told in zip(NAMES, self.cluster.told, strict=True)
        )
        console.print(f"{when:>7} {passed:2d} s   {runs.rstrip()}")
        return passed

    def watch(self, when: str, seconds: float) -> None:
        """Tell for some seconds."""
        began, last = time.monotonic(), -1
        while time.monotonic() - began < seconds:
            last = self.tell(when, began, last)
            time.sleep(0.05)  # looks at real nodes; nothing else tells

    def await_whole(self, when: str) -> tuple[float | None, float | None]:
        """Return after how many seconds one copy ran, and all knew each other, and it stayed so."""
        began, last = time.monotonic(), -1
        since: list[float | None] = [None, None]
        while (now := time.monotonic() - began) < PATIENCE:
            last = self.tell(when, began, last)
            for index, so in enumerate((self.cluster.one_copy(), self.cluster.whole())):
                since[index] = (now if since[index] is None else since[index]) if so else None
            if all(moment is not None and now - moment > CALM for moment in since):
                break
            time.sleep(0.05)  # as above
        return since[0], since[1]

    def begin(self) -> None:
        """Wait until the nodes are a cluster.

        Raises:
            DemoError: it came to none.
        """
        if None in self.await_whole("start"):
            logs = (self.cluster.log(number) for number in self.cluster.network.numbers)
            said = "\n".join(log.read_text(encoding="utf-8")[-2000:] for log in logs)
            raise DemoError(f"the nodes are no cluster after {PATIENCE} s\n{said}")

    def play(self, cut: str, parted: set[tuple[int, int]], how: Callable[[], None]) -> None:
        """Cut for some time, mend, and wait until all is as before."""
        say(f"Cut: {cut}")
        how()
        self.watch("cut", CUT)
        if self.parted() != parted:
            self.faults.append(f"{cut}: that cut these: {sorted(self.parted())}")
        self.cluster.network.mend()
        one_copy, whole = self.await_whole("mended")
        self.rows.append(Row(cut, one_copy, whole))
        if one_copy is None or whole is None:
            self.faults.append(f"{cut}: not one cluster {PATIENCE} s after the mending")
        console.print(
            f"One copy, on node1, after {_seconds(one_copy)}, all known {_seconds(whole)}."
        )

    def kill(self) -> None:
        """Kill the first node: the others have to agree on who is next."""
        say("kill -9 of node1")
        self.cluster.kill(1)
        began, last = time.monotonic(), -1
        while (now := time.monotonic() - began) < PATIENCE:
            last = self.tell("killed", began, last)
            if all(told.runs == ("node2",) for told in self.cluster.told[1:]):
                break
            time.sleep(0.05)  # as above
        console.print(f"g4 runs on node2 after {now:.1f} s.")
        self.watch("killed", CALM)
        if any(told.runs != ("node2",) for told in self.cluster.told[1:]):
            self.faults.append("kill -9: g4 does not run on node2 alone")

    def parted(self) -> set[tuple[int, int]]:
        """Return the pairs of which one does not see the other."""
        return {
            (min(one, other), max(one, other))
            for one, told in enumerate(self.cluster.told, 1)
            for other, name in enumerate(NAMES, 1)
            if one != other and name not in told.sees
        }


def _seconds(moment: float | None) -> str:
    return "never" if moment is None else f"{moment:.1f} s"


def table(rows: list[Row]) -> Table:
    """Return the table at the end."""
    shown = Table(box=None, padding=(0, 2), header_style="")
    shown.add_column("after the cut", no_wrap=True)
    for title in ("one copy, on node1", "all know each other"):
        shown.add_column(title, justify="right")
    for row in rows:
        shown.add_row(row.cut, _seconds(row.one_copy), _seconds(row.whole))
    return shown


def play(cluster: Cluster) -> list[str]:
    """Play the whole story; return what was not as promised."""
    network = cluster.network
    say(f"Three nodes, each on a machine of its own; silence counts after {TICK_TIME} s")
    with step("the networks"):
        network.make()
    with step(f"otpgen new {EXAMPLE}, mix compile"):
        cluster.generate()
    cluster.start()
    story = Story(cluster)
    story.begin()
    story.play("node1 from node2 and node3", {(1, 2), (1, 3)}, lambda: network.cut_off(1))
    story.play("node1 from node3", {(1, 3)}, lambda: network.cut(1, 3))
    story.play("node1 from node2", {(1, 2)}, lambda: network.cut(1, 2))
    story.play("node2 from node3", {(2, 3)}, lambda: network.cut(2, 3))
    story.play("each from each", {(1, 2), (1, 3), (2, 3)}, lambda: network.cut(1, 2, 3))
    story.kill()
    console.print()
    console.print(table(story.rows))
    return story.faults


def main() -> int:
    handle_signals(interrupt)
    cluster = Cluster(Path(tempfile.mkdtemp(prefix="otpgen-partition-")))
    found: list[str] = []
    interrupted = False
    try:
        found = play(cluster)
    except DemoError as error:
        found = [str(error)]
    except KeyboardInterrupt:
        interrupted = True
    finally:
        # It does not take long, and must not be cut off.
        handle_signals(signal.SIG_IGN)
        say("Stop")
        with step("the nodes and their networks; the folder is removed"):
            cluster.end()
    return 130 if interrupted else verdict(found)


if __name__ == "__main__":
    sys.exit(main())
