"""The only printer: problems to standard error, results to standard output."""

from otpgen.reports.drawings import drawn, found
from otpgen.reports.problems import Format, problems
from otpgen.reports.results import checked, created, explained, schema, topics
from otpgen.reports.steps import outlook, regenerated, statuses, undone
from otpgen.reports.templates import ejected, new_kind, own_templates, pack, restored
from otpgen.reports.terminal import Progress
from otpgen.reports.whatif import costs, played

__all__ = [
    "Format",
    "Progress",
    "checked",
    "costs",
    "created",
    "drawn",
    "ejected",
    "explained",
    "found",
    "new_kind",
    "outlook",
    "own_templates",
    "pack",
    "played",
    "problems",
    "regenerated",
    "restored",
    "schema",
    "statuses",
    "topics",
    "undone",
]
