"""A project is changed wholly or not at all, and no byte of the user's is lost."""

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpgen.errors import OtpgenError
from otpgen.merge import File
from otpgen.project import ANCESTOR, Step, apply, look, recover, undo
from otpgen.project.disk import Disk
from otpgen.project.record import parse_record
from tests.conftest import how_many

from .disks import (
    AFTER,
    BEFORE,
    CHANGING,
    OLD,
    Faulty,
    NoLinks,
    Quick,
    Stopped,
    contents,
    project,
    steps,
    tree,
)

ROOT = Path(__file__).parents[2]
CASES = how_many(10)
ERRORS = [errno.ENOSPC, errno.EACCES]


@pytest.fixture
def shop(tmp_path):
    return project(tmp_path / "shop")


@pytest.fixture(scope="module")
def old_and_new(tmp_path_factory):
    """The tree before and after, and how many calls that takes."""
    root = project(tmp_path_factory.mktemp("whole") / "shop")
    disk = Faulty()
    old = tree(root)
    apply(root, steps(root), AFTER, disk=disk)
    return old, tree(root), disk.calls


def local(root):
    return sorted(p.name.split("-")[0] for p in (root / ".otpgen/local").glob("*"))


def begin(root, stop_at="rename", count=2):
    """Begin a run and stop it: by default at the first rename after the commit point."""
    disk = Faulty(at=count - 1, only=[stop_at])
    with pytest.raises(Stopped):
        apply(root, steps(root), AFTER, disk=disk)
    assert (root / ".otpgen/local/journal").exists()


def refused(call, *arguments, **options):
    with pytest.raises(OtpgenError) as caught:
        call(*arguments, **options)
    return [(p.location.path, p.code, p.message) for p in caught.value.problems]


# Whole


def test_a_run_changes_what_its_steps_say(shop):
    applied = apply(shop, steps(shop), AFTER)

    assert applied.kept == () and applied.verb == "regenerate"
    assert applied.changed == tuple(sorted(applied.changed)) and len(applied.changed) == 11
    files = {k: v for k, v in tree(shop).items() if v[0] not in ("folder", "link")}
    assert files == {
        ".otpgen/ancestor": (AFTER, 0o644),
        "apps/half/mine.ex": OLD["apps/half/mine.ex"],
        "apps/new/lib/deep/n.ex": (b"brand new\n", 0o644),
        "becomes/folder/x.ex": (b"inside now\n", 0o644),
        "becomes_file": (b"file now\n", 0o755),
        "bin/start": (b"#!/bin/sh old\n", 0o600),
        "mix.exs": (b"new mix\n", 0o644),
        "otpgen.yaml": OLD["otpgen.yaml"],
        "same.txt": OLD["same.txt"],
    }


def test_folders_that_are_emptied_go_and_others_stay(shop):
    (shop / "empty").mkdir()
    (shop / "apps/half/empty").mkdir()

    apply(shop, steps(shop), AFTER)

    assert not (shop / "gone").exists()
    assert (shop / "apps/half/empty").is_dir() and (shop / "empty").is_dir()


def test_a_folder_keeps_its_mode_when_its_only_file_is_replaced_by_another(shop):
    (shop / "gone/lib").chmod(0o711)
    made = [Step(f"gone/lib/{n}.ex", look(shop, f"gone/lib/{n}.ex"), None) for n in "ab"]

    apply(shop, [*made, Step("gone/lib/c.ex", None, File(b"c"))], BEFORE)

    assert (shop / "gone/lib").stat().st_mode & 0o777 == 0o711


def test_a_run_without_changes_touches_nothing(shop):
    apply(shop, steps(shop), AFTER)
    before = {p: p.lstat().st_mtime_ns for p in shop.rglob("*")}
    time.sleep(0.01)  # so that a touch would show: some clocks are as coarse as that
    file = look(shop, "mix.exs")

    assert recover(shop) is None
    applied = apply(shop, [Step("mix.exs", file, file), Step("nowhere", None, None)], AFTER)

    assert applied.changed == ()
    assert {p: p.lstat().st_mtime_ns for p in shop.rglob("*")} == before


