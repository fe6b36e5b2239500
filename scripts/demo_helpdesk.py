"""The help desk of ``examples/helpdesk``, with those whom it tells, harmed in four ways.

    scripts/demo helpdesk

Tickets are opened all the time, through nginx and the API. At the end the numbers of what was
notified are held against those that reached each peer. Nothing else on this machine is touched.
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

from demo_cluster import ROOT, Cluster, DemoError, free_ports
from demo_desk import CHANNELS, PORTS, Desk, Tickets, environment, is_well, peers, quick
from demo_peers import Peer
from demo_told import console, handle_signals, interrupt, say, step, tests_run, verdict
from rich.table import Table

EXAMPLE = Path("examples/helpdesk/otpgen.yaml")
API, API_NGINX = (4101, 4102, 4103), 8090

# Seconds: before, between and after what happens; of each trouble; at most until all have all.
CALM, TROUBLE, PATIENCE = 3, 8, 60

# Seconds between two tickets.
PAUSE = 0.3


@dataclass
class Event:
    """A row of the table: how many were notified meanwhile, and how many reached each peer."""

    what: str
    kept: int = 0
    told: dict[str, int] = field(default_factory=dict)
    note: str = ""


class Story:
    """What happens, one event after the other."""

    def __init__(self, cluster: Cluster, desk: Desk, told: dict[str, Peer]) -> None:
        self.cluster, self.desk, self.told = cluster, desk, told
        self.events: list[Event] = []
        self.faults: list[str] = []
        self.began = time.monotonic()
        self.tickets = Tickets(desk, PAUSE)

    def fault(self, wrong: bool, what: str) -> None:
        """Note what was not as promised."""
        if wrong:
            self.faults.append(what)

    def reached(self) -> dict[str, int]:
        """Return how many different ones reached each peer."""
        return {peer.name: len(set(peer.told())) for peer in self.told.values()}

    def line(self) -> str:
        """Return how it stands now."""
        node = self.cluster.active()
        where = f"[green]{node}[/green]  " if node else "[red]nowhere[/red]"
        web = is_well(self.cluster.ports.nginx)
        page = "[green]up[/green]  " if web else "[red]down[/red]"
        reached = "  ".join(f"{name} {count:3d}" for name, count in self.reached().items())
        line = f"dispatcher {where}  web {page}  tickets {self.tickets.opened:3d}   {reached}"
        since = self.tickets.since
        waits = time.monotonic() - since if since else 0.0
        return f"{line}  [yellow]one waits {waits:.1f} s[/yellow]" if waits > 0.5 else line

    def watch(self, seconds: float, until: Callable[[], object] = lambda: False) -> bool:
        """Tell each second how it stands, until it is as wished; return whether it came to that."""
        began, told = time.monotonic(), 0
        while (passed := time.monotonic() - began) < seconds:
            reached = bool(until())
            if reached or int(passed) > told:
                told = int(passed)
                console.print(f"{time.monotonic() - self.began:7.1f} s  {self.line()}")
            if reached:
                return True
            time.sleep(0.1)  # looks at a real cluster; nothing else tells
        return False

    @contextmanager
    def event(self, title: str, what: str) -> Iterator[Event]:
        """Tell an event, and count what is notified and what arrives until it is over."""
        say(title)
        event, opened, before = Event(what), self.tickets.opened, self.reached()
        yield event
        event.kept = self.tickets.opened - opened
        event.told = {name: count - before[name] for name, count in self.reached().items()}
        self.events.append(event)
        self.fault(event.kept == 0, f"{what}: no ticket was kept")

    def without_web(self) -> None:
        """Stop the desk in the browser everywhere, and start it again."""
        title = "The desk in the browser is stopped: ./start-dist.sh app desk_web off"
        with self.event(title, "web is stopped") as event:
            self.cluster.run("./start-dist.sh", "app", "desk_web", "off")
            self.watch(TROUBLE)
            event.note = "the page is down, the API takes tickets"
            self.fault(is_well(self.cluster.ports.nginx), "the page was there while web was off")
        for name in ("irc", "mail"):
            self.fault(event.told[name] == 0, f"nothing reached {name} while web was off")
        self.cluster.run("./start-dist.sh", "app", "desk_web", "on")
        self.fault(
            not self.watch(PATIENCE, lambda: is_well(self.cluster.ports.nginx)),
            "the page did not come back",
        )

    def discord_in_a_mood(self) -> None:
        """Have Discord answer 429 and 500, and be well again."""
        discord = self.told["desk_discord"]
        with self.event("Discord answers 429 and 500", "Discord: 429, 500") as event:
            discord.be("429", "500")
            self.watch(TROUBLE)
            wrong = {answer: len(discord.answers(answer)) for answer in ("429", "500")}
            event.note = " and ".join(f"{count} times {answer}" for answer, count in wrong.items())
            self.fault(not all(wrong.values()), f"Discord answered {event.note}")
        self.fault(event.told["irc"] == 0, "IRC waited for Discord")
        discord.be()

    def peers_gone(self) -> None:
        """Kill the IRC server and the mail server, and start them again."""
        title = "The IRC server and the mail server die: kill -9"
        gone = [self.told["desk_irc"], self.told["desk_mail"]]
        with self.event(title, "irc, mail gone") as event:
            for peer in gone:
                peer.kill()
            self.watch(TROUBLE)
            event.note = "what they miss waits"
        for peer in gone:
            peer.start()

    def node_killed(self) -> None:
        """Kill the node that dispatches, and start it again."""
        active = self.cluster.active()
        if active is None:
            raise DemoError("nothing is dispatched, though the nodes serve")
        with self.event(f"{active}, which dispatches, dies: kill -9", "kill -9") as event:
            self.cluster.kill(active)
            began = time.monotonic()
            moved = self.watch(PATIENCE, lambda: self.cluster.active() not in (None, active))
            event.note = f"dispatched elsewhere after {time.monotonic() - began:.1f} s"
            self.fault(not moved, f"{active} died, and no other node dispatches")
            self.watch(CALM)
        with self.event(f"{active} comes back", "its return") as event:
            self.cluster.bring_back(active)
            back = self.watch(PATIENCE, lambda: self.cluster.active() == active)
            self.fault(not back, f"{active} does not dispatch again")
            event.note = f"{active} dispatches again"

    def count(self) -> Table:
        """Wait until each peer has had all; return what it had."""
        say("No more tickets; what is still on its way arrives")
        self.tickets.stop()
        kept = set(self.desk.kept())
        self.watch(PATIENCE, lambda: all(kept <= set(p.told()) for p in self.told.values()))
        table = Table(box=None, padding=(0, 2), header_style="")
        table.add_column("peer")
        for title in ("notified", "arrived", "missing", "twice", "refused by it"):
            table.add_column(title, justify="right")
        for peer in self.told.values():
            told, again = peer.told(), len(peer.answers("429", "500", "hangs"))
            missing = kept - set(told)
            twice = len(told) - len(set(told))
            row = (len(kept), len(set(told) & kept), len(missing), twice, again)
            table.add_row(peer.name, *map(str, row))
            self.fault(bool(missing), f"{peer.name} never had {sorted(missing)[:20]}")
            first = list(dict.fromkeys(told))
            self.fault(first != sorted(first), f"{peer.name} had them out of order")
        self.fault(len(kept) != self.tickets.opened, f"{self.tickets.opened} tickets were opened")
        self.fault(bool(self.tickets.refused), f"refused: {self.tickets.refused[:3]}")
        return table

    def table(self) -> Table:
        """Return what happened."""
        table = Table(box=None, padding=(0, 2), header_style="")
        table.add_column("event", no_wrap=True)
        for title in ("tickets", *(peer.name for peer in self.told.values())):
            table.add_column(title, justify="right")
        table.add_column("", no_wrap=True)
        for event in self.events:
            told = (str(count) for count in event.told.values())
            table.add_row(event.what, str(event.kept), *told, event.note)
        return table


def generate(cluster: Cluster) -> None:
    architecture = cluster.scratch / "otpgen.yaml"
    example = (ROOT / EXAMPLE).read_text(encoding="utf-8")
    text = quick(cluster.ports.written_into(example))
    architecture.write_text(text, encoding="utf-8")
    with step(f"otpgen new {EXAMPLE}") as done:
        said = cluster.run(
            *(sys.executable, "-m", "otpgen", "new", str(architecture), str(cluster.folder)),
            where=ROOT,
        )
        done.note = said.splitlines()[0] if said else ""
    with step("mix compile"):
        cluster.run("mix", "compile")
    with step("mix test") as done:
        done.note = f"{tests_run(cluster.run('mix', 'test'))} tests"


def start(cluster: Cluster, desk: Desk, told: dict[str, Peer]) -> None:
    with step("an IRC server, a mail server, and webhooks") as done:
        for peer in told.values():
            peer.start()
        done.note = ", ".join(f"{peer.name} {peer.port}" for peer in told.values())
    with step("the three nodes start, and nginx") as done:
        cluster.start_nodes()
        cluster.run("./start-dist.sh", "nginx")
        done.note = f"http://127.0.0.1:{cluster.ports.nginx} and :{desk.port}"
    with step("all channels have an outbox"):
        deadline = time.monotonic() + PATIENCE
        while sorted(desk.channels()) != sorted(CHANNELS):
            if time.monotonic() > deadline:
                raise DemoError(f"of the channels there are {sorted(desk.channels())}")
            time.sleep(0.1)  # the dispatcher looks for them each second


def play(cluster: Cluster, told: dict[str, Peer], token: str) -> list[str]:
    """Play the whole story; return what was not as promised."""
    desk = Desk(cluster.ports.of(API_NGINX), token)
    say("From one file to a help desk")
    cluster.start_epmd()
    generate(cluster)
    start(cluster, desk, told)

    say("Tickets are opened through nginx and the API, all the time")
    story = Story(cluster, desk, told)
    try:
        story.watch(CALM)
        story.without_web()
        story.discord_in_a_mood()
        story.watch(CALM)
        story.peers_gone()
        story.watch(CALM)
        story.node_killed()
        counted = story.count()
    finally:
        story.tickets.stop()

    say("Counted")
    for table in (story.table(), counted):
        console.print(table)
        console.print()
    return story.faults


def main() -> int:
    handle_signals(interrupt)
    scratch, token = Path(tempfile.mkdtemp(prefix="otpgen-demo-")), token_hex()
    ports = free_ports(*API, API_NGINX, *PORTS)
    told = peers(scratch, map(ports.of, PORTS))
    cluster = Cluster(
        scratch,
        ports,
        example="helpdesk",
        app="desk_dispatcher",
        env=environment(scratch, told, token),
    )
    found: list[str] = []
    interrupted = False
    try:
        found = play(cluster, told, token)
    except (DemoError, OSError) as error:
        found = [str(error)]
    except KeyboardInterrupt:
        interrupted = True
    finally:
        # It does not take long, and must not be cut off.
        handle_signals(signal.SIG_IGN)
        say("Stop")
        with step("the nodes, nginx, epmd, and those who were told; the folder is removed"):
            for peer in told.values():
                peer.end()
            cluster.end()
    return 130 if interrupted else verdict(found)


if __name__ == "__main__":
    sys.exit(main())
