"""The test which has an application give up: what becomes of it then."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.model import Application, Supervisor
from otpgen.plan import elixir
from otpgen.plan.files import PlannedFile, emitted
from otpgen.plan.supervision_tests import MOST_ENDS, victim
from otpgen.plan.views import View, listeners
from otpgen.semantics import Member, ends_until_it_gives_up, words

_TEMPLATE = "umbrella/apps/app_name/test/supervision/application_test.exs.jinja"


def plan_application_test(view: View, app: Application) -> Iterator[PlannedFile]:
    """Yield the test of an application with a tree."""
    if app.root is None:
        return
    context = {
        **view.globals,
        "app": app,
        "users": view.system.users[app.name],
        "peers": node_of_its_own(view, app) if stops_its_node(view, app) else None,
        "title": words.given_up_alone(app if view.runtime.rooted else None),
        **_give_up(app.root),
    }
    line = (app.decl.at().line,)
    path = emitted(_TEMPLATE, app_name=app.name)
    yield PlannedFile(path, _TEMPLATE, context, lines=line, element=app.name)


def stops_its_node(view: View, app: Application) -> bool:
    """Whether the node ends with the application, which so cannot be that of the test."""
    return view.runtime.rooted and app.root is not None and app.on_give_up == "stop_node"


def node_of_its_own(view: View, app: Application) -> dict[str, object]:
    """Return what a real node of a test starts, and whose children listen there."""
    system = view.system
    needed = system.with_dependencies([app.name])
    apps = [n for n in system.start_order if n in needed and system.apps[n].root is not None]
    env = [listener for listener in listeners(system) if listener.name in apps]
    return {"apps": apps, "env": env}


def _give_up(root: Supervisor) -> dict[str, object]:
    """Return whose ends use up the budget, and how many; none where that takes too many."""
    ends = ends_until_it_gives_up(root)
    found = victim(root) if ends <= MOST_ENDS else None
    return {"child": found and _id(found), "ends": elixir.number(ends)}


def _id(member: Member) -> str:
    child = member.child
    name = getattr(child, "module", f":{child.name}")
    return name if member.number is None else elixir.pair(name, str(member.number), 4)
