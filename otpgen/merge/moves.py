"""Where each file goes: what the architecture moves, and what the user has moved himself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from otpgen.merge.values import File, Found, Odd


@dataclass(frozen=True, slots=True)
class Moves:
    """What is carried out, and what is not because something of the user's is in the way.

    Attributes:
        targets: where a file of the ancestor or of the user's own goes, by where it stands.
        taken: where it would have gone.
    """

    targets: dict[str, str] = field(default_factory=dict)
    taken: dict[str, str] = field(default_factory=dict)


def parents(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first."""
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def moved_path(path: str, moved: Mapping[str, str]) -> str:
    """Return where a path goes; the longest of the files and folders named says."""
    for above in (path, *parents(path)):
        if above in moved:
            return moved[above] + path[len(above) :]
    return path


def with_changed_case(
    moved: Mapping[str, str], ancestor: Collection[str], fresh: Collection[str]
) -> dict[str, str]:
    """Return the moves, and those of files whose new path differs only in case.

    To remove one and to add the other would lose both on a disk that folds case.
    """
    gone = {
        path.casefold(): path
        for path in ancestor
        if path not in fresh and moved_path(path, moved) == path
    }
    renames = {
        gone[path.casefold()]: path
        for path in fresh
        if path not in ancestor and path.casefold() in gone
    }
    return renames | dict(moved)


def plan_moves(
    moved: Mapping[str, str],
    disk: Callable[[str], Found],
    ancestor: Collection[str],
    own: Collection[str],
    fresh: Collection[str],
    refused: Collection[str],
) -> Moves:
    """Return which moves are carried out: never onto something that stays.

    Args:
        moved: files and folders, old to new.
        disk: what the user has at a path.
        ancestor: the paths that otpgen wrote.
        own: the user's own, which move with their folder.
        fresh: the paths that are to be.
        refused: what has turned out not to be possible.
    """
    wanted = {
        path: target
        for path in (*sorted(ancestor), *sorted(own))
        if (target := moved_path(path, moved)) != path
    }
    moves = Moves(dict(wanted))
    while True:
        blocked = _blocked(moves.targets, disk, ancestor, own, fresh, refused)
        if not blocked:
            return moves
        for path in blocked:
            moves.taken[path] = moves.targets.pop(path)


def _blocked(
    targets: Mapping[str, str],
    disk: Callable[[str], Found],
    ancestor: Collection[str],
    own: Collection[str],
    fresh: Collection[str],
    refused: Collection[str],
) -> list[str]:
    blocked = []
    claimed: set[str] = set()
    for path, target in targets.items():
        found, there = disk(path), disk(target)
        leaves = target in targets and isinstance(there, File)
        free = there is None or leaves or found is None or _twins(path, target, found, there)
        stays = target in ancestor and target not in targets
        foreign = path in own and target in fresh
        if (
            path in refused
            or isinstance(found, Odd)
            or target in claimed
            or stays
            or foreign
            or not free
        ):
            blocked.append(path)
        else:
            claimed.add(target)
    return blocked


def _twins(path: str, target: str, found: Found, there: Found) -> bool:
    """Whether two paths are one file on a disk that folds case, or might as well be."""
    return path.casefold() == target.casefold() and found == there


def renames_by_hand(
    lost: Mapping[str, File],
    missing: Mapping[str, bytes],
    others: Mapping[str, File],
) -> dict[str, str]:
    """Return where the user has put files: where exactly one other has exactly the bytes.

    Empty files are all alike, and so is what is missing twice: they prove nothing.

    Args:
        lost: files of the ancestor that are gone, and are to change.
        missing: all that are gone.
        others: the user's own files.
    """
    times = Counter(missing.values())
    wanted = {file.data for file in lost.values() if file.data and times[file.data] == 1}
    places: dict[bytes, list[str]] = {}
    for path, file in others.items():
        if file.data in wanted:
            places.setdefault(file.data, []).append(path)
    return {
        path: places[file.data][0]
        for path, file in lost.items()
        if file.data in wanted and len(places.get(file.data, ())) == 1
    }
