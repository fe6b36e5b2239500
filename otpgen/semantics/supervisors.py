"""One supervisor, all of whose children live, and the end of one of them.

What generated tests and sentences need; ``Simulation`` plays whole trees. Both read the facts
in ``otp``, and tests/semantics compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from otpgen.model import Child, Supervisor, Worker
from otpgen.semantics import otp

Reason = Literal["normal", "shutdown", "abnormal"]


@dataclass(frozen=True, slots=True)
class Member:
    """A process among the children of a supervisor; ``number`` where a module has several."""

    child: Child
    number: int | None = None

    @property
    def name(self) -> str:
        """``store``, or ``slot[2]``."""
        return self.child.name if self.number is None else f"{self.child.name}[{self.number}]"


@dataclass(frozen=True, slots=True)
class Effect:
    """What the end of a child means for it and its siblings.

    Tasks are left out: they end by themselves, some time after their start.

    Attributes:
        stopped: siblings which the supervisor ends, in that order: last started first.
        restarted: children it starts again, in start order.
        kept: siblings which never notice, in start order.
        ends: why the supervisor ends all its children and itself, with reason ``shutdown``:
            the budget did not allow a restart, or a significant child ended.
    """

    stopped: tuple[Member, ...]
    restarted: tuple[Member, ...]
    kept: tuple[Member, ...]
    ends: Literal["gave_up", "auto_shutdown"] | None = None


@lru_cache(maxsize=1_024)
def members(supervisor: Supervisor) -> tuple[Member, ...]:
    """Return the processes among its children that stay, in start order."""
    found: list[Member] = []
    for child in supervisor.children:
        if is_task(child):
            continue
        if isinstance(child, Worker) and child.count is not None:
            found.extend(Member(child, number) for number in range(1, child.count + 1))
        else:
            found.append(Member(child))
    return tuple(found)


def first_and_last(supervisor: Supervisor) -> tuple[Member, ...]:
    """Return the same, but of those that share a module the first and the last.

    What their deaths mean says what the deaths between mean, and there may be thousands.
    """
    return tuple(
        member
        for member in members(supervisor)
        if member.number is None
        or member.number == 1
        or (isinstance(member.child, Worker) and member.number == member.child.count)
    )


def is_task(child: Child) -> bool:
    """Whether it ends by itself when its work is done."""
    return isinstance(child, Worker) and child.kind.acts_as == "task"


def restarts(child: Child, reason: Reason = "abnormal") -> bool:
    """Whether the end of ``child`` with this reason makes its supervisor restart it."""
    return otp.is_restarted(child.restart, reason)


@lru_cache(maxsize=1_024)
def child_ends(supervisor: Supervisor, member: Member, reason: Reason = "abnormal") -> Effect:
    """Return what follows when a child ends by itself and the budget is untouched.

    Temporary siblings which are ended with the others are not started again.
    """
    everybody = members(supervisor)
    siblings = tuple(m for m in everybody if m != member)
    if not restarts(member.child, reason):
        left = [m.child.significant for m in siblings]
        if member.child.significant and otp.shuts_down(supervisor.auto_shutdown, left):
            return Effect(siblings[::-1], (), (), "auto_shutdown")
        return Effect((), (), siblings)
    if not otp.allows(supervisor.max_restarts, 1):
        return Effect(siblings[::-1], (), (), "gave_up")
    group = otp.group(supervisor.strategy, everybody, everybody.index(member))
    stopped = tuple(m for m in reversed(group) if m != member)
    restarted = tuple(m for m in group if otp.stays_listed(m.child.restart))
    ended = set(group)
    return Effect(stopped, restarted, tuple(m for m in siblings if m not in ended))


def ends_until_it_gives_up(supervisor: Supervisor) -> int:
    """Return how many ends within ``max_seconds`` are one too many.

    Each end of a child that is to be restarted counts one, however many siblings are
    restarted with it; the budget is tested before anything is restarted.
    """
    return otp.first_refused(supervisor.max_restarts)


def ends_until_it_shuts_down(supervisor: Supervisor) -> tuple[Member, ...]:
    """Return significant children which, ended normally one after the other, end it.

    Empty where it does not shut itself down.
    """
    left = [
        m for m in members(supervisor) if m.child.significant and not restarts(m.child, "normal")
    ]
    ending: list[Member] = []
    while left:
        ending.append(left.pop(0))
        if otp.shuts_down(supervisor.auto_shutdown, [True] * len(left)):
            return tuple(ending)
    return ()
