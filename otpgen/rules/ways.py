"""Where two processes of one tree part."""

from __future__ import annotations

from otpgen.model import Child, Supervisor, Worker


def parting(root: Supervisor, one: Worker, other: Worker) -> tuple[Supervisor, Child, Child]:
    """Return the nearest supervisor above both, and its children on the way to each."""
    to_one, to_other = way_to(root, one), way_to(root, other)
    common = max(i for i, (a, b) in enumerate(zip(to_one, to_other, strict=False)) if a is b)
    above = to_one[common]
    assert isinstance(above, Supervisor)
    return above, to_one[common + 1], to_other[common + 1]


def way_to(root: Supervisor, worker: Worker) -> list[Child]:
    """Return the supervisors from the root down to a worker, and the worker."""
    way: list[Child] = [root]
    while way[-1] is not worker:
        here = way[-1]
        below = here.below if isinstance(here, Supervisor) else ()
        if isinstance(here, Worker) and here.child is not None:
            below = (here.child,)
        way.append(next(c for c in below if c is worker or _holds(c, worker)))
    return way


def _holds(child: Child, worker: Worker) -> bool:
    if isinstance(child, Worker):
        return child.child is worker
    return isinstance(child, Supervisor) and any(c is worker for c in child.descendants())
