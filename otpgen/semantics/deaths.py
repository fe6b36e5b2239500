"""Events that befall processes and applications, and what becomes of an application then."""

from __future__ import annotations

from dataclasses import replace

from otpgen.errors import OtpgenError
from otpgen.semantics import otp
from otpgen.semantics.answers import Answer, Budget
from otpgen.semantics.applications import Fate
from otpgen.semantics.cluster import restarted, slowest
from otpgen.semantics.events import Event
from otpgen.semantics.names import is_done, walk
from otpgen.semantics.processes import Process, Static
from otpgen.semantics.running import Trace
from otpgen.semantics.simulation import NotRunning, Simulation
from otpgen.semantics.world import World, later, lives, merged


def process_ends(world: World, event: Event) -> Answer:
    """Play ``kill``, ``crash`` and ``terminate``. Raises: OtpgenError, OG013."""
    path, app = event.target, event.target.partition(".")[0]
    node = world.where(event, app)
    world.start_until(node, path)
    tree = world.tree(node, app)
    if not lives(tree, path):
        raise OtpgenError([event.problem(_why_not(world, app, path))])
    victim = tree.process(path)
    root = world.names.tree(app)
    traces = list(_terminated(world, tree, event) or _deaths(world, tree, event))
    trace = merged(traces)
    answer = Answer(
        event,
        node,
        victim,
        walk(root, path.rpartition(".")[0]) if root and "." in path else None,
        played=len(traces),
        killed=trace.killed,
        terminated=trace.terminated,
        started=trace.started,
        gave_up=trace.gave_up,
        auto_shutdown=trace.auto_shutdown,
        unordered=trace.unordered,
        within=trace.within_ms,
        undecided=trace.undecided,
    )
    others = world.others(node, app)
    if trace.ended:
        world.forget(node, app)
        return _ended(world, replace(answer, unchanged=others), app, node)
    living = set(tree.living())
    quit_ = (*trace.gave_up, *trace.auto_shutdown)
    seen = dict.fromkeys((*trace.killed, *trace.terminated, *quit_))
    return replace(
        answer,
        lost=tuple(path for path in seen if path not in living),
        unchanged=(*trace.unchanged, *others),
        budgets=_budgets(tree, victim, event),
    )


def _why_not(world: World, app: str, path: str) -> str:
    root = world.names.tree(app)
    found = walk(root, path) if root else None
    if found and is_done(found):
        return "it did its work when it was started, and has ended"
    return "it does not live any more at this point"


def _terminated(world: World, tree: Simulation, event: Event) -> list[Trace]:
    if event.verb != "terminate":
        return []
    if "." not in event.target:
        hint = f"stop {event.target} stops the application"
        raise OtpgenError([event.problem("nobody supervises a root supervisor", hint)])
    return [tree.terminate_child(event.target, world.now)]


def _deaths(world: World, tree: Simulation, event: Event) -> list[Trace]:
    """Play deaths that follow each other at equal distances, as long as there is who dies."""
    traces: list[Trace] = []
    start = world.now
    for number in range(event.times):
        if number:
            world.now = start + event.within / 1_000 * number / (event.times - 1)
        try:
            traces.append(tree.exit(event.target, event.reason, world.now))
        except NotRunning:
            break
        if traces[-1].ended:
            break
    return traces


def _budgets(tree: Simulation, victim: Process, event: Event) -> tuple[Budget, ...]:
    """Return what further deaths of the victim would do, as far as each end is passed on."""
    found: list[Budget] = []
    path, reason, ending = event.target, event.reason, victim
    if event.verb == "terminate" or not lives(tree, path):
        return ()
    deaths, each, seconds = 1, 1, 0
    while "." in path:
        above = path.rpartition(".")[0]
        supervises = tree.process(above).supervises
        assert supervises is not None
        counted = otp.is_restarted(ending.restart, reason)
        if counted:
            refused = otp.first_refused(supervises.max_restarts)
            # The first of its ends comes after so many deaths, each further one after ``each``.
            deaths += (refused - 1 - tree.restarts(above)) * each
            each *= refused
            seconds = min(seconds or supervises.max_seconds, supervises.max_seconds)
        elif not _shuts_down(tree, above, path):
            break
        path, ending, reason = above, tree.process(above), "shutdown"
        if counted or found:
            found.append(Budget(path, deaths, seconds, shuts_down=not counted))
    if found and "." in path:
        found[-1] = replace(found[-1], back=False)
    return tuple(found)


def _shuts_down(tree: Simulation, path: str, child: str) -> bool:
    """Whether a supervisor shuts itself down when a child ends that is not started again."""
    supervises = tree.process(path).supervises
    if not isinstance(supervises, Static) or not tree.process(child).significant:
        return False
    others = ((f"{path}.{each.name}", each) for each in supervises.children)
    left = [each.significant for at, each in others if at != child and lives(tree, at)]
    return otp.shuts_down(supervises.auto_shutdown, left)


def application_stops(world: World, event: Event) -> Answer:
    """Play ``stop``: ``Application.stop``, which touches no other. Raises: OtpgenError, OG013."""
    app = event.target
    node = world.where(event, app)
    ended = world.shut_down(node, [app])
    unchanged = world.others(node, app)
    if world.nodes is None:
        world.down.add((node, app))
    else:
        world.nodes.stop(app, node)
    return Answer(
        event,
        node,
        terminated=ended.terminated,
        unordered=ended.unordered,
        unchanged=unchanged,
        fate=Fate(app, "stopped", node),
        stopped_apps=(app,),
        within=ended.within,
    )


def _ended(world: World, answer: Answer, app: str, node: str) -> Answer:
    """The root has ended: what the application, and with nodes the runtime, does then."""
    nodes = world.nodes
    if nodes is None:
        world.down.add((node, app))
        return replace(answer, fate=Fate(app, "ends"), stopped_apps=(app,))
    on_give_up = world.system.apps[app].on_give_up
    if on_give_up == "stay_down":
        world.down.add((node, app))
        return replace(answer, fate=Fate(app, "stays_down", node), stopped_apps=(app,))
    if on_give_up == "stop_node":
        return _node_stops(world, answer, app, node)
    rest = world.rest(node, app)
    rested = later(answer.within, (rest, rest + rest // 10))
    move = nodes.move(app, node) if on_give_up == "move" and app in nodes.runs else None
    if move is None:
        fate = Fate(app, "restarted", node, node, rest)
        return replace(answer, fate=fate, restarted_apps=(app,), within=rested)
    runs = world.runs()
    home = nodes.come_home(app, node)
    return replace(
        answer,
        fate=Fate(app, "moved", node, move.target, rest, home),
        restarted_apps=(app,),
        distributed=runs,
        home={app: node} if home else {},
        within=rested if home else answer.within,
    )


def _node_stops(world: World, answer: Answer, app: str, node: str) -> Answer:
    """``System.stop``: all is handed over; the tree that gave up begins anew elsewhere."""
    nodes = world.nodes
    assert nodes is not None
    apps = world.apps(node)[::-1]
    ended = world.shut_down(node, [other for other in apps if other != app])
    moves = nodes.shut_down(node, [app, *world.resting(node)])
    world.forget_node(node)
    return replace(
        answer,
        fate=Fate(app, "node_stops", node),
        moves=moves,
        terminated=answer.terminated + ended.terminated,
        unordered=answer.unordered + ended.unordered,
        unchanged=(),
        stopped_apps=tuple(apps),
        stopped_nodes=(node,),
        restarted_apps=restarted(moves),
        within=later(later(answer.within, ended.within), slowest(moves)),
    )