def test_a_project_that_was_never_changed_gets_no_folder_by_looking(shop):
    assert recover(shop) is None
    assert apply(shop, [], BEFORE).changed == ()

    assert not (shop / ".otpgen/local").exists()


def test_an_unchanged_file_is_not_written(shop):
    before = (shop / "same.txt").lstat()

    apply(shop, [Step("same.txt", look(shop, "same.txt"), File(b"same\n")), *steps(shop)], AFTER)

    after = (shop / "same.txt").lstat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize(
    ("mode", "wanted", "got"),
    [
        (0o600, 0o644, 0o600),
        (0o664, 0o644, 0o664),
        (0o664, 0o755, 0o775),
        (0o640, 0o755, 0o750),
        (0o700, 0o755, 0o700),
        (0o751, 0o644, 0o640),
        (0o444, 0o644, 0o444),
    ],
)
def test_only_the_right_to_execute_is_otpgens(shop, mode, wanted, got):
    (shop / "mix.exs").chmod(mode)

    apply(shop, [Step("mix.exs", look(shop, "mix.exs"), File(b"new", wanted))], BEFORE)

    assert tree(shop)["mix.exs"] == (b"new", got)


def test_new_files_and_folders_heed_the_umask(shop):
    mask = os.umask(0o027)
    try:
        apply(shop, [Step("x/y.sh", None, File(b"", 0o755))], BEFORE)
    finally:
        os.umask(mask)

    assert tree(shop)["x/y.sh"] == (b"", 0o750)
    assert tree(shop)["x"] == ("folder", 0o750)


def test_what_is_this_machines_alone_is_ignored_by_git(shop):
    apply(shop, steps(shop), AFTER)

    assert (shop / ".otpgen/local/.gitignore").read_text() == "*\n"


def test_the_architecture_is_never_a_step(shop):
    with pytest.raises(ValueError, match="the user's"):
        apply(shop, [Step("otpgen.yaml", look(shop, "otpgen.yaml"), File(b"x"))], BEFORE)


def test_many_files_are_written_in_one_go(shop):
    made = [Step(f"many/{n % 7}/{n}.ex", None, File(b"%d" % n)) for n in range(300)]
    disk = Faulty(only=["sync"])

    apply(shop, made, BEFORE, disk=disk)

    assert len(list((shop / "many").rglob("*.ex"))) == 300
    assert disk.calls < 30
    undo(shop)
    assert not (shop / "many").exists()


# Stopped and failing


def after_a_stop(root, old_and_new, disk):
    """Which of the two trees it is once the next start is done."""
    old, new, _ = old_and_new
    before = {data for data, _ in OLD.values()}
    assert before <= contents(root)
    committed = (root / ".otpgen/local/journal").exists()

    applied = recover(root, disk)

    assert applied is None or applied.kept == ()
    assert before <= contents(root)
    assert not committed or tree(root) == new
    assert set(local(root)) <= {".gitignore", "run", "undo"}
    assert local(root).count("run") == local(root).count("undo")
    assert list((root / ".otpgen/local").glob("run-*/new")) == []
    assert tree(root) in (old, new)
    return "new" if tree(root) == new else "old"


@pytest.mark.parametrize("kind", [Quick, NoLinks], ids=["links", "no links"])
def test_a_run_that_stops_anywhere_is_wholly_old_or_wholly_new(tmp_path, old_and_new, kind):
    class Stopping(Faulty, kind):
        pass

    counting = Stopping(only=CHANGING)
    root = project(tmp_path / "count")
    apply(root, steps(root), AFTER, disk=counting)
    outcomes = []
    for at in range(counting.calls):
        root = project(tmp_path / str(at))
        with pytest.raises(Stopped):
            apply(root, steps(root), AFTER, disk=Stopping(at, only=CHANGING))
        outcomes.append(after_a_stop(root, old_and_new, kind()))

    # One commit point: old before it, new from there on.
    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {"old", "new"}


