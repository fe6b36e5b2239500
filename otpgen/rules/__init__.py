"""Whether the system is sound: one small function a rule, each yielding problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from otpgen.catalogue import Catalogue
from otpgen.errors import Problem
from otpgen.model import System
from otpgen.rules import (
    applications,
    distribution,
    isolation,
    moves,
    names,
    nodes,
    ports,
    restarts,
    supervision,
)
from otpgen.source import quoted
from otpgen.spec import allowances

Rule = Callable[[System, Catalogue], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    names.names_are_unique_in_their_application,
    names.modules_are_unique_in_the_umbrella,
    names.files_of_a_component_are_its_own,
    names.components_find_their_own_modules,
    names.applications_do_not_take_known_names,
    applications.dependencies_have_no_cycle,
    applications.nobody_depends_on_a_distributed_application,
    applications.nobody_both_depends_and_calls,
    applications.lists_name_an_application_once,
    applications.libraries_have_no_supervisor_keys,
    applications.what_follows_a_give_up_fits,
    applications.asked_processes_can_be_asked,
    applications.packages_have_one_source,
    applications.components_stand_on_others,
    isolation.isolated_applications_may_be_stopped,
    supervision.children_stand_where_the_strategy_has_them,
    supervision.kinds_work_where_they_stand,
    supervision.registries_find_by_unique_keys,
    supervision.registries_outlive_whom_they_find,
    supervision.a_word_is_no_kind,
    supervision.significance_fits,
    supervision.a_root_that_ends_gives_up,
    supervision.tasks_may_end,
    supervision.singletons_stand_in_a_distributed_application,
    restarts.strategies_reach_somebody,
    restarts.children_come_back,
    restarts.who_is_asked_comes_first,
    restarts.budgets_can_be_used_up,
    nodes.cluster_keys_need_nodes,
    nodes.names_of_nodes_are_free,
    nodes.hosts_are_hosts_of_one_form,
    nodes.nodes_beyond_this_machine_need_a_private_network,
    nodes.names_of_nodes_are_of_one_cluster,
    nodes.what_runs_on_a_node_has_what_it_needs,
    nodes.every_application_runs_somewhere,
    nodes.what_is_off_would_run,
    distribution.distributed_applications_have_a_tree,
    distribution.lists_name_a_node_once,
    distribution.distributed_applications_run_where_they_are_placed,
    distribution.a_failover_waits,
    distribution.equals_do_not_move_together,
    ports.nodes_have_the_ports_their_children_name,
    ports.servers_do_not_share_a_port,
    ports.nodes_say_each_port_once,
    ports.ports_do_not_meet,
    ports.upstreams_reach_somebody,
    ports.upstreams_drop_no_node,
    ports.the_load_balancer_keeps_its_file,
    moves.renames_are_of_what_is_there,
)


def check(system: System, catalogue: Catalogue) -> list[Problem]:
    """Return every problem of the system, but for the warnings that its file allows.

    OG128: what is allowed and silences nothing.
    """
    problems = list(_once(system, (p for rule in RULES for p in rule(system, catalogue))))
    problems = [p for p in problems if not _is_meant(p, system)]
    allowed = list(allowances(system.decl.node))
    if not allowed:
        return problems
    warnings = [problem for problem in problems if problem.severity == "warning"]
    silent = [[w for w in warnings if w.code == a.code and w.location in a.covers] for a in allowed]
    kept = [p for p in problems if not any(p in found for found in silent)]
    for allowance, found in zip(allowed, silent, strict=True):
        if not found:
            message = f"allow: {quoted(allowance.code)} silences nothing"
            hint = "take it away; errors cannot be silenced"
            kept.append(Problem("OG128", message, allowance.location, hint, "warning"))
    return kept


def _is_meant(problem: Problem, system: System) -> bool:
    """Whether it is a warning of a component's own tree, which the component itself allows.

    All of that tree stands where the component is named.
    """
    return problem.severity == "warning" and any(
        problem.code == allowed.code and problem.location == app.decl.at("component")
        for app in system.apps.values()
        if app.component is not None
        for allowed in allowances(app.component.app)
    )


def _once(system: System, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Leave out what a further cluster only takes over: it is said of the first already."""
    prefixes = [cluster.what for cluster in system.clusters.values() if cluster.what]
    seen = set()
    for problem in problems:
        message = problem.message
        for prefix in prefixes:
            message = message.removeprefix(prefix)
        said = (problem.code, problem.location, message)
        if said not in seen:
            seen.add(said)
            yield problem
