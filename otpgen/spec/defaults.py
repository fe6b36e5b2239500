"""What holds where the file says nothing: for the model, the schema and the reference page.

Durations are in milliseconds; ``spoken`` writes them as the file does.
"""

from __future__ import annotations

from typing import Final, Literal

ELIXIR: Final = "~> 1.14"
STRATEGY: Final = "one_for_one"
MAX_RESTARTS: Final = 3
"""Source: Supervisor docs, ``:max_restarts``."""
MAX_SECONDS: Final = 5
"""In seconds. Source: Supervisor docs, ``:max_seconds``."""
RESTART: Final = "permanent"
"""Of supervisors, and of children in Elixir's own words; kinds have their own."""
AUTO_SHUTDOWN: Final = "never"
TYPE: Final = "worker"
ON_GIVE_UP: Final = "restart"
ON_GIVE_UP_DISTRIBUTED: Final = "move"

HOST: Final = "127.0.0.1"
HEALTH_ABOVE_HTTP: Final = 10_000
FAILOVER_TIMEOUT: Final = 5_000
SYNC_OPTIONAL: Final = "others"
SYNC_TIMEOUT: Final = 2_000
NGINX_PORT: Final = 8_080

_WORKERS_SHUTDOWN = 5_000


def shutdown(type_: Literal["worker", "supervisor"]) -> int | Literal["infinity"]:
    """Return how long a child may take to end.

    Source: Supervisor docs, ``:shutdown``: workers 5 s, supervisors infinity.
    """
    return "infinity" if type_ == "supervisor" else _WORKERS_SHUTDOWN


def spoken(duration: int | Literal["infinity"]) -> str:
    """Return a duration as the file says it: ``5_000`` -> ``5s``."""
    if duration == "infinity":
        return duration
    return f"{duration}ms" if duration % 1_000 else f"{duration // 1_000}s"
