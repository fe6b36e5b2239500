"""One file: what became of the ancestor on your side and on the fresh one, and what now.

What the user has is replaced in two cases only: it is an ancestor's text, or git has merged
it. Everything else stays where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from otpgen.merge import lines
from otpgen.merge.values import File, Found, Merged, MergeText, Odd, Ownership, Verdict

_EXECUTABLE = 0o100  # as git: the owner's bit speaks for all

_Outcome = Literal["yours", "fresh", "merged", "conflict", "beside"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A path, and the three that meet there.

    Attributes:
        path: where it is afterwards.
        ancestors: what otpgen wrote last time, old names replaced; several are candidates.
        yours: what the user has; old names replaced.
        fresh: what is to be.
        origin: the ancestor's path.
        source: where yours stands.
        stale: yours holds old names on disk, so that even an unchanged text is written.
        taken: where it should have moved to, had not the user something there.
    """

    path: str
    ancestors: tuple[File, ...]
    yours: Found
    fresh: File | None
    origin: str
    source: str
    stale: bool = False
    taken: str = ""

    @property
    def moves(self) -> bool:
        """Whether what the user has is to stand elsewhere."""
        return self.source != self.path and isinstance(self.yours, File)

    @property
    def was(self) -> str:
        """The path it had before, empty if that is the same."""
        before = self.source if self.moves else self.origin
        return "" if before == self.path else before

    @property
    def steady(self) -> bool:
        """Whether the architecture changes nothing."""
        fresh = self.fresh
        return fresh is not None and all(
            a.data == fresh.data and executable(a) == executable(fresh) for a in self.ancestors
        )


def executable(file: File) -> bool:
    """Whether it is a program."""
    return bool(file.mode & _EXECUTABLE)


def merge_one(slot: Slot, merge_text: MergeText, owner: Ownership) -> Merged:
    """Return what becomes of a path."""
    yours = slot.yours
    if yours is None:
        return _absent(slot, owner)
    if isinstance(yours, Odd):
        return _odd(slot, yours, owner)
    if owner == "yours":
        return _stays(slot, yours)
    if slot.fresh is None:
        return _gone(slot, yours)
    if owner == "seeded":
        return _seeded(slot, yours, slot.fresh)
    return _managed(slot, yours, slot.fresh, merge_text)


def _absent(slot: Slot, owner: Ownership) -> Merged:
    if slot.fresh is None:
        return Merged(slot.path, "same")
    if not slot.ancestors:
        return Merged(slot.path, "added", slot.fresh)
    if owner != "managed" or slot.steady:
        return Merged(slot.path, "same")
    reason = "you removed it, and it has changed since"
    return Merged(slot.path, "beside", beside=slot.fresh, reason=reason)


def _odd(slot: Slot, yours: Odd, owner: Ownership) -> Merged:
    if owner == "yours" or (slot.ancestors and slot.steady):
        return Merged(slot.path, "same")
    reason = f"it is {yours} where the architecture has a file"
    if slot.fresh is None:
        reason = f"it is {yours}, and the architecture has no file there any more"
    return Merged(slot.path, "kept", reason=reason)


def _gone(slot: Slot, yours: File) -> Merged:
    if any(lines.untouched(yours.data, ancestor.data) for ancestor in slot.ancestors):
        return Merged(slot.path, "removed", was=_was_if_moved(slot))
    reason = "you changed it, and the architecture has no such file any more"
    if slot.taken:
        reason = f"you changed it, and its new place {slot.taken} is taken"
    return Merged(
        slot.path, "kept", yours if slot.moves else None, was=_was_if_moved(slot), reason=reason
    )


def _seeded(slot: Slot, yours: File, fresh: File) -> Merged:
    settled = slot.ancestors and all(
        lines.same_text(ancestor.data, fresh.data) for ancestor in slot.ancestors
    )
    if settled or lines.same_text(yours.data, fresh.data):
        return _stays(slot, yours)
    reason = "it is written once, and its template gives something else now"
    return Merged(
        slot.path, "kept", yours if slot.moves else None, was=_was_if_moved(slot), reason=reason
    )


