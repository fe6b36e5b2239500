"""What restarts do that one would not think of: warnings, each measured with OTP 25."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.catalogue import Catalogue
from otpgen.errors import Problem
from otpgen.model import Child, Foreign, Supervisor, System, Worker
from otpgen.rules.ways import parting
from otpgen.semantics import Member, child_ends, is_task, members, restarts
from otpgen.source import quoted

MOST_RESTARTS = 100_000
"""Restarts a second that no supervisor gets through: each walks the list of those before it.

Source: supervisor.erl, ``add_restart``; measured: 10,000 in a second, and never 100,000.
"""


def _supervisors(system: System) -> Iterator[Supervisor]:
    for app in system.apps.values():
        yield from app.supervisors


def strategies_reach_somebody(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG137: under ``one_for_all`` and ``rest_for_one`` some death ends a sibling."""
    for supervisor in _supervisors(system):
        children = supervisor.children
        if supervisor.strategy not in ("one_for_all", "rest_for_one") or not children:
            continue
        # With 0 it ends all of them, whatever the strategy; a task may run or not.
        if supervisor.max_restarts == 0 or any(is_task(child) for child in children):
            continue
        everybody = members(supervisor)
        again = [member for member in everybody if restarts(member.child)]
        if any(child_ends(supervisor, member).stopped for member in again):
            continue
        why = "it has one child" if len(everybody) == 1 else "none of its children is restarted"
        if again and len(everybody) > 1:
            why = f"nobody comes after {again[0].name}, and the others are never restarted"
        noun = "application" if supervisor.root else "supervisor"
        yield Problem(
            "OG137",
            f"{noun} {quoted(supervisor.name)}: {supervisor.strategy} has no effect, for {why}",
            supervisor.decl.at("strategy"),
            "leave strategy out, or list here who falls together",
            "warning",
        )


def children_come_back(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG138: what stands in a tree from the beginning is there again after a crash.

    What ends on purpose is not meant: tasks, significant children, and supervisors that shut
    themselves down. Of a child in Elixir's own words nobody knows.
    """
    for supervisor in _supervisors(system):
        for member in members(supervisor):
            child = member.child
            if member.number in (None, 1) and not child.significant and _stays_away(child):
                how, hint = _lost(supervisor, member)
                message = f"{child.path}: {how}"
                yield Problem("OG138", message, child.decl.at("restart"), hint, "warning")


def _stays_away(child: Child) -> bool:
    if isinstance(child, Foreign) or (
        isinstance(child, Supervisor) and child.auto_shutdown != "never"
    ):
        return False
    return child.restart == "temporary" or (child.restart == "transient" and _gives_up(child))


def _gives_up(child: Worker | Supervisor) -> bool:
    """Whether it supervises somebody whom it restarts; who starts tasks restarts none."""
    if isinstance(child, Worker):
        return child.type == "supervisor" and child.kind.acts_as != "dynamic"
    return (child.dynamic and child.child is None) or any(restarts(c) for c in child.below)


def _lost(supervisor: Supervisor, member: Member) -> tuple[str, str]:
    if member.child.restart == "transient":
        return (
            "when it gives up it ends with shutdown, which is a normal end, and "
            f"{supervisor.name} goes on without it",
            "leave restart out",
        )
    how = "what is temporary is not started again when it crashes"
    for other in members(supervisor):
        first = other.child is not member.child and other.number in (None, 1)
        effect = child_ends(supervisor, other) if first else None
        if effect and effect.ends is None and member in effect.stopped:
            how = f"the death of {other.name} ends it too, and it does not come back with it"
            break
    return how, "leave restart out, or say transient"


def who_is_asked_comes_first(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG139: under ``rest_for_one`` the death of one ends those after it."""
    for worker in system.workers.values():
        for asked, option in _asked(worker).items():
            yield from _order(system, worker, asked, option)


def _asked(worker: Worker) -> dict[str, tuple[str, ...]]:
    """Return whom a process asks, each with the first place where it says so."""
    found: dict[str, tuple[str, ...]] = {}
    for name, option in worker.kind.options.items():
        said = worker.options[name]
        if option.of == "process" and isinstance(said, dict):
            for path, asked in said.items():
                found.setdefault(str(asked), (name, path))
        elif "process" in option.types and said:
            found.setdefault(str(said), (name,))
    return found


def _order(
    system: System, worker: Worker, asked: str, option: tuple[str, ...]
) -> Iterator[Problem]:
    target = system.find_worker(asked)
    root = system.apps[worker.app].root
    if target is None or target.app != worker.app or target is worker or root is None:
        return
    above, asking, answering = parting(root, worker, target)
    order = above.below
    if above.strategy != "rest_for_one" or above.max_restarts == 0 or not restarts(asking):
        return
    if order.index(asking) < order.index(answering):
        yield Problem(
            "OG139",
            f"{worker.path}: it asks {target.name}, but under rest_for_one the death of "
            f"{asking.name} ends {answering.name}, which comes after it",
            worker.decl.at(*option),
            f"list {answering.name} before {asking.name} in {above.name}",
            "warning",
        )


def budgets_can_be_used_up(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG140: a crash loop is to end in a supervisor that gives up."""
    for supervisor in _supervisors(system):
        most, seconds = supervisor.max_restarts, supervisor.max_seconds
        if most >= MOST_RESTARTS * seconds:
            noun = "application" if supervisor.root else "supervisor"
            yield Problem(
                "OG140",
                f"{noun} {quoted(supervisor.name)}: nobody restarts {most:,} times in "
                f"{seconds} s, so that it never gives up",
                supervisor.decl.key_at("max_restarts"),
                "say how often is too often, such as max_restarts: 100 with max_seconds: 1",
                "warning",
            )
