"""Emitted code is changed by hand, one word at a time, and the emitted tests notice.

Each strategy, each budget, each restart type and each ``on_give_up``, in every example. CI plays
a part of them; ``--cases 1000`` plays all.
"""

import os
import re
import shutil
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import pytest

from otpgen.commands.check import check
from otpgen.commands.examples import example_file, example_names
from otpgen.model import Worker
from otpgen.plan.supervision_tests import ANSWER_SYSTEM_MESSAGES, MOST_ENDS, victim
from otpgen.semantics import child_ends, ends_until_it_gives_up, members, restarts
from tests.conftest import how_many

pytestmark = pytest.mark.mix
FEW = 12
STRATEGIES = ("one_for_one", "one_for_all", "rest_for_one")
OTHER_RESTART = {"permanent": "transient", "transient": "permanent", "temporary": "permanent"}


class Mutant(NamedTuple):
    """Changes to a file of an application: patterns and what is written instead.

    The first that finds something is made.
    """

    example: str
    app: str
    file: str
    changes: tuple
    name: str


def mutants(example):
    system = check(example_file(example)).system
    for app in system.apps.values():
        found = [*map(strategies, app.supervisors), *map(budgets, app.supervisors)]
        found += [*map(restart_types, app.workers), give_ups(app, system)]
        for file, changes, name in chain.from_iterable(found):
            path = f"lib/{app.name}/{file}.ex"
            yield Mutant(example, app.name, path, changes, f"{example}: {app.name}.{name}")


def strategies(supervisor):
    """Each other strategy; not one under which the same happens, whoever dies."""
    if supervisor.dynamic:  # it has only one
        return
    for strategy in STRATEGIES:
        other = replace(supervisor, strategy=strategy)
        ends = [[child_ends(s, m) for m in members(s)] for s in (supervisor, other)]
        if ends[0] != ends[1]:
            name = f"{supervisor.name} is {strategy}"
            yield supervisor.file, ((r"(?<=strategy: ):\w+", f":{strategy}"),), name


def budgets(supervisor):
    """One restart more than there should be."""
    most = supervisor.max_restarts
    dies = supervisor.child if supervisor.dynamic else victim(supervisor)
    if dies is None or ends_until_it_gives_up(supervisor) > MOST_ENDS:
        return
    if supervisor.dynamic and not restarts(dies):
        return
    name = f"{supervisor.name} restarts {most + 1} times"
    # Elixir's own number, 3, is not written out.
    written = r"(max_restarts|intensity): \d+", rf"\g<1>: {most + 1}"
    silent = r"strategy: :\w+", rf"\g<0>, max_restarts: {most + 1}"
    yield supervisor.file, (written, silent), name


def restart_types(worker):
    """Another restart type, of workers that can be told to end normally."""
    if not isinstance(worker, Worker) or worker.kind.behaviour not in ANSWER_SYSTEM_MESSAGES:
        return
    other = OTHER_RESTART[worker.restart]
    used = r"(?<=\n  )(use [\w.]+)(, restart: :\w+)?", rf"\g<1>, restart: :{other}"
    written = r"(:start_link, \[arg\]\})(,\s+restart: :\w+)?", rf"\g<1>, restart: :{other}"
    wrapped = r"(?<=      )(id: __MODULE__)(,\s+restart: :\w+)?", rf"\g<1>, restart: :{other}"
    yield worker.file, (used, written, wrapped), f"{worker.name} is {other}"


def give_ups(app, system):
    if app.root is None or not system.nodes:
        return
    other = "restart" if app.on_give_up == "stay_down" else "stay_down"
    change = r"(Supervisor)(, :\w+)?(?=\)\n)", rf"\g<1>, :{other}"
    yield "application", (change,), f"on_give_up is {other}"


ALL = [mutant for example in example_names() for mutant in mutants(example)]
CHOSEN = ALL[:: max(1, len(ALL) // how_many(FEW))]


@pytest.fixture(scope="module")
def copy(project, tmp_path_factory):
    """A copy of a project, to be changed and put back."""
    made = {}

    def copied(example):
        if example not in made:
            made[example] = tmp_path_factory.mktemp(f"mutants_{example}") / "project"
            shutil.copytree(project(example), made[example], symlinks=True)
        return made[example]

    return copied


@pytest.mark.parametrize("mutant", CHOSEN, ids=lambda mutant: mutant.name)
def test_a_change_is_noticed(copy, run, mutant):
    app = copy(mutant.example) / "apps" / mutant.app
    file = app / mutant.file
    text = file.read_text()
    tried = (re.sub(pattern, instead, text, count=1) for pattern, instead in mutant.changes)
    changed = next(new for new in tried if new != text)

    file.write_text(changed)
    try:
        as_if_compiled_before(copy(mutant.example), mutant.app)
        printed = run("mix", "test", cwd=app, status=None)
    finally:
        file.write_text(text)

    assert re.search(r"\b[1-9]\d* failures?\b|Could not start application", printed), printed


def as_if_compiled_before(root, app):
    """What is as old as the last compilation, to the second, is not compiled again."""
    for manifest in root.glob(f"_build/test/lib/{app}/.mix/compile.elixir"):
        before = manifest.stat().st_mtime - 10
        os.utime(manifest, (before, before))
