"""Events that befall nodes and the network between them."""

from __future__ import annotations

from dataclasses import replace

from otpgen.errors import OtpgenError
from otpgen.semantics.answers import Answer
from otpgen.semantics.cluster import Nodes, restarted, slowest
from otpgen.semantics.events import Event
from otpgen.semantics.world import World, later


def node_event(world: World, event: Event) -> Answer:
    """Play ``down``, ``shutdown``, ``up``, ``split`` and ``heal``. Raises: OtpgenError, OG013."""
    nodes = world.nodes
    if nodes is None:
        raise OtpgenError([event.problem("there are no nodes")])
    if event.verb in ("down", "shutdown") and event.target not in nodes.up:
        raise OtpgenError([event.problem("it is down", f"up {event.target} starts it")])
    match event.verb:
        case "down":
            return _down(world, nodes, event)
        case "shutdown":
            return _shut_down(world, nodes, event)
        case "up":
            return _up(world, nodes, event)
        case "split":
            return _split(nodes, event)
        case _:
            return _heal(world, nodes, event)


def _down(world: World, nodes: Nodes, event: Event) -> Answer:
    node = event.target
    apps = world.apps(node)
    killed = world.living(node, apps)
    moves = nodes.down(node)
    world.forget_node(node)
    return Answer(
        event,
        node,
        killed=killed,
        moves=moves,
        stopped_apps=tuple(apps),
        stopped_nodes=(node,),
        restarted_apps=restarted(moves),
        within=slowest(moves),
    )


def _shut_down(world: World, nodes: Nodes, event: Event) -> Answer:
    node = event.target
    apps = world.apps(node)[::-1]
    resting = world.resting(node)
    ended = world.shut_down(node, apps)
    moves = nodes.shut_down(node, resting)
    world.forget_node(node)
    return Answer(
        event,
        node,
        terminated=ended.terminated,
        unordered=ended.unordered,
        moves=moves,
        stopped_apps=tuple(apps),
        stopped_nodes=(node,),
        restarted_apps=restarted(moves),
        within=later(ended.within, slowest(moves)),
    )


def _up(world: World, nodes: Nodes, event: Event) -> Answer:
    node, sync = event.target, nodes.cluster.sync
    if node in nodes.up:
        raise OtpgenError([event.problem("it is up", f"down {node} takes it away")])
    if missing := nodes.missing(node):
        timeout = sync.timeout if sync else 0
        return Answer(event, node, missing=missing, within=(timeout, timeout))
    # It waits for whom its configuration names, as long as that says.
    waits = sync.timeout if sync and nodes.awaited(node) else 0
    # For OTP what rests for good runs, and is taken over; nothing of it is left to hand over.
    moves = tuple(
        replace(move, how="started", source="") if (move.source, move.app) in world.down else move
        for move in nodes.boot(node)
    )
    for other in nodes.up:
        world.forget_moved(other)
    return Answer(
        event,
        node,
        started=world.living(node, world.apps(node)),
        moves=moves,
        restarted_apps=restarted(moves),
        within=(waits, waits),
    )


def _split(nodes: Nodes, event: Event) -> Answer:
    if len(nodes.sides) > 1:
        raise OtpgenError([event.problem("the network is cut already", "heal comes first")])
    named = {node for side in event.sides for node in side}
    for node in nodes.cluster.nodes:
        if node not in named:
            hint = f"for one: {event.text} {node}"
            raise OtpgenError([event.problem(f"{node} is on no side", hint)])
    moves = nodes.split(event.sides)
    return Answer(event, moves=moves, restarted_apps=restarted(moves), within=slowest(moves))


def _heal(world: World, nodes: Nodes, event: Event) -> Answer:
    if len(nodes.sides) < 2:
        raise OtpgenError([event.problem("the network is not cut", "split comes first")])
    losers, moves = nodes.heal()
    for node in losers:
        world.forget_node(node)
    for node in nodes.up:
        world.forget_moved(node)
    stopped = tuple(node for node in losers if node not in nodes.up)
    return Answer(
        event,
        moves=moves,
        stopped_nodes=stopped,
        restarted_nodes=tuple(node for node in losers if node in nodes.up),
        restarted_apps=restarted(moves),
        # Two looks of the Healer, a second apart; then a restart, of which nothing is known.
        within=(1_000, None) if losers else (0, 0),
    )
