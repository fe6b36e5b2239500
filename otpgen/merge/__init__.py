"""Three texts for every file: the ancestor, yours, fresh. Pure; git's merge is handed in."""

from otpgen.merge.lines import same_text
from otpgen.merge.tree import merge
from otpgen.merge.values import (
    BESIDE,
    File,
    Found,
    Merged,
    MergedText,
    MergeText,
    Odd,
    Ownership,
    RenameText,
    Verdict,
)

__all__ = [
    "BESIDE",
    "File",
    "Found",
    "MergeText",
    "Merged",
    "MergedText",
    "Odd",
    "Ownership",
    "RenameText",
    "Verdict",
    "merge",
    "same_text",
]
