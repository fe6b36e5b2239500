"""One application: its mix project, its tree, one file a process, the tests that kill."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from otpgen import escape, graph, naming, semantics
from otpgen.kinds import Env
from otpgen.model import Application, Child, Distributed, Foreign, Package, Supervisor, Worker
from otpgen.plan import elixir
from otpgen.plan.application_tests import (
    node_of_its_own,
    plan_application_test,
    stops_its_node,
)
from otpgen.plan.components import plan_component
from otpgen.plan.files import PlannedFile, emitted
from otpgen.plan.supervision_tests import ANSWER_SYSTEM_MESSAGES, plan_supervision_tests
from otpgen.plan.views import View, applications_of, extra_applications, parts_of, patience

_APP = "umbrella/apps/app_name/"


def plan_application(view: View, app: Application) -> Iterator[PlannedFile]:
    """Yield the files below ``apps/NAME``."""
    if app.component is None:
        return _application(view, app)
    return plan_component(view, app, app.component, _application(view, app))


def _application(view: View, app: Application) -> Iterator[PlannedFile]:
    distributed = app.name in view.system.distributed
    context = {
        **view.globals,
        "app": app,
        "distributed": distributed,
        "peers": stops_its_node(view, app),
        "deps": _deps(view, app),
        "extra": extra_applications(applications_of(app)),
        "doc": _sentence(app.description) or f"The application {app.name}.",
        "tree": graph.tree_lines(app),
    }
    if app.root is not None:
        arguments = [f":{app.name}", "type", app.root.module]
        arguments += [f":{app.on_give_up}"] * (app.on_give_up != "restart")
        start = f"{view.runtime.module}.Root.start_link"
        context["start"] = elixir.call(start, arguments, indent=4)
    line = (app.decl.at().line,)
    names = ["mix.exs", ".formatter.exs", "lib/app_name.ex", "test/test_helper.exs"]
    if app.root is not None:
        names.append("lib/app_name/application.ex")
    for name in names:
        template = f"{_APP}{name}.jinja"
        path = emitted(template, app_name=app.name)
        yield PlannedFile(path, template, context, lines=line, element=app.name)
    if distributed and len(view.system.distributed[app.name].nodes) > 1:
        yield _cluster_test(view, app, context)
    yield from plan_application_test(view, app)
    for supervisor in app.supervisors:
        yield _supervisor(view, supervisor)
        yield from plan_supervision_tests(view, app, supervisor)
    for worker in app.workers:
        yield from _worker(view, worker)


def _cluster_test(view: View, app: Application, context: dict[str, Any]) -> PlannedFile:
    template = f"{_APP}test/cluster/failover_test.exs.jinja"
    distributed = view.system.distributed[app.name]
    own = {
        **node_of_its_own(view, app),
        "nodes": semantics.order(distributed),
        "equals": _equals(distributed),
        "singleton": _singleton(app),
    }
    line = (distributed.decl.at().line,)
    path = emitted(template, app_name=app.name)
    return PlannedFile(path, template, context | own, lines=line, element=app.name)


def _singleton(app: Application) -> Worker | None:
    """Return its child that exists once in the cluster; what a component's answers is its own."""
    own = {file.path for file in app.component.files} if app.component else set()
    found = (worker for worker in app.workers if worker.naming == "cluster")
    return next((worker for worker in found if f"lib/app_name/{worker.file}.ex" not in own), None)


def _equals(distributed: Distributed) -> dict[str, object] | None:
    """Return where it runs first and next, if there are nodes of equal rank among these."""
    if not semantics.has_equals(distributed):
        return None
    first, *others = [[f":{name}" for name in rank] for rank in distributed.ranks]
    home = semantics.goes_home(distributed)
    return {
        "ranks": [
            elixir.options_tuple(rank, [], indent=13) if len(rank) > 1 else rank[0]
            for rank in (first, *others)
        ],
        "first": first,
        "next": others[0] if home else first,
        "goes_home": home,
    }


def _deps(view: View, app: Application) -> list[str]:
    deps = [f"{{:{name}, in_umbrella: true}}" for name in app.depends_on]
    deps += [f"{{:{name}, in_umbrella: true, runtime: false}}" for name in app.calls]
    if parts_of(app) or (app.root is not None and view.runtime.rooted):
        deps.append(f"{{:{view.runtime.app}, in_umbrella: true}}")
    if app.root is not None:
        deps.append(f"{{:{view.test_kit.app}, in_umbrella: true, only: :test}}")
    return deps + [_package(package) for package in app.packages]


def _package(package: Package) -> str:
    first = [escape.elixir_atom(package.name)]
    if package.version is not None:
        first.append(escape.elixir_string(package.version))
    options = [f"{key}: {_package_option(key, said)}" for key, said in package.options.items()]
    return elixir.options_tuple(first, options, indent=6)


