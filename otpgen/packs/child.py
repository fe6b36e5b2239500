"""The process in which Copier asks and renders: a program by itself, which imports none of otpgen.

    python -P child.py FOLDER

FOLDER is thrown away by whoever started this. It holds ``request.json``, and the pack in
``source`` unless the request names another folder to copy; what is rendered is in ``rendered``
afterwards, and what came of it in ``answer.json``. The system bounds the memory, the time of the
processor and the size of a file; an audit hook bounds the sum of what is written, and where.
"""

from __future__ import annotations

import json
import os
import re
import resource
import shutil
import signal
import stat
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR
SUFFIX = ".copier"
_SAID = re.compile(
    rf"""^_templates_suffix:\s*(["']?){re.escape(SUFFIX)}\1\s*(#.*)?$""", re.MULTILINE
)
_YES = re.compile(r"\s*(y|yes|t|true|on|[-+]?[\d.]+)\s*", re.IGNORECASE)
CONFIGURATIONS = ("copier.yml", "copier.yaml")


class Refused(Exception):
    """Why a pack is none; ``kind`` is looked up by whoever reads the answer."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Bounds:
    """An audit hook: nothing is written but into a folder, and no more than so much."""

    def __init__(self, folder: str, most: int, files: int, confined: bool) -> None:
        self.folder = f"{folder}/"
        self.most = most
        self.files = files
        self.confined = confined
        self.over = False
        self.sum = 0
        self.last = ""

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Look at each file that is opened to be written."""
        if event != "open" or self.over:
            return
        if not isinstance(arguments[2], int) or not arguments[2] & WRITING:
            return
        path = os.fsdecode(arguments[0]) if not isinstance(arguments[0], int) else ""
        if not path.startswith(self.folder):
            if self.confined and path and path != os.devnull:
                raise Refused("unsafe", f"it writes out of its folder: {path}")
            return
        if self.last:
            with suppress(OSError):
                self.sum += os.lstat(self.last).st_size
        self.last = path
        self.files -= 1
        if self.files < 0 or self.sum > self.most:
            raise Refused("bounds", "what it renders is too much")


