"""What a path inside a project may be: relative, POSIX, and never out of the project.

Paths come from the ancestor and the journal, which anybody may have edited.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from otpgen.catalogue import PACK

ANCESTOR = ".otpgen/ancestor"
LOCAL = ".otpgen/local"
JOURNAL = f"{LOCAL}/journal"
DECLARED = ".otpgen/declared/"
"""Before the paths of declarations in the ancestor, which are nowhere on the disk."""
BESIDE = ".otpgen-new"
PACK_LOCK = ".otpgen/pack.json"
OWN = frozenset({".otpgen/schema.json"})
"""What lies in ``.otpgen`` and is recorded in the ancestor."""

_LONGEST_PATH = 1_024
_LONGEST_NAME = 255
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
"""Names that begin with a letter: most paths are such, and are quickly said to be sound."""


def wrong_with(path: str) -> str:
    """Return what is wrong with a path of the project's, as a clause; empty: nothing."""
    if _PLAIN.fullmatch(path) and len(path) <= _LONGEST_NAME and "git" not in path.lower():
        return ""
    if not path or path.startswith("/"):
        return "is no path inside the project"
    if not path.isprintable() or "\\" in path:  # surrogates are not printable either
        return "holds characters that no path of a project has"
    names = path.split("/")
    if any(name in ("", ".", "..") for name in names):
        return "is no path inside the project"
    if len(path.encode()) > _LONGEST_PATH or any(len(n.encode()) > _LONGEST_NAME for n in names):
        return "is longer than a path may be"
    if any(_is_git(name) for name in names):
        return "belongs to git"
    if names[0].casefold() == ".otpgen" and path not in OWN:
        return "belongs to otpgen itself"
    return ""


def wrong_with_step(path: str) -> str:
    """Return the same of a path that a run may change: otpgen's own state is among them."""
    if path in (ANCESTOR, PACK_LOCK):
        return ""
    return wrong_with(path.removeprefix(f"{PACK}/"))


def folders_of(path: str) -> list[str]:
    """Return the folders on the way to a path, the outermost first."""
    names = path.split("/")[:-1]
    return ["/".join(names[: end + 1]) for end in range(len(names))]


def folded(path: str) -> str:
    """Return what two paths share that are one file where case does not count."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path).casefold()


@lru_cache(maxsize=4096)
def _is_git(name: str) -> bool:
    """Whether some file system takes this name for ``.git``."""
    if "git" not in name.casefold() and name.isascii():
        return False
    seen = "".join(char for char in name if unicodedata.category(char) != "Cf")
    return seen.casefold().rstrip(". ") in (".git", "git~1")