def _package_option(key: str, said: object) -> str:
    match key, said:
        case "only", str():
            return escape.elixir_atom(said)
        case "only", tuple():
            return f"[{', '.join(escape.elixir_atom(env) for env in said)}]"
        case "path", str() if not said.startswith("/"):
            # From the architecture's folder; Mix takes it from the application's.
            return escape.elixir_string(f"../../{said.removeprefix('./')}")
        case _, bool():
            return str(said).lower()
        case _:
            return escape.elixir_string(str(said))


def _supervisor(view: View, supervisor: Supervisor) -> PlannedFile:
    word = "dynamic_supervisor" if supervisor.dynamic else "supervisor"
    template = f"{_APP}lib/app_name/module_path.{word}.ex.jinja"
    base = "DynamicSupervisor" if supervisor.dynamic else "Supervisor"
    described = [_sentence(supervisor.description)] if supervisor.description else []
    context = {
        **view.globals,
        "supervisor": supervisor,
        "doc": "\n\n".join([*described, *view.texts(supervisor)]),
        "use": elixir.use(base, _child_options(supervisor)),
        "options": _options(supervisor),
        **(_dynamic(supervisor) if supervisor.dynamic else _static(supervisor)),
    }
    path = emitted(template, app_name=supervisor.app, module_path=supervisor.file)
    line = (supervisor.decl.at().line,)
    return PlannedFile(path, template, context, lines=line, element=supervisor.element)


def _static(supervisor: Supervisor) -> dict[str, object]:
    flatten = any(isinstance(c, Worker) and c.count is not None for c in supervisor.children)
    indent = 8 if flatten else 6
    return {
        "children": [_child(supervisor, child, indent) for child in supervisor.children],
        "flatten": flatten,
        "uses_arg": not supervisor.named and any(_takes_arg(c) for c in supervisor.children),
        "significant": any(child.significant for child in supervisor.children),
        # Erlang's own defaults are 1 restart in 5 seconds, not Elixir's 3: both are written out.
        "flags": [
            f"strategy: :{supervisor.strategy}",
            f"intensity: {elixir.number(supervisor.max_restarts)}",
            f"period: {elixir.number(supervisor.max_seconds)}",
            f"auto_shutdown: :{supervisor.auto_shutdown}",
        ],
    }


def _takes_arg(child: Child) -> bool:
    return isinstance(child, Supervisor) or (isinstance(child, Worker) and child.count is None)


def _child(supervisor: Supervisor, child: Child, indent: int) -> str:
    """Return a child as it stands in the list of children."""
    if isinstance(child, Foreign):
        arguments = [
            child.code,
            f"id: :{child.name}",
            f"restart: :{child.restart}",
            f"shutdown: {_shutdown(child.shutdown)}",
            f"type: :{child.type}",
        ]
        text = elixir.call("Supervisor.child_spec", arguments, indent + 2 * child.significant)
    elif isinstance(child, Worker) and child.count is not None:
        copies = [child.module, elixir.number(child.count)]
        if not child.significant:
            return elixir.call("copies", copies, indent)
        text = elixir.call("copies", copies, indent + 2)
        return elixir.call("Enum.map", [text, "&significant/1"], indent)
    elif supervisor.named:
        text = child.module
    else:
        text = elixir.pair(child.module, "arg", indent)
    return elixir.call("significant", [text], indent) if child.significant else text


def _dynamic(supervisor: Supervisor) -> dict[str, object]:
    child = supervisor.child
    me = "__MODULE__" if supervisor.named else "supervisor"
    before = [] if supervisor.named else ["supervisor"]
    types = [] if supervisor.named else ["Supervisor.supervisor()"]
    if child is None:
        types.append("child()")
        head, arguments = f"start_child({', '.join([*before, 'spec'])})", [me, "spec"]
        spec = "start_child"
    else:
        key = ["key"] if supervisor.keyed else []
        types += ["term()"] * (len(key) + 1)
        arg = "{key, arg}" if supervisor.keyed else "arg"
        head = f"start_{child.name}({', '.join([*before, *key, 'arg'])} \\\\ [])"
        arguments = [me, elixir.pair(child.module, arg, 6)]
        spec = f"start_{child.name}"
    whereis = None
    if isinstance(child, Worker) and child.registry is not None:
        whereis = elixir.call(f"{child.registry}.whereis", [_key(child)], indent=4)
    return {
        "child": child,
        "spec": elixir.spec(spec, types, "DynamicSupervisor.on_start_child()"),
        "head": head,
        "start": elixir.call("DynamicSupervisor.start_child", arguments, indent=4),
        "whereis": whereis,
    }