@pytest.mark.parametrize("sticky", [False, True], ids=["once", "from there on"])
@pytest.mark.parametrize("error", ERRORS, ids=errno.errorcode.get)
def test_a_call_that_fails_anywhere_is_told_and_leaves_no_half(
    tmp_path, old_and_new, error, sticky
):
    said = set()
    for at in range(old_and_new[2]):
        root = project(tmp_path / str(at))
        disk = Faulty(at, error, sticky=sticky)
        try:
            apply(root, steps(root), AFTER, disk=disk)
        except OtpgenError as caught:
            (problem,) = caught.problems
            assert problem.code == "OG403"
            assert os.strerror(error).lower() in problem.message
            assert problem.hint in (
                "nothing was changed",
                "the next otpgen in this project finishes it",
            )
            assert not problem.location.path.startswith(".otpgen/local/")
            assert not problem.location.path.startswith("/")
            if problem.hint == "nothing was changed":
                assert tree(root) == old_and_new[0]
            outcome = after_a_stop(root, old_and_new, Quick())
            assert (outcome == "old") == (problem.hint == "nothing was changed")
            said.add(outcome)
        else:
            assert after_a_stop(root, old_and_new, Quick()) == "new"

    assert said == {"old", "new"}


def test_the_next_start_may_be_stopped_too(tmp_path, old_and_new):
    for at in range(400):
        root = project(tmp_path / str(at))
        begin(root)
        disk = Faulty(at, only=CHANGING)
        try:
            recover(root, disk)
        except Stopped:
            assert after_a_stop(root, old_and_new, Quick()) == "new"
        else:
            break

    assert not disk.hit
    assert tree(root) == old_and_new[1]


def test_a_failing_start_is_told_and_the_one_after_it_finishes(tmp_path, old_and_new):
    for at in range(400):
        root = project(tmp_path / str(at))
        begin(root)
        disk = Faulty(at, errno.EACCES)
        try:
            recover(root, disk)
        except OtpgenError as caught:
            assert [p.code for p in caught.problems] == ["OG403"]
        assert after_a_stop(root, old_and_new, Quick()) == "new"
        if not disk.hit:
            break

    assert not disk.hit


def test_a_read_only_folder_is_refused_before_anything_is_written(shop):
    class ReadOnly(Quick):
        def may_write(self, path):
            return not path.endswith("/gone/lib")

    before = tree(shop)

    assert refused(apply, shop, steps(shop), AFTER, disk=ReadOnly()) == [
        ("gone/lib", "OG403", "cannot be written: permission denied")
    ]
    assert tree(shop) == before
    assert not (shop / ".otpgen/local").exists()


def test_an_emptied_folder_stays_where_the_folder_around_it_is_read_only(shop):
    class ReadOnly(Quick):
        def may_write(self, path):
            return not path.endswith("/gone")

        def rmdir(self, path):
            assert not path.endswith("/gone/lib")
            super().rmdir(path)

    apply(shop, steps(shop), AFTER, disk=ReadOnly())

    assert list((shop / "gone/lib").iterdir()) == []


CHILD = """
import sys
from pathlib import Path
from otpgen.project import apply, locked, recover
from tests.unit.disks import AFTER, steps
root = Path(sys.argv[1])
made = steps(root)
print("ready", flush=True)
sys.stdin.readline()
with locked(root, "regenerate"):
    recover(root)
    apply(root, made, AFTER)
print("done", flush=True)
"""


def child(root):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_killed_process_leaves_a_whole_project(tmp_path, old_and_new, record_property):
    """Real kills, at random instants; --cases says how many."""
    outcomes = {"old": 0, "new": 0, "finished": 0}
    longest = 0.05
    for case in range(CASES):
        root = project(tmp_path / str(case))
        with child(root) as process:
            assert process.stdout.readline() == "ready\n"
            start = time.monotonic()
            process.stdin.write("\n")
            process.stdin.flush()
            if case:
                time.sleep(random.uniform(0, longest))  # the instant of the kill
                process.send_signal(signal.SIGKILL)
            said, errors = process.communicate()
            if not case:  # how long it takes when nobody kills it
                assert (said, errors) == ("done\n", "")
                longest = time.monotonic() - start
        half = (root / ".otpgen/local/journal").exists()
        recovered = recover(root)
        assert (recovered is not None) == half
        lock = root / ".otpgen/local/lock"
        lock.unlink(missing_ok=True)
        outcome = after_a_stop(root, old_and_new, Quick())
        outcomes["finished" if half else outcome] += 1

    record_property("outcomes", str(outcomes))
    print(outcomes)
    assert sum(outcomes.values()) == CASES


