"""Events, one after the other.

    play(system, system.cluster, "down node1 then kill g4.desk")
    -> (Answer(…), Answer(…))

An event begins when all that the one before it brought about is over: rests, failovers, boots.
Deaths that follow each other without any of these are one instant, and count together.
"""

from __future__ import annotations

from dataclasses import replace

from otpgen.model import Cluster, System
from otpgen.semantics.answers import Answer
from otpgen.semantics.deaths import application_stops, process_ends
from otpgen.semantics.events import Event, read_events
from otpgen.semantics.names import Names
from otpgen.semantics.outages import node_event
from otpgen.semantics.world import World


def play(system: System, cluster: Cluster, text: str) -> tuple[Answer, ...]:
    """Return what the events of a text bring about.

    Where the phase of the second decides, restarts count, and the answer says so.

    Raises:
        OtpgenError: OG011, OG012 what cannot be read; OG013 an event that cannot happen.
    """
    names = Names(system, cluster)
    events = read_events(text, names)
    world = World(system, cluster, names)
    return tuple(play_on(world, event) for event in events)


def play_on(world: World, event: Event) -> Answer:
    """Return what one event brings about, and go on from there. Raises: OtpgenError, OG013."""
    match event.verb:
        case "kill" | "crash" | "terminate":
            answer = process_ends(world, event)
        case "stop":
            answer = application_stops(world, event)
        case _:
            answer = node_event(world, event)
    world.now += answer.within[0] / 1_000
    return answer if answer.distributed else replace(answer, distributed=world.runs())
