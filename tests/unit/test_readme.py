"""What the README shows is what a person sees."""

import re
from pathlib import Path

from otpgen import cli
from otpgen.commands.check import check
from otpgen.commands.examples import example_file
from otpgen.commands.new import new

README = (Path(__file__).parents[2] / "README.md").read_text()


def without_time(line):
    return re.sub(r" in [\d.]+ s$", "", line)


def test_the_first_line_is_what_new_prints(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["otpgen", "new", "--example", "g4"])
    try:
        cli.main()
    except SystemExit as end:
        assert end.code in (0, None)
    first, following = capsys.readouterr().out.splitlines()

    shown = [line.strip() for line in README.splitlines()]
    assert without_time(first) in [without_time(line) for line in shown]
    assert following in shown


def test_the_architecture_it_shows_is_sound(tmp_path):
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    file = tmp_path / "otpgen.yaml"
    file.write_text(text)

    assert check(file).warnings == ()


def test_the_mistake_it_shows_is_answered_like_that(tmp_path, monkeypatch, capsys):
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "otpgen.yaml").write_text(text.replace("one_for_all", "one_for_al"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["otpgen", "check"])
    try:
        cli.main()
    except SystemExit as end:
        assert end.code == 1

    said = capsys.readouterr().err.splitlines()
    shown = [line.removeprefix("    ") for line in README.splitlines()]
    start = shown.index(said[0])
    assert shown[start : shown.index("", start)] == said


def test_the_difference_it_shows_is_told_like_that(tmp_path, monkeypatch, capsys):
    new(example_file("g4"), tmp_path / "g4")
    architecture = tmp_path / "g4/otpgen.yaml"
    architecture.write_text(architecture.read_text().replace("one_for_all", "one_for_one"))
    monkeypatch.chdir(tmp_path / "g4")
    monkeypatch.setattr("sys.argv", ["otpgen", "diff"])
    try:
        cli.main()
    except SystemExit as end:
        assert end.code in (0, None)

    shown = [line.removeprefix("    ") for line in README.splitlines()]
    said = capsys.readouterr().out.splitlines()
    start = shown.index(said[0])
    assert shown[start : start + len(said)] == said
