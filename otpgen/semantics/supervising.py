"""What supervisors do: start, end, restart, give up, shut themselves down.

Source: supervisor.erl of OTP 25, whose functions are named here; DynamicSupervisor of Elixir
1.14 does the same in other words. Each fact by itself stands in ``otp``.
"""

from __future__ import annotations

from collections import deque
from itertools import takewhile
from typing import Literal

from otpgen.model import Strategy
from otpgen.semantics import otp
from otpgen.semantics.processes import REGISTRY_STOP, Dynamic, Process, Static
from otpgen.semantics.running import Entry, Record, Running


class Undecided(Exception):
    """Whether the supervisor gives up depends on the phase of the second.

    Restarts more than ``max_seconds`` and less than one second more apart count or not.

    Attributes:
        path: the supervisor.
        max_seconds: its window; the band is from there to ``max_seconds + 1``.
    """

    def __init__(self, path: str, max_seconds: int) -> None:
        super().__init__(f"{path}: between {max_seconds} and {max_seconds + 1} seconds")
        self.path = path
        self.max_seconds = max_seconds


class Supervision:
    """A tree that runs, and the rules by which it goes on.

    Attributes:
        root: the line of the root supervisor.
        in_band: whether restarts that the phase of the second decides count; None: raise.
        now: the instant of the event, in seconds.
        event: its number.
        record: what has been seen of it.
        living: every living process by its path.
        failing: paths whose start fails, and how often still; None: always.
        exits: ends of which the supervisor has not heard yet, with their reasons.
    """

    def __init__(self, tree: Process, in_band: bool | None) -> None:
        self.root = Entry(tree, tree.path, None)
        self.in_band = in_band
        self.now = 0.0
        self.event = 0
        self.record = Record()
        self.living: dict[str, Running] = {}
        self.failing: dict[str, int | None] = {}
        self.exits: deque[tuple[Running, str]] = deque()
        self._tasks: list[Running] = []

    # start_child, terminate_child

    def start(self, entry: Entry) -> bool:
        """Start what stands in a line; False: it failed. Source: init_children, start_children."""
        process = entry.process
        if self._fails(entry):
            return False
        running = Running(entry, self.event)
        place = len(self.record.started)
        self.record.started.append(entry.path)
        for child in process.children:
            below = Entry(child, f"{entry.path}.{child.name}", running)
            running.entries.append(below)
            if not self.start(below):
                self.record.waited += self.end_children(running)
                # A start that failed is none; what had been started below it was.
                del self.record.started[place]
                return False
        entry.running = running
        entry.restarting = False
        self.living[entry.path] = running
        if process.kind == "task" and process.restart != "permanent" and not process.significant:
            self._tasks.append(running)
        return True

    def _fails(self, entry: Entry) -> bool:
        registry = entry.process.registry
        if registry is not None and registry not in self.living:
            return True
        left = self.failing.get(entry.path, 0)
        if left:
            self.failing[entry.path] = left - 1
        return left != 0

    def terminate(self, entry: Entry) -> float:
        """End what stands in a line, if it lives; the milliseconds it may take.

        Source: do_terminate, shutdown/1.
        """
        running, entry.running = entry.alive, None
        entry.restarting = False
        if running is None:
            return 0
        shutdown = entry.process.shutdown
        if shutdown == "brutal_kill":
            # Nobody waits for what lives below a supervisor that is killed.
            self.record.terminated.append(entry.path)
            self.record.terminated.extend(self.falls(running))
            return 0
        below = self.end_children(running)
        self.record.terminated.append(entry.path)
        self.dies(running, "shutdown")
        return otp.longest_stop(shutdown, below if entry.process.supervises else _alone(entry))

    def end_children(self, supervisor: Running) -> float:
        """End all of a supervisor's children. Source: terminate_children/2 of both supervisors."""
        if isinstance(supervisor.process.supervises, Dynamic):
            self.record.together([child.path for child in supervisor.children])
            return max([self.terminate(entry) for entry in supervisor.entries], default=0)
        return sum(self.terminate(entry) for entry in reversed(supervisor.entries))

    # Ends

    def _dies(self, running: Running) -> list[Running]:
        """It is dead; what registered in it dies, too, and is returned, sorted."""
        running.alive = False
        if self.living.get(running.path) is running:
            del self.living[running.path]
        if running.process.kind != "registry":
            return []
        found = [r for r in self.living.values() if r.process.registry == running.path]
        for registrant in found:
            self._dies(registrant)
        return sorted(found, key=lambda r: r.path)

    def falls(self, running: Running) -> list[str]:
        """It was killed, and all that lives below dies with it; their paths by order of death.

        Its children die at the same time, nobody waits for them. A supervisor among them sees
        that its parent is gone and ends its own children in reverse. What registered in a
        registry below dies, too.
        """
        self.record.together([child.path for child in running.children])
        seen, self.record.terminated = self.record.terminated, []
        for child in running.children:
            if child.alive:  # not if it fell with a registry beside it
                self.end_children(child)
                self.record.terminated.append(child.path)
                self.dies(child, "killed")
        self.dies(running, "killed")
        below, self.record.terminated = self.record.terminated, seen
        return below

    def dies(self, running: Running, reason: str) -> None:
        """It is dead, and so is what registered in it; who hears of that hears ``reason``."""
        registrants = self._dies(running)
        self.record.killed.extend(found.path for found in registrants)
        self.exits.extend((found, reason) for found in registrants)

    def hears_of(self, running: Running, reason: str) -> None:
        """Its supervisor hears of its end, and others of the ends of what was registered below.

        What registered in a registry is down before anybody hears of the registry's end, and
        cannot start until it is back. Measured: that used up the budget in 99 of 100. But where
        they fall with the registry, its supervisor is there first: never in 100.
        """
        with_it: set[Entry] = set()
        if running.entry.supervisor is not None:
            with_it = set(_group(running.entry.supervisor, running.entry)[1])
        earlier = list(self.exits)
        falling = [e for e in earlier if any(above in with_it for above in e[0].entry.line())]
        self.exits = deque(e for e in earlier if e not in falling)
        self.exits.append((running, reason))
        self.exits.extend(falling)

    def settle(self) -> None:
        """Let supervisors hear of all ends; then let tasks that were started do their work."""
        while self.exits or self._tasks:
            if not self.exits:
                task = self._tasks.pop()
                if task.alive:
                    self._dies(task)
                    self.exits.append((task, "normal"))
                continue
            running, reason = self.exits.popleft()
            entry = running.entry
            if entry.running is not running:
                continue  # ended meanwhile: unlink_flush takes its exit out of the mailbox
            if entry.supervisor is None:
                entry.running = None
            elif entry.supervisor.alive:
                self._child_exit(entry.supervisor, entry, reason)

    def _child_exit(self, supervisor: Running, entry: Entry, reason: str) -> None:
        """Source: restart_child, do_restart."""
        if otp.is_restarted(entry.process.restart, reason):
            self._restart(supervisor, entry)
            return
        self.forget(entry)
        supervises = supervisor.process.supervises
        if entry.process.significant and isinstance(supervises, Static):
            left = [e.process.significant for e in supervisor.entries if e.running or e.restarting]
            if otp.shuts_down(supervises.auto_shutdown, left):
                self._quit(supervisor, "auto_shutdown")

    def forget(self, entry: Entry) -> None:
        """Source: del_child; DynamicSupervisor keeps no line of what has ended."""
        supervisor = entry.supervisor
        assert supervisor is not None
        entry.running = None
        entry.restarting = False
        dynamic = isinstance(supervisor.process.supervises, Dynamic)
        if dynamic or not otp.stays_listed(entry.process.restart):
            supervisor.entries.remove(entry)

    def _restart(self, supervisor: Running, entry: Entry) -> None:
        """Source: restart/2, try_again_restart."""
        failed: Entry | None = entry
        while failed is not None:
            if not self._count(supervisor):
                self.forget(failed)
                self._quit(supervisor, "gave_up")
                return
            failed = self._start_group(supervisor, failed)

    def _start_group(self, supervisor: Running, entry: Entry) -> Entry | None:
        """Return the first whose start failed. Source: restart/3, restart_multiple_children."""
        entry.running = None
        entries = supervisor.entries
        strategy, group = _group(supervisor, entry)
        if strategy != "one_for_one":
            self.record.waited += sum(self.terminate(e) for e in reversed(group))
            gone = {e for e in group if not otp.stays_listed(e.process.restart)}
            supervisor.entries = [e for e in entries if e not in gone]
            group = [e for e in group if e not in gone]
        for started in group:
            if not self.start(started):
                started.restarting = True
                return started
        return None

    def _count(self, supervisor: Running) -> bool:
        """Whether one more restart is within the budget. Source: add_restart."""
        supervises = supervisor.process.supervises
        assert supervises is not None
        most, seconds = supervises.max_restarts, supervises.max_seconds

        def counts(then: float) -> bool | None:
            return otp.in_window(self.now - then, seconds)

        restarts = supervisor.restarts  # the oldest first: what is undecided stands before the rest
        while restarts and counts(restarts[0]) is False:
            restarts.popleft()
        in_band = sum(1 for _ in takewhile(lambda then: counts(then) is None, restarts))
        restarts.append(self.now)
        with_them, without = (otp.allows(most, len(restarts) - left) for left in (0, in_band))
        if with_them != without:
            if self.in_band is None:
                raise Undecided(supervisor.path, seconds)
            self.record.undecided = self.record.undecided or supervisor.path
        return without if self.in_band is False else with_them

    def _quit(self, supervisor: Running, why: Literal["gave_up", "auto_shutdown"]) -> None:
        """It ends its children, then itself with ``shutdown``, whatever the reason was."""
        getattr(self.record, why).append(supervisor.path)
        self.record.waited += self.end_children(supervisor)
        self._dies(supervisor)
        self.exits.appendleft((supervisor, "shutdown"))


def _group(supervisor: Running, entry: Entry) -> tuple[Strategy, list[Entry]]:
    """Return the strategy, and whom it starts again with one. Source: restart/3."""
    supervises, entries = supervisor.process.supervises, supervisor.entries
    strategy = supervises.strategy if isinstance(supervises, Static) else "one_for_one"
    return strategy, list(otp.group(strategy, entries, entries.index(entry)))


def _alone(entry: Entry) -> float | None:
    """How long the end of a child takes of whose own children nothing is said."""
    return REGISTRY_STOP if entry.process.kind == "registry" else None
