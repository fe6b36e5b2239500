"""The command line: options and exit codes. 0 done, 1 problems, 2 usage, 3 left to the user."""

from otpgen.cli import bend, change, look
from otpgen.cli.program import app
from otpgen.cli.run import main, program

__all__ = ["app", "bend", "change", "look", "main", "program"]
