"""One supervisor and the end of one of its children.

Source: supervisor.erl of OTP 25, ``do_restart``, ``restart/2``, ``restart/3`` and
``add_restart``; ``DynamicSupervisor`` follows ``one_for_one``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from otpgen.model import Child, Supervisor

Reason = Literal["normal", "shutdown", "abnormal"]


@dataclass(frozen=True, slots=True)
class Effect:
    """What the end of a child means for it and its siblings.

    Attributes:
        stopped: siblings which the supervisor ends, in that order: last started first.
        restarted: children it starts again, in start order.
        kept: siblings which never notice, in start order.
        gave_up: the budget did not allow a restart: the supervisor ends all its children
            and itself, with reason ``shutdown``.
    """

    stopped: tuple[Child, ...]
    restarted: tuple[Child, ...]
    kept: tuple[Child, ...]
    gave_up: bool = False


def restarts(child: Child, reason: Reason = "abnormal") -> bool:
    """Whether the end of ``child`` with this reason makes its supervisor restart it."""
    return child.restart == "permanent" or (child.restart == "transient" and reason == "abnormal")


def child_ends(supervisor: Supervisor, child: Child, reason: Reason = "abnormal") -> Effect:
    """Return what follows when ``child`` ends by itself and the budget is untouched.

    Temporary siblings which are ended with the others are not started again.
    """
    siblings = tuple(c for c in supervisor.children if c is not child)
    if not restarts(child, reason):
        return Effect((), (), siblings)
    if supervisor.max_restarts == 0:
        return Effect(siblings[::-1], (), (), gave_up=True)
    group = _group(supervisor, child)
    stopped = tuple(c for c in reversed(group) if c is not child)
    restarted = tuple(c for c in group if c.restart != "temporary")
    return Effect(stopped, restarted, tuple(c for c in siblings if c not in group))


def _group(supervisor: Supervisor, child: Child) -> tuple[Child, ...]:
    match supervisor.strategy:
        case "one_for_all":
            return supervisor.children
        case "rest_for_one":
            place = next(i for i, c in enumerate(supervisor.children) if c is child)
            return supervisor.children[place:]
        case _:
            return (child,)


def ends_until_it_gives_up(supervisor: Supervisor) -> int:
    """Return how many ends within ``max_seconds`` are one too many.

    Each end of a child that is to be restarted counts one, however many siblings are
    restarted with it; the budget is tested before anything is restarted.
    """
    return supervisor.max_restarts + 1
