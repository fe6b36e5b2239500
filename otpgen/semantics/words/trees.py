"""Sentences about a tree: module docs, the README and test names read them here."""

from __future__ import annotations

from collections.abc import Sequence

from otpgen.errors import listed
from otpgen.model import Application, Child, Supervisor
from otpgen.semantics.supervisors import Effect, Member, child_ends, members, restarts

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


GIVEN_UP = {
    "restart": "Then it is started again after a rest, each time a longer one.",
    "move": "Then it moves to the next node that is ready, and comes home after a rest.",
    "stay_down": "Then it stays down.",
    "stop_node": "Then its node stops.",
}


GIVEN_UP_ALONE = {
    "restart": "when it gives up, it is started again after a rest, however often",
    "move": "when it gives up and has nowhere to go, it is started again after a rest",
    "stay_down": "when it gives up, it stays down, and counts as running",
    "stop_node": "when it gives up, its node stops",
    None: "when it gives up, it ends, and nobody starts it again",
}


def given_up(app: Application) -> str:
    """Return what follows in a project with nodes when an application gives up."""
    return GIVEN_UP[app.on_give_up]


def given_up_alone(app: Application | None) -> str:
    """Return the same as the name of a test, where there is no other node.

    None: an application of a project without nodes.
    """
    return GIVEN_UP_ALONE[app.on_give_up if app else None]


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
    return death_of_one(child)


def death_of_one(child: Child) -> str:
    """Return what the death of one of several means that know nothing of each other."""
    fate = "another one is started in its place" if restarts(child) else "it stays away"
    return f"one {child.name} dies: {fate}, the others do not notice"


def normal_end_of_dynamic(child: Child) -> str:
    """Return what it means that one that was started at run time ends normally."""
    fate = "another one is started in its place" if restarts(child, "normal") else "it stays away"
    return f"one {child.name} ends normally: {fate}"


def falls_with(supervisor: Supervisor, child: Child) -> tuple[Child, ...]:
    """Return which siblings are ended, started again or not, when a child dies."""
    member = next((m for m in members(supervisor) if m.child is child), None)
    if member is None:  # started at run time, or a task: nobody falls with it
        return ()
    stopped = child_ends(supervisor, member).stopped
    return tuple(dict.fromkeys(m.child for m in stopped if m.child is not child))


def now_falls(name: str, more: Sequence[str], less: Sequence[str]) -> list[str]:
    """Return how the consequences of a death changed: ``its death now also ends cache``."""
    found = []
    if more:
        found.append(f"the death of {name} now also ends {_some(list(more))}")
    if less:
        found.append(f"the death of {name} no longer ends {_some(list(less))}")
    return found


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
    shown = min(len(names), width)  # more than that cannot fit
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
