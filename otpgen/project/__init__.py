"""The project on disk. The only writer."""

from otpgen.project.ancestor import ANCESTOR, Entry, ancestor_text, parse_ancestor
from otpgen.project.create import check_target, create

__all__ = ["ANCESTOR", "Entry", "ancestor_text", "check_target", "create", "parse_ancestor"]
