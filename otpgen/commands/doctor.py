"""``doctor``: what is missing on this machine, and the command that mends it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE
from typing import Literal

from otpgen import machine, toolchain
from otpgen.commands.check import Checked, check
from otpgen.commands.nearest import find_architecture
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean, listed
from otpgen.machine import Epmd
from otpgen.model import DEV, Cluster, Node, System
from otpgen.plan import drivers, otp_applications
from otpgen.project import ANCESTOR
from otpgen.source import quoted
from otpgen.toolchain import Run

LEAST_OTP = "25"
LEAST_ELIXIR = "1.14"
NGINX_HOST = "127.0.0.1"

COOKIE = "var/home/.erlang.cookie"
"""Where ``start-dist.sh`` keeps the cookie; only its owner may read it."""

State = Literal["ok", "info", "warning", "missing"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``mend`` is what to type, empty where there is nothing."""

    what: str
    state: State
    said: str
    mend: str = ""


def doctor(architecture: Path | None = None, cluster: str = DEV) -> tuple[Finding, ...]:
    """Return what was found; nothing that is needed is missing if no state is ``missing``.

    Args:
        architecture: the file; the nearest one, if there is one, unless said.
        cluster: whose nodes and ports are looked at.

    Raises:
        OtpgenError: OG001 when the architecture is named and cannot be read; OG106 when it
            has no such cluster.
    """
    file = architecture or find_architecture()
    checked, found = _architecture(file, named=architecture is not None)
    system = checked.system if checked else None
    looked_at = _looked_at(system, cluster)
    findings = [*_erlang(system), *_otp(checked), _git(), _nginx(looked_at), found]
    if looked_at is not None and looked_at.tls:
        findings.append(_openssl())
    nodes = looked_at.nodes.values() if looked_at else ()
    hosts = {node.host for node in nodes if node.loopback}
    epmds = {host: machine.ask_epmd(host, machine.epmd_port()) for host in hosts or {"127.0.0.1"}}
    findings.extend(_epmd(host, epmd) for host, epmd in sorted(epmds.items()))
    if looked_at is not None and file is not None:
        findings.extend(_cluster(looked_at, file.parent, epmds))
    if system is not None:
        findings.extend(_secret(name, name in system.needed_secrets) for name in system.secrets)
    return tuple(findings)


def _looked_at(system: System | None, name: str) -> Cluster | None:
    if system is None or name in system.clusters:
        return system.clusters[name] if system else None
    hint = did_you_mean(name, system.clusters)
    message = f"there is no cluster {quoted(name)}"
    raise OtpgenError([Problem("OG106", message, Location("--cluster"), hint)])


def _secret(name: str, needed: bool) -> Finding:
    if os.environ.get(name):
        return Finding(f"secret {name}", "ok", "is in the environment")
    without = "will not start" if needed else "goes without"
    said = f"is not in the environment: the process that reads it {without}"
    return Finding(f"secret {name}", "warning", said, f"export {name}=…")


def _architecture(file: Path | None, *, named: bool) -> tuple[Checked | None, Finding]:
    what = "architecture"
    if file is None:
        said = "there is no otpgen.yaml here or above: only the machine was looked at"
        return None, Finding(what, "info", said)
    try:
        return check(file), Finding(what, "ok", str(file))
    except OtpgenError as error:
        if named and error.problems[0].code == "OG001":
            raise
        return None, Finding(what, "warning", f"{file} is not sound", f"otpgen check {file}")


# Programs


def _without_flags() -> dict[str, str]:
    """Return the environment without flags for nodes: with a name, epmd would be started."""
    flags = re.compile(r"ERL_[AZ]?FLAGS|ERL_OTP\d+_FLAGS|ELIXIR_ERL_OPTIONS")
    return {name: value for name, value in os.environ.items() if not flags.fullmatch(name)}


