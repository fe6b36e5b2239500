"""The architecture that is meant when none is named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from otpgen.errors import Location, OtpgenError, Problem

ARCHITECTURE = "otpgen.yaml"
MISSING = "name the architecture, or begin with: otpgen new --example g4"


def nearest_architecture(named: Path | None = None) -> Path:
    """Return the architecture that is named, else the nearest ``otpgen.yaml`` upwards.

    Raises:
        OtpgenError: OG001 when there is none from the current folder up.
    """
    found = named or find_architecture()
    if found is None:
        raise _none("there is none in this folder, nor in one above it", ARCHITECTURE)
    return found


def find_architecture(named: Path | None = None) -> Path | None:
    """Return what is named, else the nearest ``otpgen.yaml`` upwards, relative to this folder.

    For verbs that need not read it.

    Raises:
        OtpgenError: OG001 when what is named is not there.
    """
    if named is not None:
        if not os.path.exists(named):  # noqa: PTH110 - pathlib raises at a long name
            raise _none("cannot be read: there is no such file", str(named))
        return named
    try:
        here = Path.cwd()
        for folder in (here, *here.parents):
            if (folder / ARCHITECTURE).is_file():
                return Path(os.path.relpath(folder / ARCHITECTURE, here))
    except OSError:  # the folder is gone, or may not be entered
        return None
    return None


def _none(message: str, where: str) -> OtpgenError:
    return OtpgenError([Problem("OG001", message, Location(where), MISSING)])


def paths_meant(word: str, architecture: Path) -> Iterator[str]:
    """Yield the paths of a project that a word may mean: from its folder, and from this one."""
    yield word.removeprefix("./")
    with suppress(OSError, ValueError):
        yield Path(os.path.relpath(word, architecture.absolute().parent)).as_posix()
