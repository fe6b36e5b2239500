"""The last run taken back: byte for byte, mode for mode."""

import errno

import pytest

from otpgen.errors import OtpgenError
from otpgen.merge import File
from otpgen.project import ANCESTOR, Step, apply, look, recover, undo

from .disks import (
    AFTER,
    BEFORE,
    CHANGING,
    REMOVED,
    Faulty,
    NoLinks,
    Quick,
    Stopped,
    project,
    steps,
    tree,
)


def changed(root, disk=None):
    """A project that a run has changed, and its trees before and after."""
    project(root)
    before = tree(root)
    apply(root, steps(root), AFTER, disk=disk or Quick())
    return before, tree(root)


def refused(call, *arguments):
    with pytest.raises(OtpgenError) as caught:
        call(*arguments)
    return [(p.location.path, p.code, p.message) for p in caught.value.problems]


@pytest.mark.parametrize("disk", [Quick(), NoLinks()], ids=["links", "no links"])
def test_everything_is_as_it_was(tmp_path, disk):
    root = tmp_path / "shop"
    before, after = changed(root, disk)
    assert before != after

    undone = undo(root, disk)

    assert tree(root) == before
    assert undone.verb == "regenerate" and undone.kept == ()
    assert [len(undone.restored), len(undone.back), len(undone.gone)] == [2, 5, 3]
    assert sorted(undone.back) == sorted(REMOVED)
    assert sorted(p.name for p in (root / ".otpgen/local").iterdir()) == [".gitignore"]


def test_there_is_nothing_to_undo(tmp_path):
    root = tmp_path / "shop"
    nothing = [(".", "OG408", "there is nothing to undo")]
    project(root)
    assert refused(undo, root) == nothing
    apply(root, steps(root), AFTER)
    undo(root)

    assert refused(undo, root) == nothing


def test_only_the_last_run_that_changed_something_is_taken_back(tmp_path):
    root = tmp_path / "shop"
    _, after = changed(root)
    apply(root, [Step("mix.exs", look(root, "mix.exs"), File(b"third"))], b"third")
    apply(root, [Step("mix.exs", look(root, "mix.exs"), File(b"third"))], b"third")

    undo(root)

    assert tree(root) == after


@pytest.mark.parametrize(
    ("edit", "path", "message"),
    [
        (lambda r: (r / "mix.exs").write_bytes(b"mine"), "mix.exs", "was changed since"),
        (lambda r: (r / "mix.exs").chmod(0o600), "mix.exs", "got another mode since"),
        (lambda r: (r / "mix.exs").unlink(), "mix.exs", "was removed since"),
        (
            lambda r: ((r / "mix.exs").unlink(), (r / "mix.exs").symlink_to("same.txt")),
            "mix.exs",
            "is a link now",
        ),
        (
            lambda r: (r / "apps/half/gone.ex").write_bytes(b"half\n"),
            "apps/half/gone.ex",
            "was written since",
        ),
        (lambda r: (r / ANCESTOR).write_bytes(b"x"), ANCESTOR, "was changed since"),
    ],
)
def test_a_file_that_changed_since_is_refused(tmp_path, edit, path, message):
    root = tmp_path / "shop"
    changed(root)
    edit(root)
    before = tree(root)

    assert refused(undo, root) == [(path, "OG409", message)]
    assert tree(root) == before


def test_every_file_that_changed_is_named(tmp_path):
    root = tmp_path / "shop"
    changed(root)
    (root / "mix.exs").write_bytes(b"mine")
    (root / "bin/start").write_bytes(b"mine")

    assert [path for path, _, _ in refused(undo, root)] == ["bin/start", "mix.exs"]


def test_files_that_the_run_did_not_touch_may_have_changed(tmp_path):
    root = tmp_path / "shop"
    before, _ = changed(root)
    (root / "same.txt").write_bytes(b"mine")
    (root / "apps/new/lib/mine.ex").write_bytes(b"mine")

    undo(root)

    assert (root / "apps/new/lib/mine.ex").read_bytes() == b"mine"
    assert not (root / "apps/new/lib/deep").exists()
    assert tree(root)["mix.exs"] == before["mix.exs"]


def test_an_empty_folder_that_was_there_before_stays(tmp_path):
    root = tmp_path / "shop"
    project(root)
    (root / "apps/new").mkdir()
    before = tree(root)
    apply(root, steps(root), AFTER)

    undo(root)

    assert tree(root) == before


def test_what_was_written_beside_goes_too(tmp_path):
    root = tmp_path / "shop"
    project(root)
    with pytest.raises(Stopped):
        apply(root, steps(root), AFTER, disk=Faulty(1, only=["rename"]))
    (root / "mix.exs").write_bytes(b"mine")
    recover(root)
    assert (root / "mix.exs.otpgen-new").exists()

    undo(root)

    assert (root / "mix.exs").read_bytes() == b"mine"
    assert not (root / "mix.exs.otpgen-new").exists()
    assert (root / ANCESTOR).read_bytes() == BEFORE


def test_a_backup_that_is_damaged_is_refused(tmp_path):
    root = tmp_path / "shop"
    changed(root)
    for kept in (root / ".otpgen/local").glob("run-*/old/*"):
        if kept.read_bytes() == b"old mix\n":
            kept.write_bytes(b"old m")
    before = tree(root)

    assert refused(undo, root) == [
        (".otpgen/local/undo", "OG407", "what mix.exs was before is missing or damaged")
    ]
    assert tree(root) == before


def test_an_edit_after_it_does_not_reach_what_is_kept(tmp_path):
    root = tmp_path / "shop"
    before, _ = changed(root)
    with (root / "mix.exs").open("r+b") as file:
        file.write(b"x")
    (root / "mix.exs").write_bytes(b"new mix\n")

    undo(root)

    assert tree(root) == before


def test_an_undo_that_stops_anywhere_is_wholly_old_or_wholly_new(tmp_path):
    outcomes = []
    for at in range(1_000):
        root = tmp_path / str(at)
        before, after = changed(root)
        disk = Faulty(at, only=CHANGING)
        try:
            undo(root, disk)
        except Stopped:
            recover(root, Quick())
        else:
            assert not disk.hit
            break
        outcomes.append("back" if tree(root) == before else "not yet")
        if outcomes[-1] == "not yet":
            assert tree(root) == after
            undo(root, Quick())
            assert tree(root) == before

    assert outcomes == sorted(outcomes, reverse=True)
    assert set(outcomes) == {"back", "not yet"}


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EACCES], ids=errno.errorcode.get)
def test_an_undo_that_fails_anywhere_is_told_and_leaves_no_half(tmp_path, error):
    for at in range(1_000):
        root = tmp_path / str(at)
        before, after = changed(root)
        disk = Faulty(at, error, only=CHANGING)
        try:
            undo(root, disk)
        except OtpgenError as caught:
            (problem,) = caught.problems
            assert problem.code == "OG403"
            recover(root, Quick())
            told_old = problem.hint == "nothing was changed"
            assert tree(root) == (after if told_old else before)
        else:
            assert tree(root) == before
        if not disk.hit:
            break

    assert not disk.hit
