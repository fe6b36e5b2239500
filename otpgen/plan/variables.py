"""What each variable of a template is: an interface, for templates are overridden.

``docs/template-api.md`` is made from this. The types stand in the code: a test renders every
example and reads them there.
"""

from __future__ import annotations

from collections.abc import Mapping

VERSION = 1
"""Goes up when a variable or an attribute is renamed, changes its meaning, or goes."""

_ALL: Mapping[str, str] = {
    "system": "The whole architecture",
    "runtime": "The application NAME_runtime: which parts it has",
    "test_kit": "The application NAME_test_kit, which tests use",
    "system_test": "The application NAME_system_test, whose tests need every application",
    # An application
    "app": "The application",
    "deps": "The entries of the list deps in its mix.exs",
    "extra": "The entry extra_applications in its mix.exs: those of OTP that run before it",
    "distributed": "Whether some cluster distributes it",
    "doc": "The text for @moduledoc: the description, and what follows from the architecture",
    "tree": "The lines of its tree, drawn",
    "peers": "Whether its end ends the node, so that its test needs another",
    "start": "The call that starts it",
    "built_on": "For each component that its own is built on the application made of it",
    # A supervisor
    "supervisor": "The supervisor",
    "use": "The line use …, with the options of the child's specification that are no defaults",
    "children": "The entries of its list of children",
    "flatten": "Whether some child stands for several, so that the list is flattened",
    "uses_arg": "Whether its argument goes on to a child",
    "significant": "Whether some child is significant",
    "options": "The options of Supervisor.init/2 that are no defaults",
    "flags": "All flags, as Erlang has them",
    "child": "What it starts at run time",
    "spec": "The @spec of the function that starts a child",
    "head": "The head of the function that starts a child",
    "whereis": "The call that finds a child by its key",
    # The test of a supervisor
    "users": "The applications that use this one, the last started first",
    "steps": "The calls that start a supervisor which is not there from the beginning",
    "aliases": "The lines alias …",
    "shadowing": "Whether an alias hides the application's own module",
    "tasks": "The list of the children that end by themselves",
    "except": "The argument that leaves these out",
    "order": "The list of children in start order",
    "cases": "A test each: the death of a child",
    "fatal": "A test each: the end of a child that ends its supervisor",
    "normal_ends": "A test each: the normal end of a child, where that is another matter",
    "give_up": "The test that uses up the budget",
    "escalation": "The test that its end is a death one level up",
    "shut_down": "The test that it shuts itself down",
    "restarted": "Whether its child is started again when it dies",
    "gives_up": "Whether the death of one child makes it give up",
    "task": "Whether its child ends by itself",
    "title": "The name of the test in which a child dies",
    "done": "The test in which a child ends normally",
    "ends": "How many ends of its children are one too many",
    "title_of_give_up": "The name of the test in which there are so many",
    "most": "max_children, where a test can start so many",
    "found": "The call that finds a child by its key",
    "end_it": "The expression that ends one child",
    "verb": "The function of the test kit that does so",
    "keys": "The arguments of a function that starts one child, another one, and the nth",
    # The child of a kind
    "worker": "The child",
    "alias": "What its test calls it",
    "renamed": "What stands behind alias MODULE, where the last word would hide a module",
    "router": "The last word of the module of its router",
    "child_spec": "The entry child_spec: MODULE of what it starts for each partition",
    "finishes": "Whether a test can have what it starts for each partition end, and it is back",
    "via": "The expression of its name in a registry",
    "spec_options": "What of its child's specification is no default, as further options",
    "asks": "Entries PATH => MODULE: whom it asks for a path of a request",
    "asks_root": "Whether it asks somebody for /",
    "entries": "For each option that is a text its entry in a list of options: url: TEXT",
    "texts": "For each option that is a map of texts the entries of a map in Elixir",
    "patience": "Milliseconds for which a caller waits: a failover, and a call",
    # The runtime
    "parts": "The parts that the runtime is made of",
    # The umbrella
    "trees": "The lines of all trees, drawn",
    "releases": "The releases: their applications as in mix.exs, and their nodes",
    "listeners": "The applications that listen, with the entries of their ports",
    "nodes": "The nodes",
    # Isolation
    "processes": "The modules of all named processes",
    "servers": "Each server, as {MODULE, PATH}",
    # Nodes
    "cluster": "The cluster",
    "node": "The node",
    "mandatory": "The full names of the nodes that it must see before it starts",
    "optional": "The full names of the nodes that it waits for",
    "part_nodes": "The parts that are told where else they are, with the full names of the nodes",
    "off": "The applications that do not run on it",
    "boot": "The applications with a tree, in start order",
    "clusters": "What the start script knows of each cluster",
    "balanced": "Whether there is a load balancer",
    "variables": "The variables of the environment that say a port",
    "starts": "Where each node's release starts",
    "configuration": "Where the configuration of nginx is",
    "upstreams": "The upstreams of nginx",
    # The test of a failover
    "env": "The applications that listen, with their ports",
    "equals": "Where it runs first and next, if there are nodes of equal rank",
    "singleton": "Its child that exists once in the cluster, unless its module is a component's",
}
_ISOLATION = {"trees": "The root supervisor of each application with a tree, as NAME: MODULE"}
_HERE: Mapping[str, Mapping[str, str]] = {
    **{
        f"umbrella/apps/system_name_system_test/{name}.jinja": _ISOLATION
        for name in (
            ".formatter.exs",
            "mix.exs",
            "test/isolation_test.exs",
            "test/test_helper.exs",
        )
    },
    "umbrella/README.md.jinja": {
        "apps": "The applications: each with its drawing, its supervisors, what deaths mean",
        "cluster": "The lines of the cluster's drawing",
        "nodes": "The nodes, each with the applications that run there",
        "ports": "The names of all ports",
        "otp": "The applications of OTP that it needs beside those of every project",
        "packages": "Whether some application has packages",
        "distributed": "The distributed applications: where they run, and for how long they wait",
        "first": "The start of the first node's release",
        "switchable": "An application that may be switched off, for an example",
        "listeners": "The applications that listen, with their ports; without nodes only",
    },
    "umbrella/apps/app_name/test/supervision/application_test.exs.jinja": {
        "title": "The name of the test in which the application gives up",
        "child": "The child whose ends use up the budget of its root",
        "peers": "What a node of its own starts, where its end ends the node",
    },
    "umbrella/rel/env.sh.eex.jinja": {"nodes": "The names of all nodes, as one text"},
    "umbrella/apps/app_name/test/cluster/failover_test.exs.jinja": {
        "apps": "The applications that it needs, in start order",
        "nodes": "The nodes on which it may run, first to last",
    },
}


def meaning(template: str, variable: str) -> str:
    """Return what a variable of a template is.

    Raises:
        KeyError: when nobody has said so.
    """
    return _HERE.get(template, {}).get(variable) or _ALL[variable]


def known() -> set[str]:
    """Return every variable that is told."""
    return {*_ALL, *(name for here in _HERE.values() for name in here)}
