"""One run a project at a time. The system takes the lock from a process that dies."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from otpgen.errors import Location, OtpgenError, Problem
from otpgen.project.disk import DISK, Disk, told, write_all
from otpgen.project.paths import LOCAL
from otpgen.project.stage import local_folder

LOCK = f"{LOCAL}/lock"


@contextmanager
def locked(root: Path, verb: str, disk: Disk = DISK) -> Iterator[None]:
    """Keep every other otpgen out of the project.

    Raises:
        OtpgenError: OG404 when another is at work, OG403 or OG406 when nothing can be written.
    """
    with told(root):
        local_folder(root, disk)
        descriptor = disk.open_lock(f"{root}/{LOCK}")
    try:
        with told(root):
            if not disk.lock(descriptor):
                holder = os.pread(descriptor, 1_000, 0).decode("utf-8", "replace")
                raise OtpgenError([_held(holder)])
            os.ftruncate(descriptor, 0)
            text = f"pid {os.getpid()}\nhost {socket.gethostname()}\nverb {verb}\n"
            write_all(descriptor, text.encode())
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _held(text: str) -> Problem:
    said = dict(line.partition(" ")[::2] for line in text.splitlines())
    who = f"otpgen {verb}" if (verb := said.get("verb")) else "another otpgen"
    if "pid" in said and "host" in said:
        who = f"{who}, process {said['pid']} on {said['host']},"
    return Problem("OG404", f"{who} is at work in this project", Location(LOCK), "wait for it")