def _key(worker: Worker) -> str:
    """Return the key under which a registry finds the worker."""
    return "key" if worker.key is None else f"{{:{worker.key}, key}}"


def _options(supervisor: Supervisor) -> list[str]:
    strategy = "one_for_one" if supervisor.dynamic else supervisor.strategy
    options = [f"strategy: :{strategy}", *_budget(supervisor)]
    if supervisor.max_children is not None:
        options.append(f"max_children: {elixir.number(supervisor.max_children)}")
    return options


def _budget(supervisor: Supervisor) -> list[str]:
    """Return what differs from Elixir's own 3 restarts in 5 seconds."""
    options = []
    if supervisor.max_restarts != 3:
        options.append(f"max_restarts: {elixir.number(supervisor.max_restarts)}")
    if supervisor.max_seconds != 5:
        options.append(f"max_seconds: {elixir.number(supervisor.max_seconds)}")
    return options


def _child_options(child: Child) -> list[str]:
    """Return what of the child's specification differs from the default of its behaviour."""
    options = []
    if child.restart != "permanent":
        options.append(f"restart: :{child.restart}")
    default = "infinity" if child.type == "supervisor" else 5_000
    if child.shutdown != default:
        options.append(f"shutdown: {_shutdown(child.shutdown)}")
    return options


def _shutdown(value: str | int) -> str:
    return elixir.number(value) if isinstance(value, int) else f":{value}"


def _worker(view: View, worker: Worker) -> Iterator[PlannedFile]:
    asks = _asks(view, worker)
    options = _child_options(worker)
    behaviour = worker.kind.behaviour
    if worker.naming == "cluster":
        behaviour = f"{view.runtime.module}.Singleton"
    context = {
        **view.globals,
        "worker": worker,
        "alias": _alias(worker),
        "renamed": ", as: Subject" if _hides(worker) else "",
        "router": f"{naming.camelize(worker.name)}Router",
        "doc": _sentence(worker.description) or _sentence(worker.kind.summary),
        "use": elixir.use(behaviour, options),
        "finishes": _finishes(worker),
        "child_spec": elixir.entry("child_spec", worker.child.module, 6) if worker.child else "",
        "via": elixir.call(f"{worker.registry}.via", [_key(worker)], indent=4),
        "spec_options": "".join(f",\n      {option}" for option in options),
        "asks": asks,
        "entries": _entries(worker),
        "texts": _texts(worker),
        "asks_root": any(ask.startswith('"/" ') for ask in asks),
        "patience": patience(view.system),
    }
    for file in worker.kind.files:
        path = file.path.replace("app_name", worker.app).replace("module_path", worker.file)
        yield PlannedFile(
            f"apps/{worker.app}/{path}",
            file.template,
            context,
            ownership=file.ownership,
            lines=(worker.decl.at().line,),
            element=worker.element,
        )


def _finishes(worker: Worker) -> bool:
    """Whether a test can have what it starts for each partition end normally and come back."""
    child = worker.child
    return (
        isinstance(child, Worker)
        and semantics.restarts(child, "normal")
        and child.kind.behaviour in ANSWER_SYSTEM_MESSAGES
    )


def _entries(worker: Worker) -> dict[str, str]:
    """Return ``url: "https://…"`` for each option that is a text, broken when too long."""
    return {
        name: elixir.entry(name, elixir.text(said), 6)
        for name, option in worker.kind.options.items()
        if "text" in option.types and isinstance(said := worker.options[name], str | Env)
    }


def _texts(worker: Worker) -> dict[str, list[str]]:
    """Return the entries of each map of texts, as they stand in a map of Elixir's."""
    return {
        name: [elixir.entry(key, elixir.text(value), 6) for key, value in said.items()]
        for name, option in worker.kind.options.items()
        if option.of == "text" and isinstance(said := worker.options[name], dict)
    }


def _alias(worker: Worker) -> str:
    """Return how its test calls it."""
    return "Subject" if _hides(worker) else naming.camelize(worker.name)


def _hides(worker: Worker) -> bool:
    """Whether its last word, as an alias, would hide a module of Elixir's."""
    return naming.camelize(worker.name) in naming.ELIXIR_MODULES


def _asks(view: View, worker: Worker) -> list[str]:
    """Return ``"/hit" => G4.Desk`` for each path."""
    found = []
    for path, process in worker.asks.items():
        target = view.system.find_worker(process)
        assert target is not None, "a rule has seen to it"
        found.append((escape.elixir_string(path), target.module))
    return elixir.pairs(found, indent=4)


def _sentence(text: str) -> str:
    """Return the description as a sentence of its own."""
    if not text:
        return ""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