def test_of_two_processes_at_once_one_works_and_one_is_told(tmp_path, old_and_new):
    for case in range(3):
        root = project(tmp_path / str(case))
        processes = [child(root), child(root)]
        for process in processes:
            assert process.stdout.readline() == "ready\n"
        for process in processes:
            process.stdin.write("\n")
            process.stdin.flush()
        said = [process.communicate() for process in processes]

        assert tree(root) == old_and_new[1]
        assert sum(out == "done\n" for out, _ in said) >= 1
        for out, err in said:
            # The one that came late found files other than it had looked at.
            assert out == "done\n" or "OG404" in err or "OG405" in err


# What is not as it was


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda p: p.write_bytes(b"edited"), "was changed while otpgen worked"),
        (lambda p: p.unlink(), "was removed while otpgen worked"),
        (lambda p: p.chmod(0o755), "got another mode while otpgen worked"),
        (lambda p: (p.unlink(), p.mkdir()), "became a folder while otpgen worked"),
    ],
)
def test_a_file_that_changed_since_it_was_looked_at(shop, edit, message):
    made = steps(shop)
    edit(shop / "mix.exs")
    before = tree(shop)

    assert refused(apply, shop, made, AFTER) == [("mix.exs", "OG405", message)]
    assert tree(shop) == before


def test_a_file_that_appeared_since_is_not_overwritten(shop):
    made = steps(shop)
    (shop / "apps/new/lib/deep").mkdir(parents=True)
    (shop / "apps/new/lib/deep/n.ex").write_text("mine")
    before = tree(shop)

    assert [code for _, code, _ in refused(apply, shop, made, AFTER)] == ["OG405"]
    assert tree(shop) == before


def test_a_file_that_changes_while_it_is_staged(shop):
    class Edited(Disk):
        def link(self, old, new):
            if old.endswith("mix.exs"):
                Path(old).write_bytes(b"edited")
            super().link(old, new)

    made = steps(shop)

    assert [code for _, code, _ in refused(apply, shop, made, AFTER, disk=Edited())] == ["OG405"]
    assert (shop / "mix.exs").read_bytes() == b"edited"
    assert (shop / "gone/lib/a.ex").exists()
    assert local(shop) == [".gitignore"]