def _stays(slot: Slot, yours: File) -> Merged:
    if not slot.moves:
        return Merged(slot.path, "same")
    own = not any(lines.untouched(yours.data, ancestor.data) for ancestor in slot.ancestors)
    return Merged(slot.path, "merged" if own else "changed", yours, was=slot.was)


def _managed(slot: Slot, yours: File, fresh: File, merge_text: MergeText) -> Merged:
    outcome, data = _merge_data(slot, yours.data, fresh.data, merge_text)
    file = File(data, _merged_mode(slot, yours, fresh))
    if outcome == "beside":
        reason = "both you and the architecture changed it, and it cannot be merged"
        if not slot.ancestors:
            reason = "you have such a file, and the two cannot be merged"
        return Merged(
            slot.path,
            "beside",
            yours if slot.moves else None,
            beside=fresh,
            was=_was_if_moved(slot),
            reason=reason,
        )
    if outcome == "conflict":
        reason = "both you and the architecture changed the same place"
        if not slot.ancestors:
            reason = "you have such a file, and it is another"
        before, after = _sides(slot, yours.data, fresh.data)
        base = File(before, slot.ancestors[0].mode) if slot.ancestors else None
        stages = (base, yours, File(after, fresh.mode))
        return Merged(slot.path, "conflict", file, was=slot.was, reason=reason, stages=stages)
    if file == yours and not slot.moves and not slot.stale:
        if not slot.ancestors and executable(yours) != executable(fresh):
            reason = "it is executable" if executable(yours) else "it is not executable"
            return Merged(slot.path, "kept", reason=f"{reason}, unlike in the architecture")
        return Merged(slot.path, "same")
    verdict: Verdict = "merged"
    if outcome == "fresh" or (outcome == "yours" and lines.same_text(data, fresh.data)):
        verdict = "changed"
    return Merged(slot.path, verdict, file, was=slot.was)


def _merge_data(
    slot: Slot, yours: bytes, fresh: bytes, merge_text: MergeText
) -> tuple[_Outcome, bytes]:
    """Return whose text it is, and the text; git is asked only where both sides differ."""
    candidates = [ancestor.data for ancestor in slot.ancestors]
    if yours in candidates:
        return "fresh", fresh
    if lines.same_text(yours, fresh):
        return "yours", yours
    if any(lines.untouched(yours, candidate) for candidate in candidates):
        return "fresh", lines.with_ends_of(fresh, yours)
    if candidates and all(lines.same_text(candidate, fresh) for candidate in candidates):
        return "yours", yours
    if any(lines.is_binary(data) for data in (*candidates, yours, fresh)):
        return "beside", yours
    before, after = _sides(slot, yours, fresh)
    merged = merge_text(before, yours, after)
    if merged is None or not lines.keeps(merged.data, yours, before):
        return "beside", yours
    # With nothing on one side git would take the other; without an ancestor that is a guess.
    if not candidates and not merged.conflicts:
        return "beside", yours
    return "conflict" if merged.conflicts else "merged", merged.data


def _sides(slot: Slot, yours: bytes, fresh: bytes) -> tuple[bytes, bytes]:
    """Return the one ancestor and fresh, with the user's line ends."""
    ancestor = lines.virtual([file.data for file in slot.ancestors])
    return lines.aligned(ancestor, yours, fresh)


def _merged_mode(slot: Slot, yours: File, fresh: File) -> int:
    """Return the mode: who changed whether it is a program is followed, else it is yours."""
    before = {executable(ancestor) for ancestor in slot.ancestors}
    if before != {executable(yours)} or executable(yours) == executable(fresh):
        return yours.mode
    if executable(fresh):
        return yours.mode | (yours.mode & 0o444) >> 2  # who may read it may run it
    return yours.mode & ~0o111


def _was_if_moved(slot: Slot) -> str:
    return slot.was if slot.moves else ""
