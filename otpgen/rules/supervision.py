"""What OTP's supervisors refuse, and what would hurt in them."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.catalogue import Catalogue
from otpgen.errors import Problem
from otpgen.model import Supervisor, System
from otpgen.source import quoted


def children_stand_where_the_strategy_has_them(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG113: ``child`` and ``max_children`` are for ``simple_one_for_one``, ``children`` is not."""
    for app in system.apps.values():
        for supervisor in app.supervisors:
            yield from _misplaced(supervisor)


def _misplaced(supervisor: Supervisor) -> Iterator[Problem]:
    decl = supervisor.decl
    wrong = {
        "child": (supervisor.child, False, "list them under children:"),
        "max_children": (supervisor.max_children, False, "only children started at run time"),
        "children": (
            getattr(decl, "children", None),
            True,
            "write the one that is started: child:",
        ),
    }
    for key, (said, when_dynamic, hint) in wrong.items():
        if said is not None and supervisor.dynamic is when_dynamic:
            message = f"supervisor {quoted(supervisor.name)}: {key} under {supervisor.strategy}"
            yield Problem("OG113", message, decl.key_at(key), hint)


def kinds_work_where_they_stand(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG113: a kind that needs a name of its own cannot be started many times."""
    for app in system.apps.values():
        for supervisor in app.supervisors:
            child = supervisor.child
            if child is None:
                continue
            if child.naming not in child.kind.namings or child.naming == "cluster":
                what = "a singleton" if child.naming == "cluster" else f"a {child.kind.name}"
                yield Problem(
                    "OG113",
                    f"supervisor {quoted(supervisor.name)}: {what} cannot be started many times",
                    child.decl.at(),
                    "it has a name of its own; put it under children: of another supervisor",
                )


def singletons_stand_in_a_distributed_application(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG109: elsewhere every node would have one."""
    for worker in system.workers.values():
        if worker.naming == "cluster" and worker.app not in system.distributed:
            yield Problem(
                "OG109",
                f"{worker.path} is a singleton, but {worker.app} is not distributed: every node "
                "would run one",
                worker.decl.at("singleton"),
                f"name {worker.app} under distributed:, or take singleton away",
            )
