"""A whole project: every path of the ancestor and of fresh, and what becomes of it.

Nothing the user wrote vanishes. What is removed or replaced is an ancestor's or the fresh
text, line ends and names replaced aside; all else is merged by git, is kept, or has the new
text beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from otpgen.merge.lines import is_binary
from otpgen.merge.moves import (
    Moves,
    parents,
    plan_moves,
    renames_by_hand,
    with_changed_case,
)
from otpgen.merge.one import Slot, merge_one
from otpgen.merge.values import (
    BESIDE,
    File,
    Found,
    Merged,
    MergeText,
    Odd,
    Ownership,
    RenameText,
)

_NONE: Mapping[str, str] = MappingProxyType({})


def merge(
    ancestor: Mapping[str, Sequence[File]],
    yours: Callable[[str], Found],
    fresh: Mapping[str, File],
    *,
    merge_text: MergeText,
    ownership: Callable[[str], Ownership],
    moved: Mapping[str, str] = _NONE,
    renamed: RenameText | None = None,
    others: Callable[[], Mapping[str, File]] = dict,
) -> tuple[Merged, ...]:
    """Return what becomes of each path, ``same`` among it; sorted by path.

    No result writes or removes a path where the user has what is neither an ancestor's nor
    the fresh text, unless each line that he wrote stands in what is written.

    Args:
        ancestor: what otpgen wrote last time; several files at a path are candidates.
        yours: what stands at a path now; a link where the path leads through one, nothing
            where it leads through a file.
        fresh: what the architecture and the templates give.
        merge_text: git.
        ownership: whose a path is.
        moved: files and folders that the architecture moves, old to new; the longest match
            says where a file goes. What the user has added to a folder goes with it.
        renamed: new names for old ones, in the ancestor's and the user's text of a path.
        others: the user's own files; read only when something moves or is missing.
    """
    merger = _Merger(
        {path: tuple(files) for path, files in ancestor.items()},
        cache(yours),
        fresh,
        merge_text,
        ownership,
        with_changed_case(moved, ancestor, fresh),
        renamed,
        cache(others),
    )
    refused: set[str] = set()
    while True:
        merged, impossible = merger.run(refused)
        if not impossible:
            return merged
        refused |= impossible


class _Merger:
    """What merge was given, and the steps it takes."""

    def __init__(
        self,
        ancestor: Mapping[str, tuple[File, ...]],
        disk: Callable[[str], Found],
        fresh: Mapping[str, File],
        merge_text: MergeText,
        ownership: Callable[[str], Ownership],
        moved: Mapping[str, str],
        renamed: RenameText | None,
        others: Callable[[], Mapping[str, File]],
    ) -> None:
        self.ancestor = ancestor
        self.disk = disk
        self.fresh = fresh
        self.merge_text = merge_text
        self.ownership = ownership
        self.moved = moved
        self.renamed = renamed
        self.others = others
        self.settled = self._settled()

    def _settled(self) -> frozenset[str]:
        """Return the paths where all three are the same: most of them, and quickly said."""
        if self.moved or self.renamed is not None:
            return frozenset()
        return frozenset(
            path
            for path, files in self.ancestor.items()
            if len(files) == 1 and files[0] == self.fresh.get(path) == self.disk(path)
        )

    def run(self, refused: set[str]) -> tuple[tuple[Merged, ...], set[str]]:
        """Return the results, and the moves that have turned out not to be possible."""
        own = self._own() if self.moved else {}
        moves = plan_moves(self.moved, self.disk, self.ancestor, own, self.fresh, refused)
        slots = self._slots(moves)
        places = self._places_by_hand(slots)
        slots = [
            self._followed(slot, places[slot.origin], moves)
            if slot.ancestors and slot.origin in places
            else slot
            for slot in slots
        ]
        results = {slot.path: self._merged(slot) for slot in slots}
        results |= {path: Merged(path, "same") for path in self.settled}
        results |= self._own_moves(own, moves, set(places.values()), results)
        return self._without_obstacles(results)

    def _own(self) -> dict[str, File]:
        return {
            path: file
            for path, file in self.others().items()
            if path not in self.ancestor and not path.endswith(BESIDE)
        }

    def _slots(self, moves: Moves) -> list[Slot]:
        slots = []
        for path, files in self.ancestor.items():
            if path in self.settled:
                continue
            target = moves.targets.get(path, path)
            stands = path in moves.targets and isinstance(self.disk(path), File)
            source = path if stands else target
            found = self.disk(path) if stands else self._here(target, moves)
            taken = moves.taken.get(path, "")
            slots.append(self._slot(target, source, path, files, found, taken))
        covered = {slot.path for slot in slots}
        slots += [
            self._slot(path, path, "", (), self._here(path, moves), "")
            for path in self.fresh
            if path not in covered and path not in self.settled
        ]
        return slots

    def _here(self, path: str, moves: Moves) -> Found:
        """Return what stands at a path once all that moves has left."""
        found = self.disk(path)
        return None if path in moves.targets and isinstance(found, File) else found

    def _slot(
        self, path: str, source: str, origin: str, files: tuple[File, ...], found: Found, taken: str
    ) -> Slot:
        before = origin or path
        ancestors, yours = files, found
        if origin and (path != origin or self._owner(path) == "managed"):
            ancestors = tuple(self._rename(before, file) for file in files)
            yours = self._rename(before, found) if isinstance(found, File) else found
        return Slot(
            path=path,
            ancestors=ancestors,
            yours=yours,
            fresh=self.fresh.get(path),
            origin=before,
            source=source,
            stale=yours != found,
            taken=taken,
        )

    def _rename(self, path: str, file: File) -> File:
        if self.renamed is None or is_binary(file.data):
            return file
        return File(self.renamed(path, file.data), file.mode)

    def _owner(self, *paths: str) -> Ownership:
        owners = {self.ownership(path) for path in paths}
        return "yours" if "yours" in owners else "seeded" if "seeded" in owners else "managed"

    def _merged(self, slot: Slot) -> Merged:
        return merge_one(slot, self.merge_text, self._owner(slot.path, slot.origin))

    def _places_by_hand(self, slots: list[Slot]) -> dict[str, str]:
        """Return where the user has put what is to change, by its path in the ancestor."""
        lost = {
            slot.origin: slot
            for slot in slots
            if slot.yours is None and slot.fresh and len(slot.ancestors) == 1 and not slot.steady
            if self._owner(slot.path, slot.origin) == "managed"
        }
        if not lost:
            return {}
        missing = {
            path: files[0].data
            for path, files in self.ancestor.items()
            if files and self.disk(path) is None
        }
        taken = {slot.path for slot in slots} | set(self.fresh)
        own = {
            path: file
            for path, file in self._own().items()
            if path not in taken and self.disk(path) == file and self._owner(path) == "managed"
        }
        before = {path: self.ancestor[path][0] for path in lost}
        return renames_by_hand(before, missing, own)

    def _followed(self, slot: Slot, place: str, moves: Moves) -> Slot:
        files = self.ancestor[slot.origin]
        return Slot(
            path=moves.targets.get(place, place),
            ancestors=slot.ancestors,
            yours=self._rename(slot.origin, File(files[0].data, self._mode(place))),
            fresh=slot.fresh,
            origin=slot.origin,
            source=place,
        )

    def _mode(self, path: str) -> int:
        return self.others()[path].mode

    def _own_moves(
        self,
        own: Mapping[str, File],
        moves: Moves,
        followed: set[str],
        results: Mapping[str, Merged],
    ) -> dict[str, Merged]:
        """Return what becomes of the files which the user has added to what moves."""
        moving = {
            target: Merged(target, "merged", self._rename(path, file), was=path)
            for path, file in own.items()
            if path not in followed
            if (target := moves.targets.get(path)) is not None
        }
        staying = {
            path: Merged(path, "kept", reason=f"its new place {target} is taken")
            for path, target in moves.taken.items()
            if path in own and path not in followed and path not in results
        }
        return moving | staying

    def _without_obstacles(self, results: dict[str, Merged]) -> tuple[tuple[Merged, ...], set[str]]:
        """Keep what would need a folder where the user has something else."""
        leaving = {result.path for result in results.values() if result.verdict == "removed"}
        leaving |= {result.was for result in results.values() if result.was}
        written = {result.path for result in results.values() if result.file is not None}
        impossible = set()
        for path, result in results.items():
            if result.file is None and result.beside is None and result.verdict != "removed":
                continue
            obstacle = self._obstacle(parents(path), leaving, written)
            if not obstacle:
                continue
            if result.was and isinstance(self.disk(result.was), File):
                impossible.add(result.was)
            reason = f"{obstacle} is {self._what(obstacle)}, and not a folder"
            results[path] = Merged(path, "kept", reason=reason)
        return tuple(results[path] for path in sorted(results)), impossible

    def _obstacle(self, folders: Iterable[str], leaving: set[str], written: set[str]) -> str:
        for folder in folders:
            found = self.disk(folder)
            free = found is None or found is Odd.FOLDER or folder in leaving
            if folder in written or not free:
                return folder
        return ""

    def _what(self, path: str) -> str:
        found = self.disk(path)
        return str(found) if isinstance(found, Odd) else "a file"
