"""The sentences about an event and what it brings about: a headline, and rows below it.

store dies. rest_for_one: everything started after it goes too.
  stopped    sessions, calculators          (reverse start order)
  restarted  store, calculators, sessions   (start order)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from otpgen.errors import listed
from otpgen.model import Supervisor, System, Worker
from otpgen.semantics import otp
from otpgen.semantics.answers import Answer, Budget
from otpgen.semantics.applications import FIRST_REST, Fate
from otpgen.semantics.processes import Dynamic, Process, Static
from otpgen.semantics.words.lists import Row, in_runs, names, seconds, short, times, tops, whole
from otpgen.semantics.words.outages import moved, outage, rows_of_node, state, stopped

GOES_TOO = {
    "one_for_all": "all its siblings go too",
    "rest_for_one": "everything started after it goes too",
}
NAMES = "a start that meets a name which is not free yet is tried again, and each try counts"
"""When a killed supervisor is started again. Measured: docs/semantics.md."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer in words."""

    headline: str
    rows: tuple[Row, ...]


def tell(answer: Answer, system: System) -> Told:
    """Return an answer in words."""
    match answer.event.verb:
        case "kill" | "crash" | "terminate":
            return Told(_death(answer, system), tuple(_rows_of_death(answer, system)))
        case "stop":
            return Told(stopped(answer), tuple(rows_of_node(answer, system)))
        case _:
            return Told(outage(answer), tuple(rows_of_node(answer, system)))


# Processes


def _death(answer: Answer, system: System) -> str:
    victim = answer.victim
    assert victim is not None
    name, event = short(answer.event.target), answer.event
    if event.verb == "terminate":
        what = f"{name} is ended by its supervisor, which does not start it again."
    elif event.verb == "crash":
        what = f"{name} dies {times(answer.played)}{_not_played(answer)}."
    elif event.reason != "kill":
        what = f"{name} ends with {event.reason}."
    elif isinstance(victim.supervises, Dynamic):
        what = f"{name} is killed, and all that was started at run time is gone."
    elif victim.children:
        what = f"{name} is killed, and all below it dies at once."
    else:
        what = f"{name} dies."
    registered = _registered(victim, system)
    if registered:
        what += f" Each {listed(registered)} that is registered in it ends with it."
    if event.verb == "terminate":
        return what
    return f"{what} {_consequence(answer, victim, alone=not registered)}".rstrip()


def _not_played(answer: Answer) -> str:
    """Return which of several deaths are not told: it is gone, or its application has ended.

    What has ended may run again when they come, and may not.
    """
    left, s = answer.event.times - answer.played, ""
    if not left:
        return ""
    last = f"the last {left:,}"
    if left == 1:
        last, s = "the last", "s"
    what = f"find{s} nobody"
    if answer.fate is not None:
        what = f"come{s} after {answer.fate.app} has ended"
    return f"; {last} of {answer.event.times:,} {what}"


def _registered(victim: Process, system: System) -> list[str]:
    """Return what registers in a registry; it is started at run time, nobody knows how often."""
    if victim.kind != "registry":
        return []
    app = system.apps[victim.path.partition(".")[0]]
    # One of several is named by its number, and nobody can register in it.
    registries = {w.module for w in app.workers if w.path == victim.path}
    return [w.name for w in app.workers if w.registry in registries]


def _consequence(answer: Answer, victim: Process, *, alone: bool) -> str:
    """Return what its supervisor does; ``alone``: nobody is tied to it beside the tree."""
    if answer.gave_up or answer.auto_shutdown:
        return _quits(answer)
    if answer.supervisor is None:
        return ""
    if not otp.is_restarted(victim.restart, answer.event.reason):
        unnoticed = ", and nobody else notices" if alone else ""
        return f"It is {victim.restart}: it stays away{unnoticed}."
    supervises = answer.supervisor.supervises
    if isinstance(supervises, Dynamic):
        return "simple_one_for_one: it is started again, the others do not notice."
    strategy = supervises.strategy if isinstance(supervises, Static) else "one_for_one"
    own = f"{answer.event.target}."
    ended = [path for path in answer.terminated if not path.startswith(own)]
    if ended:
        return f"{strategy}: {GOES_TOO[strategy]}."
    died = {answer.event.target, *answer.killed}
    others = [p for p in answer.started if p not in died and not p.startswith(own)]
    if others:  # terminate_child had ended them, or they had ended well
        return f"{strategy}: those of its group that had ended are started with it."
    if not alone:
        return f"{strategy}: it is started again."
    if strategy == "rest_for_one":
        return "rest_for_one: nothing was started after it; no sibling notices."
    again = "no sibling notices" if victim.children else "it alone is started again"
    return f"{strategy}: {again}."


def _quits(answer: Answer) -> str:
    """Return which supervisors ended by themselves, what was further inside first."""
    said: list[tuple[str, str]] = []
    if gave_up := list(dict.fromkeys(answer.gave_up)):
        ended = listed([short(path) for path in gave_up])
        said.append((gave_up[0], f"Over the budget: {ended} {_gives(len(gave_up))} up."))
    if quit_ := list(dict.fromkeys(answer.auto_shutdown)):
        ended = listed([short(path) for path in quit_])
        said.append((quit_[0], f"A significant child ended: {ended} {_shuts(len(quit_))} down."))
    said.sort(key=lambda first: -first[0].count("."))
    return " ".join(sentence for _, sentence in said)


