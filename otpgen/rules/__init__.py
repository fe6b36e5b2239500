"""Whether the system is sound: one small function a rule, each yielding problems."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from otpgen.catalogue import Catalogue
from otpgen.errors import Problem
from otpgen.model import System
from otpgen.rules import applications, cluster, names, supervision

Rule = Callable[[System, Catalogue], Iterator[Problem]]

RULES: tuple[Rule, ...] = (
    names.names_are_unique_in_their_application,
    names.modules_are_unique_in_the_umbrella,
    names.applications_do_not_take_known_names,
    applications.dependencies_have_no_cycle,
    applications.nobody_depends_on_a_distributed_application,
    applications.nobody_both_depends_and_calls,
    applications.lists_name_an_application_once,
    applications.libraries_have_no_supervisor_keys,
    applications.asked_processes_can_be_asked,
    supervision.children_stand_where_the_strategy_has_them,
    supervision.kinds_work_where_they_stand,
    supervision.registries_find_by_unique_keys,
    supervision.significance_fits,
    supervision.tasks_may_end,
    supervision.singletons_stand_in_a_distributed_application,
    cluster.cluster_keys_need_nodes,
    cluster.distributed_applications_have_a_tree,
    cluster.nodes_are_named_once,
    cluster.hosts_are_hosts_of_one_form,
    cluster.nodes_have_the_ports_their_children_name,
    cluster.servers_do_not_share_a_port,
    cluster.ports_do_not_meet,
    cluster.upstreams_reach_somebody,
)


def check(system: System, catalogue: Catalogue) -> list[Problem]:
    """Return every problem of the system."""
    return [problem for rule in RULES for problem in rule(system, catalogue)]
