"""Rendering in a process of its own, which the system bounds in memory and time.

The sandbox bounds neither, and a template of a pack's or of a project's own comes from whoever.
"""

from __future__ import annotations

import marshal
import os
import pickle
import resource
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from mmap import mmap
from typing import BinaryIO, NamedTuple, NoReturn

from otpgen.catalogue import Own
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.plan import PlannedFile

_HEAD = 8  # how long is what follows
_BUFFER = 64 * 1024  # as much as a pipe holds: to tell of each file at once costs a switch each


class Limits(NamedTuple):
    """What rendering may take; and so much more for every thousand files.

    Attributes:
        seconds: of the processor.
        memory: bytes.
        sum: characters of all that is rendered.
        kept: bytes of each template that is kept compiled, however many there are. Jinja works
            out what is constant, so that a short text can become a long one.
    """

    seconds: int = 30
    memory: int = 2 * 1024**3
    sum: int = 32 * 1024**2
    kept: int = 64 * 1024

    def of(self, files: int) -> Limits:
        """Return the limits of so many files."""
        more = 1 + files // 1_000
        return Limits(self.seconds * more, self.memory * more, self.sum * more, self.kept)


LIMITS = Limits()


def apart(
    files: Sequence[PlannedFile], text: Callable[[PlannedFile], str], own: Own
) -> Iterator[str]:
    """Yield the text of each file, as another process makes it.

    Raises:
        OtpgenError: what is wrong with a template; OG202 when it takes more than it may.
    """
    limits = LIMITS.of(len(files))
    ours, theirs = os.pipe()
    # The number of the file it is at, in memory that both share: what it has written into its
    # buffer goes with it.
    at = memoryview(mmap(-1, 8)).cast("Q")
    child = os.fork()
    if child == 0:
        os.close(ours)  # or nothing would tell it that nobody reads any more
        _render(files, text, own, limits, theirs, at)
    os.close(theirs)
    left = len(files)
    try:
        with os.fdopen(ours, "rb", _BUFFER) as pipe:
            while left:
                said = _next(pipe)
                if said is None:
                    why = f"it takes longer than {limits.seconds} s, or more memory than it may"
                    # One whose text is here is done, even if it has not come to the next yet.
                    raise _too_much(why, files[max(at[0], len(files) - left)], own)
                texts, problems = said
                yield from texts
                left -= len(texts)
                if problems:
                    raise OtpgenError(pickle.loads(problems))
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _next(pipe: BinaryIO) -> tuple[list[str], bytes] | None:
    """Return the next texts, and what is wrong; None when the process has ended before that."""
    head = pipe.read(_HEAD)
    size = int.from_bytes(head, "big")
    data = pipe.read(size)
    if len(head) + len(data) < _HEAD + size:
        return None
    texts, problems = marshal.loads(data)
    return texts, problems


def _render(
    files: Sequence[PlannedFile],
    text: Callable[[PlannedFile], str],
    own: Own,
    limits: Limits,
    pipe: int,
    at: memoryview,
) -> NoReturn:
    """Be the other process."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        for what, most in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, limits.kept),
            (resource.RLIMIT_CPU, limits.seconds),
            (resource.RLIMIT_AS, limits.memory),
        ):
            with suppress(ValueError, OSError):  # not every system has each
                resource.setrlimit(what, (most, most))
        left, texts, long = limits.sum, list[str](), 0
        with os.fdopen(pipe, "wb", _BUFFER) as out:
            for number, file in enumerate(files):
                at[0] = number
                try:
                    said = text(file)
                    left -= len(said)
                    if left < 0:
                        raise _too_much("with it more is emitted than may be", file, own)
                except OtpgenError as error:
                    _say(out, texts, pickle.dumps(error.problems))
                    break
                texts.append(said)
                long += len(said)
                if long > _BUFFER:
                    _say(out, texts)
                    texts, long = [], 0
            else:
                _say(out, texts)
    finally:
        os._exit(0)


def _say(out: BinaryIO, texts: list[str], problems: bytes = b"") -> None:
    data = marshal.dumps((texts, problems))
    out.write(len(data).to_bytes(_HEAD, "big") + data)


def _too_much(why: str, file: PlannedFile, own: Own) -> OtpgenError:
    at = Location(own.at(str(file.template)))
    return OtpgenError([Problem("OG202", f"{why} (for {file.path})", at)])
