"""Values as JSON, for programs."""

from __future__ import annotations


def dumped(value: object) -> str:
    """Return a value as JSON."""
    import json  # here: most runs print for people, and it takes as long as a whole module

    return json.dumps(value, indent=2)
