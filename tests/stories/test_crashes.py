"""The whole program, killed at random instants: a project is old or new, and nothing is lost.

`--cases N` says how many kills, 40 unless said; with `-s` their outcomes are printed. Half of
the instants lie anywhere in the time that a run takes, half of them after it begins to write.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from statistics import median

import pytest

from .test_stories import environment, otpgen, tree

APPS = 10
MINE = b"# mine, and nobody else has it: "


def architecture(strategy, removed=(), added=()):
    names = [f"app{number:02}" for number in range(APPS) if number not in removed]
    apps = "".join(
        f"  {name}:\n    strategy: {strategy}\n    children: [store, {{agent: cache}}]\n"
        for name in (*names, *added)
    )
    return f"otpgen: 1\nname: shop\napps:\n{apps}"


BEFORE = architecture("rest_for_one")
AFTER = architecture("one_for_one", removed=(3, 4, 5), added=("extra", "further"))


def edit(project):
    """Edits of every sort; what is written there is MINE and a number."""
    edited = [
        "README.md",
        "apps/app01/lib/app01/store.ex",
        "apps/app02/lib/app02/supervisor.ex",
        "apps/app03/lib/app03/store.ex",  # its application goes
    ]
    for number, path in enumerate(edited):
        with (project / path).open("ab") as file:
            file.write(MINE + b"%d\n" % number)
    added = ["apps/app04/lib/app04/own.ex", "apps/further/mix.exs", "notes.txt"]
    for number, path in enumerate(added, start=len(edited)):
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes(MINE + b"%d\n" % number)
    # Both have changed the same line: a conflict.
    supervisor = project / "apps/app07/lib/app07/supervisor.ex"
    text = supervisor.read_bytes()
    line = MINE + b"%d\n" % (len(edited) + len(added))
    supervisor.write_bytes(text.replace(b"strategy: :rest_for_one", line.rstrip() + b"\n"))
    (project / "apps/app06/lib/app06/cache.ex").unlink()
    return [MINE + b"%d\n" % number for number in range(len(edited) + len(added) + 1)]


class Run:
    """A verb in a folder: killed as often as wanted, each time in a new copy."""

    def __init__(self, folder, prepared, *arguments, writes):
        self.folder, self.prepared, self.arguments = folder, prepared, arguments
        self.writes = writes  # what appears once it begins to write: a pattern
        self.count = 0
        times = [self.go()[:2] for _ in range(3)]
        self.whole = median(ended for _, ended in times)
        self.writing = median(ended - begun for begun, ended in times)

    def go(self, after=None, from_writing=False):
        """Run it in a copy; when it began to write and when it ended, and the copy."""
        self.count += 1
        place = self.folder / str(self.count)
        shutil.copytree(self.prepared, place, symlinks=True)
        known = set(place.glob(self.writes))
        command = [sys.executable, "-m", "otpgen", *self.arguments]
        start = time.monotonic()
        process = subprocess.Popen(
            command,
            cwd=place,
            env=environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        begun = None
        if after is None or from_writing:
            while process.poll() is None:
                if set(place.glob(self.writes)) - known:
                    begun = time.monotonic() - start
                    break
        if after is None:
            process.wait()
            assert process.returncode in (0, 3)
        else:
            time.sleep(after)  # the instant of the kill
            with suppress(ProcessLookupError):  # git, if it runs, dies of the pipe
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return begun or 0.0, time.monotonic() - start, place

    def killed(self, number):
        """Run it in a copy and kill it at some instant; the copy."""
        if number % 2:
            return self.go(random.uniform(0, self.writing * 1.05), from_writing=True)[2]
        return self.go(random.uniform(0, self.whole * 1.05))[2]


def nothing_lost(place, lines):
    left = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    assert [line for line in lines if line not in left] == []


@pytest.fixture
def told(record_property):
    """Counts, printed under the name of what was killed."""
    outcomes = Counter({"old": 0, "new": 0, "finished by the next start": 0, "mixed": 0})

    def tell(what, run):
        text = ", ".join(f"{number} {outcome}" for outcome, number in outcomes.items())
        took = f"{run.whole:.2f} s, {run.writing:.3f} of them writing"
        record_property("outcomes", text)
        print(f"\n{what} killed {sum(outcomes.values())} times ({took}): {text}")
        assert outcomes["mixed"] == 0

    tell.outcomes = outcomes
    return tell


@pytest.fixture
def edited(tmp_path):
    """A project with edits and another architecture, and the lines of these edits."""
    (tmp_path / "shop.yaml").write_text(BEFORE)
    project = tmp_path / "edited"
    assert otpgen(tmp_path, "new", "shop.yaml", project).returncode == 0
    lines = edit(project)
    (project / "otpgen.yaml").write_text(AFTER)
    return project, lines


def kill(folder, prepared, verb, number, lines, told):
    """Kill a verb so often; what the next start finds is old or new."""
    runs = folder / "runs"
    runs.mkdir()
    run = Run(runs, prepared, verb, writes=".otpgen/local/run-*")
    old, new = tree(prepared), tree(runs / "1")
    assert old != new
    for count in range(number):
        place = run.killed(count)
        nothing_lost(place, lines)
        half = (place / ".otpgen/local/journal").is_file()
        # A start of any verb finishes it; regenerate would go on to the new.
        starts = "regenerate" if half and verb == "regenerate" and count % 4 < 2 else "status"
        assert otpgen(place, starts).returncode in ((0, 1, 3) if starts != "status" else (0,))
        nothing_lost(place, lines)
        found = tree(place)
        outcome = "old" if found == old else "new" if found == new else "mixed"
        if half and outcome == "new":
            outcome = "finished by the next start"
        elif half:
            outcome = "mixed"  # what was committed has to be done
        assert not (place / ".otpgen/local/journal").exists()
        told.outcomes[outcome] += 1
    told(verb, run)


def test_regenerate_killed_at_random_instants(edited, tmp_path, cases, told):
    project, lines = edited
    kill(tmp_path, project, "regenerate", cases or 40, lines, told)


def test_undo_killed_at_random_instants(edited, tmp_path, cases, told):
    project, lines = edited
    assert otpgen(project, "regenerate").returncode == 3
    kill(tmp_path, project, "undo", cases or 40, lines, told)


def test_regenerate_killed_goes_on_at_the_next_regenerate(edited, tmp_path, cases, told):
    """As one would do it: the same verb once more; then it is new, and one undo takes it back."""
    project, lines = edited
    runs = tmp_path / "runs"
    runs.mkdir()
    run = Run(runs, project, "regenerate", writes=".otpgen/local/run-*")
    old, new = tree(project), tree(runs / "1")
    for count in range((cases or 40) // 4):
        place = run.killed(count)
        half = (place / ".otpgen/local/journal").is_file()
        done = half or tree(place) == new
        again = otpgen(place, "regenerate")
        # The conflict is there: either this run has made it, or the one before.
        assert again.returncode == (1 if done else 3), again.stderr
        assert ("OG303" in again.stderr) == done
        nothing_lost(place, lines)
        outcome = "finished by the next start" if half else "new" if done else "old"
        told.outcomes[outcome if tree(place) == new else "mixed"] += 1
        assert otpgen(place, "undo").returncode == 0
        assert tree(place) == old
    told("regenerate, then regenerate,", run)


@pytest.mark.parametrize("there", ["absent", "empty"])
def test_new_killed_at_random_instants(tmp_path, cases, told, there):
    """The target is absent or whole; what is left over does not hinder the next.

    A folder that was there is filled entry by entry. Killed just then, it says so.
    """
    prepared, runs = tmp_path / "prepared", tmp_path / "runs"
    runs.mkdir()
    prepared.mkdir()
    (prepared / "shop.yaml").write_text(BEFORE)
    if there == "empty":
        (prepared / "shop").mkdir()
    inside = "shop/" if there == "empty" else ""
    run = Run(runs, prepared, "new", "shop.yaml", "shop", writes=f"{inside}.shop.otpgen-*")
    new = tree(runs / "1/shop")
    for count in range((cases or 40) if there == "absent" else (cases or 40) // 4):
        place = run.killed(count)
        target = place / "shop"
        names = {p.name for p in target.glob("*") if not p.name.startswith(".shop.otpgen-")}
        found = {name: what for name, what in tree(target).items() if ".otpgen-" not in name}
        if found == new:
            told.outcomes["new"] += 1
            continue
        again = otpgen(place, "new", "shop.yaml", "shop")
        if names and there == "empty":
            assert "OG401" in again.stderr
            told.outcomes["half filled, and said so"] += 1
            continue
        told.outcomes["old" if not names and again.returncode == 0 else "mixed"] += 1
        assert tree(target) == new
        assert sorted(path.name for path in place.iterdir()) == ["shop", "shop.yaml"]
    told(f"new, its target {there},", run)