def test_nothing_is_written_through_what_is_in_the_way(shop, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    made = steps(shop)
    cases = [
        (lambda p: p.symlink_to(outside), "apps/new", "is a link; nothing is written through it"),
        (lambda p: p.write_text("mine"), "apps/new", "is no folder"),
        (lambda p: p.mkdir(parents=True), "apps/new/lib/deep/n.ex", "is a folder"),
        (os.mkfifo, "apps/new", "is no folder"),
    ]
    for number, (make, path, message) in enumerate(cases):
        root = project(tmp_path / f"case{number}")
        make(root / path)
        before = tree(root)

        assert refused(apply, root, made, AFTER) == [(path, "OG406", message)]
        assert tree(root) == before
    assert list(outside.iterdir()) == []


def test_a_folder_with_a_file_of_the_users_does_not_become_a_file(shop):
    (shop / "becomes_file/mine").write_text("mine")
    before = tree(shop)

    assert refused(apply, shop, steps(shop), AFTER) == [("becomes_file", "OG406", "is a folder")]
    assert tree(shop) == before


@pytest.mark.parametrize("folder", [".otpgen", ".otpgen/local"])
def test_otpgens_own_folder_is_no_way_out(shop, tmp_path, folder):
    outside = tmp_path / "outside"
    outside.mkdir()
    if folder == ".otpgen":
        (shop / ANCESTOR).rename(outside / "ancestor")
        (shop / folder).rmdir()
    (shop / folder).symlink_to(outside)
    before = contents(outside)
    (outside / "run-0123456789abcdef").mkdir()

    assert [code for _, code, _ in refused(apply, shop, steps(shop), AFTER)] == ["OG406"]
    assert [code for _, code, _ in refused(recover, shop)] == ["OG406"]
    assert contents(outside) == before
    assert (outside / "run-0123456789abcdef").exists()


@pytest.mark.parametrize(
    "path", ["../x", "/x", "a/../../x", ".git/hooks/x", ".otpgen/x", "a//b", ""]
)
def test_a_step_stays_inside(shop, path):
    before = tree(shop)

    (said,) = refused(apply, shop, [Step(path, None, File(b"x"))], AFTER)

    assert said[1] == "OG406"
    assert tree(shop) == before


# Edited between the stop and the next start


def test_a_file_that_was_edited_meanwhile_stays_and_what_is_new_lies_beside(shop):
    begin(shop, "rename", 2)
    (shop / "mix.exs").write_bytes(b"edited")

    applied = recover(shop)

    assert [(k.path, k.reason, k.beside) for k in applied.kept] == [
        ("mix.exs", "was changed meanwhile", "mix.exs.otpgen-new")
    ]
    assert "mix.exs" not in applied.changed and "becomes_file" in applied.changed
    assert (shop / "mix.exs").read_bytes() == b"edited"
    assert (shop / "mix.exs.otpgen-new").read_bytes() == b"new mix\n"
    assert (shop / ANCESTOR).read_bytes() == AFTER
    assert recover(shop) is None


def test_what_lies_beside_already_is_not_overwritten(shop):
    begin(shop, "rename", 2)
    (shop / "mix.exs").write_bytes(b"edited")
    (shop / "mix.exs.otpgen-new").write_bytes(b"mine too")

    applied = recover(shop)

    assert applied.kept[0].beside == "mix.exs.2.otpgen-new"
    assert (shop / "mix.exs.otpgen-new").read_bytes() == b"mine too"
    assert (shop / "mix.exs.2.otpgen-new").read_bytes() == b"new mix\n"


def test_a_stop_after_it_was_put_beside_does_not_forget_it(tmp_path):
    for at in range(300):
        root = project(tmp_path / str(at))
        begin(root, "rename", 2)
        (root / "mix.exs").write_bytes(b"edited")
        disk = Faulty(at, only=CHANGING)
        try:
            applied = recover(root, disk)
        except Stopped:
            half = (root / ".otpgen/local/journal").exists()
            applied = recover(root, Quick())
            assert (applied is not None) == half
            if half:
                assert [k.beside for k in applied.kept] == ["mix.exs.otpgen-new"]
        assert (root / "mix.exs").read_bytes() == b"edited"
        assert (root / "mix.exs.otpgen-new").read_bytes() == b"new mix\n"
        assert not (root / "mix.exs.2.otpgen-new").exists()
        if not disk.hit:
            break

    assert not disk.hit


def test_a_file_to_be_removed_that_was_edited_meanwhile_stays(shop):
    begin(shop, "unlink", 1)
    (shop / "gone/lib/a.ex").write_bytes(b"edited")

    applied = recover(shop)

    assert [(k.path, k.beside) for k in applied.kept] == [("gone/lib/a.ex", "")]
    assert (shop / "gone/lib/a.ex").read_bytes() == b"edited"
    assert not (shop / "gone/lib/b.ex").exists()


def test_a_mode_that_was_changed_meanwhile_is_an_edit(shop):
    begin(shop, "rename", 2)
    (shop / "mix.exs").chmod(0o600)

    assert [k.path for k in recover(shop).kept] == ["mix.exs"]
    assert tree(shop)["mix.exs"] == (b"old mix\n", 0o600)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda p, out: p.symlink_to(out / "file"), "is a link now"),
        (lambda p, out: p.mkdir(), "is a folder now"),
        (lambda p, out: None, "was removed meanwhile"),
        (lambda p, out: os.mkfifo(p), "is no regular file now"),
    ],
)
def test_something_else_in_a_files_place_stays(shop, tmp_path, make, reason):
    (tmp_path / "file").write_text("outside")
    begin(shop, "rename", 2)
    (shop / "mix.exs").unlink()
    make(shop / "mix.exs", tmp_path)
    before = os.path.lexists(shop / "mix.exs") and (shop / "mix.exs").lstat().st_ino

    (kept,) = recover(shop).kept

    assert (kept.path, kept.reason, kept.beside) == ("mix.exs", reason, "mix.exs.otpgen-new")
    after = os.path.lexists(shop / "mix.exs") and (shop / "mix.exs").lstat().st_ino
    assert after == before
    assert (tmp_path / "file").read_text() == "outside"


