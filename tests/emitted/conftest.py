"""Projects are generated once and compiled once; what needs a tool says so."""

import os
import random
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from otpgen.commands.examples import example_file
from otpgen.commands.new import new


def require(*tools):
    """Skip where a tool is missing; in CI that is a failure."""
    missing = [tool for tool in tools if shutil.which(tool, path=PATH) is None]
    if missing and os.environ.get("OTPGEN_REQUIRE_TOOLS") == "1":
        pytest.fail(f"missing: {', '.join(missing)}")
    if missing:
        pytest.skip(f"missing: {', '.join(missing)}")


PATH = f"{os.environ['PATH']}:/usr/sbin:/sbin"

_given = set()


def free_ports(count):
    """Ports below those that the system gives to clients, who may be many by the time.

    None is found twice: what it was found for may not listen yet, or be down for a while.
    """
    found = []
    while len(found) < count:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                found.append(str(port))
    return found


@pytest.fixture(scope="session")
def environment():
    """An environment with an epmd of its own, which is ended afterwards."""
    (port,) = free_ports(1)
    env = {
        **os.environ,
        "PATH": PATH,
        "ERL_EPMD_PORT": port,
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "LC_ALL": "C.UTF-8",
    }
    yield env
    # Nobody else uses this port: what listens there is the epmd that our nodes started.
    subprocess.run(["epmd", "-kill"], env=env, capture_output=True, check=False)


@pytest.fixture(scope="session")
def run(environment):
    """Run a command in a folder; what it printed."""

    def run_command(*command, cwd, status=0, timeout=600, env=None):
        done = subprocess.run(
            command,
            cwd=cwd,
            env={**environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout,
            check=False,
        )
        if status is not None:
            assert done.returncode == status, f"{' '.join(command)}\n{done.stdout}"
        return done.stdout

    return run_command


@pytest.fixture(scope="session")
def project(tmp_path_factory, run):
    """Generate an example or a file once and compile it; warnings are errors."""
    made = {}

    def build(name):
        require("mix", "elixir", "erl")
        if name not in made:
            file = Path(name) if os.sep in name else example_file(name)
            target = tmp_path_factory.mktemp(file.parent.name) / "project"
            new(file, target)
            if (packages := file.parent / "vendor").is_dir():
                shutil.copytree(packages, target / "vendor")
            run("mix", "compile", "--warnings-as-errors", cwd=target)
            made[name] = target
        return made[name]

    return build
