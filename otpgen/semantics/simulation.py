"""The running tree: an event goes in, what OTP does comes out.

    tree = Simulation(process_tree(system.apps["g4_core"]))
    tree.kill("g4_core.store", at=0.0)
    -> Trace(killed=("g4_core.store",), terminated=(… last started first), started=(…), …)

Source: supervisor.erl of OTP 25, function by function: ``start_children``,
``terminate_children``, ``do_restart``, ``restart/2``, ``restart/3``, ``add_restart``,
``do_auto_shutdown``; DynamicSupervisor of Elixir 1.14. tests/semantics asks a BEAM whether it
is true. What is not modelled stands in docs/semantics.md.
"""

from __future__ import annotations

from otpgen.semantics import otp
from otpgen.semantics.processes import Dynamic, Process
from otpgen.semantics.running import Entry, Record, Running, Trace
from otpgen.semantics.supervising import Supervision


class NotRunning(LookupError):
    """Nothing lives at this path, or it is not what the event needs."""


class Simulation:
    """A tree that runs, from its start on. Instants are seconds and never go back.

    Every event answers with its :class:`Trace`. An event without ``at`` happens at the instant
    of the last one. After ``Undecided`` the simulation is of no more use: play its events
    again with ``in_band`` True and with False to see both outcomes.

    Args:
        tree: the root.
        in_band: whether restarts that the phase of the second decides count; None: raise.
    """

    def __init__(self, tree: Process, *, in_band: bool | None = None) -> None:
        self._tree = Supervision(tree, in_band)
        self._numbers: dict[str, int] = {}
        self._tree.start(self._tree.root)
        self._tree.settle()

    # What one may ask.

    @property
    def ended(self) -> bool:
        """Whether the root is gone."""
        return self._tree.root.alive is None

    def living(self) -> tuple[str, ...]:
        """Return the paths of all that lives, a supervisor before its children."""
        root = self._tree.root.alive
        return () if root is None else tuple(found.path for found in root.everybody())

    def process(self, path: str) -> Process:
        """Return what lives at a path. Raises: NotRunning."""
        return self._at(path).process

    def restarts(self, path: str) -> int:
        """Return how many restarts still count against a supervisor. Raises: NotRunning."""
        running = self._at(path)
        supervises = running.process.supervises
        seconds = supervises.max_seconds if supervises else 0
        ago = [self._tree.now - then for then in running.restarts]
        return sum(otp.in_window(each, seconds) is not False for each in ago)

    # What may happen.

    def exit(self, path: str, reason: str = "normal", at: float | None = None) -> Trace:
        """A process ends by itself: ``normal``, ``shutdown``, ``{:shutdown, _}``, ``kill``, other.

        A supervisor is told to end with the reason, as :meth:`stop` does: from outside it takes
        no other signal than ``kill``.

        Raises: NotRunning.
        """
        if reason == "kill":
            return self.kill(path, at)
        victim = self._at(path)
        record = self._begin(at)
        record.killed.append(path)
        record.waited += self._tree.end_children(victim)
        self._tree.dies(victim, "shutdown")
        self._tree.hears_of(victim, reason)
        return self._answer()

    def stop(self, path: str, reason: str = "normal", at: float | None = None) -> Trace:
        """``Supervisor.stop``: its children end first, last started first. Raises: NotRunning."""
        return self.exit(path, reason, at)

    def kill(self, path: str, at: float | None = None) -> Trace:
        """``Process.exit(pid, :kill)``: a supervisor's children die at the same time.

        Raises: NotRunning.
        """
        victim = self._at(path)
        record = self._begin(at)
        self._tree.exits.append((victim, "killed"))
        below = self._tree.falls(victim)
        record.killed[:] = [path, *sorted([*below, *record.killed])]
        return self._answer()

    def terminate_child(self, path: str, at: float | None = None) -> Trace:
        """``terminate_child`` of its supervisor: not counted, not started again by itself.

        Raises: NotRunning, also for the root, which has no supervisor.
        """
        entry = self._at(path).entry
        if entry.supervisor is None:
            raise NotRunning(path)
        record = self._begin(at)
        record.waited += self._tree.terminate(entry)
        self._tree.forget(entry)
        return self._answer()

    def start_child(
        self,
        path: str,
        key: str | None = None,
        child: Process | None = None,
        at: float | None = None,
    ) -> Trace:
        """``start_child`` of a dynamic supervisor; nothing is started over ``max_children``.

        Args:
            path: the dynamic supervisor.
            key: what the child is told apart by: ``session[key]``; None: its number. Nothing is
                started where one with the key lives.
            child: what is started where the supervisor does not say.
            at: when.

        Raises: NotRunning, also if it is no dynamic supervisor, or there is nothing to start.
        """
        supervisor = self._at(path)
        supervises = supervisor.process.supervises
        started = supervises.child or child if isinstance(supervises, Dynamic) else None
        if not isinstance(supervises, Dynamic) or started is None:
            raise NotRunning(path)
        self._begin(at)
        most = supervises.max_children
        if most is None or len(supervisor.entries) < most:
            number = self._numbers.get(path, 0) + 1
            name = f"{path}.{started.name}[{number if key is None else key}]"
            entry = Entry(started, name, supervisor)
            if name not in self._tree.living and self._tree.start(entry):
                self._numbers[path] = number
                supervisor.entries.append(entry)
        return self._answer()

    def start(self, at: float | None = None) -> Trace:
        """Start the root again after its end; nothing happens if it lives."""
        self._begin(at)
        if self.ended:
            self._tree.start(self._tree.root)
        return self._answer()

    def shut_down(self, at: float | None = None) -> Trace:
        """The application stops: the root is ended, all below it first."""
        record = self._begin(at)
        record.waited += self._tree.terminate(self._tree.root)
        return self._answer()

    def fail(self, path: str, times: int | None = None) -> None:
        """From now on the start of what stands at ``path`` fails; None: always; 0: no more."""
        self._tree.failing[path] = times

    # One event.

    def _at(self, path: str) -> Running:
        if path not in self._tree.living:
            raise NotRunning(path)
        return self._tree.living[path]

    def _begin(self, at: float | None) -> Record:
        if at is not None:
            if at < self._tree.now:
                raise ValueError(f"{at} is before {self._tree.now}")
            self._tree.now = at
        self._tree.event += 1
        self._tree.record = Record()
        return self._tree.record

    def _answer(self) -> Trace:
        self._tree.settle()
        record = self._tree.record
        root = self._tree.root.alive
        everybody = () if root is None else root.everybody()
        return Trace(
            killed=tuple(record.killed),
            terminated=tuple(record.terminated),
            started=tuple(record.started),
            unchanged=tuple(r.path for r in everybody if r.since != self._tree.event),
            gave_up=tuple(record.gave_up),
            auto_shutdown=tuple(record.auto_shutdown),
            unordered=tuple(record.unordered),
            ended=root is None,
            within_ms=(0, None if record.waited == float("inf") else round(record.waited)),
            undecided=record.undecided,
        )
