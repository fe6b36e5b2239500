"""Names that cannot be, or that meet."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from otpgen import naming
from otpgen.catalogue import Catalogue
from otpgen.errors import Location, Problem
from otpgen.model import Application, Child, Foreign, Supervisor, System, Worker
from otpgen.source import quoted

# The applications of OTP and Elixir; source: the OTP 27 and Elixir 1.18 documentation.
KNOWN_APPLICATIONS = frozenset(
    [
        "asn1",
        "common_test",
        "compiler",
        "crypto",
        "debugger",
        "dialyzer",
        "diameter",
        "edoc",
        "eldap",
        "erl_docgen",
        "erl_interface",
        "erts",
        "et",
        "eunit",
        "ftp",
        "inets",
        "jinterface",
        "kernel",
        "megaco",
        "mnesia",
        "observer",
        "odbc",
        "os_mon",
        "parsetools",
        "public_key",
        "reltool",
        "runtime_tools",
        "sasl",
        "snmp",
        "ssh",
        "ssl",
        "stdlib",
        "syntax_tools",
        "tftp",
        "tools",
        "wx",
        "xmerl",
        "eex",
        "elixir",
        "ex_unit",
        "iex",
        "logger",
        "mix",
        "hex",
        "rebar",
    ]
)


def names_are_unique_in_their_application(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG103: a process is found by its application and its name."""
    for app in system.apps.values():
        first: dict[str, Child] = {}
        for child in app.descendants:
            if child.name in first:
                yield Problem(
                    "OG103",
                    f"application {quoted(app.name)}: a second child {quoted(child.name)}",
                    _name_at(child),
                    "names are unique in their application",
                    related=(("the first stands here", _name_at(first[child.name])),),
                )
            first.setdefault(child.name, child)


_Owner = tuple[str, Child | Application | None]
"""Who has a module: in words, and what, if it stands in the file."""


def modules_are_unique_in_the_umbrella(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG102: two names that become one module, or one of the umbrella's own modules."""
    owners: dict[str, _Owner] = {}
    for app in system.apps.values():
        who = (f"application {quoted(app.name)}", None)
        for word in ("Application", "Supervisor", "SupervisorTest", "MixProject"):
            owners[f"{app.module}.{word}"] = who
    owners[f"{system.module}.Umbrella.MixProject"] = ("the umbrella", None)
    apps: dict[str, Application] = {}
    for app in system.apps.values():
        if app.module in apps:
            what = f"application {quoted(app.name)}"
            at = system.decl.key_at("apps", app.name)
            other = apps[app.module]
            yield _meets(system, what, app.module, (other.name, other), at)
        apps[app.module] = app
        for child in app.descendants:
            for module in _modules(child):
                owner = owners.setdefault(module, (child.path, child))
                if owner[0] != child.path and not _same_name(owner[0], child):
                    yield _meets(system, quoted(child.name), module, owner, _name_at(child))
                    break


def _same_name(owner: str, child: Child) -> bool:
    """Whether it is a plain duplicate, of which OG103 speaks."""
    return owner.split(".")[0] == child.app and owner.split(".")[-1] == child.name


def _meets(system: System, what: str, module: str, owner: _Owner, at: Location) -> Problem:
    name, element = owner
    message = f"{what} would be the module {module}, which {name} has already"
    if element is None:
        return Problem("OG102", message, at, "choose another name")
    if isinstance(element, Application):
        first = system.decl.key_at("apps", element.name)
    else:
        first = _name_at(element)
    related = ((f"{name} stands here", first),)
    return Problem("OG102", message, at, "choose another name", related=related)


def _modules(child: Child) -> Iterator[str]:
    """Yield the modules that are emitted for a child."""
    if isinstance(child, Foreign):
        return
    yield child.module
    yield f"{child.module}Test"
    if isinstance(child, Worker):
        for file in child.kind.files:
            if word := _word(file.path):
                yield f"{child.module}{word}"


@cache
def _word(path: str) -> str:
    """Return the word that a file of a kind adds to the module of a child, if it holds another."""
    if not path.startswith("lib/"):
        return ""
    word = path.rpartition("/")[2].removesuffix(".ex").replace("module_path", "")
    return naming.camelize(word.lstrip("_"))


def files_of_a_component_are_its_own(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG102: what a component has at a child's path is for its own child."""
    for app in system.apps.values():
        if app.component is None:
            continue
        own = {file.path for file in app.component.files}
        made = app.decl.at("component")
        its = {child.name for child in app.descendants if child.decl.at() == made}
        for child in app.descendants:
            taken = own.intersection(_files(child))
            # Of two of one name OG103 speaks.
            if taken and child.decl.at() != made and child.name not in its:
                path = min(taken).replace("app_name", app.name)
                owner = f"the component {quoted(app.component.name)}"
                message = (
                    f"{quoted(child.name)} would be the file {path}, which {owner} has already"
                )
                yield Problem("OG102", message, _name_at(child), "choose another name")


def components_find_their_own_modules(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG102: by its short name its code would take such a module for the application.

    A module of a child is the business of the templates: it may well be called like that.
    """
    for app in system.apps.values():
        if app.component is None:
            continue
        children = {path for child in app.descendants for path in _files(child)}
        for file in app.component.files:
            stem = file.path.removeprefix("lib/app_name/").removesuffix(".ex")
            if naming.camelize(stem) == app.module and file.path not in children:
                message = (
                    f"application {quoted(app.name)}: the component {quoted(app.component.name)} "
                    f"has a module of this name, {app.module}.{app.module}"
                )
                at = system.decl.key_at("apps", app.name)
                yield Problem("OG102", message, at, f"write for instance {system.name}_{app.name}")


def _files(child: Child) -> Iterator[str]:
    """Yield the paths of what is emitted for a child, as components write them."""
    if isinstance(child, Worker):
        yield from (file.path.replace("module_path", child.file) for file in child.kind.files)
    elif isinstance(child, Supervisor):
        yield f"lib/app_name/{child.file}.ex"
        yield f"test/supervision/{child.file}_test.exs"


def emitted_applications(system: System) -> tuple[str, ...]:
    """Return the names of the applications that otpgen adds, or might."""
    words = ("runtime", "test_kit", *(["system_test"] if system.isolated else []))
    return tuple(f"{system.name}_{word}" for word in words)


def applications_do_not_take_known_names(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG102: an application called like one of OTP's, Elixir's or otpgen's own."""
    own = {naming.camelize(name) for name in emitted_applications(system)}
    for app in system.apps.values():
        if app.module in own:
            message = f"{quoted(app.name)} is the name of an application that otpgen emits"
            hint = "choose another name"
        elif app.name in KNOWN_APPLICATIONS or app.module in naming.ELIXIR_MODULES:
            message = f"{quoted(app.name)} is a name of OTP's or Elixir's own"
            hint = f"write for instance {system.name}_{app.name}"
        else:
            continue
        yield Problem("OG102", message, system.decl.key_at("apps", app.name), hint)


def _name_at(child: Child) -> Location:
    if isinstance(child, Worker):
        return child.decl.at(child.kind.name)
    return child.decl.at("supervisor" if isinstance(child, Supervisor) else "id")