def test_a_folder_that_became_a_link_meanwhile_is_no_way_out(shop, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("a.ex", "b.ex"):
        (outside / name).write_bytes(OLD[f"gone/lib/{name}"][0])
        (outside / name).chmod(OLD[f"gone/lib/{name}"][1])
    begin(shop, "unlink", 1)
    (shop / "gone/lib").rename(tmp_path / "moved")
    (shop / "gone/lib").symlink_to(outside)
    (shop / "apps/new").symlink_to(outside)

    applied = recover(shop)

    assert sorted(p.name for p in outside.iterdir()) == ["a.ex", "b.ex"]
    assert [(k.path, k.reason, k.beside) for k in applied.kept] == [
        ("gone/lib/a.ex", "is a link now", ""),
        ("gone/lib/b.ex", "is a link now", ""),
        ("apps/new/lib/deep/n.ex", "is a link now", ""),
    ]


def test_an_ancestor_that_was_replaced_meanwhile_stays(shop):
    begin(shop, "rename", 2)
    (shop / ANCESTOR).write_bytes(b"another branch\n")

    assert [(k.path, k.beside) for k in recover(shop).kept] == [(ANCESTOR, "")]
    assert (shop / ANCESTOR).read_bytes() == b"another branch\n"
    assert parse_record((shop / ".otpgen/local/undo").read_bytes())


def test_a_name_too_long_for_one_beside_it_does_not_stop_the_rest(shop):
    name = "x" * 250
    (shop / name).write_bytes(b"old")
    made = [Step(name, look(shop, name), File(b"new"))]
    with pytest.raises(Stopped):
        apply(shop, made, BEFORE, disk=Faulty(1, only=["rename"]))
    (shop / name).write_bytes(b"edited")

    assert [k.beside for k in recover(shop).kept] == [""]
    assert (shop / name).read_bytes() == b"edited"


# Journals of strangers


def journal(root, change=None, **fields):
    """A sound journal, with these fields instead."""
    place = root / ".otpgen/local/journal"
    data = json.loads(place.read_bytes())
    data.update({key.replace("_", " "): value for key, value in fields.items()})
    if change:
        data["changes"][0] = change
    place.write_text(json.dumps(data))


SHA = "0" * 64
HOSTILE = {
    "outside": {"change": ["../outside", None, [SHA, 420]]},
    "absolute": {"change": ["/tmp/outside", None, [SHA, 420]]},
    "git": {"change": [".git/hooks/pre-commit", None, [SHA, 493]]},
    "git by case": {"change": ["a/.GIT/x", None, [SHA, 493]]},
    "otpgen": {"change": [".otpgen/local/undo", None, [SHA, 420]]},
    "backslash": {"change": ["a\\b", None, [SHA, 420]]},
    "nul": {"change": ["a\0b", None, [SHA, 420]]},
    "surrogate": {"change": ["a\ud800", None, [SHA, 420]]},
    "no path": {"change": [5, None, [SHA, 420]]},
    "no hash": {"change": ["a", None, ["../x", 420]]},
    "mode": {"change": ["a", None, [SHA, 1 << 20]]},
    "mode is true": {"change": ["a", None, [SHA, True]]},
    "no change": {"change": ["a", None, None]},
    "short": {"change": ["a", None]},
    "twice": {"change": ["mix.exs", None, [SHA, 420]]},
    "run": {"run": "../../outside"},
    "run of none": {"run": "run-" + "f" * 16},
    "verb": {"verb": "\x1b[31m"},
    "made": {"made": [["../outside", 511]]},
    "pruned": {"pruned": [["../outside", 511]]},
    "pruned too": {"pruned": [["/", 511]]},
    "changes": {"changes": {}},
    "a field more": {"more": 1},
    "version": {"otpgen_journal": 2},
    "version too": {"otpgen_journal": "1"},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_journal_is_refused(shop, tmp_path, name):
    begin(shop)
    (tmp_path / "outside").mkdir()
    journal(shop, **HOSTILE[name])
    before = tree(tmp_path)

    ((path, code, message),) = refused(recover, shop)

    assert (path, code) == (".otpgen/local/journal", "OG407")
    assert message.isprintable()
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b"1" * 10_000,
        b'{"otpgen journal": 1}',
        b"NaN",
    ],
)
def test_a_journal_that_is_none_is_refused(shop, data):
    begin(shop)
    before = tree(shop)
    (shop / ".otpgen/local/journal").write_bytes(data)

    assert [code for _, code, _ in refused(recover, shop)] == ["OG407"]
    assert tree(shop) == before
    assert {data for data, _ in OLD.values()} <= contents(shop)


