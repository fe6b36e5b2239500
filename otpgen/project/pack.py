"""The pack of a project: what was fetched, kept as text so that git merges it.

    .otpgen/pack.json     where it came from, and what its questions were answered
    .otpgen/pack/…        its templates, at the paths of those that they override

So whoever has the project needs neither the network nor Copier. Only ``templates update`` reads
``pack.json``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from otpgen.catalogue import PACK
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.merge import File, Odd
from otpgen.project.ancestor import sides
from otpgen.project.disk import DISK, Disk, raw
from otpgen.project.journal import Step
from otpgen.project.own import read_own
from otpgen.project.paths import PACK_LOCK

ROWS = ("umbrella", "kinds", "parts", "components", "_macros", "files")
"""The folders of templates; what else a pack holds is its own affair."""

_VERSION = 1
_MARKERS = (b"<<<<<<< ", b"\n>>>>>>> ")


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack as it is kept.

    Attributes:
        source: where it came from, as it was said.
        ref: the tag, branch or commit; empty: whatever git showed first, or a folder.
        commit: what that was; empty: a folder that was taken as it stood.
        answers: to its questions, but those to secret ones.
        files: its templates, by the paths of those that they override.
        shown: how messages call it; the folder in which it is kept, once it is.
    """

    source: str
    ref: str = ""
    commit: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict, repr=False)
    shown: str = PACK


def read_pack_files(root: Path, shown: str = PACK, disk: Disk = DISK) -> Mapping[str, File]:
    """Return the templates of the project's pack; none where it has no pack.

    Raises:
        OtpgenError: OG204 for what is no template, OG303 for what git has not merged.
    """
    if not os.path.lexists(f"{root}/{PACK}"):
        return {}
    files = read_own(root, PACK, shown, disk)
    marked = [path for path, file in files.items() if all(m in file.data for m in _MARKERS)]
    if marked:
        hint = "decide there what stays; or have it anew: otpgen templates update"
        message = "the markers of a merge are still there"
        raise OtpgenError(
            [Problem("OG303", message, Location(f"{shown}/{path}"), hint) for path in marked]
        )
    return files


def read_rows(folder: Path, shown: str, disk: Disk = DISK) -> Mapping[str, File]:
    """Return the templates in a folder that holds other things as well.

    Raises:
        OtpgenError: OG204 for what is no template.
    """
    return {
        f"{row}/{path}": file
        for row in ROWS
        if os.path.lexists(folder / row)
        for path, file in read_own(folder, row, f"{shown}/{row}", disk).items()
    }


def read_lock(root: Path, disk: Disk = DISK) -> Pack | None:
    """Return what ``pack.json`` says, without the templates; None where there is no pack.

    Raises:
        OtpgenError: OG214 when it is not as otpgen wrote it.
    """
    found = raw(root, PACK_LOCK, disk)
    if found is None:
        if os.path.lexists(f"{root}/{PACK}"):
            raise _broken("is missing")
        return None
    if isinstance(found, Odd):
        raise _broken(f"is {found}")
    lines = list(enumerate(re.split(r"\r?\n", found.data.decode(errors="replace"))))
    # With git's markers inside, both sides count: which version it was is asked for anew.
    ours, theirs = (_read("\n".join(line for _, line in side)) for side in sides(lines))
    if (ours.source, ours.answers) != (theirs.source, theirs.answers):
        raise _broken("two branches meet here and do not agree", "decide there what stays")
    return ours


def _read(text: str) -> Pack:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken("is no JSON") from error
    known = {"otpgen pack", "source", "ref", "commit", "answers"}
    if not isinstance(fields, dict) or set(fields) != known:
        raise _broken("has not the fields of a pack")
    if fields["otpgen pack"] != _VERSION:
        raise _broken("was written by a newer otpgen")
    words = [fields[name] for name in ("source", "ref", "commit")]
    if not all(isinstance(word, str) for word in words) or not isinstance(fields["answers"], dict):
        raise _broken("has not the fields of a pack")
    source, ref, commit = words
    return Pack(source, ref, commit, fields["answers"])


_ANEW = "have it anew: otpgen templates update --template SOURCE"


def _broken(why: str, hint: str = _ANEW) -> OtpgenError:
    return OtpgenError([Problem("OG214", why, Location(PACK_LOCK), hint)])


def pack_files(pack: Pack) -> dict[str, File]:
    """Return what is kept of a pack, by paths in the project."""
    fields = {
        "otpgen pack": _VERSION,
        "source": pack.source,
        "ref": pack.ref,
        "commit": pack.commit,
        "answers": dict(sorted(pack.answers.items())),
    }
    text = json.dumps(fields, indent=2, ensure_ascii=False)
    return {
        PACK_LOCK: File(f"{text}\n".encode()),
        **{f"{PACK}/{path}": file for path, file in pack.files.items()},
    }


def pack_steps(root: Path, pack: Pack, disk: Disk = DISK) -> list[Step]:
    """Return what puts a pack in the place of the one that the project has."""
    now = pack_files(pack)
    known = read_own(root, PACK, PACK, disk) if os.path.lexists(f"{root}/{PACK}") else {}
    before = {f"{PACK}/{path}" for path in known}
    steps = [Step(path, raw(root, path, disk), now.get(path)) for path in sorted({*now, *before})]
    return [step for step in steps if step.found != step.file]
