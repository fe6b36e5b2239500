"""Where a pack comes from: a folder, or whatever git fetches from.

../house                    the folder as it stands; with --ref, what git has there
gh:org/pack, gl:org/pack    GitHub, GitLab
https://…  ssh://…  file://…  git@host:org/pack
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

from otpgen import toolchain
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.source import quoted

SECONDS = 120.0
_SHORT = {"gh:": "https://github.com/{}.git", "gl:": "https://gitlab.com/{}.git"}
_URL = re.compile(r"(?:git\+)?(https?|ssh|git|file)://.+|[\w.-]+@[\w.-]+:.+")
_SECRET = re.compile(r"(?:git\+)?(?:https?://[^/@]*@|\w+://[^/@]*:[^/@]*@)")
_VERSION = re.compile(r"refs/tags/(v?\d+(?:\.\d+)*)$", re.MULTILINE)
_CONFIG = ("core.autocrlf=false", "core.symlinks=true", f"core.hooksPath={os.devnull}")
"""What is checked out is what was committed, and nothing is run."""

_NOT_OURS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
"""What git tells its hooks about another repository."""


class Source(NamedTuple):
    """Where a pack comes from.

    Attributes:
        said: as it was said.
        url: what git fetches from; empty where a folder is taken as it stands.
        folder: what was said to be a folder.
    """

    said: str
    url: str = ""
    folder: Path | None = None


def source_of(said: str, ref: str, base: Path) -> Source:
    """Return where a pack comes from.

    Args:
        said: a folder or an URL.
        ref: what is asked of git; with one, a folder has to be a repository.
        base: what a folder is relative to.

    Raises:
        OtpgenError: OG209 when it is neither.
    """
    if _SECRET.match(said):
        hint = "let git ask for it: git help credentials"
        message = "it says who you are, and that would be kept in the project"
        raise no_source("***", message, hint)
    short = said[:3]
    if short in _SHORT:
        return Source(said, _SHORT[short].format(said[3:].removesuffix(".git").strip("/")))
    if _URL.fullmatch(said):
        return Source(said, said.removeprefix("git+"))
    folder = base / os.path.expanduser(said)  # noqa: PTH111 - pathlib raises at an unknown user
    if not os.path.isdir(folder):  # noqa: PTH112 - pathlib raises at a long name
        hint = "a folder, gh:ORG/NAME, or an URL that git knows"
        raise no_source(said, "there is no such folder", hint)
    if ref:
        return Source(said, folder.absolute().as_uri(), folder.absolute())
    return Source(said, folder=folder.absolute())


def newest(source: Source) -> str:
    """Return the newest tag that is a version; empty: there is none.

    Raises:
        OtpgenError: OG209 when it cannot be asked for.
    """
    told = _git(
        source, "ls-remote", "--tags", "--refs", "--sort=-version:refname", "--", source.url
    )
    found = _VERSION.search(told)
    return found[1] if found else ""


def check_out(source: Source, ref: str, staging: Path) -> str:
    """Put what a ref names into ``staging/source``; return its commit.

    Raises:
        OtpgenError: OG209 when git is not content.
    """
    repository, tree = f"--git-dir={staging}/git", f"--work-tree={staging}/source"
    _git(source, "init", "-q", "--bare", f"{staging}/git")
    wanted = ref or "HEAD"
    _git(
        source,
        repository,
        "fetch",
        "-q",
        "--depth=1",
        "--no-tags",
        "--",
        source.url,
        wanted,
        ref=ref,
    )
    (staging / "source").mkdir()
    _git(source, repository, tree, "checkout", "-q", "--force", "FETCH_HEAD", "--", ".")
    return _git(source, repository, "rev-parse", "FETCH_HEAD^{commit}").strip()


def _git(source: Source, *arguments: str, ref: str = "") -> str:
    env = {key: value for key, value in os.environ.items() if key not in _NOT_OURS}
    env |= {
        "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LC_ALL": "C",
    }
    config = [word for setting in _CONFIG for word in ("-c", setting)]
    done = toolchain.run("git", *config, *arguments, env=env, timeout=SECONDS)
    if done.ok:
        return done.output
    if done.fate == "missing":
        raise no_source(source.said, "git is not there", toolchain.install_command("git"))
    if done.fate == "late":
        raise no_source(source.said, f"git did not end within {SECONDS:.0f} s")
    said = [line for line in done.output.splitlines() if line.strip()]
    why = next((line for line in said if line.startswith(("fatal: ", "error: "))), "")
    if ref and "couldn't find remote ref" in why:
        hint = "a tag, a branch, or a whole commit"
        raise no_source(source.said, f"there is no ref {quoted(ref)}", hint)
    why = why.partition(": ")[2].rstrip(".") or "git is not content"
    raise no_source(source.said, f"git says: {why}")


def no_source(said: str, why: str, hint: str = "") -> OtpgenError:
    """Return the error of a pack that cannot be fetched."""
    return OtpgenError([Problem("OG209", why, Location(said), hint)])
