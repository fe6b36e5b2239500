"""This machine's ports and addresses, and what its epmd knows. Nothing stays bound."""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

EPMD_PORT = 4369
"""Source: epmd's manual, ``-port``."""

_TIMEOUT = 1.0
_MOST = 1 << 20
_NAMES_REQUEST = b"\x00\x01n"
_NAME = re.compile(r"name (\S+) at port (\d{1,5})\b")

PortState = Literal["free", "taken", "denied", "elsewhere"]


def port_state(host: str, port: int) -> PortState:
    """Return whether one could listen there; ``elsewhere``: the host is no address of ours."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the BEAM does, so that connections which have just ended do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "taken"
            return "denied" if error.errno in (errno.EACCES, errno.EPERM) else "elsewhere"
    return "free"


def is_here(host: str) -> bool:
    """Whether it is an address of this machine; a name is not looked up."""
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return host == "localhost"
    return port_state(host, 0) == "free"


@dataclass(frozen=True, slots=True)
class Epmd:
    """Who answers as epmd, and the port of each node that is registered there."""

    state: Literal["runs", "none", "stranger"]
    nodes: Mapping[str, int] = field(default_factory=dict)


def epmd_port() -> int:
    """Return the port of epmd: ``ERL_EPMD_PORT``, else 4369."""
    said = os.environ.get("ERL_EPMD_PORT", "")
    return int(said) if said.isdecimal() and 0 < int(said) < 65_536 else EPMD_PORT


def ask_epmd(host: str, port: int) -> Epmd:
    """Ask the epmd of a host which nodes it knows.

    Source: Distribution Protocol, "Get All Registered Names from EPMD".
    """
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT) as connection:
            connection.sendall(_NAMES_REQUEST)
            answer = b""
            while len(answer) < _MOST and (piece := connection.recv(65_536)):
                answer += piece
    except TimeoutError:
        return Epmd("stranger")
    except OSError:
        return Epmd("none")
    if answer[:4] != port.to_bytes(4, "big"):
        return Epmd("stranger")
    names = _NAME.findall(answer[4:].decode(errors="replace"))
    return Epmd("runs", {name: int(port) for name, port in names})


def is_alive(pid_file: Path) -> bool:
    """Whether the process runs whose number a file holds."""
    try:
        pid = int(pid_file.read_text())
        if pid > 0:
            os.kill(pid, 0)
    except PermissionError:  # it is somebody else's
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return pid > 0
