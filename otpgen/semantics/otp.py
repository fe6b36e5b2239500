"""The facts of OTP's supervisors, each in one small function; all else here reads them.

Source: supervisor.erl of OTP 25 (``do_restart``, ``restart/2``, ``restart/3``,
``terminate_children``, ``do_auto_shutdown``, ``add_restart``); ``DynamicSupervisor`` of
Elixir follows ``one_for_one``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from otpgen.kinds import Restart
from otpgen.model import AutoShutdown, Shutdown, Strategy

T = TypeVar("T")

MAX_RESTARTS, MAX_SECONDS = 3, 5
"""The budget of what Elixir brings, unless said. Source: DynamicSupervisor.init/1,
Task.Supervisor, PartitionSupervisor, docs of ``:max_restarts``."""

_TOKEN = re.compile(
    r"""("(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?)|(<<|[\[{(])|(>>|[\]})])|(,)""", re.DOTALL
)
"""Of a term of Elixir: a text, what opens and closes, a comma."""

_SLACK = 1e-9
"""Seconds: sums of fractions are not exact."""


def is_good(reason: str) -> bool:
    """Whether a transient child that ends with this reason has done its work.

    Source: ``do_restart``: ``normal``, ``shutdown`` and ``{shutdown, Term}``.
    """
    if not reason.startswith("{:shutdown,"):
        return reason in ("normal", "shutdown")
    depth, commas = 0, 0
    for _, opens, closes, comma in _TOKEN.findall(reason[1:-1]):
        depth += bool(opens) - bool(closes)
        commas += bool(comma) and depth == 0
    return commas == 1  # a tuple of two


def is_restarted(restart: Restart, reason: str) -> bool:
    """Whether the end of a child asks for a restart, and so counts. Source: ``do_restart``."""
    return restart == "permanent" or (restart == "transient" and not is_good(reason))


def stays_listed(restart: Restart) -> bool:
    """Whether a child that has ended stays in its supervisor's list, to be started again.

    A temporary one leaves, also when it was ended with its siblings.
    Source: ``del_child``, ``terminate_children``.
    """
    return restart != "temporary"


def group(strategy: Strategy, children: Sequence[T], index: int) -> Sequence[T]:
    """Return the children that are started again for the one at ``index``, in start order.

    The living among them are ended before, in reverse. Source: ``restart/3``.
    """
    match strategy:
        case "one_for_all":
            return children
        case "rest_for_one":
            return children[index:]
        case _:
            return children[index : index + 1]


def shuts_down(auto_shutdown: AutoShutdown, significant_left: Iterable[bool]) -> bool:
    """Whether a supervisor ends since a significant child ended and is not restarted.

    Args:
        auto_shutdown: what the supervisor says.
        significant_left: for each other child that is alive, whether it is significant.

    Source: ``do_auto_shutdown``.
    """
    if auto_shutdown == "all_significant":
        return not any(significant_left)
    return auto_shutdown == "any_significant"


def allows(max_restarts: int, units: int) -> bool:
    """Whether so many restarts in the window, the new one included, are within the budget.

    Source: ``add_restart``.
    """
    return units < first_refused(max_restarts)


def first_refused(max_restarts: int) -> int:
    """Return which restart in one window is the first that is not allowed any more."""
    return max_restarts + 1


def in_window(seconds: float, max_seconds: int) -> bool | None:
    """Whether a restart so long ago counts; None: the phase of the second decides.

    OTP floors both instants to whole seconds and includes the bound. Source: ``add_restart``.
    """
    if seconds <= max_seconds + _SLACK:
        return True
    return False if seconds >= max_seconds + 1 - _SLACK else None


def longest_stop(shutdown: Shutdown, below: float | None = None) -> float:
    """Return for how many milliseconds at most its supervisor waits for a child's end.

    Args:
        shutdown: what the child's specification says.
        below: for a supervisor, how long its own children take at most.

    Source: ``shutdown/1``: brutal_kill does not wait, a time is waited for, infinity for ever.
    """
    if shutdown == "brutal_kill":
        return 0
    allowed = float("inf") if shutdown == "infinity" else float(shutdown)
    return allowed if below is None else min(allowed, below)
