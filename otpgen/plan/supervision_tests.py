"""The tests which kill: what is expected comes from ``semantics`` and is written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from otpgen import naming
from otpgen.model import Application, Child, Foreign, Supervisor, Worker
from otpgen.plan import elixir
from otpgen.plan.files import PlannedFile, emitted
from otpgen.plan.views import View
from otpgen.semantics import (
    Effect,
    Member,
    child_ends,
    ends_until_it_gives_up,
    ends_until_it_shuts_down,
    first_and_last,
    is_task,
    members,
    restarts,
    words,
)

_FOLDER = "umbrella/apps/app_name/test/supervision/"
_COLUMN = 13
MOST_ENDS = 30
"""A test of the budget kills no more often: its kills must fall within ``max_seconds``."""
MOST_CHILDREN = 2_000
"""A test of ``max_children`` starts no more processes."""
ANSWER_SYSTEM_MESSAGES = frozenset({"GenServer", "Agent", ":gen_statem"})
"""Behaviours whose processes tell their state, and end for a reason that a test names.

Source: sys docs, ``get_state/1`` and ``terminate/2``.
"""


def plan_supervision_tests(
    view: View, app: Application, supervisor: Supervisor
) -> Iterator[PlannedFile]:
    """Yield the test of one supervisor."""
    steps = _steps(app, supervisor)
    shared = {
        **view.globals,
        "app": app,
        "supervisor": supervisor,
        "users": view.system.users[app.name],
        "steps": steps,
    }
    if supervisor.dynamic:
        template = f"{_FOLDER}module_path.dynamic_supervisor_test.exs.jinja"
        context = {**shared, **_dynamic(supervisor)}
    else:
        template = f"{_FOLDER}module_path.supervisor_test.exs.jinja"
        context = {**shared, **_static(app, supervisor)}
    path = emitted(template, app_name=app.name, module_path=supervisor.file)
    line = (supervisor.decl.at().line,)
    yield PlannedFile(path, template, context, lines=line, element=supervisor.element)


def _steps(app: Application, supervisor: Supervisor) -> str:
    """Return the calls that start a supervisor which is not there from the beginning.

    It has no name of its own, below one that starts it at run time: the test gives it one.
    """
    if supervisor.named:
        return ""
    chain = [supervisor]
    while not chain[0].named:
        chain.insert(0, next(s for s in app.supervisors if chain[0] in s.below))
    steps: list[str] = []
    for above, below in pairwise(chain):
        if above.dynamic:
            arguments = ["supervisor"] * (not above.named) + [":key"] * above.keyed
            start = f"{above.module}.start_{below.name}"
            steps.append(elixir.match("{:ok, supervisor}", start, arguments, indent=4))
        else:
            found = elixir.match("supervisor", "find", ["supervisor", below.module], indent=4)
            steps.append(found)
    steps.append(":erlang.register(@supervisor, supervisor)")
    between = "\n\n    " if any("\n" in step for step in steps) else "\n    "
    return between.join(steps)


def _static(app: Application, supervisor: Supervisor) -> dict[str, object]:
    parent = next((s for s in app.supervisors if supervisor in s.children), None)
    everybody = members(supervisor)
    tasks = _tasks(supervisor)
    more = ", @tasks" if tasks else ""
    aliased = {c.module: c for c in supervisor.children if not isinstance(c, Foreign)}
    chosen = first_and_last(supervisor)
    killed = [m for m in chosen if child_ends(supervisor, m).ends is None]
    fatal = list(_fatal_ends(supervisor))
    context: dict[str, object] = {
        "tasks": elixir.listed(tasks, len("  @tasks "), 2) if tasks else "",
        "except": more,
        "order": _ids(everybody, len(f"    assert children(@supervisor{more}) == "), 11),
        "cases": [_case(supervisor, member, more) for member in killed],
        "fatal": fatal,
        "normal_ends": list(_normal_ends(supervisor, more)),
        "give_up": None,
        "escalation": None,
        "shut_down": _shut_down(supervisor),
    }
    one, ends = victim(supervisor), ends_until_it_gives_up(supervisor)
    if one is not None and ends <= MOST_ENDS:
        if ends > 1:  # else each death is one too many, and has its test
            title = words.gives_up(supervisor, ends)
            context["give_up"] = {"title": title, "child": _id(one), "ends": ends}
        effect = child_ends(parent, Member(supervisor), "shutdown") if parent else None
        if parent and supervisor.named and effect and effect.ends is None:
            context["escalation"] = _escalation(parent, supervisor, effect, ends, _id(one))
            others = (c for c in parent.children if c is not supervisor)
            aliased |= {c.module: c for c in others if not isinstance(c, Foreign)}
            aliased |= {} if parent.root else {parent.module: parent}
    # An alias called like the application hides what comes after it.
    hiding = f"{app.module}.{app.module}"
    context["aliases"] = elixir.aliases(sorted(aliased, key=lambda m: (m == hiding, m)))
    context["shadowing"] = hiding in aliased
    return context


def victim(supervisor: Supervisor) -> Member | None:
    """Return the child to end until the budget is used up; none where none is restarted."""
    return next((m for m in members(supervisor) if restarts(m.child)), None)


def _tasks(supervisor: Supervisor) -> list[str]:
    return [alias(child) for child in supervisor.children if is_task(child)]


def _escalation(
    parent: Supervisor, supervisor: Supervisor, effect: Effect, ends: int, victim: str
) -> dict[str, object]:
    tasks = _tasks(parent)
    return {
        "title": f"its end is a death for {parent.name}",
        "parent": "@root" if parent.root else alias(parent),
        "child": victim,
        "ends": ends,
        "tasks": elixir.listed(tasks, len("    tasks = "), 4) if tasks else "",
        **_effect(effect, own=supervisor),
    }


def _case(supervisor: Supervisor, member: Member, more: str) -> dict[str, str]:
    # A killed supervisor is not deterministic: its children live on under their names while
    # the replacement starts. Stopped with a reason its parent reacts the same.
    verb = "stop" if member.child.type == "supervisor" else "kill"
    return {
        "title": words.death(supervisor, member),
        "call": f"{verb}(@supervisor, {_id(member)}{more})",
        **_effect(child_ends(supervisor, member)),
    }


def _normal_ends(supervisor: Supervisor, more: str) -> Iterator[dict[str, str]]:
    """Yield what a normal end means: the restart type decides."""
    for member in filter(_can_end_normally, first_and_last(supervisor)):
        effect = child_ends(supervisor, member, "normal")
        if effect.ends is not None:
            continue
        yield {
            "title": words.normal_end(supervisor, member),
            "call": f"finish(@supervisor, {_id(member)}{more})",
            **_effect(effect),
        }


def _fatal_ends(supervisor: Supervisor) -> Iterator[dict[str, str]]:
    """Yield which single ends end the supervisor, too."""
    shut_down = ends_until_it_shuts_down(supervisor)
    for member in first_and_last(supervisor):
        if child_ends(supervisor, member).ends == "gave_up":
            title = words.death(supervisor, member)
            yield {"title": title, "call": f"exhaust(@supervisor, {_id(member)})"}
        # One that is enough to shut it down has its test.
        ends = child_ends(supervisor, member, "normal").ends
        if ends and _can_end_normally(member) and (member,) != shut_down:
            title = words.normal_end(supervisor, member)
            yield {"title": title, "call": f"shut_down(@supervisor, [{_id(member)}])"}


def _can_end_normally(member: Member) -> bool:
    child = member.child
    return isinstance(child, Worker) and child.kind.behaviour in ANSWER_SYSTEM_MESSAGES


def _shut_down(supervisor: Supervisor) -> dict[str, object] | None:
    ending = ends_until_it_shuts_down(supervisor)
    if not ending or not all(map(_can_end_normally, ending)):
        return None
    title = words.shuts_down(supervisor, ending)
    return {"title": title, "children": _ids(ending, 40, 11), "ends": len(ending)}


def _effect(effect: Effect, own: Supervisor | None = None) -> dict[str, str]:
    def ids(key: str, found: Sequence[Member]) -> str:
        return _ids(found, _COLUMN + len(f"{key}: "), _COLUMN, own=own, after=1)

    return {
        "stopped": ids("stopped", effect.stopped),
        "restarted": ids("restarted", effect.restarted),
        "kept": ids("kept", effect.kept),
    }


def _dynamic(supervisor: Supervisor) -> dict[str, object]:
    child = supervisor.child
    most = supervisor.max_children
    found = None
    if isinstance(child, Worker) and child.registry is not None:
        found = elixir.call(f"{supervisor.module}.whereis_{child.name}", ["key"], indent=4)
    above = [] if supervisor.named else ["@supervisor"]
    key = ["key"] if supervisor.keyed else []
    arguments = [*above, *key] if child else [*above, "{Agent, fn -> 0 end}"]
    function = f"start_{child.name}" if child else "start_child"
    ends = ends_until_it_gives_up(supervisor)
    exhausted = child is not None and restarts(child) and 1 < ends <= MOST_ENDS
    done = None
    if isinstance(child, Worker) and child.kind.behaviour in ANSWER_SYSTEM_MESSAGES:
        again = restarts(child, "normal")
        if not again or ends > 1:
            title = words.normal_end_of_dynamic(child)
            done = {"title": title, "fate": ":restarted" if again else ":gone"}
    return {
        "child": child,
        "done": done,
        "ends": ends if exhausted else None,
        "title_of_give_up": words.gives_up(supervisor, ends),
        "restarted": child is not None and restarts(child),
        "gives_up": child is not None and restarts(child) and supervisor.max_restarts == 0,
        "task": child is not None and is_task(child),
        "title": words.death_of_dynamic(supervisor, child) if child else "",
        "most": most if most is not None and most <= MOST_CHILDREN else None,
        "found": found,
        "end_it": (
            "Supervisor.stop(one, :boom)"
            if isinstance(child, Supervisor)
            else "Process.exit(one, :kill)"
        ),
        "verb": "stop_dynamic" if isinstance(child, Supervisor) else "kill_dynamic",
        "keys": [f"({name})" if supervisor.keyed else "()" for name in (":one", ":other", "n")],
        "start": elixir.call(f"{supervisor.module}.{function}", arguments, indent=4),
    }


def _ids(
    found: Sequence[Member],
    column: int,
    indent: int,
    *,
    own: Supervisor | None = None,
    after: int = 0,
) -> str:
    """Return the list of ids; three and more numbered in a row as a range, as the kit does."""
    items: list[str] = []
    place = 0
    while place < len(found):
        member = found[place]
        run = _run(found, place)
        if run > 2:
            items.append(f"{{{alias(member.child)}, {_range(member, found[place + run - 1])}}}")
            place += run
        else:
            items.append("@supervisor" if member.child is own else _id(member))
            place += 1
    return elixir.listed(items, column, indent, after)


def _range(first: Member, last: Member) -> str:
    down = (last.number or 0) < (first.number or 0)
    return f"{first.number}..{last.number}{'//-1' if down else ''}"


def _run(found: Sequence[Member], place: int) -> int:
    """Return how many members from here on are the next in the same numbering."""
    end = place + 1
    while (
        end < len(found)
        and found[end].child is found[place].child
        and found[end].number is not None
        and abs((found[end].number or 0) - (found[end - 1].number or 0)) == 1
    ):
        end += 1
    return end - place


def _id(member: Member) -> str:
    name = alias(member.child)
    return name if member.number is None else f"{{{name}, {member.number}}}"


def alias(child: Child) -> str:
    """Return how tests call a child: the last word of its module, or its id."""
    return f":{child.name}" if isinstance(child, Foreign) else naming.camelize(child.file)
