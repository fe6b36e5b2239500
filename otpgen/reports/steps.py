"""What ``diff``, ``regenerate``, ``undo`` and ``status`` say."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from otpgen.reports.dumped import dumped
from otpgen.reports.terminal import colour, count, safe

if TYPE_CHECKING:  # printing takes none of what it prints
    from otpgen.commands.outlook import Outlook
    from otpgen.commands.packs import Updated
    from otpgen.commands.regenerate import Regenerated
    from otpgen.commands.status import FileStatus
    from otpgen.merge import Merged
    from otpgen.project import Undone

_LETTERS = {
    "added": "A",
    "changed": "M",
    "merged": "M",
    "removed": "D",
    "kept": "K",
    "conflict": "C",
    "beside": "C",
}
_COLOURS = {"A": "32", "M": "33", "D": "31", "R": "36", "K": "2", "C": "1;31"}
_WORDS = {
    "added": "added",
    "changed": "changed",
    "merged": "merged with your edits",
    "removed": "removed",
    "kept": "kept",
    "conflict": "in conflict",
    "beside": "in conflict",
}


def outlook(found: Outlook, how: str) -> None:
    """Print what ``regenerate`` would do."""
    match how:
        case "json":
            print(dumped(_as_dict(found)))
        case "markdown":
            print(*_markdown(found), sep="\n")
        case _:
            _text(found)


def _text(found: Outlook) -> None:
    _changes(found)
    listed = [result for result in found.merged if result.verdict != "same"]
    if found.changes and listed:
        print()
    for result in listed:
        print(_file(result))
    _waiting(found)
    _suggestions(found.likely)
    print(_summary(found))


def _waiting(found: Outlook) -> None:
    for path in found.waiting:
        letter = colour("W", _COLOURS["C"], sys.stdout)
        print(f"  {letter}  {safe(path)}: take from it what you want, and delete it")


def _changes(found: Outlook) -> None:
    for change in found.changes:
        print(safe(change.text))
        for follows in change.follows:
            print(f"  {safe(follows)}")


def _file(result: Merged) -> str:
    letter = "R" if result.was and result.verdict in ("changed", "merged") else ""
    letter = letter or _LETTERS[result.verdict]
    path = f"{result.was} → {result.path}" if result.was else result.path
    if result.verdict == "removed" or (result.verdict == "kept" and result.file is None):
        path = result.was or result.path
    text = f"  {colour(letter, _COLOURS[letter], sys.stdout)}  {safe(path)}"
    if result.verdict == "merged":
        text += "  with your edits"
    if result.beside is not None:
        return f"{text}: {safe(result.reason)}; see {safe(result.path)}.otpgen-new"
    return f"{text}: {safe(result.reason)}" if result.reason else text


def _suggestions(likely: Sequence[tuple[str, str]]) -> None:
    for old, new in likely:
        print(f"was {old} renamed to {new}? then say so, and your edits go along:")
        print(f"  moved: [{{from: {old}, to: {new}}}]")


def _summary(found: Outlook) -> str:
    counts = Counter(_WORDS[m.verdict] for m in found.merged if m.verdict != "same")
    words = [f"{number:,} {word}" for word, number in counts.items()]
    return f"{found.system.name}: {', '.join(words) or '0 changes'}"


def regenerated(result: Regenerated | Updated, seconds: float) -> None:
    """Print what was done, and what is left to the user."""
    found = result.outlook
    for merged in found.merged:
        if merged.verdict in ("kept", "conflict", "beside"):
            print(_file(merged))
    for kept in result.kept:
        print(f"  K  {safe(kept.path)}: {safe(kept.reason)}")
    _waiting(found)
    _suggestions(found.likely)
    took = "" if found.in_step else f" in {seconds:.1f} s"
    print(f"{_summary(found)}{took}")
    if found.conflicts:
        then = "otpgen regenerate" if found.template_in_conflict else "mix test"
        print(f"next:  decide in the files marked C, then: {then}; or, before that: otpgen undo")
    elif found.steps:
        print("next:  mix test    otpgen undo")


def undone(result: Undone) -> None:
    """Print what was taken back."""
    counts = [(result.restored, "as before"), (result.back, "back"), (result.gone, "taken away")]
    told = ", ".join(f"{len(paths):,} {words}" for paths, words in counts if paths)
    stays = "; otpgen.yaml is yours and stays" if result.verb == "regenerate" else ""
    print(f"{told or '0 changes'}{stays}")


_STATES = {
    "written": "",
    "edited": "edited",
    "removed": "removed by you",
    "conflict": "markers: decide there",
    "beside": "see PATH.otpgen-new",
    "odd": "a link or a folder stands there",
    "new": "not written yet",
    "left": "not in the architecture any more",
    "ahead": "edited: otpgen diff says what follows",
}


def statuses(files: Sequence[FileStatus], architecture: str, *, all_: bool, how: str) -> None:
    """Print how files stand: all, or those of which there is something to say."""
    if how == "json":
        print(dumped([_status_dict(file) for file in files]))
        return
    shown = [file for file in files if all_ or file.state != "written"]
    width = max((len(file.path) for file in shown), default=0)
    for file in shown:
        place = f"{architecture}:{file.lines[0]}" if file.lines else ""
        words = [file.owner, _STATES[file.state], file.template, place]
        print(f"{file.path:{width}}  {', '.join(word for word in words if word)}")
    plain = sum(file.state == "written" for file in files)
    print(f"{count(len(files), 'file')}, {plain:,} as otpgen wrote them")


def _status_dict(file: FileStatus) -> dict[str, object]:
    return {
        "path": file.path,
        "owner": file.owner,
        "state": file.state,
        "template": file.template,
        "lines": list(file.lines),
    }


def _as_dict(found: Outlook) -> dict[str, object]:
    return {
        "in_step": found.in_step,
        "changes": [
            {"element": c.element, "text": c.text, "follows": list(c.follows)}
            for c in found.changes
        ],
        "renamed?": [{"from": old, "to": new} for old, new in found.likely],
        "waiting": list(found.waiting),
        "files": [
            {"path": m.path, "verdict": m.verdict, "was": m.was, "reason": m.reason}
            for m in found.merged
            if m.verdict != "same"
        ],
    }


def _markdown(found: Outlook) -> Iterable[str]:
    yield "### What changes"
    yield ""
    for change in found.changes:
        yield f"- {_md(change.text)}"
        yield from (f"  - {_md(follows)}" for follows in change.follows)
    listed = [m for m in found.merged if m.verdict != "same"]
    if listed:
        yield ""
        yield "| | file | |"
        yield "|---|---|---|"
    for m in listed:
        path = f"`{m.was}` → `{m.path}`" if m.was else f"`{m.path}`"
        yield f"| {_WORDS[m.verdict]} | {path} | {_md(m.reason)} |"
    yield ""
    yield f"{_md(_summary(found))}"


def _md(text: str) -> str:
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>|#" else c for c in safe(text))