def test_a_journal_that_is_a_link_is_refused(shop, tmp_path):
    begin(shop)
    place = shop / ".otpgen/local/journal"
    place.rename(tmp_path / "journal")
    place.symlink_to(tmp_path / "journal")

    assert refused(recover, shop) == [(".otpgen/local/journal", "OG407", "is a link")]


def test_a_damaged_stage_is_refused_before_anything_is_written(shop):
    begin(shop)
    for staged in (shop / ".otpgen/local").glob("run-*/new/*"):
        if staged.read_bytes() == b"new mix\n":
            staged.write_bytes(b"new m")
    before = tree(shop)

    assert refused(recover, shop) == [
        (".otpgen/local/journal", "OG407", "what mix.exs shall be is damaged")
    ]
    assert tree(shop) == before


@settings(max_examples=max(60, CASES * 5), deadline=None)
@given(at=st.integers(0, 3_000), data=st.binary(max_size=6), cut=st.integers(0, 6))
def test_a_journal_with_any_bytes_in_it_does_no_harm(tmp_path_factory, at, data, cut):
    folder = tmp_path_factory.mktemp("any")
    root = project(folder / "shop")
    begin(root)
    place = root / ".otpgen/local/journal"
    text = place.read_bytes()
    at %= len(text)
    place.write_bytes(text[:at] + data + text[at + cut :])

    try:
        recover(root, Quick())
    except OtpgenError as caught:
        assert {p.code for p in caught.problems} <= {"OG403", "OG407"}

    assert [p.name for p in folder.iterdir()] == ["shop"]
    assert {data for data, _ in OLD.values()} <= contents(root)


def test_leftovers_of_a_stage_are_cleaned_away_without_following_links(shop, tmp_path):
    apply(shop, steps(shop), AFTER)
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious/file").write_text("x")
    (shop / ".otpgen/local/run-aaaaaaaaaaaaaaaa").symlink_to(tmp_path / "precious")
    (shop / ".otpgen/local/run-bbbbbbbbbbbbbbbb").mkdir()
    (shop / ".otpgen/local/run-bbbbbbbbbbbbbbbb/l").symlink_to(tmp_path / "precious")
    (shop / ".otpgen/local/notes").write_text("not otpgen's")

    recover(shop)

    assert local(shop) == [".gitignore", "notes", "run", "undo"]
    assert (tmp_path / "precious/file").read_text() == "x"


def test_what_can_be_taken_back_is_not_cleaned_away_when_that_cannot_be_read(shop):
    apply(shop, steps(shop), AFTER)
    (shop / ".otpgen/local/undo").write_text("{")

    recover(shop)

    assert "run" in local(shop)
    assert {data for data, _ in OLD.values()} <= contents(shop)
