"""A pack fetched, asked and rendered, in a folder that is thrown away."""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from otpgen import toolchain
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean
from otpgen.packs.source import Source, check_out, newest
from otpgen.source import quoted

CHILD = Path(__file__).with_name("child.py")
_SUFFIX = "_templates_suffix: .copier"


class Limits(NamedTuple):
    """What a pack may take; a child that takes more is ended.

    Attributes:
        seconds: of the processor; and five times as much by the clock, when nobody is asked.
        memory: bytes.
        file: bytes of one file.
        sum: bytes of all that it renders, and that it holds.
        files: their number.
    """

    seconds: int = 30
    memory: int = 1024**3
    file: int = 8 * 1024**2
    sum: int = 32 * 1024**2
    files: int = 10_000


LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for.

    Attributes:
        source: where the pack comes from.
        ref: a tag, a branch or a commit; empty: the newest version, else what git shows first.
        data: answers; none is asked for again.
        known: answers from before, of which there may be too many.
        proposed: answers that are proposed in place of the pack's own.
        defaults: take what is unsaid as the pack has it.
        trust: run what the pack wants to be run.
        terminal: whether somebody can be asked.
    """

    source: Source
    ref: str = ""
    data: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, Any] = field(default_factory=dict)
    proposed: Mapping[str, str] = field(default_factory=dict)
    defaults: bool = False
    trust: bool = False
    terminal: bool = False


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of it; ``folder`` is thrown away.

    Attributes:
        folder: what was rendered.
        ref: what was asked for, else the newest version; empty where there is none.
        commit: empty where a folder was taken as it stood.
        answers: to its questions, but those to secret ones.
        questions: their names.
        warnings: what was not run.
    """

    folder: Path
    ref: str
    commit: str
    answers: Mapping[str, Any]
    questions: tuple[str, ...]
    warnings: tuple[Problem, ...]


@contextmanager
def fetched(wanted: Wanted) -> Iterator[Fetched]:
    """Fetch and render a pack.

    Raises:
        OtpgenError: OG209 when it cannot be fetched, OG210 when it is none, OG211 when an answer
            is missing or wrong, OG212 when it cannot be rendered, OG213 when it is not trusted.
    """
    source = wanted.source
    with tempfile.TemporaryDirectory(prefix="otpgen-", ignore_cleanup_errors=True) as made:
        staging = Path(made).resolve()
        ref = wanted.ref or (newest(source) if source.url else "")
        commit = check_out(source, ref, staging) if source.url else ""
        answer = _rendered(wanted, staging, LIMITS)
        yield Fetched(
            staging / "rendered",
            ref,
            commit,
            answer["answers"],
            tuple(answer["questions"]),
            tuple(_not_run(source, answer)),
        )


def unknown(name: str, questions: tuple[str, ...]) -> OtpgenError:
    """Return the error of an answer to what nobody has asked."""
    hint = did_you_mean(name, questions, most=20)
    message = f"there is no question {quoted(name)}"
    return OtpgenError([Problem("OG211", message, Location("--data"), hint)])


def _rendered(wanted: Wanted, staging: Path, limits: Limits) -> dict[str, Any]:
    request = {
        "copy": "" if wanted.source.url else str(wanted.source.folder),
        "data": {**wanted.known, **wanted.data},
        "proposed": dict(wanted.proposed),
        "defaults": wanted.defaults,
        "trust": wanted.trust,
        "sum": limits.sum,
        "files": limits.files,
        "limits": {
            "RLIMIT_AS": limits.memory,
            "RLIMIT_CPU": limits.seconds,
            "RLIMIT_FSIZE": limits.file,
            "RLIMIT_CORE": 0,
        },
    }
    with (staging / "request.json").open("w", encoding="utf-8") as file:
        json.dump(request, file)
    command = (sys.executable, "-P", str(CHILD), str(staging))
    env = _environment(wanted.trust, staging)
    if wanted.terminal:
        late = toolchain.on_terminal(*command, folder=staging, env=env) is None
    else:
        run = toolchain.run(*command, folder=staging, env=env, timeout=5.0 * limits.seconds)
        late = run.fate == "late"
    try:
        answer: dict[str, Any] = json.loads((staging / "answer.json").read_bytes())
    except (OSError, ValueError):  # it was ended before it could say why
        why = f"it takes longer than {limits.seconds} s, or more memory than it may"
        answer = {"refused": "bounds", "message": "it does not end" if late else why}
    if "refused" in answer:
        _refuse(wanted.source, answer, limits)
    return answer


def _environment(trust: bool, staging: Path) -> dict[str, str]:
    """Return what the child is told: nothing of the user's, and where no program is, none is run.

    Copier would take what the user trusts from a file in HOME: ``--trust`` is asked each time.
    """
    kept = ("LANG", "LC_ALL", "PYTHONPATH", "TERM", "COLORTERM", "NO_COLOR")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    env |= {
        "HOME": str(staging),
        "TMPDIR": str(staging),
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return env | {"PATH": os.environ.get("PATH", os.defpath) if trust else os.devnull}


def _refuse(source: Source, answer: Mapping[str, str], limits: Limits) -> NoReturn:
    message = answer["message"]
    at = Location(source.said)
    hint = ""
    match answer["refused"]:
        case "interrupted":
            signal.raise_signal(signal.SIGINT)
            raise SystemExit(130)
        case "suffix":
            code, hint = "OG210", f"add to its copier.yml the line: {_SUFFIX}"
        case "no_pack":
            code = "OG210"
        case "unanswered":
            code, message = "OG211", f"nobody is there to be asked: {message}"
            hint = "--data NAME=VALUE for each, or --defaults"
        case "answers":
            code, hint = "OG211", "say it with --data NAME=VALUE"
        case "extensions":
            code, hint = "OG213", "if you trust whoever made it: --trust"
        case "bounds":
            code = "OG212"
            hint = (
                f"a pack may take {limits.seconds} s and {limits.memory // 1024**2} MiB, "
                f"and render {limits.files:,} files of {limits.sum // 1024**2} MiB in all"
            )
        case _:
            code = "OG212"
    raise OtpgenError([Problem(code, message, at, hint)])


def _not_run(source: Source, answer: Mapping[str, Any]) -> Iterator[Problem]:
    at = Location(source.said)
    for task in answer["tasks"]:
        hint = "if you trust whoever made the pack: --trust"
        yield Problem("OG213", f"its task was not run: {task}", at, hint, "warning")
    if answer["migrations"]:
        message = "its _migrations were not run: the merge takes their place"
        yield Problem("OG213", message, at, severity="warning")
