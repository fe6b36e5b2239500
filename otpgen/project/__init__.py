"""The project on disk. The only writer."""

from otpgen.project.ancestor import Ancestor, ancestor_bytes, parse_ancestor, read_ancestor
from otpgen.project.create import check_target, create
from otpgen.project.disk import Remembering, look, own_files
from otpgen.project.forward import Applied, Kept
from otpgen.project.index import mark_conflicts, restore_index
from otpgen.project.journal import Step, apply, recover
from otpgen.project.lock import locked
from otpgen.project.own import check_emitted, put, read_own
from otpgen.project.pack import (
    ROWS,
    Pack,
    pack_files,
    pack_steps,
    read_lock,
    read_pack_files,
    read_rows,
)
from otpgen.project.paths import ANCESTOR, DECLARED, JOURNAL
from otpgen.project.undo import Undone, undo

__all__ = [
    "ANCESTOR",
    "DECLARED",
    "JOURNAL",
    "ROWS",
    "Ancestor",
    "Applied",
    "Kept",
    "Pack",
    "Remembering",
    "Step",
    "Undone",
    "ancestor_bytes",
    "apply",
    "check_emitted",
    "check_target",
    "create",
    "locked",
    "look",
    "mark_conflicts",
    "own_files",
    "pack_files",
    "pack_steps",
    "parse_ancestor",
    "put",
    "read_ancestor",
    "read_lock",
    "read_own",
    "read_pack_files",
    "read_rows",
    "recover",
    "restore_index",
    "undo",
]
