"""The programs of others: git, mix, erl, nginx, openssl, Copier. The only module that runs any.

A program that is missing, hangs or fails is a value, never an exception; there is no shell.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import Literal, TypeAlias

TIMEOUT = 10.0
"""Seconds that a program may take unless said."""

_ALSO = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where nginx is, and not everybody's PATH."""

# What installs a package, for each package manager, in the order in which they are looked for.
_MANAGERS = {
    "apt-get": "apt-get install",
    "dnf": "dnf install",
    "pacman": "pacman -S",
    "apk": "apk add",
    "zypper": "zypper install",
    "brew": "brew install",
}


_USAGE = 129
"""What git ends with when it does not know an option."""

_MANY = 127
_MARKER = b"<<<<<<< yours"

Fate: TypeAlias = Literal["done", "missing", "late"]


@dataclass(frozen=True, slots=True)
class Run:
    """How a program went.

    Attributes:
        fate: ``missing``: it is not there; ``late``: it was killed when its time was up.
        status: what it ended with; -1 unless it is done.
        output: what it printed, errors among it.
    """

    fate: Fate
    status: int = -1
    output: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ran and was content."""
        return self.status == 0


def find(program: str) -> str | None:
    """Return the path of a program."""
    return which(program, path=_path(os.environ))


def run(
    program: str,
    *arguments: str,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT,
) -> Run:
    """Run a program to its end; nobody answers its questions.

    Args:
        program: its name, looked for on PATH.
        arguments: what follows it.
        folder: where it runs; here unless said.
        env: its whole environment; ours unless said.
        timeout: in seconds.
    """
    try:
        fate, status, output = _run([program, *arguments], folder, env, timeout, subprocess.STDOUT)
    except OSError as error:
        return Run("done", 126, error.strerror or str(error))
    return Run(fate, status, output.decode(errors="replace"))


def on_terminal(program: str, *arguments: str, folder: Path, env: Mapping[str, str]) -> int | None:
    """Run a program that asks the user; return what it ended with, None where it is not there.

    It shares our terminal, and so our Ctrl-C. One that is killed while it asks cannot put the
    terminal back as it was: that is done here.
    """
    before = termios.tcgetattr(sys.stdin)
    try:
        return subprocess.run([program, *arguments], cwd=folder, env=env, check=False).returncode
    except OSError:
        return None
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSANOW, before)


def git(folder: Path, *arguments: str, given: bytes = b"", timeout: float = TIMEOUT) -> str | None:
    """Return what git prints in a folder when it is given this to read; None: it is not content."""
    try:
        command = ["git", *arguments]
        fate, status, output = _run(command, folder, None, timeout, subprocess.DEVNULL, given)
    except OSError:
        return None
    return output.decode(errors="surrogateescape") if fate == "done" and status == 0 else None


def merge_file(
    ancestor: bytes, yours: bytes, fresh: bytes, timeout: float = TIMEOUT
) -> tuple[bytes, int] | None:
    """Return the text in which git merges three, and in how many places they conflict.

    No setting of the user's has a say. None: there is no git, or it cannot merge these.
    """
    try:
        with TemporaryDirectory(prefix="otpgen-") as folder:
            for side, data in (("yours", yours), ("ancestor", ancestor), ("fresh", fresh)):
                with Path(folder, side).open("wb") as file:
                    file.write(data)
            return _merge_in(Path(folder), timeout)
    except OSError:
        return None


def _merge_in(folder: Path, timeout: float) -> tuple[bytes, int] | None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    env |= {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(folder.resolve().parent),
    }
    labels = ["-L", "yours", "-L", "ancestor", "-L", "fresh"]
    for style in ("--zdiff3", "--diff3"):  # zdiff3 came with git 2.35
        command = ["git", "merge-file", "-p", "-q", style, *labels, "yours", "ancestor", "fresh"]
        fate, status, output = _run(command, folder, env, timeout, subprocess.DEVNULL)
        if fate != "done" or status != _USAGE:
            break
    # Source: git-merge-file(1): the number of conflicts, 127 when there are more, 255 on error.
    # A git that cannot even start ends with a small number too, but writes no markers.
    marked = output.startswith(_MARKER) + output.count(b"\n" + _MARKER)
    return (output, status) if fate == "done" and 0 <= status <= min(marked, _MANY) else None


def _run(
    command: Sequence[str],
    folder: Path | None,
    env: Mapping[str, str] | None,
    timeout: float,
    errors: int,
    given: bytes = b"",
) -> tuple[Fate, int, bytes]:
    program, *arguments = command
    environment = dict(os.environ if env is None else env)
    found = which(program, path=_path(environment))
    if found is None:
        return "missing", -1, b""
    # In a session of its own, so that all it has started ends with it when time is up.
    process = subprocess.Popen(
        [found, *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
    )
    with process:
        try:
            output, _ = process.communicate(given or None, timeout=timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            return "late", -1, b""
        except BaseException:  # Ctrl-C does not reach another session
            _kill(process)
            raise
    return "done", process.returncode, output


def _kill(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.kill()


def _path(env: Mapping[str, str]) -> str:
    return f"{env.get('PATH', os.defpath)}:{_ALSO}"


def install_command(package: str) -> str:
    """Return the command that installs a package on this machine, empty if none is known."""
    for manager, command in _MANAGERS.items():
        if find(manager):
            sudo = "" if manager == "brew" or os.geteuid() == 0 else "sudo "
            return f"{sudo}{command} {package}"
    return ""


def listener_command(port: int) -> str:
    """Return the command that shows who listens on a port, empty if none is known."""
    if find("ss"):
        return f"ss -ltnp 'sport = :{port}'"
    return f"lsof -nP -iTCP:{port} -sTCP:LISTEN" if find("lsof") else ""