def _erlang(system: System | None) -> Iterator[Finding]:
    env = _without_flags()
    elixir = toolchain.run("elixir", "--version", env=env)  # says both
    otp = elixir
    if not elixir.ok:
        eval_ = 'io:format("Erlang/OTP ~s~n", [erlang:system_info(otp_release)]), halt().'
        otp = toolchain.run("erl", "-noshell", "-eval", eval_, env=env)
    yield _program("Erlang/OTP", otp, r"^Erlang/OTP (\d+)", "erlang", f">= {LEAST_OTP}")
    version = r"^Elixir (\d+\.\d+\.\d+)"
    found = _program("Elixir", elixir, version, "elixir", f">= {LEAST_ELIXIR}")
    if found.state == "ok" and system is not None:
        found = _program("Elixir", elixir, version, "elixir", system.elixir)
    yield found


def _otp(checked: Checked | None) -> Iterator[Finding]:
    """Yield whether the applications of OTP are there: Debian has packages for each."""
    needed = sorted(otp_applications(checked.system, checked.catalogue)) if checked else []
    if not checked or not needed:
        return
    eval_ = (
        '[io:format("missing ~s~n", [App]) || '
        f"App <- [{', '.join(needed)}], is_tuple(code:lib_dir(App))], halt()."
    )
    asked = toolchain.run("erl", "-noshell", "-eval", eval_, env=_without_flags())
    if not asked.ok:
        return  # which is told of Erlang itself
    missing = re.findall(r"^missing (\w+)$", asked.output, re.MULTILINE)
    for app in missing:
        # Debian and Fedora have a package for each.
        split = toolchain.find("apt-get") or toolchain.find("dnf")
        mend = toolchain.install_command(f"erlang-{app}" if split else "erlang")
        yield Finding(f"OTP's {app}", "missing", "not installed", mend)
    if not missing:
        yield Finding("OTP", "ok", f"has {listed(needed)}")
        for driver, package in drivers(checked.system, checked.catalogue).items():
            yield _driver(driver, package)


def _driver(name: str, package: str) -> Finding:
    """Return whether ODBC finds a driver, as a node would ask for it."""
    what = f"ODBC's {name}"
    eval_ = (
        f'ok = application:start(odbc), Said = odbc:connect("Driver={name}", []), '
        'io:format("~tp", [Said]), halt().'
    )
    asked = toolchain.run("erl", "-noshell", "-eval", eval_, env=_without_flags())
    # So unixODBC and iODBC say that there is none of the name, or that its file is away.
    if not asked.ok or re.search(r"Can't open lib|not found|IM00\d", asked.output):
        mend = toolchain.install_command(package)
        return Finding(what, "missing", "the driver is not installed", mend)
    return Finding(what, "ok", "is there")


def _git() -> Finding:
    return _program("git", toolchain.run("git", "--version"), r"git version (\d[\d.]*\d)", "git")


def _nginx(cluster: Cluster | None) -> Finding:
    found = _program("nginx", toolchain.run("nginx", "-v"), r"nginx/([\d.]+)", "nginx")
    if cluster is not None and cluster.nginx is not None:
        return found
    need = "only an architecture with nginx needs" if cluster is None else "nothing here needs"
    return Finding("nginx", "info", f"{found.said}; {need} it")


def _openssl() -> Finding:
    # LibreSSL will do: macOS has it.
    ran = toolchain.run("openssl", "version")
    return _program("openssl", ran, r"SSL (\d[\d.]*\d)", "openssl")


def _program(what: str, ran: Run, pattern: str, package: str, requirement: str = ">= 0") -> Finding:
    if ran.fate == "missing":
        return Finding(what, "missing", "not installed", toolchain.install_command(package))
    if ran.fate == "late":
        return Finding(what, "missing", f"has not said its version in {toolchain.TIMEOUT:.0f} s")
    match = re.search(pattern, ran.output, re.MULTILINE)
    if not ran.ok or match is None:
        first = next(iter(ran.output.strip().splitlines()), f"ended with {ran.status}")
        return Finding(what, "missing", f"does not run: {first}")
    version = match[1]
    if not satisfies(version, requirement):
        return Finding(what, "missing", f"{version}, but {requirement} is needed", _newer(what))
    return Finding(what, "ok", version)


def satisfies(version: str, requirement: str) -> bool:
    """Whether a version fits a requirement such as ``~> 1.14 or ~> 2.0``, as Elixir means it."""
    return any(
        all(_satisfies(version, *one) for one in _REQUIREMENT.findall(group))
        for group in requirement.split(" or ")
    )


