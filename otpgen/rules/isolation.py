"""What ``isolated`` promises: an application is stopped, and all others go on."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.catalogue import Catalogue
from otpgen.errors import Problem
from otpgen.model import Application, System
from otpgen.rules.lists import shortened


def isolated_applications_may_be_stopped(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG136: who depends on one that is stopped loses it, and is not started again meanwhile.

    Who ``calls`` it is not tied to it: the answer is an error, and it goes on. No strategy
    reaches beyond its application.

    Source: application_controller.erl, ``stop_application`` and ``check_start_cond``; measured.
    """
    for place, name in enumerate(system.isolated):
        at = system.decl.at("isolated", place)
        app = system.apps[name]
        if app.root is None:
            hint = "take it away; a library has no processes"
            message = f"isolated: {name} has no children: there is nothing to stop"
            yield Problem("OG136", message, at, hint)
        if app.decl.on_give_up == "stop_node":
            yield Problem(
                "OG136",
                f"isolated: when {name} gives up it stops its node, and all others there",
                at,
                "say on_give_up: restart, or stay_down",
                related=(("it is said here", app.decl.at("on_give_up")),),
            )
        for user in system.apps.values():
            if name in user.depends_on:
                yield _loses(system, user, app, place)


def _loses(system: System, user: Application, app: Application, place: int) -> Problem:
    chain = shortened([*_above(system, user), app.name])
    needs = user.decl.at("depends_on", user.depends_on.index(app.name))
    return Problem(
        "OG136",
        f"isolated: {app.name} cannot be stopped alone, for {user.name} depends on it: "
        f"{' → '.join(chain)}",
        system.decl.at("isolated", place),
        f"write calls: [{app.name}] in {user.name} if it can do without for a while",
        related=((f"{user.name} depends on {app.name}", needs),),
    )


def _above(system: System, user: Application) -> list[str]:
    """Return an application after one that depends on it, and so on up."""
    chain = [user.name]
    while True:
        higher = (a.name for a in system.apps.values() if chain[0] in a.depends_on)
        above = next((name for name in higher if name not in chain), None)
        if above is None:
            return chain
        chain.insert(0, above)
