"""The tests which kill: what is expected comes from ``semantics`` and is written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from otpgen import naming
from otpgen.model import Application, Child, Supervisor
from otpgen.plan import elixir
from otpgen.plan.files import PlannedFile, emitted
from otpgen.plan.views import View
from otpgen.semantics import Effect, child_ends, ends_until_it_gives_up, restarts, words

_FOLDER = "umbrella/apps/app_name/test/supervision/"
_COLUMN = 13
MOST_ENDS = 30
"""A test of the budget kills no more often: its kills must fall within ``max_seconds``."""
MOST_CHILDREN = 2_000
"""A test of ``max_children`` starts no more processes."""


def plan_supervision_tests(
    view: View, app: Application, supervisor: Supervisor
) -> Iterator[PlannedFile]:
    """Yield the test of one supervisor."""
    shared = {
        **view.globals,
        "app": app,
        "supervisor": supervisor,
        "users": view.system.users[app.name],
    }
    if supervisor.dynamic:
        template = f"{_FOLDER}module_path.dynamic_supervisor_test.exs.jinja"
        context = {**shared, **_dynamic(supervisor)}
    else:
        template = f"{_FOLDER}module_path.supervisor_test.exs.jinja"
        context = {**shared, **_static(app, supervisor)}
    path = emitted(template, app_name=app.name, module_path=supervisor.file)
    yield PlannedFile(path, template, context, lines=(supervisor.decl.at().line,))


def _static(app: Application, supervisor: Supervisor) -> dict[str, object]:
    parent = next((s for s in app.supervisors if supervisor in s.children), None)
    victim = next((c for c in supervisor.children if restarts(c)), None)
    gives_up = victim is not None and ends_until_it_gives_up(supervisor) <= MOST_ENDS
    aliased = {c.module: c for c in supervisor.children}
    context: dict[str, object] = {
        "order": _ids(supervisor.children, len("    assert children(@supervisor) == "), indent=11),
        "cases": [_case(supervisor, child) for child in _killable(supervisor)],
        "give_up": None,
        "escalation": None,
    }
    if gives_up and victim is not None:
        ends = ends_until_it_gives_up(supervisor)
        context["give_up"] = {
            "title": words.gives_up(supervisor, ends),
            "child": alias(victim),
            "ends": ends,
        }
        if parent is not None and not child_ends(parent, supervisor, "shutdown").gave_up:
            effect = child_ends(parent, supervisor, "shutdown")
            aliased |= {c.module: c for c in parent.children if c is not supervisor}
            if not parent.root:
                aliased[parent.module] = parent
            context["escalation"] = {
                "title": f"its end is a death for {parent.name}",
                "parent": "@root" if parent.root else alias(parent),
                "child": alias(victim),
                "ends": ends,
                **_effect(effect, own=supervisor),
            }
    # An alias called like the application hides what comes after it.
    hiding = f"{app.module}.{app.module}"
    context["aliases"] = elixir.aliases(sorted(aliased, key=lambda m: (m == hiding, m)))
    context["shadowing"] = hiding in aliased
    return context


def _killable(supervisor: Supervisor) -> Iterator[Child]:
    """Yield the children whose end does not end the supervisor."""
    for child in supervisor.children:
        if not child_ends(supervisor, child).gave_up:
            yield child


def _case(supervisor: Supervisor, child: Child) -> dict[str, str]:
    # A killed supervisor is not deterministic: its children live on under their names while
    # the replacement starts. Stopped with a reason its parent reacts the same.
    verb = "stop" if child.type == "supervisor" else "kill"
    return {
        "title": words.death(supervisor, child),
        "call": f"{verb}(@supervisor, {alias(child)})",
        **_effect(child_ends(supervisor, child)),
    }


def _effect(effect: Effect, own: Supervisor | None = None) -> dict[str, str]:
    def ids(key: str, children: Sequence[Child]) -> str:
        names = ["@supervisor" if child is own else alias(child) for child in children]
        return elixir.listed(names, _COLUMN + len(f"{key}: "), _COLUMN, after=1)

    return {
        "stopped": ids("stopped", effect.stopped),
        "restarted": ids("restarted", effect.restarted),
        "kept": ids("kept", effect.kept),
    }


def _dynamic(supervisor: Supervisor) -> dict[str, object]:
    child = supervisor.child
    most = supervisor.max_children
    return {
        "child": child,
        "restarted": child is not None and restarts(child),
        "title": words.death_of_dynamic(child) if child else "",
        "most": most if most is not None and most <= MOST_CHILDREN else None,
    }


def _ids(children: Sequence[Child], column: int, indent: int) -> str:
    return elixir.listed([alias(child) for child in children], column, indent)


def alias(child: Child) -> str:
    """Return the last word of a child's module, by which tests call it."""
    return naming.camelize(child.file)
