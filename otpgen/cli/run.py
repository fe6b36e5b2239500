"""From start to end: problems are printed, a broken pipe and Ctrl-C end quietly."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from otpgen import reports
from otpgen.cli.program import app
from otpgen.errors import OtpgenError

BROKEN_PIPE, INTERRUPTED = 141, 130
"""Exit codes as shells have them: 128 and the number of the signal."""


def program() -> NoReturn:
    """Run the command line and end the process; the entry point.

    Python would take everything apart first, for a twentieth of the time of a short run.
    """
    code = 0
    try:
        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    try:
        _flush()
    except OSError:
        code = code or 1
    os._exit(code)


def main() -> None:
    """Run the command line; ends as Python programs do."""
    # What is made is kept to the end: looking for garbage among it is a tenth of the time.
    gc.disable()
    # Nor are there plug-ins of pydantic's: it would read what every installed package says.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if isinstance(sys.stdout, io.TextIOWrapper):  # a page holds more than some terminals can
        sys.stdout.reconfigure(errors="backslashreplace")
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # else whoever started us wants it otherwise
        signal.signal(signal.SIGINT, _interrupted)
    try:
        _run()
    except BrokenPipeError:
        # Whoever read has gone, as of `| head`. Python would try once more to write, and tell.
        os._exit(BROKEN_PIPE)
    except OSError as error:
        if error.filename is not None:  # of a file, and not of what is printed
            raise
        print(f"otpgen: cannot be told: {(error.strerror or '').lower()}", file=sys.stderr)
        raise SystemExit(1) from None
    finally:
        signal.signal(signal.SIGINT, before)
        gc.freeze()
        gc.enable()


def _run() -> None:
    try:
        app()
    except OtpgenError as error:
        reports.problems(error.problems)
        raise SystemExit(1) from None
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # Typer makes it a 1
            raise end.__context__ from None
        _flush()
        raise


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as behind >&-
            stream.flush()


def _interrupted(_signal: int, _frame: FrameType | None) -> None:
    print(file=sys.stderr)
    raise SystemExit(INTERRUPTED)