_REQUIREMENT = re.compile(r"(~>|==|>=|<=|>|<|) ?(\d[\d.]*\d|\d)(?:[-+][\w.+-]*)?")


def _satisfies(version: str, operator: str, number: str) -> bool:
    wanted, here = _numbers(number), _numbers(version)
    match operator:
        case "~>":
            fixed = len(wanted) - 1
            return here >= wanted and here[:fixed] == wanted[:fixed]
        case ">=":
            return here >= wanted
        case "<=":
            return here <= wanted
        case ">":
            return here > wanted
        case "<":
            return here < wanted
        case _:
            return here == wanted


def _numbers(version: str) -> list[int]:
    """Return the numbers of a version; what comes before a release counts as the release."""
    return [int(number) for number in version.split(".")]


def _newer(what: str) -> str:
    pages = {
        "Erlang/OTP": "https://www.erlang.org/downloads",
        "Elixir": "https://elixir-lang.org/install.html",
    }
    return f"see {pages[what]}"


# The cluster


def _epmd(host: str, epmd: Epmd) -> Finding:
    port = machine.epmd_port()
    what = f"epmd {host}:{port}"
    match epmd.state:
        case "none":
            return Finding(what, "info", "does not run; the first node starts it")
        case "stranger":
            said = "somebody listens there who is not epmd"
            return Finding(what, "missing", said, toolchain.listener_command(port))
        case "runs":
            return Finding(what, "ok", f"runs, and knows {listed(epmd.nodes) or 'no node'}")


def _cluster(cluster: Cluster, folder: Path, epmds: Mapping[str, Epmd]) -> Iterator[Finding]:
    for node in cluster.nodes.values():
        if machine.is_here(node.host):
            yield from _node(node, folder, epmds.get(node.host))
        elif node.loopback:
            alias = f"sudo ifconfig lo0 alias {node.host}" if sys.platform == "darwin" else ""
            yield Finding(node.full_name, "missing", f"{node.host} is no address here", alias)
        else:
            yield Finding(node.full_name, "info", "is on another machine")
    if cluster.nginx is not None:
        runs = "nginx" if machine.is_alive(folder / "var/nginx.pid") else None
        for upstream in cluster.nginx.upstreams:
            yield _port(f"nginx {upstream.name}", NGINX_HOST, upstream.listen, runs)
    if cluster.nodes and (folder / ANCESTOR).is_file():
        yield _cookie(folder / COOKIE)


def _node(node: Node, folder: Path, epmd: Epmd | None) -> Iterator[Finding]:
    ours = machine.is_alive(folder / f"var/{node.name}.pid")
    registered = epmd is not None and node.name in epmd.nodes
    if ours:
        yield Finding(node.full_name, "ok", "runs")
    elif registered:
        said = "a node of that name runs, which start-dist.sh of this folder has not started"
        yield Finding(node.full_name, "warning", said, "epmd -names")
    else:
        yield Finding(node.full_name, "ok", "does not run")
    for name, port in node.ports.items():
        runs = node.name if ours or registered else None
        yield _port(f"{node.name} {name}", node.host, port, runs)


def _port(what: str, host: str, port: int, runs: str | None) -> Finding:
    """Return whether a port is free; ``runs`` is who may have taken it."""
    match machine.port_state(host, port):
        case "taken" if runs:
            return Finding(what, "ok", f"{port} is taken by {runs}, which runs")
        case "taken":
            mend = toolchain.listener_command(port)
            return Finding(what, "missing", f"{port} is taken by another program", mend)
        case "denied":
            return Finding(what, "missing", f"{port} is only for root")
        case _:
            return Finding(what, "ok", f"{port} is free")


def _cookie(file: Path) -> Finding:
    try:
        found = file.stat()
    except OSError:
        return Finding("cookie", "info", "there is none yet; start-dist.sh makes it")
    if not found.st_size:
        return Finding("cookie", "missing", f"{file} is empty", f"rm {file}")
    if (mode := S_IMODE(found.st_mode)) != 0o400:
        said = f"{file} has mode {mode:04o}, and should have 0400"
        return Finding("cookie", "warning", said, f"chmod 400 {file}")
    return Finding("cookie", "ok", f"{file}, which only you can read")