def main(folder: Path) -> None:
    """Do what is requested, and say what came of it."""
    request = json.loads((folder / "request.json").read_bytes())
    for what, most in request["limits"].items():
        with suppress(ValueError, OSError):  # not every system has each
            resource.setrlimit(getattr(resource, what), (most, most))
    try:
        answer = rendered(folder, request)
    except Refused as refused:
        answer = {"refused": refused.kind, "message": refused.message}
    except MemoryError:
        answer = {"refused": "bounds", "message": "it takes more memory than it may"}
    except shutil.Error as error:  # of the pack itself, which cannot be read
        (_, _, why), *_ = error.args[0]
        answer = {"refused": "unsafe", "message": one_line(OSError(why), folder)}
    except OSError as error:
        answer = {"refused": "unsafe", "message": one_line(error, folder)}
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def rendered(folder: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Render, and return the answers and what was not run.

    Raises:
        Refused: when it cannot be done.
    """
    source, target = folder / "source", folder / "rendered"
    here = Path(request["copy"]) if request["copy"] else source
    inspect(here, request["sum"], request["files"], request["limits"]["RLIMIT_FSIZE"])
    text = configuration(here)
    if not _SAID.search(text):
        raise Refused("suffix", f"it does not say _templates_suffix: {SUFFIX}")
    if request["copy"]:  # else Copier would take it for a repository, and clone it
        shutil.copytree(here, source, ignore=without_git)
    target.mkdir()
    trust = request["trust"]
    bounds = Bounds(str(folder), request["sum"], request["files"], not trust)
    import copier

    warnings.simplefilter("ignore")
    sys.addaudithook(bounds)
    try:
        with refusing(folder, text, request["data"]):
            worker = copier.run_copy(
                str(source),
                target,
                data=request["data"],
                user_defaults=request["proposed"],
                defaults=request["defaults"],
                quiet=True,
                unsafe=trust,
                skip_tasks=not trust,
            )
            return told(worker, request)
    finally:
        bounds.over = True  # what is written now is ours


def told(worker: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Return the answers and what was not run.

    Raises:
        ValueError: when an answer is none, or cannot be kept as JSON.
    """
    template, answers = worker.template, worker.answers
    questions = list(template.questions_data)
    for name, said in request["data"].items():
        # Copier takes each word that it does not know for a yes.
        yes = answers.combined.get(name) is True
        if yes and isinstance(said, str) and not _YES.fullmatch(said):
            raise ValueError(f"Question {name!r} takes yes or no, not {said!r}")
    secret = {*template.secret_questions, *answers.hidden}
    kept = {n: v for n, v in answers.combined.items() if n in questions and n not in secret}
    text = json.dumps(kept, default=str, ensure_ascii=False, allow_nan=False)
    return {
        "answers": json.loads(text.encode()),
        "questions": questions,
        "tasks": [] if request["trust"] else [shown(task.cmd) for task in template.tasks],
        "migrations": len(template.config_data.get("migrations") or ()),
    }


@contextmanager
def refusing(folder: Path, text: str, data: dict[str, Any]) -> Iterator[None]:
    """Turn what Copier says into why a pack is refused."""
    import pydantic
    import yaml
    from copier import errors
    from packaging.version import InvalidVersion

    try:
        yield
    except (Refused, MemoryError):
        raise
    except errors.CopierAnswersInterrupt:
        raise Refused("interrupted", "") from None
    except errors.InteractiveSessionError:
        raise Refused("unanswered", open_questions(text, data)) from None
    except errors.UnsafeTemplateError:
        raise Refused("extensions", "it needs extensions of Jinja, which are programs") from None
    except errors.InvalidConfigFileError as error:
        why = one_line(error.__cause__ or error, folder)
        raise Refused("no_pack", f"its questions are no YAML: {why}") from None
    except (
        errors.ConfigFileError,
        errors.UnsupportedVersionError,
        errors.InvalidTypeError,
        InvalidVersion,
        yaml.YAMLError,
    ) as error:
        raise Refused("no_pack", one_line(error, folder)) from None
    except (errors.CopierError, OSError, UnicodeError) as error:
        raise Refused("unsafe", one_line(error, folder)) from None
    except pydantic.ValidationError as error:  # of how a question is declared
        first = error.errors()[0]
        what, why = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
        raise Refused("no_pack", f"a question's {what} {first['input']!r}: {why}"[:300]) from None
    except ValueError as error:  # so Copier says that an answer is wrong
        raise Refused("answers", one_line(error, folder)) from None
    except Exception as error:  # of Jinja, and whatever a pack's expressions do
        listed = isinstance(error, TypeError) and "YAML list" in str(error)  # an answer, too
        raise Refused("answers" if listed else "unsafe", one_line(error, folder)) from None


def without_git(folder: str, names: list[str]) -> list[str]:
    """Return what is not copied of a folder."""
    return [name for name in names if name == ".git"]


def inspect(source: Path, most: int, files: int, largest: int) -> None:
    """Look at a pack before anything reads it.

    Raises:
        Refused: when it holds links, or too much.
    """
    for here, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name != ".git"]
        for name in (*folders, *names):
            path = f"{here}/{name}"
            found = os.lstat(path)
            if not stat.S_ISDIR(found.st_mode) and not stat.S_ISREG(found.st_mode):
                what = "a link" if stat.S_ISLNK(found.st_mode) else "no file"
                raise Refused("unsafe", f"{path.removeprefix(f'{source}/')} is {what}")
            if stat.S_ISREG(found.st_mode) and found.st_size > largest:
                what = f"has more than {largest // 1024**2} MiB"
                raise Refused("bounds", f"{path.removeprefix(f'{source}/')} {what}")
            most -= found.st_size if stat.S_ISREG(found.st_mode) else 0
            files -= 1
        if most < 0 or files < 0:
            raise Refused("bounds", "it holds too much")


def configuration(source: Path) -> str:
    """Return the text of a pack's configuration.

    Raises:
        Refused: when there is none, or more than one.
    """
    found = [source / name for name in CONFIGURATIONS if (source / name).is_file()]
    if len(found) == 1:
        return found[0].read_text(encoding="utf-8-sig", errors="replace")
    held = " and ".join(path.name for path in found)
    raise Refused("no_pack", f"it holds {held or f'no {CONFIGURATIONS[0]}'}")


def open_questions(text: str, answered: dict[str, Any]) -> str:
    """Return the questions that nothing answers, as far as a configuration names them itself."""
    names = re.findall(r"^([a-zA-Z]\w*):", text, re.MULTILINE)
    return ", ".join(name for name in names if name not in answered)


def shown(command: object) -> str:
    """Return a task's command in one line."""
    if isinstance(command, list | tuple):
        command = " ".join(map(str, command))
    return " ".join(str(command).split())[:200]


def one_line(error: BaseException, folder: Path) -> str:
    """Return what an error says, in one line, without the folder that is thrown away."""
    said = str(error).partition("\n\n")[0]  # Copier's own advice comes after
    text = " ".join(said.split()).rstrip(".")
    for inside in ("source/", "rendered/", ""):
        text = text.replace(f"{folder}/{inside}", "")
    return (text or type(error).__name__)[:300]


if __name__ == "__main__":
    # The terminal interrupts whoever started this as well, and that is who ends the line.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    main(Path(sys.argv[1]))
