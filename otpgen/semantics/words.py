"""The only sentences about deaths: module docs, the README and test names read them here."""

from __future__ import annotations

from collections.abc import Sequence

from otpgen.errors import listed
from otpgen.model import Child, Supervisor
from otpgen.semantics.supervisors import Effect, Member, child_ends, restarts

STRATEGIES = {
    "one_for_one": "When a child ends, only that child is started again.",
    "one_for_all": "When a child ends, the others are ended too, and all are started again.",
    "rest_for_one": (
        "When a child ends, those started after it are ended too, and started again in order."
    ),
    "simple_one_for_one": (
        "Children come and go at run time; the end of one does not touch the others."
    ),
}


def strategy(supervisor: Supervisor) -> str:
    """Return the sentence that says what the supervisor's strategy means."""
    return STRATEGIES[supervisor.strategy]


def budget(supervisor: Supervisor) -> str:
    """Return the sentence about its restarts: ``More than 3 restarts within 5 seconds …``."""
    if supervisor.max_restarts == 0:
        return "It restarts nobody: it gives up at the first end that asks for a restart."
    within = _count(supervisor.max_seconds, "second")
    return f"It gives up when it would restart {_times(supervisor.max_restarts + 1)} in {within}."


def death(supervisor: Supervisor, member: Member) -> str:
    """Return what the death of a child means: ``store dies: it is restarted, with cache``."""
    return f"{member.name} dies: {_consequence(member, child_ends(supervisor, member))}"


def normal_end(supervisor: Supervisor, member: Member) -> str:
    """Return what it means that a child is done and ends normally."""
    effect = child_ends(supervisor, member, "normal")
    return f"{member.name} ends normally: {_consequence(member, effect)}"


def death_of_dynamic(supervisor: Supervisor, child: Child) -> str:
    """Return what the death of a child that was started at run time means."""
    if restarts(child) and supervisor.max_restarts == 0:
        return f"one {child.name} dies: its supervisor gives up, and all the others end"
    fate = "another one is started in its place" if restarts(child) else "it stays away"
    return f"one {child.name} dies: {fate}, the others do not notice"


def _consequence(member: Member, effect: Effect) -> str:
    if effect.ends == "gave_up":
        return "its supervisor gives up at once"
    if effect.ends == "auto_shutdown":
        return "its supervisor shuts itself down"
    if not effect.restarted:
        return "it stays away, nobody else notices"
    back = set(effect.restarted)
    lost = [m.name for m in effect.stopped if m not in back][::-1]
    others = [m.name for m in effect.restarted if m != member]
    words = "it alone is restarted" if not others else f"it is restarted, with {_some(others)}"
    if lost:
        words += f"; {_some(lost)} {'is' if len(lost) == 1 else 'are'} gone"
    return words


def shuts_down(supervisor: Supervisor, ending: Sequence[Member]) -> str:
    """Return when a supervisor with significant children shuts itself down."""
    names = _some([member.name for member in ending])
    return f"shuts itself down when {names} {'has' if len(ending) == 1 else 'have'} ended normally"


def _some(names: list[str], width: int = 60) -> str:
    """Return as many names as fit: the whole is the name of a test, of 255 bytes at most."""
    shown = len(names)
    while shown > 1 and len(", ".join(names[:shown])) > width:
        shown -= 1
    if shown == len(names):
        return listed(names)
    return f"{', '.join(names[:shown])} and {_count(len(names) - shown, 'other')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def gives_up(supervisor: Supervisor, ends: int) -> str:
    """Return the same as the name of a test."""
    within = _count(supervisor.max_seconds, "second")
    return f"gives up when its children end {_times(ends)} in {within}"
