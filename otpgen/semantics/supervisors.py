"""One supervisor and the end of one of its children.

Source: supervisor.erl of OTP 25, ``do_restart``, ``restart/2``, ``restart/3``,
``add_restart`` and ``do_auto_shutdown``; ``DynamicSupervisor`` follows ``one_for_one``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from otpgen.model import Child, Supervisor, Worker

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


def is_task(child: Child) -> bool:
    """Whether it ends by itself when its work is done."""
    return isinstance(child, Worker) and child.kind.acts_as == "task"


def restarts(child: Child, reason: Reason = "abnormal") -> bool:
    """Whether the end of ``child`` with this reason makes its supervisor restart it."""
    return child.restart == "permanent" or (child.restart == "transient" and reason == "abnormal")


def child_ends(supervisor: Supervisor, member: Member, reason: Reason = "abnormal") -> Effect:
    """Return what follows when a child ends by itself and the budget is untouched.

    Temporary siblings which are ended with the others are not started again.
    """
    everybody = members(supervisor)
    siblings = tuple(m for m in everybody if m != member)
    if not restarts(member.child, reason):
        if member.child.significant and _shuts_down(supervisor, siblings):
            return Effect(siblings[::-1], (), (), "auto_shutdown")
        return Effect((), (), siblings)
    if supervisor.max_restarts == 0:
        return Effect(siblings[::-1], (), (), "gave_up")
    group = _group(supervisor, everybody, member)
    stopped = tuple(m for m in reversed(group) if m != member)
    restarted = tuple(m for m in group if m.child.restart != "temporary")
    ended = set(group)
    return Effect(stopped, restarted, tuple(m for m in siblings if m not in ended))


def _shuts_down(supervisor: Supervisor, siblings: tuple[Member, ...]) -> bool:
    if supervisor.auto_shutdown == "all_significant":
        return not any(m.child.significant for m in siblings)
    return supervisor.auto_shutdown == "any_significant"


def _group(
    supervisor: Supervisor, everybody: tuple[Member, ...], member: Member
) -> tuple[Member, ...]:
    match supervisor.strategy:
        case "one_for_all":
            return everybody
        case "rest_for_one":
            return everybody[everybody.index(member) :]
        case _:
            return (member,)


def ends_until_it_gives_up(supervisor: Supervisor) -> int:
    """Return how many ends within ``max_seconds`` are one too many.

    Each end of a child that is to be restarted counts one, however many siblings are
    restarted with it; the budget is tested before anything is restarted.
    """
    return supervisor.max_restarts + 1


def ends_until_it_shuts_down(supervisor: Supervisor) -> tuple[Member, ...]:
    """Return significant children which, ended normally one after the other, end it.

    Empty where it does not shut itself down.
    """
    significant = tuple(
        m for m in members(supervisor) if m.child.significant and not restarts(m.child, "normal")
    )
    if supervisor.auto_shutdown == "any_significant":
        return significant[:1]
    return significant if supervisor.auto_shutdown == "all_significant" else ()