def _rows_of_death(answer: Answer, system: System) -> Iterator[Row]:
    target = answer.event.target
    copies = [n for n in answer.distributed.get(target.partition(".")[0], ()) if n != answer.node]
    if copies and answer.fate is None:  # the network is cut
        others = "the copy notices" if len(copies) == 1 else "the copies notice"
        yield Row("on", f"{answer.node}; on {listed(copies)} {others} nothing")
    killed = [path for path in answer.killed if path != target]
    if killed:
        yield Row("killed", names(tops(killed)), "(at once)")
    stopped = in_runs(answer.terminated[::-1])[::-1]
    if stopped:
        at_once = any(len(set(group).intersection(stopped)) > 1 for group in answer.unordered)
        order = "(reverse, siblings at once)" if at_once else "(reverse start order)"
        yield Row("stopped", names(stopped), order if len(set(stopped)) > 1 else "")
    started = in_runs(answer.started)
    if started:
        yield Row("restarted", names(started), "(start order)" if len(set(started)) > 1 else "")
    gone = [names(tops(answer.lost))] if answer.lost else []
    if emptied := _emptied((*killed, *stopped), answer.lost, system):
        gone.append(f"all that {listed(emptied)} had started at run time")
    if gone:
        yield Row("gone", ", and ".join(gone))
    if unchanged := whole(answer):
        yield Row("unchanged", names(unchanged))
    if killed and answer.started:
        yield Row("names", NAMES)
    if answer.undecided:
        yield Row("unsure", _undecided(answer.undecided))
    if answer.fate is not None:
        yield from _rows_of_fate(answer, answer.fate, system)
    elif answer.budgets:
        yield Row("budget", budget(answer.budgets, system))
    if answer.within[1] != 0:
        yield Row("within", _within(answer))


def _emptied(ended: Sequence[str], lost: Sequence[str], system: System) -> list[str]:
    """Return those that ended of whose children nothing else is said: nobody knows how many."""
    starters = {
        child.path
        for app in system.apps.values()
        for child in (app.root, *app.descendants)
        if (isinstance(child, Supervisor) and child.strategy == "simple_one_for_one")
        or (isinstance(child, Worker) and child.kind.acts_as == "dynamic")
    }
    told = {path.rpartition(".")[0] for path in lost}
    return list(dict.fromkeys(short(p) for p in ended if p in starters and p not in told))


def _undecided(path: str) -> str:
    return f"the phase of the second decides whether {short(path)} gives up; told as if it does"


def budget(budgets: Sequence[Budget], system: System) -> str:
    """Return how many further deaths each supervisor survives, and what follows."""
    said = []
    seconds, verb = 0, "gives up"
    for number, found in enumerate(budgets):
        if found.shuts_down:
            said.append(f"so that {short(found.supervisor)} shuts itself down")
            verb = "gives up"
            continue
        words = f"{found.deaths:,}"
        if number == 0:
            words += f" more {'death' if found.deaths == 1 else 'deaths'}"
        if found.seconds != seconds:
            words += f" within {found.seconds} s"
        seconds = found.seconds
        said.append(f"{words} and {short(found.supervisor)} {verb}")
        verb = "does"
    last = budgets[-1]
    said = [", ".join(said) + ("" if last.back else " and stays away")]
    if "." not in last.supervisor:
        said.append(given_up(last.supervisor, system))
    return "; ".join(said)


def given_up(app: str, system: System) -> str:
    """Return what follows when an application gives up for the first time."""
    if not system.nodes:
        return "the application ends, and in prod the VM stops"
    rest = FIRST_REST // 1_000
    return {
        "restart": f"it is started again after {rest} s",
        "move": f"it moves to the next node that is ready, and is home again after {rest} s",
        "stay_down": "it stays down",
        "stop_node": "its node stops",
    }[system.apps[app].on_give_up]


def _rows_of_fate(answer: Answer, fate: Fate, system: System) -> Iterator[Row]:
    rest = seconds(fate.rest)
    on = f" on {fate.node}" if fate.node else ""
    match fate.outcome:
        case "ends":
            yield Row("dev, test", f"{fate.app} ends and is not started again; the VM lives")
            yield Row("prod", "the VM stops, and with it every application")
        case "restarted":
            alone = " (no other node is ready)" if _moves(fate.app, system) else ""
            yield Row("then", f"{fate.app} is started again{on} after {rest}{alone}")
        case "moved":
            home = f"; home on {fate.node} after {rest}{state(fate.app, system, 'with')}"
            stay = "; it stays there, for they are equals"
            begins = f"{fate.app} begins anew on {fate.target} at once"
            yield Row("then", f"{begins}{home if fate.home else stay}")
        case "stays_down":
            yield Row("then", f"{fate.app} stays down{on} until somebody starts it")
        case "node_stops":
            yield Row("then", f"{fate.node} stops, and with it {listed(answer.stopped_apps)}")
        case "stopped":
            yield Row("then", f"{fate.app} does not run{on} until somebody starts it")
    for move in answer.moves:
        yield Row("cluster", moved(move, system))


def _moves(app: str, system: System) -> bool:
    return system.apps[app].on_give_up == "move"


def _gives(number: int) -> str:
    return "gives" if number == 1 else "give"


def _shuts(number: int) -> str:
    return "shuts itself" if number == 1 else "shut themselves"


def _within(answer: Answer) -> str:
    least, most = answer.within
    if most is None:
        return "no bound: some child may take as long as it likes to end"
    span = f"at most {seconds(most)}" if least == 0 else f"{seconds(least)} to {seconds(most)}"
    return f"{span}, and the time that the starts take"
