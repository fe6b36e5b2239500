"""What stands on the disk, without following a link."""

import errno
import os

import pytest

from otpgen.merge import File, Odd
from otpgen.project import disk, look, own_files

from .disks import Faulty, write


@pytest.mark.parametrize(("mode", "seen"), [(0o600, 0o644), (0o664, 0o644), (0o700, 0o755)])
def test_a_file_is_seen_with_the_mode_that_git_keeps(tmp_path, mode, seen):
    write(tmp_path, {"a/b": (b"x", mode)})

    assert look(tmp_path, "a/b") == File(b"x", seen)


def test_what_is_no_file_is_seen_as_what_it_is(tmp_path):
    write(tmp_path, {"folder/file": (b"x", 0o644)})
    (tmp_path / "link").symlink_to("folder/file")
    (tmp_path / "linked").symlink_to("folder")
    (tmp_path / "nowhere").symlink_to("missing")
    os.mkfifo(tmp_path / "fifo")

    seen = {
        path: look(tmp_path, path)
        for path in ("folder", "link", "linked/file", "nowhere", "fifo", "none", "folder/file/x")
    }

    assert seen == {
        "folder": Odd.FOLDER,
        "link": Odd.LINK,
        "linked/file": Odd.LINK,
        "nowhere": Odd.LINK,
        "fifo": Odd.SPECIAL,
        "none": None,
        "folder/file/x": None,
    }


def test_a_file_that_cannot_be_read_is_told_so(tmp_path, monkeypatch):
    write(tmp_path, {"d/a": (b"12345", 0o644)})

    assert look(tmp_path, "d/a", Faulty(0, errno.EACCES, only=["read"])) is Odd.UNREADABLE
    assert look(tmp_path, "d/a", Faulty(0, errno.EIO, only=["lstat"])) is Odd.UNREADABLE
    assert disk.raw(tmp_path, "d/a", most=5) == File(b"12345", 0o644)
    assert disk.raw(tmp_path, "d/a", most=4) is Odd.UNREADABLE


def test_the_users_own_files_are_found_and_others_are_not(tmp_path):
    own = ["apps/a/lib/mine.ex", "apps/a/var/kept.ex", "notes.md"]
    skipped = ["_build/x", "deps/x", "apps/a/_build/x", "apps/a/node_modules/x", ".git/x"]
    skipped += [".otpgen/x", "var/x", ".elixir_ls/x", "x.otpgen-new", "apps/a/.git/x"]
    write(tmp_path, {path: (path.encode(), 0o755) for path in [*own, *skipped, "known.ex"]})
    write(tmp_path, {"large": (bytes(1024**2 + 1), 0o644), "most": (bytes(1024**2), 0o644)})
    (tmp_path / "link").symlink_to("notes.md")
    (tmp_path / "linked").symlink_to("apps")

    found = own_files(tmp_path, {"known.ex"})

    assert list(found) == sorted([*own, "most"])
    assert found["notes.md"] == File(b"notes.md", 0o755)


def test_a_file_that_goes_while_it_is_looked_for_is_passed_over(tmp_path):
    write(tmp_path, {"a": (b"a", 0o644), "b": (b"b", 0o644)})

    assert list(own_files(tmp_path, (), Faulty(0, errno.ENOENT, only=["read"]))) == ["b"]
    assert own_files(tmp_path, (), Faulty(0, errno.EACCES, only=["names"])) == {}


def test_removing_a_folder_follows_no_link(tmp_path):
    write(tmp_path, {"outside/file": (b"x", 0o644), "inside/a/b": (b"x", 0o644)})
    (tmp_path / "inside/a/link").symlink_to(tmp_path / "outside")

    disk.clear(str(tmp_path / "inside"))
    disk.clear(str(tmp_path / "missing"))

    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "outside"]
