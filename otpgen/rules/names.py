"""Names that cannot be, or that meet."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen import naming
from otpgen.catalogue import Catalogue
from otpgen.errors import Location, Problem
from otpgen.model import Child, Foreign, Supervisor, System, Worker
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
RESERVED_IN_APPLICATION = frozenset({"application", "supervisor", "mix_project"})


def names_are_unique_in_their_application(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG103: a process is found by its application and its name."""
    for app in system.apps.values():
        first: dict[str, Location] = {}
        for child in app.descendants:
            at = _name_at(child)
            if child.name in first:
                yield Problem(
                    "OG103",
                    f"application {quoted(app.name)}: a second child {quoted(child.name)}",
                    at,
                    f"the first stands on line {first[child.name].line}; names are unique in "
                    "their application",
                )
            first.setdefault(child.name, at)


def modules_are_unique_in_the_umbrella(system: System, _catalogue: Catalogue) -> Iterator[Problem]:
    """OG102: two names that become one module, or one of the umbrella's own modules."""
    owners: dict[str, tuple[str, Location | None]] = {}
    for app in system.apps.values():
        for word in ("Application", "Supervisor", "SupervisorTest", "MixProject"):
            owners[f"{app.module}.{word}"] = (f"application {quoted(app.name)}", None)
    owners[f"{system.module}.Umbrella.MixProject"] = ("the umbrella", None)
    apps: dict[str, str] = {}
    for app in system.apps.values():
        if app.module in apps and apps[app.module] != app.name:
            other = apps[app.module]
            at = system.decl.key_at("apps", app.name)
            yield _meets(f"application {quoted(app.name)}", app.module, other, at)
        apps[app.module] = app.name
        for child in app.descendants:
            for module in _modules(child):
                what = f"{child.path}"
                owner = owners.get(module)
                if owner is not None and owner[0] != what and not _same_name(owner[0], child):
                    yield _meets(quoted(child.name), module, owner[0], _name_at(child))
                    break
                owners.setdefault(module, (what, _name_at(child)))


def _same_name(owner: str, child: Child) -> bool:
    """Whether it is a plain duplicate, of which OG103 speaks."""
    return owner.split(".")[0] == child.app and owner.split(".")[-1] == child.name


def _meets(what: str, module: str, owner: str, at: Location) -> Problem:
    message = f"{what} would be the module {module}, which {owner} has already"
    return Problem("OG102", message, at, "choose another name")


def _modules(child: Child) -> Iterator[str]:
    """Yield the modules that are emitted for a child."""
    if isinstance(child, Foreign):
        return
    yield child.module
    yield f"{child.module}Test"
    if isinstance(child, Worker):
        for file in child.kind.files:
            if not file.path.startswith("lib/"):
                continue
            word = file.path.rpartition("/")[2].removesuffix(".ex").replace("module_path", "")
            if word:
                yield f"{child.module}{naming.camelize(word.lstrip('_'))}"


def applications_do_not_take_known_names(
    system: System, _catalogue: Catalogue
) -> Iterator[Problem]:
    """OG102: an application called like one of OTP's, Elixir's or otpgen's own."""
    own = {f"{system.module}Runtime", f"{system.module}TestKit"}
    for app in system.apps.values():
        at = system.decl.key_at("apps", app.name)
        if app.module in own:
            yield Problem(
                "OG102", f"{quoted(app.name)} is the name of an application that otpgen emits", at,
                "choose another name",
            )  # fmt: skip
        elif app.name in KNOWN_APPLICATIONS or app.module in naming.ELIXIR_MODULES:
            yield Problem(
                "OG102", f"{quoted(app.name)} is a name of OTP's or Elixir's own", at,
                f"write for instance {system.name}_{app.name}",
            )  # fmt: skip


def _name_at(child: Child) -> Location:
    if isinstance(child, Worker):
        return child.decl.at(child.kind.name)
    return child.decl.at("supervisor" if isinstance(child, Supervisor) else "id")
