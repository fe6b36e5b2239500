"""What becomes of an application whose root supervisor has ended.

With nodes the emitted ``Root`` outlives the tree and does what ``on_give_up`` says. Without
nodes it is as ``mix new`` has it: an application is started as temporary, and ends, and as
permanent where ``start_permanent`` is set, in prod: then the VM stops.

Source: Root and Rest in templates/parts/root; application_controller.erl of OTP 25,
``handle_info({'EXIT', Pid, Reason})``; ``start_permanent: Mix.env() == :prod`` of mix new.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FIRST_REST, LONGEST_REST, FORGIVEN_AFTER = 1_000, 60_000, 60_000
"""Milliseconds. Source: Rest in templates/parts/root."""

Outcome = Literal["ends", "restarted", "moved", "stays_down", "node_stops", "stopped"]


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of an application that has ended.

    Attributes:
        node: where it ran; empty without nodes.
        target: where it is started then; empty if nowhere.
        rest: milliseconds until it is started again, or is home again.
        home: whether it comes home after the rest.
    """

    app: str
    outcome: Outcome
    node: str = ""
    target: str = ""
    rest: int = 0
    home: bool = False


@dataclass(slots=True)
class Rest:
    """How long a tree that gave up is left alone: twice as long each time.

    Attributes:
        until: the instant, in milliseconds, at which the last rest was over.
    """

    times: int = 0
    until: float = 0

    def next(self, now: float) -> int:
        """Return how long it would rest if it gave up now."""
        times = 0 if now - self.until >= FORGIVEN_AFTER else self.times
        return min(FIRST_REST << min(times, 16), LONGEST_REST)

    def failed(self, now: float) -> int:
        """It gave up: return how long it rests."""
        rest = self.next(now)
        self.times = 1 if now - self.until >= FORGIVEN_AFTER else self.times + 1
        self.until = now + rest
        return rest
