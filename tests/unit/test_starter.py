"""``otpgen new`` without an architecture: its questions, in a terminal and without one."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from otpgen import resources
from otpgen.packs.fetch import CHILD

ROOT = Path(__file__).parents[2]
SAID = ("--data", "name=desk", "--data", "apps=core, web", "--data", "nodes=3")
UP, DOWN, ENTER, CTRL_C = "\x1b[A", "\x1b[B", "\r", "\x03"


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "sync", lambda: None)
    monkeypatch.chdir(tmp_path)


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, *arguments):
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "otpgen", *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "TERM": "xterm",
                "PROMPT_TOOLKIT_NO_CPR": "1",
            },
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def read(self, until):
        """Read until these words are there, or the program ends; a minute at most."""
        end = time.monotonic() + 60
        while until not in self.seen:
            ready, _, _ = select.select([self.ours], [], [], max(0, end - time.monotonic()))
            assert ready, f"{until!r} did not come: {self.seen}"
            try:
                data = os.read(self.ours, 4096)
            except OSError:  # nobody has the other end any more
                break
            self.seen += re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", data.decode(errors="replace"))

    def answer(self, question, keys):
        self.read(question)
        self.seen = self.seen.partition(question)[2]
        os.write(self.ours, keys.encode())

    def end(self):
        self.read("\0never")
        os.close(self.ours)
        return self.process.wait(60)


def test_without_a_terminal_and_without_answers_the_way_to_give_them_is_told(otpgen):
    code, out, err = otpgen("new", "desk")

    assert (code, out) == (2, "")
    assert "there is no architecture desk, and nobody to ask for one: add --defaults" in err
    assert not Path("desk").exists()


def test_the_questions_are_asked_on_a_terminal():
    terminal = Terminal("new")
    terminal.answer("What shall the umbrella be called?", "\x7f\x7f\x7f\x7fDesk" + ENTER)
    terminal.answer("lower-case letters", "\x7f\x7f\x7f\x7fdesk" + ENTER)
    terminal.answer("Its applications", ENTER)
    terminal.answer("which are started again?", DOWN + ENTER)
    terminal.answer("On how many nodes", "\x7f3" + ENTER)

    assert terminal.end() == 0
    assert "desk: 2 applications, 2 supervisors, 4 workers, 3 nodes" in terminal.seen
    text = Path("desk/otpgen.yaml").read_text()
    assert "strategy: rest_for_one\n" in text and "  node3: 4003\n" in text


def test_ctrl_c_at_a_question_writes_nothing():
    terminal = Terminal("new")
    terminal.answer("What shall the umbrella be called?", ENTER)
    terminal.answer("Its applications", CTRL_C)

    assert terminal.end() == 130
    assert "Traceback" not in terminal.seen
    assert list(Path().iterdir()) == []


def test_a_pack_asks_its_questions_and_a_newer_one_only_what_is_new():
    questions = "_templates_suffix: .copier\ncompany: {type: str}\n"
    Path("pack/files").mkdir(parents=True)
    Path("pack/files/NOTES.md.copier").write_text("{{ company }} {{ team }}\n")
    Path("pack/copier.yml").write_text(f"{questions}team: {{type: str, default: ours}}\n")
    example = resources.folder("examples") / "minimal/otpgen.yaml"
    terminal = Terminal("new", example, "shop", "--template", "pack")
    terminal.answer("company", "Example" + ENTER)
    terminal.answer("team", ENTER)
    assert terminal.end() == 0
    assert Path("shop/NOTES.md").read_text() == "Example ours\n"
    Path("pack/copier.yml").write_text(f"{questions}team: {{type: str}}\nmail: {{type: str}}\n")
    Path("pack/files/NOTES.md.copier").write_text("{{ company }} {{ team }} {{ mail }}\n")
    os.chdir("shop")

    terminal = Terminal("templates", "update")
    terminal.answer("mail", "help@example.org" + ENTER)

    assert terminal.end() == 0
    assert Path("NOTES.md").read_text() == "Example ours help@example.org\n"


def test_who_is_killed_while_it_asks_leaves_the_terminal_as_it_was():
    terminal = Terminal("new")
    before = termios.tcgetattr(terminal.ours)
    terminal.read("What shall the umbrella be called?")
    assert termios.tcgetattr(terminal.ours) != before
    children = subprocess.check_output(["pgrep", "-P", str(terminal.process.pid)])

    os.kill(int(children), signal.SIGKILL)

    assert terminal.process.wait(60) == 1
    assert termios.tcgetattr(terminal.ours) == before
    terminal.end()
    assert "error OG212: it takes longer than" in terminal.seen


def test_ctrl_c_before_the_first_question_says_nothing(tmp_path):
    os.mkfifo(tmp_path / "request.json")
    run = subprocess.Popen(
        [sys.executable, "-P", CHILD, tmp_path],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with (tmp_path / "request.json").open("w"):  # opens as soon as it reads
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=60)

    assert (run.returncode, err) == (-signal.SIGINT, b"")


def test_where_it_shall_be_may_be_said_and_is_proposed_as_its_name():
    terminal = Terminal("new", "apps/desk")
    for question in ("What shall the umbrella", "Its applications", "which are", "On how many"):
        terminal.answer(question, ENTER)

    assert terminal.end() == 0
    assert "name: desk\n" in Path("apps/desk/otpgen.yaml").read_text()
    assert Terminal("new", "desk.yaml").end() == 1  # an architecture, and there is none


@pytest.mark.parametrize(
    ("dest", "said", "name"),
    [
        ("desk", [], "desk"),
        (".", [], "desk"),
        ("a/b", ["--data", "name=mail"], "mail"),
        ("My-Desk", [], "shop"),
    ],
)
def test_where_it_shall_be_may_be_said_without_a_terminal(otpgen, tmp_path, dest, said, name):
    (tmp_path / "desk").mkdir()
    os.chdir(tmp_path / "desk")

    code, out, err = otpgen("new", dest, "--defaults", *said)

    assert (code, err) == (0, "")
    assert out.startswith(f"{name}: 2 applications")
    assert f"\nname: {name}\n" in Path(dest, "otpgen.yaml").read_text()


def test_a_place_that_is_taken_stays_as_it_is(otpgen):
    Path("desk").mkdir()
    Path("desk/notes.txt").write_text("mine")

    code, out, err = otpgen("new", "desk", "--defaults")

    assert (code, out) == (1, "") and "desk: error OG401: " in err
    assert [path.name for path in Path("desk").iterdir()] == ["notes.txt"]


def test_the_same_without_a_terminal(otpgen):
    code, out, err = otpgen("new", *SAID, "--data", "strategy=one_for_all")

    assert (code, err) == (0, "")
    assert out.startswith("desk: 2 applications, 2 supervisors, 4 workers, 3 nodes; ")
    text = Path("desk/otpgen.yaml").read_text()
    lines = text.splitlines()
    assert lines[1].startswith("# The architecture of desk.")
    assert len(max(lines, key=len)) <= 100
    os.chdir("desk")
    assert otpgen("diff")[1] == "desk: 0 changes\n"
    assert otpgen("check", "--strict")[0] == 0


@pytest.mark.parametrize("strategy", ["one_for_one", "rest_for_one", "one_for_all"])
@pytest.mark.parametrize("apps", ["core", "core,web ,mail"])
@pytest.mark.parametrize("nodes", [1, 9])
def test_whatever_is_answered_is_sound(otpgen, strategy, apps, nodes):
    said = [f"--data={name}={value}" for name, value in locals().items() if name != "otpgen"]

    code, _, err = otpgen("new", "--dry-run", "--defaults", *said)

    assert (code, err) == (0, "")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (["--data", "name=Desk"], "templates/starter: error OG211: Validation error for question"),
        (["--data", "name=desk\n"], "Validation error for question 'name'"),
        (["--data", "apps=core,core"], "two have one name"),
        (["--data", "apps=core,,web"], "each lower-case letters"),
        (["--data", "nodes=0"], "Validation error for question 'nodes': 1 to 9"),
        (["--data", "strategy=all"], "Invalid choice for 'strategy'"),
        (["--data", "nme=desk"], '--data: error OG211: there is no question "nme"'),
        # What the questions do not know, the rules do, as of a file here.
        (["--data", "apps=kernel"], "otpgen.yaml:8:3: error OG1"),
        (["--data", "apps=node1", "--data", "nodes=2"], "otpgen.yaml:8:3: the application stands"),
    ],
)
def test_answers_that_are_wrong(otpgen, said, why):
    code, out, err = otpgen("new", "--defaults", *said)

    assert why in err and "Traceback" not in err and "/tmp/" not in err
    assert (code, out) == (1, "")
    assert list(Path().iterdir()) == []


def test_who_says_some_is_told_what_is_missing(otpgen):
    code, _, err = otpgen("new", "--data", "name=desk")

    assert "error OG211: nobody is there to be asked: apps, strategy, nodes\n" in err
    assert code == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--template", "house"],
        ["shop.yaml", "--data", "name=desk"],
        ["shop.yaml", "--ref", "v1"],
        ["shop.yaml", "--trust"],
    ],
)
def test_what_nobody_can_answer_is_a_usage_error(otpgen, arguments):
    assert otpgen("new", *arguments)[0] == 2


def test_the_questions_and_those_of_a_pack_together(otpgen):
    house = resources.folder("examples") / "packs/house"
    said = [*SAID, "--data", "strategy=one_for_one", "--data", "company=Ours", "--defaults"]

    assert otpgen("new", *said, "--template", house)[0] == 0

    assert Path("desk/apps/core/lib/core/application.ex").read_text().startswith("# Ours\n")
    code, _, err = otpgen("new", *said, "--data", "compny=x", "--template", house)
    assert 'error OG211: there is no question "compny"\n' in err
    assert code == 1
