"""git's merge of three texts: real gits, old ones, broken ones, none."""

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpgen import toolchain
from tests.unit.test_merge import CASES

LABELS = ["-L", "yours", "-L", "ancestor", "-L", "fresh"]
TEXTS = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\n"]), max_size=8).map(b"".join)


@pytest.fixture
def git(tmp_path, monkeypatch):
    """Put a script in place of git."""

    def put(script):
        monkeypatch.setattr(toolchain, "_ALSO", "")
        monkeypatch.setenv("PATH", str(tmp_path))
        if script is not None:
            (tmp_path / "git").write_text(f"#!/bin/sh\n{script}\n")
            (tmp_path / "git").chmod(0o755)

    return put


def real():
    return toolchain.find("git")


def test_changes_in_other_places_are_merged():
    assert toolchain.merge_file(b"1\n2\n3\n4\n5\n", b"0\n2\n3\n4\n5\n", b"1\n2\n3\n4\n6\n") == (
        b"0\n2\n3\n4\n6\n",
        0,
    )


def test_a_conflict_names_yours_and_fresh_and_shows_the_ancestor():
    assert toolchain.merge_file(b"a\nb\n", b"a\nc\n", b"a\nd\n") == (
        b"a\n<<<<<<< yours\nc\n||||||| ancestor\nb\n=======\nd\n>>>>>>> fresh\n",
        1,
    )


def test_what_both_wrote_alike_stands_outside_of_the_markers():
    merged, conflicts = toolchain.merge_file(b"x\n", b"same\nc\n", b"same\nd\n")

    assert merged.startswith(b"same\n<<<<<<< yours\nc\n")
    assert conflicts == 1


def test_all_conflicts_are_counted():
    old = b"".join(b"%d\n\n\n\n" % i for i in range(200))

    _, conflicts = toolchain.merge_file(
        old, old.replace(b"\n\n", b"y\n\n"), old.replace(b"\n\n", b"f\n\n")
    )

    assert conflicts > 100


def test_binaries_are_not_merged():
    assert toolchain.merge_file(b"a\0", b"b\0", b"c\0") is None


def test_without_git_there_is_no_merge(git):
    git(None)

    assert toolchain.merge_file(b"a\n", b"b\n", b"c\n") is None


@pytest.mark.parametrize("status", [1, 126, 127])
def test_a_git_that_cannot_start_does_not_empty_the_file(git, status):
    git(f"exit {status}")

    assert toolchain.merge_file(b"a\n", b"b\n", b"c\n") is None


def test_a_git_that_cannot_be_executed_is_no_git(git, tmp_path):
    git("")
    (tmp_path / "git").write_bytes(b"\x7fELF")

    assert toolchain.merge_file(b"a\n", b"b\n", b"c\n") is None


def test_a_git_that_hangs_is_given_up(git):
    git("exec /bin/sleep 60")

    assert toolchain.merge_file(b"a\n", b"b\n", b"c\n", timeout=0.2) is None


def test_a_git_older_than_zdiff3_shows_the_ancestor_too(git):
    git(f'case "$*" in *zdiff3*) exit 129;; esac\nexec {real()} "$@"')

    merged, conflicts = toolchain.merge_file(b"a\n", b"b\n", b"c\n")

    assert merged == b"<<<<<<< yours\nb\n||||||| ancestor\na\n=======\nc\n>>>>>>> fresh\n"
    assert conflicts == 1


def test_no_repository_and_no_setting_has_a_say(tmp_path, monkeypatch):
    config = tmp_path / "config"
    config.write_text("[merge]\n\tconflictStyle = nonsense\n[core]\n\tnonsense")
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    broken = tmp_path / "repository"
    subprocess.run([real(), "init", "-q", broken], env={}, check=True)
    (broken / ".git/config").write_text("[core")
    monkeypatch.setattr("tempfile.tempdir", str(broken))
    monkeypatch.chdir(broken)

    assert toolchain.merge_file(b"a\n\n\n\nb\n", b"A\n\n\n\nb\n", b"a\n\n\n\nB\n") == (
        b"A\n\n\n\nB\n",
        0,
    )


def test_git_is_run_without_what_the_environment_says_to_git(git, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    git(
        f'[ -z "$GIT_DIR" ] && [ "$GIT_CONFIG_GLOBAL" = /dev/null ]'
        f' && [ "$GIT_CONFIG_NOSYSTEM" = 1 ] && exec {real()} "$@"; exit 255'
    )

    assert toolchain.merge_file(b"a\n", b"b\n", b"a\n") == (b"b\n", 0)


def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    toolchain.merge_file(b"a\n", b"b\n", b"c\n")

    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_no_merge(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))

    assert toolchain.merge_file(b"a\n", b"b\n", b"c\n") is None


@settings(max_examples=CASES, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_it_is_git_merge_file(tmp_path_factory, ancestor, yours, fresh):
    folder = tmp_path_factory.getbasetemp()
    for name, data in (("y", yours), ("a", ancestor), ("f", fresh)):
        (folder / name).write_bytes(data)
    run = subprocess.run(
        [real(), "merge-file", "--zdiff3", *LABELS, "y", "a", "f"],
        cwd=folder,
        capture_output=True,
    )

    assert toolchain.merge_file(ancestor, yours, fresh) == (
        (folder / "y").read_bytes(),
        run.returncode,
    )
