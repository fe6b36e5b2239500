r"""Conflicts in git's index, as git's own merge leaves them: ``git mergetool`` opens them.

An entry of the index is ``MODE OBJECT STAGE\tPATH``; stage 0 is a file without a conflict, 1 the
ancestor, 2 yours, 3 fresh. Source: git-update-index(1), ``--index-info``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from otpgen import toolchain
from otpgen.merge import File, Merged
from otpgen.project.notes import read_note, write_note

NOTE = "index"
_NONE = "0" * 40
_UNDER_WAY = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")


def mark_conflicts(root: Path, merged: Sequence[Merged]) -> None:
    """Put the three texts of each conflict into the index, where git knows the file.

    Not while git itself merges: its own conflicts are there then. What stood in the index is
    noted, for ``undo``. Without git, or outside of a work tree, nothing happens.
    """
    write_note(root, NOTE, b"")
    conflicts = {m.path: m for m in merged if m.verdict == "conflict" and m.stages}
    if not conflicts or not _is_calm(root):
        return
    listed = toolchain.git(root, "ls-files", "-s", "-z", "--", *conflicts) or ""
    entries = [entry for entry in listed.split("\0") if entry.partition("\t")[0].endswith(" 0")]
    lines: list[str] = []
    for entry in entries:
        path = entry.partition("\t")[2]
        lines.append(f"0 {_NONE} 0\t{path}")
        for stage, file in enumerate(conflicts[path].stages or (), 1):
            lines += _entry(root, file, stage, path)
    if entries and _update(root, lines):
        write_note(root, NOTE, "\0".join(entries).encode(errors="surrogateescape"))


def restore_index(root: Path) -> None:
    """Put back what stood in the index, where there still is a conflict."""
    noted = read_note(root, NOTE).decode(errors="surrogateescape")
    lines: list[str] = []
    for entry in filter(None, noted.split("\0")):
        path = entry.partition("\t")[2]
        if toolchain.git(root, "ls-files", "-u", "-z", "--", path):
            lines += [f"0 {_NONE} 0\t{path}", entry]
    if lines and _update(root, lines):
        write_note(root, NOTE, b"")


def _is_calm(root: Path) -> bool:
    """Whether the project is in a work tree of git's, and git is not in the middle of a merge."""
    inside = toolchain.git(root, "rev-parse", "--is-inside-work-tree")
    folder = toolchain.git(root, "rev-parse", "--absolute-git-dir")
    if (inside or "").strip() != "true" or folder is None:
        return False
    return not any((Path(folder.rstrip("\n")) / name).exists() for name in _UNDER_WAY)


def _entry(root: Path, file: File | None, stage: int, path: str) -> list[str]:
    if file is None:
        return []
    written = toolchain.git(root, "hash-object", "-w", "--stdin", given=file.data)
    if written is None and not file.data:
        written = toolchain.git(root, "hash-object", "-w", "-t", "blob", "/dev/null")
    mode = "100755" if file.mode & 0o100 else "100644"
    return [f"{mode} {written.strip()} {stage}\t{path}"] if written else []


def _update(root: Path, lines: list[str]) -> bool:
    # Paths are as ls-files prints them, from this folder; index-info takes them from the top.
    prefix = (toolchain.git(root, "rev-parse", "--show-prefix") or "").rstrip("\n")
    given = "".join(f"{line.replace(chr(9), chr(9) + prefix, 1)}\0" for line in lines)
    data = given.encode(errors="surrogateescape")
    return toolchain.git(root, "update-index", "-z", "--index-info", given=data) is not None
