"""The verbs as functions, without a terminal: what the command line, tests and scripts call."""

from otpgen.commands.check import Checked, check
from otpgen.commands.examples import example_file, example_names
from otpgen.commands.kinds import kinds_page
from otpgen.commands.new import Created, new

__all__ = ["Checked", "Created", "check", "example_file", "example_names", "kinds_page", "new"]
