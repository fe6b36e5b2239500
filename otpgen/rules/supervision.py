"""What OTP's supervisors refuse, and what would hurt in them."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.catalogue import Catalogue
from otpgen.errors import Problem, did_you_mean
from otpgen.model import Child, Supervisor, System, Worker
from otpgen.rules.ways import parting, way_to
from otpgen.source import quoted
from otpgen.spec import ForeignDecl


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
        "child": (
            getattr(decl, "child", None),
            False,
            "list it under children:, or say strategy: simple_one_for_one",
        ),
        "max_children": (
            supervisor.max_children,
            False,
            "it bounds children started at run time, under strategy: simple_one_for_one",
        ),
        "children": (
            getattr(decl, "children", None),
            True,
            "say which is started at run time: child: NAME",
        ),
    }
    for key, (said, when_dynamic, hint) in wrong.items():
        if said is not None and supervisor.dynamic is when_dynamic:
            noun = "application" if supervisor.root else "supervisor"
            message = f"{noun} {quoted(supervisor.name)}: {key} under {supervisor.strategy}"
            yield Problem("OG113", message, decl.key_at(key), hint)


def kinds_work_where_they_stand(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG113: what needs a name of its own cannot be there many times."""
    for app in system.apps.values():
        for child in app.descendants:
            if not isinstance(child, Worker):
                continue
            started = child.options.get("child")
            if started is not None and child.child is None:
                message = f"{child.path}: only a worker is started for each partition"
                at = child.decl.at("child")
                yield Problem("OG113", message, at, "write child: NAME, or {KIND: NAME}")
            if why := _cannot_stand(child):
                message, hint = why
                yield Problem("OG113", f"{child.path}: {message}", child.decl.at(), hint)
        for supervisor in app.supervisors:
            if isinstance(getattr(supervisor.decl, "child", None), ForeignDecl):
                yield Problem(
                    "OG113",
                    f"supervisor {quoted(supervisor.name)}: a spec cannot be what is started",
                    supervisor.decl.at("child"),
                    "leave child: out, and give the specification to start_child/1",
                )


def _cannot_stand(worker: Worker) -> tuple[str, str] | None:
    """Return why a worker cannot be where it is, and what to do."""
    kind = worker.kind.name
    if worker.count is not None and worker.kind.acts_as == "task":
        return (
            f"count beside a {kind}, which is gone when it is done",
            "list each under a name of its own, or use a task_supervisor",
        )
    if worker.count is not None and worker.naming in ("cluster", "via"):
        key = "singleton" if worker.naming == "cluster" else "via"
        return f"count beside {key}", f"of what has a name there is one: leave count or {key} out"
    if worker.count is not None and "none" not in worker.kind.namings:
        return f"{kind} has a name of its own, so that there is one", "leave count out"
    if worker.many and (worker.naming == "cluster" or worker.naming not in worker.kind.namings):
        what = "a singleton" if worker.naming == "cluster" else kind
        return (
            f"{what} cannot be started many times",
            "it has a name of its own; put it under children: of another supervisor",
        )
    if worker.naming == "via" and not worker.many:
        return (
            "via is for what is started at run time, many times",
            "leave it out: this one has a name of its own",
        )
    return None


