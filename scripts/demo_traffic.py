"""Steady requests to the cluster, and what became of them."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass, field

from demo_cluster import get


@dataclass(frozen=True)
class Hit:
    """An answer to GET /hit: the count, and the node that counted."""

    node: str
    count: int


@dataclass
class Requests:
    """What became of the requests to one path."""

    made: int = 0
    failed: list[str] = field(default_factory=list)
    # Perhaps carried out: its node died while it was at work.
    doubtful: int = 0
    slowest: float = 0.0
    hits: list[Hit] = field(default_factory=list)
    # Since when the one on its way waits.
    since: float | None = None

    def make(self, port: int, path: str) -> None:
        """Make one, and note what became of it."""
        self.since = began = time.monotonic()
        try:
            status, body = get(port, path, 30)
            if (status, body.strip()) == (503, "in_doubt"):
                self.doubtful += 1
            elif status != 200:
                self.failed.append(f"{status} {body.strip()}")
            elif path == "/hit":
                answer = json.loads(body)
                self.hits.append(Hit(answer["node"].partition("@")[0], answer["count"]))
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.failed.append(f"{type(error).__name__}: {error}")
        self.since = None
        self.made += 1
        self.slowest = max(self.slowest, time.monotonic() - began)


@dataclass(frozen=True)
class Tally:
    """How many requests there were, to both paths, at one moment."""

    made: int
    failed: int
    doubtful: int

    def since(self, earlier: Tally) -> Tally:
        """Return how many there were in between."""
        return Tally(
            self.made - earlier.made,
            self.failed - earlier.failed,
            self.doubtful - earlier.doubtful,
        )


class Traffic:
    """Steady requests through nginx: one thread to /, and one to /hit, which may wait."""

    def __init__(self, port: int) -> None:
        self.root, self.hit = Requests(), Requests()
        self.began = time.monotonic()
        self._stopped = threading.Event()
        for requests, path, pause in ((self.root, "/", 0.02), (self.hit, "/hit", 0.05)):
            thread = threading.Thread(
                target=self._repeat, args=(requests, port, path, pause), daemon=True
            )
            thread.start()

    def _repeat(self, requests: Requests, port: int, path: str, pause: float) -> None:
        while not self._stopped.wait(pause):
            requests.make(port, path)

    def stop(self) -> None:
        """Make no more."""
        self._stopped.set()

    def tally(self) -> Tally:
        """Return how many there were until now."""
        both = self.root, self.hit
        return Tally(
            sum(requests.made for requests in both),
            sum(len(requests.failed) for requests in both),
            sum(requests.doubtful for requests in both),
        )

    def told(self, active: str | None) -> str:
        """Return one line: where g4 runs, and how the requests fare."""
        where = f"[green]{active}[/green]  " if active else "[red]nowhere[/red]"
        line = f"g4 {where}   / {tally(self.root)}   /hit {tally(self.hit)}"
        since = self.hit.since
        waits = time.monotonic() - since if since else 0.0
        if waits > 0.5:
            return f"{line}, [yellow]one waits {waits:.1f} s[/yellow]"
        return f"{line}, count {self.hit.hits[-1].count}" if self.hit.hits else line


def tally(requests: Requests) -> str:
    failed = len(requests.failed)
    return f"{requests.made:4d} made, [{'red' if failed else 'default'}]{failed} failed[/]"
