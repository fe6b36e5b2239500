"""A distributed application: on which of its nodes it runs, and where it goes back to.

Source: dist_ac.erl of OTP 25, ``find_start_node``: the first node of the list that is there; of
a set of equals the one on which the fewest applications run, and of these the one with the
smallest name. Within a set it is never moved.
"""

from __future__ import annotations

from otpgen.model import Distributed


def order(distributed: Distributed) -> tuple[str, ...]:
    """Return its nodes, first to last, when all are equally busy."""
    return tuple(node for rank in distributed.ranks for node in sorted(rank))


def has_equals(distributed: Distributed) -> bool:
    """Whether some of its nodes are of equal rank."""
    return any(len(rank) > 1 for rank in distributed.ranks)


def goes_home(distributed: Distributed) -> bool:
    """Whether it is taken back when its first node returns: not if that is one of equals."""
    return len(distributed.ranks) > 1 and len(distributed.ranks[0]) == 1
