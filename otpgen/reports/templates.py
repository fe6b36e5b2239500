"""What ``templates`` says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from otpgen.reports.dumped import dumped
from otpgen.reports.terminal import count, safe

if TYPE_CHECKING:  # printing takes none of what it prints
    from otpgen.commands.templates import OwnTemplate
    from otpgen.project import Pack

_STATES = {
    "same": "as otpgen's",
    "edited": "edited",
    "behind": "otpgen's has changed: regenerate merges it",
    "conflict": "markers: decide there",
    "beside": "see PATH.otpgen-new",
    "own": "the project's own",
    "unused": "otpgen has no such template",
}
_STATES_OF_A_PACK = {"edited": "in place of otpgen's", "own": "the pack's own"}


def own_templates(found: Sequence[OwnTemplate], *, as_json: bool) -> None:
    """Print what a project overrides or has of its own."""
    if as_json:
        rows = [
            {"template": t.template, "path": t.path, "by": t.by, "state": t.state} for t in found
        ]
        print(dumped(rows))
        return
    width = max((len(template.path) for template in found), default=0)
    states = {"project": _STATES, "pack": _STATES | _STATES_OF_A_PACK}
    for template in found:
        state = states[template.by][template.state]
        by = "" if template.state == "own" else f"by the {template.by}, "
        print(f"{safe(template.path):{width}}  {by}{state}")
    overridden = sum(template.state not in ("own", "unused") for template in found)
    print(f"{count(overridden, 'template')} overridden")


def ejected(paths: Sequence[str]) -> None:
    """Print what was copied into the project."""
    for path in paths:
        print(safe(path))
    print("next:  edit it    otpgen diff    otpgen templates restore PATH")


def restored(paths: Sequence[str]) -> None:
    """Print what was taken away."""
    for path in paths:
        print(safe(path))
    print("next:  otpgen regenerate, which goes back to otpgen's; or, before that: otpgen undo")


def pack(of: Pack) -> None:
    """Print which pack a project has."""
    words = [of.source, of.ref, of.commit[:12]]
    print(f"pack {safe(' '.join(word for word in words if word))}")


def new_kind(name: str, paths: Sequence[str]) -> None:
    """Print what was written."""
    for path in paths:
        print(safe(path))
    print(f"next:  in otpgen.yaml, among children: - {safe(name)}: NAME    otpgen regenerate")
