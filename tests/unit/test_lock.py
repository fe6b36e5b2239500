"""One run a project at a time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otpgen.errors import OtpgenError
from otpgen.project import locked
from otpgen.project.disk import Disk

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from otpgen.project import locked
from otpgen.project.disk import Disk
with locked(Path(sys.argv[1]), "regenerate"):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_the_second_run_is_told_who_holds_the_lock(tmp_path, holder):
    with pytest.raises(OtpgenError) as caught, locked(tmp_path, "undo"):
        raise AssertionError("both hold it")

    (problem,) = caught.value.problems
    host = os.uname().nodename
    assert problem.code == "OG404"
    assert problem.message == (
        f"otpgen regenerate, process {holder.pid} on {host}, is at work in this project"
    )


def test_a_process_that_is_killed_leaves_no_lock(tmp_path, holder):
    holder.kill()
    holder.wait()

    with locked(tmp_path, "undo"):
        assert f"pid {os.getpid()}\n" in (tmp_path / ".otpgen/local/lock").read_text()


def test_a_lock_that_is_let_go_can_be_taken_again(tmp_path):
    for verb in ("regenerate", "undo"):
        with locked(tmp_path, verb):
            assert (tmp_path / ".otpgen/local/lock").read_text().endswith(f"\nverb {verb}\n")
    with pytest.raises(KeyError), locked(tmp_path, "undo"):
        raise KeyError
    with locked(tmp_path, "undo"):
        pass


@pytest.mark.parametrize("text", [b"", b"\xff\x00\n\n", b"pid\nhost\n", b"x" * 10_000])
def test_a_holder_that_says_nothing_of_use_is_another_otpgen(tmp_path, holder, text):
    (tmp_path / ".otpgen/local/lock").write_bytes(text)

    with pytest.raises(OtpgenError) as caught, locked(tmp_path, "undo"):
        pass

    assert caught.value.problems[0].code == "OG404"
    assert caught.value.problems[0].message.startswith("another otpgen")


def test_a_lock_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / ".otpgen/local").mkdir(parents=True)
    (tmp_path / "mine").write_text("mine")
    (tmp_path / ".otpgen/local/lock").symlink_to(tmp_path / "mine")

    with pytest.raises(OtpgenError) as caught, locked(tmp_path, "undo"):
        pass

    assert caught.value.problems[0].code == "OG403"
    assert (tmp_path / "mine").read_text() == "mine"


def test_of_two_that_start_at_once_neither_fails_for_the_folder(tmp_path):
    class Late(Disk):
        """Somebody else makes each thing just before."""

        def mkdir(self, path):
            Path(path).mkdir()
            super().mkdir(path)

        def write(self, path, data, mode):
            Path(path).write_bytes(data)
            super().write(path, data, mode)

    with locked(tmp_path, "undo", Late()):
        pass

    assert (tmp_path / ".otpgen/local/.gitignore").read_text() == "*\n"
