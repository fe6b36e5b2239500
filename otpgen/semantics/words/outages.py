"""Sentences about applications that stop, nodes, and the network between them."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.errors import listed
from otpgen.model import System
from otpgen.semantics.answers import Answer
from otpgen.semantics.cluster import Move
from otpgen.semantics.words.lists import Row, names, seconds, span, tops, whole


def stopped(answer: Answer) -> str:
    """Return the headline of an application that was stopped."""
    app, node = answer.event.target, answer.node
    on = f" on {node}" if node else ""
    said = f"{app} is stopped{on}; no other application is."
    if app in answer.distributed:
        said += f" {app} is distributed: it runs nowhere now, whichever node dies."
    return said


def outage(answer: Answer) -> str:
    """Return the headline of what befalls nodes."""
    node = answer.event.target
    match answer.event.verb:
        case "down":
            return f"{node} is gone, with all that ran there."
        case "shutdown":
            return f"{node} stops in order: what was started last ends first."
        case "up":
            if answer.missing:
                after = seconds(answer.within[0])
                gone = listed(answer.missing)
                return f"{node} waits {after} for {gone}, which is mandatory, and stops."
            return f"{node} is back."
        case "split":
            sides = " / ".join(" ".join(side) for side in answer.event.sides)
            return f"The network is cut: {sides}. Each side goes on by itself."
        case _:
            if answer.stopped_nodes:
                nodes = listed(answer.stopped_nodes)
                return f"The nodes meet again. {nodes} lost, and stops for want of a mandatory one."
            if not answer.restarted_nodes:
                return "The network is whole again, and no node has to restart."
            nodes = listed(answer.restarted_nodes)
            verb = "restarts" if len(answer.restarted_nodes) == 1 else "restart"
            return f"The nodes meet again. {nodes} lost, and {verb} in place to join the others."


def rows_of_node(answer: Answer, system: System) -> Iterator[Row]:
    """Yield what befalls applications and nodes."""
    if answer.terminated and answer.event.verb == "stop":
        yield Row("stopped", names(tops(answer.terminated)))
    elif answer.stopped_apps:
        order = "(in this order)" if answer.event.verb == "shutdown" else ""
        yield Row("stopped", names(answer.stopped_apps), order)
    if answer.started:
        yield Row("started", names(tops(answer.started)), "(in this order)")
    if unchanged := whole(answer):
        yield Row("unchanged", names(unchanged))
    for move in answer.moves:
        yield Row("cluster", moved(move, system))
    if answer.event.verb != "stop":
        for app, nodes in answer.distributed.items():
            where = listed(nodes) if nodes else "nowhere"
            note = ", a copy each" if len(nodes) > 1 else ""
            yield Row(app, f"on {where}{note}" if nodes else "runs nowhere")


def moved(move: Move, system: System) -> str:
    """Return the sentence about one distributed application."""
    app, source, target = move.app, move.source, move.target
    with_state, without = state(app, system, "with"), state(app, system, "without")
    match move.how:
        case "failover":
            return f"{app} starts anew on {target} after {span(move.after)}{without}"
        case "handed_over":
            return f"{app} is handed over to {target} before {source} stops{with_state}"
        case "moved":
            return f"{app} begins anew on {target}, for {source} stops"
        case "takeover":
            return f"{app} comes back from {source} to {target}{with_state}"
        case "started":
            return f"{app} starts on {target}"
        case "copy":
            return f"a further {app} starts on {target} after {span(move.after)}"
        case "lost_copy":
            lost = ", and what it learnt since the cut is lost" if with_state else ""
            stays = f"; that on {target} stays" if target else ""
            return f"the {app} of {source} ends{lost}{stays}"
        case "nowhere":
            return f"{app} runs nowhere: no node is left that may run it"
        case "waits":
            return f"the boot waits until somebody starts {app} on {target}"


def state(app: str, system: System, how: str) -> str:
    """Return whose state goes along; empty where nobody hands any over."""
    singletons = [w.name for w in system.apps[app].workers if w.naming == "cluster"]
    return f", {how} the state of {listed(singletons)}" if singletons else ""
