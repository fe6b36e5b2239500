"""A BEAM that plays cases, and a case: a tree with events, as Python, as JSON and as Erlang."""

import json
import os
import shlex
import subprocess
from dataclasses import asdict, fields
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from otpgen.semantics.processes import Dynamic, Process, Static
from otpgen.semantics.simulation import Simulation

SCRIPT = Path(__file__).parent / "beam" / "oracle.exs"
# Names that are new at each start are atoms, and atoms stay.
COMMAND = ["elixir", "--erl", "+t 10000000", str(SCRIPT)]
OTHER = "OTPGEN_ORACLE"
"""The environment's command for a BEAM of another version; scripts/debian13 names one."""
TOLD = (
    "killed",
    "terminated",
    "started",
    "unchanged",
    "gave_up",
    "auto_shutdown",
    "ended",
)
"""What a trace and the BEAM's answer have in common."""


class Case(NamedTuple):
    """Events are tuples: what happens, its arguments; ``("wait", milliseconds)``."""

    tree: Process
    events: tuple


class Oracle:
    """Started once; a case is asked about and answered, or many at a time."""

    def __init__(self):
        self._beam = subprocess.Popen(
            shlex.split(os.environ.get(OTHER, "")) or COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._asked = 0

    def close(self):
        self._beam.stdin.close()
        self._beam.stdout.close()
        self._beam.wait(timeout=30)

    def play(self, *cases):
        """What happened in each, event by event; with ``ms``, those until the last start."""
        first = self._asked
        self._asked += len(cases)
        # Answers come while questions are still being asked.
        asking = Thread(target=self._ask, args=(first, cases))
        asking.start()
        answers = {}
        while len(answers) < len(cases):
            size = self._beam.stdout.readline()
            assert size, "the BEAM is gone"
            answer = json.loads(self._beam.stdout.read(int(size)))
            answers[answer["id"]] = answer
        asking.join()
        failed = [answer["error"] for answer in answers.values() if "error" in answer]
        assert not failed, failed[0]
        return [answers[first + number]["traces"] for number in range(len(cases))]

    def _ask(self, first, cases):
        for number, case in enumerate(cases, first):
            text = f"{{{number},{term(case.tree)},[{','.join(asked(case))}]}}".encode("ascii")
            self._beam.stdin.write(b"%d\n%s" % (len(text), text))
        self._beam.stdin.flush()


def term(value):
    """A tree as an Erlang term in text."""
    match value:
        case Process():
            below = term(value.supervises)
            if value.registry is not None:
                below = f"{{registry,{binary(value.registry)}}}"
            significant = str(value.significant).lower()
            how = f"{value.kind},{value.restart},{value.shutdown},{significant}"
            return f"{{{binary(value.path)},{how},{below}}}"
        case Static():
            children = ",".join(map(term, value.children))
            budget = f"{value.max_restarts},{value.max_seconds}"
            return f"{{static,{value.strategy},{budget},{value.auto_shutdown},[{children}]}}"
        case Dynamic():
            most = "infinity" if value.max_children is None else value.max_children
            budget = f"{value.max_restarts},{value.max_seconds}"
            return f"{{dynamic,{budget},{most},{term(value.child)}}}"
        case None:
            return "none"
    raise TypeError(value)


def binary(path):
    return f'<<"{path}">>'


REASONS = {"{:shutdown, :done}": "{shutdown,done}"}


def asked(case):
    """The events as Erlang terms."""
    for name, *arguments in case.events:
        if name == "wait":
            yield f"{{wait,{round(arguments[0] * 1000)}}}"
            continue
        words = [binary(path) for path in arguments[:1]]
        if name in ("exit", "stop"):
            words.append(REASONS.get(arguments[1], arguments[1]))
        if name == "fail":
            words.append(str(arguments[1]))
        if name == "start_child":
            words.append(term(template(case.tree, arguments[0])))
        yield f"{{{','.join([name, *words])}}}"


def template(tree, path):
    """What the dynamic supervisor at a path starts; it may itself be started at run time."""
    found = tree
    for word in path.split(".")[1:]:
        below = found.supervises
        if isinstance(below, Dynamic):
            found = below.child
        else:
            found = next(child for child in below.children if child.name == word)
    return found.supervises.child


def play(simulation, event, at=None):
    """One event in the simulation; its trace."""
    name, *arguments = event
    return getattr(simulation, name)(*arguments, **({} if name == "fail" else {"at": at}))


def predicted(case):
    """The traces of all events; instants are those of the waits."""
    simulation = Simulation(case.tree)
    traces, now = [], 0.0
    for event in case.events:
        if event[0] == "wait":
            now += event[1]
        elif (trace := play(simulation, event, now)) is not None:
            traces.append(trace)
    return traces


def comparable(told, unordered):
    """The lists of a trace, with those that end at the same time each in a lane of its own."""
    tops = [path for group in unordered for path in group]

    def lanes(paths):
        found = {}
        for path in paths:
            inside = tuple(sorted(t for t in tops if path == t or path.startswith(f"{t}.")))
            found.setdefault(inside, []).append(path)
        return found

    return {
        **{name: told[name] for name in TOLD},
        "killed": [told["killed"][:1], sorted(told["killed"][1:])],
        "terminated": lanes(told["terminated"]),
        "unchanged": sorted(told["unchanged"]),
    }


def differences(case, expected, actual):
    """The first event whose traces differ, in text; None: there is none."""
    shown = [e for e in case.events if e[0] not in ("wait", "fail")]
    if not len(shown) == len(expected) == len(actual):
        return f"{len(shown)} events, {len(expected)} predicted, {len(actual)} played"
    for number, (event, trace, answer) in enumerate(zip(shown, expected, actual, strict=True)):
        said = {f.name: getattr(trace, f.name) for f in fields(trace)}
        said = {n: list(v) if isinstance(v, tuple) else v for n, v in said.items()}
        left = comparable(said, trace.unordered)
        right = comparable(answer, trace.unordered)
        if left != right:
            lines = [f"event {number}: {event}"]
            for name in TOLD:
                if left[name] != right[name]:
                    lines += [
                        f"  {name}",
                        f"    predicted {left[name]}",
                        f"    BEAM      {right[name]}",
                    ]
            return "\n".join(lines)
    return None


def write_case(case, file):
    """Keep a case as a plain file; what is as usual is left out."""
    tree = json.dumps(_written(asdict(case.tree), Process("")), indent=2)
    events = ",\n".join(f"  {json.dumps(event)}" for event in case.events)
    file.write_text(f'{{"tree": {tree},\n"events": [\n{events}\n]}}\n', encoding="utf-8")


def _written(values, usual):
    found = {}
    for name, value in values.items():
        if name == "supervises" and value is not None:
            static = "children" in value
            found[name] = _written(value, Static() if static else Dynamic())
        elif name == "children":
            found[name] = [_written(child, Process("")) for child in value]
        elif name == "child" and value is not None:
            found[name] = _written(value, Process(""))
        elif value != getattr(usual, name):
            found[name] = value
    return found


def read_case(file):
    case = json.loads(file.read_text(encoding="utf-8"))
    return Case(_process(case["tree"]), tuple(map(tuple, case["events"])))


def _process(values):
    supervises = values.get("supervises")
    if supervises is not None and values["kind"] in ("supervisor", "partition"):
        children = tuple(map(_process, supervises.get("children", ())))
        supervises = Static(**{**supervises, "children": children})
    elif supervises is not None:
        child = supervises.get("child")
        supervises = Dynamic(**{**supervises, "child": child and _process(child)})
    return Process(**{**values, "supervises": supervises})
