"""``whatif``: what OTP does when something dies, and the runtime after it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from otpgen.commands.check import check
from otpgen.commands.nearest import nearest_architecture
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean
from otpgen.model import DEV, Cluster, System
from otpgen.semantics.answers import Answer
from otpgen.semantics.costs import Cost, costs
from otpgen.semantics.names import Names
from otpgen.semantics.playing import play
from otpgen.semantics.words.answers import Told, tell


class Played(NamedTuple):
    """Events: what they bring about, as values and in words."""

    answers: tuple[Answer, ...]
    told: tuple[Told, ...]


def whatif(events: str, architecture: Path | None = None, cluster: str = DEV) -> Played:
    """Return what happens if these events do, one after the other.

    Raises:
        OtpgenError: the architecture's problems; OG011 to OG013, what is wrong with the events.
    """
    system, chosen = _system(architecture, cluster)
    answers = play(system, chosen, events)
    return Played(answers, tuple(tell(answer, system) for answer in answers))


def table(architecture: Path | None = None, cluster: str = DEV) -> tuple[Cost, ...]:
    """Return what the death of each process costs, the worst first.

    Raises:
        OtpgenError: the architecture's problems.
    """
    return costs(*_system(architecture, cluster))


def _system(architecture: Path | None, cluster: str) -> tuple[System, Cluster]:
    file = nearest_architecture(architecture)
    system = check(file).system
    if cluster not in system.clusters:
        hint = did_you_mean(cluster, system.clusters)
        message = f'there is no cluster "{cluster}"'
        raise OtpgenError([Problem("OG012", message, Location("--cluster"), hint)])
    return system, system.clusters[cluster]


VERBS = ("kill", "crash", "terminate", "stop", "down", "shutdown", "up", "split", "heal")


def next_words(
    before: Sequence[str], architecture: Path | None = None, cluster: str = DEV
) -> list[str]:
    """Return the words that may follow those of an event.

    Raises:
        OtpgenError: the architecture cannot be read.
    """
    said = list(before)
    while "then" in said:
        said = said[said.index("then") + 1 :]
    match said:
        case []:
            return list(VERBS)
        case ["heal"]:
            return ["then"]
        case ["kill" | "crash" | "terminate"]:
            system, chosen = _system(architecture, cluster)
            return list(Names(system, chosen).processes)
        case ["stop"]:
            return list(_system(architecture, cluster)[0].apps)
        case ["down" | "shutdown" | "up"] | ["split"]:
            return list(_system(architecture, cluster)[1].nodes)
        case ["split", *named]:
            nodes = _system(architecture, cluster)[1].nodes
            rest = [node for node in nodes if node not in named]
            return rest if named[-1] == "/" else [*rest, "/", "then"]
        case ["kill", _]:
            return ["with", "then"]
        case ["kill", _, "with"]:
            return ["normal", "shutdown", "kill"]
        case ["crash", _, _]:
            return ["times"]
        case ["crash", _, _, "times"]:
            return ["within"]
        case ["crash", _] | ["crash", _, _, "times", "within"]:
            return []
        case _:
            return ["then"]
