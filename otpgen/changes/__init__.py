"""Two systems, and what is different between them, in words."""

from otpgen.changes.compare import compare
from otpgen.changes.likely import likely_renames
from otpgen.changes.names import Renames, carried_out, renames
from otpgen.changes.values import Change

__all__ = ["Change", "Renames", "carried_out", "compare", "likely_renames", "renames"]
