"""Small notes of otpgen's own, in ``.otpgen/local``: lost without harm."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from otpgen.project.paths import LOCAL


def write_note(root: Path, name: str, data: bytes) -> None:
    """Keep a note, or forget it if it is empty; within the lock."""
    file = root / LOCAL / name
    with suppress(OSError):
        if data:
            file.write_bytes(data)
        else:
            file.unlink(missing_ok=True)


def read_note(root: Path, name: str) -> bytes:
    """Return a note; empty: there is none."""
    with suppress(OSError):
        return (root / LOCAL / name).read_bytes()
    return b""