def registries_find_by_unique_keys(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG119: ``via`` names a registry of the same application, whose keys are unique."""
    for app in system.apps.values():
        registries = {w.name: w for w in app.workers if w.kind.acts_as == "registry"}
        for worker in app.workers:
            said = worker.options.get("via")
            if not said:
                continue
            at = worker.decl.at("via")
            registry = registries.get(str(said))
            if registry is None:
                message = f"{worker.path}: there is no registry {quoted(str(said))} in {app.name}"
                hint = did_you_mean(str(said), registries) or f"add it: {{registry: {said}}}"
                yield Problem("OG119", message, at, hint)
            elif registry.options.get("keys") == "duplicate":
                message = f"{worker.path}: the keys of {said} are not unique, so they find nobody"
                yield Problem("OG119", message, at, f"write {{registry: {said}}} without keys")


def registries_outlive_whom_they_find(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG119, OG129: a registry is started before those it finds, and takes them along.

    Source: measured; when a registry ends it ends those registered with it, and their own
    supervisor, which restarts them while there is no registry, gave up in 99 of 100 runs.
    """
    for app in system.apps.values():
        registries = {w.name: w for w in app.workers if w.kind.acts_as == "registry"}
        for worker in app.workers:
            registry = registries.get(str(worker.options.get("via")))
            if registry is not None and app.root is not None:
                yield from _order(app.root, registry, worker)


def _order(root: Supervisor, registry: Worker, worker: Worker) -> Iterator[Problem]:
    above, first, second = parting(root, registry, worker)
    order = list(above.below)
    at = worker.decl.at("via")
    if order.index(first) > order.index(second):
        yield Problem(
            "OG119",
            f"{worker.path}: the registry {registry.name} is started after {second.name}",
            at,
            f"list {first.name} before {second.name} in {above.name}",
        )
        return
    to_registry = way_to(root, registry)
    between = to_registry[to_registry.index(first) : -1]
    if above.strategy not in ("one_for_all", "rest_for_one") or not _escalates(between):
        yield Problem(
            "OG129",
            f"{worker.path}: when the registry {registry.name} ends it takes along whom it finds, "
            f"and {second.name} restarts them while there is none, until it gives up",
            at,
            f"say strategy: rest_for_one on {above.name}, with {registry.name} among its children",
            "warning",
        )


def _escalates(between: list[Child]) -> bool:
    """Whether a death below these supervisors is a death of the first of them."""
    return all(isinstance(c, Supervisor) and c.max_restarts == 0 for c in between)


def a_word_is_no_kind(system: System, catalogue: Catalogue) -> Iterator[Problem]:
    """OG127: a bare word is a gen_server, also where it is the name of a kind."""
    for worker in system.workers.values():
        bare = worker.decl.key_at(worker.kind.name) == worker.decl.at(worker.kind.name)
        if bare and worker.name in catalogue.kinds:
            kind = worker.name
            yield Problem(
                "OG127",
                f"{worker.path} is a {worker.kind.name} called {kind}",
                worker.decl.at(),
                f"the kind is written {{{kind}: NAME}}; else write {{{worker.kind.name}: {kind}}}",
                "warning",
            )


def a_root_that_ends_gives_up(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG130: with nodes a tree that ended is started again, whyever it ended."""
    for app in system.apps.values():
        if system.nodes and app.root is not None and app.root.auto_shutdown != "never":
            yield Problem(
                "OG130",
                f"application {quoted(app.name)}: when its tree shuts itself down it is started "
                "again, as after giving up",
                app.root.decl.at("auto_shutdown"),
                "put what may end under a supervisor of its own",
                "warning",
            )


def significance_fits(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG120: what OTP refuses when the supervisor starts.

    Source: supervisor.erl, ``validate_significant`` and ``bad_combination``.
    """
    for app in system.apps.values():
        for supervisor in app.supervisors:
            decl = supervisor.decl
            if supervisor.dynamic and supervisor.auto_shutdown != "never":
                yield Problem(
                    "OG120",
                    f"supervisor {quoted(supervisor.name)}: auto_shutdown under "
                    "simple_one_for_one has no effect",
                    decl.key_at("auto_shutdown"),
                    "a DynamicSupervisor does not shut itself down; leave it out",
                )
            for child in supervisor.below:
                if child.significant and (why := _insignificant(supervisor, child)):
                    message, hint = why
                    at = child.decl.key_at("significant")
                    yield Problem("OG120", f"{child.path}: significant {message}", at, hint)


def _insignificant(supervisor: Supervisor, child: Child) -> tuple[str, str] | None:
    if supervisor.dynamic:
        return "under simple_one_for_one has no effect", "leave it out"
    if supervisor.auto_shutdown == "never":
        return (
            f"while {supervisor.name} never shuts itself down",
            f"say auto_shutdown: any_significant on {supervisor.name}",
        )
    if isinstance(child, Worker) and child.kind.acts_as == "task":
        return (
            "on what is done soon after its start: its supervisor would be gone as soon",
            "use a gen_server which stops itself when the work is done",
        )
    if child.restart == "permanent":
        return "and permanent: it would be restarted", "say restart: transient, or temporary"
    return None


def tasks_may_end(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG121: a task that is started again whenever it is done uses up the budget at once."""
    for worker in system.workers.values():
        if worker.kind.acts_as == "task" and worker.restart == "permanent":
            yield Problem(
                "OG121",
                f"{worker.path}: a permanent {worker.kind.name} is started again each time it is "
                "done, until its supervisor gives up",
                worker.decl.at("restart"),
                "say temporary, or transient to try again when it fails",
            )


def singletons_stand_in_a_distributed_application(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG109: elsewhere every node would have one."""
    for cluster in system.clusters.values():
        for worker in system.workers.values():
            if worker.naming == "cluster" and worker.app not in cluster.distributed:
                yield Problem(
                    "OG109",
                    f"{cluster.what}{worker.path} is a singleton, but {worker.app} is not "
                    "distributed: every node would run one",
                    worker.decl.at("singleton"),
                    f"name {worker.app} under distributed:, or take singleton away",
                )
