"""What the README shows is what a person sees."""

import re
from pathlib import Path

from otpgen import cli, commands

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

    assert commands.check(file).warnings == ()


def test_the_mistake_it_shows_is_answered_like_that(tmp_path, monkeypatch, capsys):
    (text,) = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "otpgen.yaml").write_text(text.replace("one_for_all", "one_for_al"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["otpgen", "check"])
    try:
        cli.main()
    except SystemExit as end:
        assert end.code == 1

    for line in capsys.readouterr().err.splitlines():
        assert f"    {line}\n" in README
