"""How problems are told: to people, to programs, on a terminal and in a pipe."""

import fcntl
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from otpgen import __version__, cli, reports
from otpgen.commands.explain import explain
from otpgen.commands.words import words_of
from otpgen.errors import Location, Problem
from otpgen.reports import terminal
from otpgen.reports.excerpt import BEFORE, ROOM, Excerpts
from otpgen.reports.problems import as_github
from otpgen.reports.terminal import width
from otpgen.spec import AppDecl, ArchitectureDecl, NodeDecl, SupervisorDecl
from otpgen.spec.upkeep import MoveDecl

ROOT = Path(__file__).parents[2]
BAD = "otpgen: 1\nname: shop\napps:\n  core:\n    strategy: one_for_al\n    children: [a, a]\n"
TWICE = "otpgen: 1\nname: shop\napps:\n  core:\n    children: [store, store]\n"
WARNED = "otpgen: 1\nname: shop\napps:\n  core:\nnodes:\n  node1: {host: 10.0.0.1, port: 4001}\n"
SOUND = "otpgen: 1\nname: shop\napps:\n  core:\n    children: [store]\n"


@pytest.fixture
def otpgen(otpgen, monkeypatch, tmp_path):
    """Run the command line on a text in an empty folder; returns exit code, output, errors."""
    monkeypatch.chdir(tmp_path)

    def run(text, *arguments):
        Path("otpgen.yaml").write_bytes(text.encode())
        return otpgen(*arguments)

    return run


@pytest.fixture
def excerpt(tmp_path):
    """Show a place of a file that holds a text."""
    file = tmp_path / "file"

    def show(text, line, column, length=1):
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Excerpts().show(Location(str(file), line, column, length), "^", "")

    return show


def many(number, severity="error"):
    return [
        Problem("OG105", f"number {n}", Location("f", n + 1, 1), severity=severity)
        for n in range(number)
    ]


# The line and the mark


def test_the_mark_stands_under_the_place(excerpt):
    assert excerpt("a: 1\nb: two\n", 2, 4, 3) == ["  2 | b: two", "    |    ^^^"]


def test_the_mark_of_a_place_without_a_length_is_one_wide(excerpt):
    assert excerpt("b: two", 1, 4) == ["  1 | b: two", "    |    ^"]


def test_a_place_behind_the_line_is_shown_there(excerpt):
    assert excerpt("b:", 1, 3) == ["  1 | b:", "    |   ^"]


@pytest.mark.parametrize(
    ("line", "column", "length", "shown", "mark"),
    [
        ("日本: x", 5, 1, "日本: x", "      ^"),
        ("x: 日本", 4, 2, "x: 日本", "   ^^^^"),
        ("e\u0301: x", 5, 1, "e\u0301: x", "   ^"),
        ("\tx", 2, 1, "    x", "    ^"),
        ("\tx", 1, 1, "    x", "^^^^"),
        ("a\x1b[31mb", 7, 1, r"a\x{1b}[31mb", "           ^"),
        ("a\x1b[31mb", 2, 1, r"a\x{1b}[31mb", " ^^^^^^"),
        ("co\u202ere: x", 1, 5, r"co\x{202e}re: x", "^^^^^^^^^^^^"),
        ("a\u00a0b", 3, 1, r"a\x{a0}b", "       ^"),
    ],
)
def test_the_mark_counts_columns_as_a_terminal_does(excerpt, line, column, length, shown, mark):
    assert excerpt(line, 1, column, length) == [f"  1 | {shown}", f"    | {mark}"]


@pytest.mark.parametrize("at", [0, 1, 30, 60, 500, 970, 999])
@pytest.mark.parametrize("letters", ["xy", "日本", "x\u0301y"])
def test_of_a_long_line_a_window_around_the_place_is_shown(excerpt, at, letters):
    line = (letters * 1_000)[:at] + "Z" + (letters * 1_000)[at:]

    text, mark = (shown.partition("| ")[2] for shown in excerpt(line, 1, at + 1))

    assert width(text) <= ROOM + 2
    assert width(text[: text.index("Z")]) == mark.index("^")
    assert text.endswith("…")
    assert text.startswith("…") == (width(line[:at]) > BEFORE)


def test_the_end_of_a_long_line_fills_the_window(excerpt):
    text, mark = excerpt("x" * 500 + "Z", 1, 501)

    assert text == "  1 | …" + "x" * (ROOM - 1) + "Z"
    assert mark.index("^") == text.index("Z")


def test_a_mark_does_not_leave_the_window(excerpt):
    text, mark = excerpt("a: " + "x" * 500, 1, 4, 500)

    assert mark.count("^") == text.count("x") == ROOM - 3


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85", "\u2028"])
def test_lines_end_as_yaml_says(excerpt, otpgen, end):
    text = BAD.replace("\n", end)

    _, _, err = otpgen(text, "check")

    assert excerpt(text, 5, 15, 10)[0] == "  5 |     strategy: one_for_al"
    assert "otpgen.yaml:5:15: error OG104" in err
    assert "  5 |     strategy: one_for_al\n    |               ^^^^^^^^^^\n" in err


def test_a_byte_order_mark_takes_no_column(excerpt):
    assert excerpt(b"\xef\xbb\xbfab", 1, 2) == ["  1 | ab", "    |  ^"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("a\0b", 1, 1), ("a", 2, 1), ("a", 1, 9), ("", 1, 1), ("a\n \nb", 2, 1), ("a", 0, 0)],
    ids=["binary", "a later line", "a later column", "empty", "blank", "the file as a whole"],
)
def test_what_is_not_there_is_not_shown(excerpt, text, line, column):
    assert excerpt(text, line, column) == []


def test_a_file_that_is_gone_or_no_file_is_not_shown(tmp_path):
    for path in (tmp_path / "gone", tmp_path, Path("/dev/zero"), Path("a\0b")):
        assert Excerpts().show(Location(str(path), 1, 1), "^", "") == []


def test_a_file_too_large_is_not_shown(excerpt, monkeypatch):
    monkeypatch.setattr("otpgen.lines.MAX_BYTES", 3)

    assert excerpt("abc", 1, 1) != []
    assert excerpt("abcd", 1, 1) == []


def test_a_file_of_one_report_is_read_once(tmp_path, monkeypatch):
    file, read = tmp_path / "file", []
    monkeypatch.setattr(
        "otpgen.reports.excerpt.lines_of", lambda path: read.append(path) or ["a", "b"]
    )
    excerpts = Excerpts()

    for line in (1, 2, 1):
        assert excerpts.show(Location(str(file), line, 1), "^", "")

    assert read == [str(file)]


def test_a_second_place_is_shown_with_its_own_line(otpgen):
    assert otpgen(TWICE, "check") == (
        1,
        "",
        'otpgen.yaml:5:23: error OG103: application "core": a second child "store"\n'
        "  5 |     children: [store, store]\n"
        "    |                       ^^^^^\n"
        "  otpgen.yaml:5:16: the first stands here\n"
        "  5 |     children: [store, store]\n"
        "    |                -----\n"
        "  hint: names are unique in their application\n"
        "more: otpgen explain OG103\n",
    )


# How many


def test_a_person_is_shown_fifty_and_told_of_the_rest(capsys):
    reports.problems(many(53))

    lines = capsys.readouterr().err.splitlines()
    assert len([line for line in lines if "error OG105" in line]) == 50
    assert lines[-3:] == ["3 more are not shown", "more: otpgen explain OG105", "53 errors"]


def test_warnings_do_not_hide_an_error(capsys):
    late = Problem("OG104", "late", Location("f", 99, 1))

    reports.problems([*many(60, "warning"), late])

    lines = capsys.readouterr().err.splitlines()
    assert lines[48].startswith("f:49:1: warning")
    assert lines[49] == "f:99:1: error OG104: late"
    assert lines[-1] == "1 error and 60 warnings"


def test_three_codes_are_named_for_further_reading(capsys):
    codes = ["OG105", "OG101", "OG105", "OG007", "OG006"]
    reports.problems([Problem(code, "wrong", Location("f")) for code in codes])

    assert "\nmore: otpgen explain OG105 OG101 OG007  # and more\n" in capsys.readouterr().err


def test_what_is_named_for_further_reading_can_be_typed(otpgen):
    _, _, err = otpgen(BAD.replace("name: shop", "name: Shop"), "check")
    typed = re.findall(r"^more: otpgen (.*)$", err, re.MULTILINE)[0].split()

    code, out, err = otpgen("", *typed)

    assert typed == ["explain", "OG101", "OG104"]
    assert (code, err) == (0, "")
    assert re.findall(r"^# (OG\d+)", out, re.MULTILINE) == ["OG101", "OG104"]


# For programs


def test_json_says_everything(otpgen):
    code, out, err = otpgen(TWICE, "check", "--format", "json")

    assert (code, err) == (1, "")
    assert json.loads(out) == {
        "otpgen": __version__,
        "file": "otpgen.yaml",
        "ok": False,
        "problems": [
            {
                "code": "OG103",
                "severity": "error",
                "message": 'application "core": a second child "store"',
                "hint": "names are unique in their application",
                "path": "otpgen.yaml",
                "line": 5,
                "column": 23,
                "related": [
                    {
                        "message": "the first stands here",
                        "path": "otpgen.yaml",
                        "line": 5,
                        "column": 16,
                    }
                ],
            }
        ],
        "omitted": 0,
    }


def test_json_of_a_sound_architecture_is_ok(otpgen):
    code, out, err = otpgen(SOUND, "check", "--format=json")

    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "otpgen": __version__,
        "file": "otpgen.yaml",
        "ok": True,
        "problems": [],
        "omitted": 0,
    }


def test_json_has_no_place_for_a_file_as_a_whole(otpgen):
    code, out, err = otpgen(SOUND, "check", "--format", "json", "no.yaml")

    (problem,) = json.loads(out)["problems"]
    assert (code, err, problem["code"], problem["path"]) == (1, "", "OG001", "no.yaml")
    assert (problem["line"], problem["column"]) == (None, None)


def test_json_holds_nothing_that_speaks_to_a_terminal(otpgen):
    _, out, _ = otpgen(SOUND, "check", "--format", "json", "\x1b[31m\u202e.yaml")

    assert all(char.isprintable() or char == "\n" for char in out)
    assert json.loads(out)["file"] == "\x1b[31m\u202e.yaml"


def test_programs_are_given_a_thousand(otpgen):
    apps = "".join(f"  a{n}:\n    depends_on: [b]\n" for n in range(1_007))
    text = f"otpgen: 1\nname: shop\napps:\n{apps}"

    _, out, _ = otpgen(text, "check", "--format", "json")
    _, lines, err = otpgen(text, "check", "--format", "github")

    report = json.loads(out)
    assert (len(report["problems"]), report["omitted"]) == (1_000, 7)
    assert lines.count("\n::error ") == 999
    assert lines.endswith("\n7 more are not shown\n")
    assert err == ""


def test_github_is_told_in_workflow_commands(otpgen):
    assert otpgen(TWICE, "check", "--format", "github") == (
        1,
        "::error file=otpgen.yaml,line=5,col=23,title=OG103::"
        'application "core": a second child "store"%0A'
        "the first stands here: otpgen.yaml:5:16%0A"
        "hint: names are unique in their application\n",
        "",
    )


def test_github_is_told_of_warnings_and_that_it_is_sound(otpgen):
    code, out, err = otpgen(WARNED, "check", "--format", "github")

    assert (code, err) == (0, "")
    assert out.startswith("::warning file=otpgen.yaml,line=6,col=17,title=OG117::node ")
    assert out.endswith("\nshop: 1 application, 1 node; no errors\n")


def test_nothing_of_a_problem_becomes_a_workflow_command():
    bad = Problem("OG001", "100%: a,b\n::error::x\r\x1b", Location("a,b:c%\nd.yaml"), "100%")

    (line,) = as_github([bad])

    assert line == (
        "::error file=a%2Cb%3Ac%25%0Ad.yaml,title=OG001::"
        r"100%25: a,b\x{a}::error::x\x{d}\x{1b}%0Ahint: 100%25"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "--format", "xml"], "'--format': there is no 'xml'; use text, json or github."),
        (["graph", "--format", ""], "'--format': there is no ''; use text or mermaid."),
        (["diff", "--format=JSON"], "'--format': there is no 'JSON'; use text, json or markdown."),
        (["regenerate", "--keep", "mine"], "'--keep': there is no 'mine'; use yours."),
    ],
)
def test_an_unknown_word_of_an_option_is_a_mistake_of_usage(otpgen, arguments, said):
    code, out, err = otpgen(SOUND, *arguments)

    assert (code, out) == (2, "")
    assert err.endswith(f"\nError: Invalid value for {said}\n")


@pytest.mark.parametrize("how", ["text", "json", "github"])
@pytest.mark.parametrize(
    ("text", "strict", "code"),
    [(SOUND, True, 0), (WARNED, False, 0), (WARNED, True, 1), (BAD, False, 1), (BAD, True, 1)],
)
def test_strict_takes_warnings_for_errors(otpgen, how, text, strict, code):
    done, out, err = otpgen(text, "check", "--format", how, *["--strict"] * strict)

    assert done == code
    if how == "json":
        assert json.loads(out)["ok"] == (code == 0)
    else:
        assert ("no errors" in out) == (code == 0)
    assert ("OG117" in out + err) == (text is WARNED)


# Explanations

FIRST = "otpgen check first: files and processes are told where all is sound"


def test_a_code_is_explained_in_whatever_case(otpgen):
    page = (ROOT / "docs/problems/OG104.md").read_text()

    assert otpgen("", "explain", "og104") == otpgen("", "explain", "OG104") == (0, page, "")


@pytest.mark.parametrize("kind", ["agent", "http_server"])
def test_a_kind_is_explained_as_on_the_page_of_kinds(otpgen, kind):
    code, out, err = otpgen("", "explain", kind)

    assert (code, err) == (0, "")
    assert f"\n#{out}" in (ROOT / "docs/kinds.md").read_text()


def test_a_value_is_explained_by_its_key(otpgen):
    code, out, err = otpgen("", "explain", "rest_for_one")

    about = AppDecl.model_fields["strategy"].description
    assert (code, err) == (0, "")
    assert out == (
        f"# rest_for_one\n\nA value of `strategy`.\n\n{about}.\n\n"
        "- it is for: applications and supervisors\n"
        "- it may be: `one_for_one`, `one_for_all`, `rest_for_one`, `simple_one_for_one`\n"
        "- unless said: `one_for_one`\n"
    )


def test_a_key_is_explained_for_each_record_that_has_it(otpgen):
    _, out, _ = otpgen("", "explain", "word", "port")

    assert "- it is for: nodes\n- it may be: 1 to 65,535\n" in out
    assert "- it is for: upstreams\n- it may be: the name of a port\n- it must be said\n" in out
    assert out.endswith(
        "\nThe name of the node's port on which it listens.\n\n"
        "- it is for: the kind http_server, `otpgen explain kind http_server`\n"
        "- it is for: the component api, `otpgen explain component api`\n"
        "- it is for: the component web, `otpgen explain component web`\n"
        "\nThe port of the server; 6667 is usual without TLS.\n\n"
        "- it is for: the component irc, `otpgen explain component irc`\n"
    )


def test_how_a_secret_is_named_is_explained(otpgen):
    assert otpgen("", "explain", "env")[1].startswith("# env\n\nThe variable of the environment")


def test_what_the_architecture_has_goes_before_a_word_of_the_file(otpgen):
    text = SOUND.replace("core", "strategy")

    assert otpgen(text, "explain", "strategy")[1].startswith("# strategy\n\n`Strategy.Supervisor`")
    assert otpgen(text, "explain", "word", "strategy")[1].startswith("# strategy\n\nWhich ")


@pytest.mark.parametrize("model", [ArchitectureDecl, AppDecl, SupervisorDecl, NodeDecl, MoveDecl])
def test_every_key_of_the_file_is_explained(catalogue, model):
    known = words_of(catalogue)
    keys = [info.alias or name for name, info in model.model_fields.items()]

    assert [key for key in keys if key not in known] == []


def test_everything_that_can_be_explained_is_listed(otpgen, catalogue):
    _, out, _ = otpgen("", "explain")
    words = [line.split()[0] for line in out.splitlines()]
    pages = sorted(page.stem for page in (ROOT / "docs/problems").glob("OG*.md"))

    assert words[: len(pages)] == pages
    assert words[len(pages) :] == sorted(words[len(pages) :])
    assert {*catalogue.kinds, *catalogue.components} <= set(words)
    assert {"strategy", "rest_for_one", "on_give_up", "stay_down", "every"} <= set(words)
    assert re.search(r"^OG104 +Unknown strategy$", out, re.MULTILINE)
    for word in words:
        assert explain(word).startswith(f"# {word}")


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("OG1044", "did you mean OG104?"),
        ("og4021", "did you mean OG402?"),
        ("agnt", "did you mean agent?"),
        ("rest_for_all", "did you mean one_for_all?"),
        ("on_giveup", "did you mean on_give_up?"),
        ("kind port", "did you mean port?"),
        ("../kinds", FIRST),
        ("../../README", FIRST),
        ("", FIRST),
    ],
)
def test_what_cannot_be_explained_has_a_next_step(otpgen, word, hint):
    code, out, err = otpgen("", "explain", "OG104", word)

    assert (code, out) == (1, "")
    assert (
        err.splitlines()[0]
        == f'WHAT: error OG001: there is no code, no kind, no component and no word "{word}"'
    )
    assert err.splitlines()[1] == f"  hint: {hint}"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("OG20", [f"OG20{n}" for n in range(1, 10)]),
        ("og20", [f"og20{n}" for n in range(1, 10)]),
        ("age", ["agent"]),
        ("rest", ["rest_for_one", "restart"]),
        ("x", []),
    ],
)
def test_codes_and_kinds_are_completed(monkeypatch, capsys, typed, offered):
    monkeypatch.setattr(sys, "argv", ["otpgen"])
    for name, value in {
        "_OTPGEN_COMPLETE": "complete_bash",
        "COMP_WORDS": f"otpgen explain {typed}",
        "COMP_CWORD": "2",
    }.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit):
        cli.app(prog_name="otpgen")

    assert capsys.readouterr().out.split() == offered


@pytest.mark.parametrize("verb", ["new", "check", "explain", "templates", "templates eject"])
def test_help_teaches_by_example_within_eighty_columns(otpgen, monkeypatch, verb):
    monkeypatch.setenv("COLUMNS", "80")

    code, out, _ = otpgen("", *verb.split(), "--help")

    examples = out.partition("  Examples:\n")[2].splitlines()
    assert code == 0
    assert 2 <= len(examples) <= 5
    assert all(line.startswith(f"    otpgen {verb}") for line in examples)
    assert max(map(len, out.splitlines())) <= 80


# Terminals and pipes


def process(folder, *arguments, **options):
    unset = ("NO_COLOR", "TERM", "PYTHONUNBUFFERED")
    plain = {key: value for key, value in os.environ.items() if key not in unset}
    env = {**plain, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    command = [sys.executable, "-m", "otpgen", *arguments]
    return subprocess.Popen(command, cwd=folder, env=env, **options)


def on_a_terminal(folder, *arguments, **env):
    """Run otpgen on a terminal of its own; returns what it shows there."""
    ours, theirs = pty.openpty()
    done = process(folder, *arguments, stdout=theirs, stderr=theirs, env=env)
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65_536):
            shown += piece
    except OSError:
        pass  # Linux says so when the last who could write has gone
    os.close(ours)
    done.wait(60)
    return shown.decode().replace("\r\n", "\n")


def test_a_terminal_is_shown_colours(tmp_path):
    (tmp_path / "otpgen.yaml").write_text(BAD)

    shown = on_a_terminal(tmp_path, "check", TERM="xterm")

    assert shown == (
        "otpgen.yaml:5:15: \x1b[1;31merror\x1b[0m OG104: "
        'application "core": unknown strategy "one_for_al"\n'
        "  \x1b[2m5 |\x1b[0m     strategy: one_for_al\n"
        "  \x1b[2m  |\x1b[0m               \x1b[1;31m^^^^^^^^^^\x1b[0m\n"
        "  hint: did you mean one_for_all?\n"
        "more: otpgen explain OG104\n"
    )


def test_a_warning_has_a_colour_of_its_own(tmp_path):
    (tmp_path / "otpgen.yaml").write_text(WARNED)

    shown = on_a_terminal(tmp_path, "check", TERM="xterm")

    assert "\x1b[1;33mwarning\x1b[0m OG117" in shown
    assert "\x1b[1;33m^^^^^^^^\x1b[0m" in shown
    assert "1;31" not in shown


@pytest.mark.parametrize("env", [{"TERM": "xterm", "NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize("arguments", [["check"], ["explain", "OG104"]])
def test_a_terminal_may_want_no_colours(tmp_path, env, arguments):
    (tmp_path / "otpgen.yaml").write_text(BAD)

    shown = on_a_terminal(tmp_path, *arguments, **env)

    assert "OG104" in shown
    assert "\x1b" not in shown


def test_an_empty_no_color_wants_nothing(tmp_path):
    (tmp_path / "otpgen.yaml").write_text(BAD)

    assert "\x1b[1;31m" in on_a_terminal(tmp_path, "check", TERM="xterm", NO_COLOR="")


class Screen(io.StringIO):
    """A terminal that keeps what it is sent."""

    def isatty(self):
        return True


def test_a_terminal_is_told_how_far_it_is_after_a_second_and_then_no_more(monkeypatch):
    screen, now = Screen(), [0.0]
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setenv("TERM", "xterm")

    with reports.Progress() as progress:
        for second, done in ((0.9, 1), (1.0, 2), (1.05, 3), (1.5, 4_000)):
            now[0] = second
            progress("writing", done, 9_000)

    assert screen.getvalue() == ("\rwriting 2 of 9,000\x1b[K\rwriting 4,000 of 9,000\x1b[K\r\x1b[K")


@pytest.mark.parametrize(
    ("stream", "term", "told"),
    [(Screen, "xterm", True), (Screen, "dumb", False), (io.StringIO, "xterm", False)],
)
def test_new_tells_a_terminal_how_far_it_is_and_nothing_else(
    otpgen, monkeypatch, stream, term, told
):
    errors = stream()
    monkeypatch.setattr(terminal, "PATIENCE", 0)
    monkeypatch.setattr(sys, "stderr", errors)
    monkeypatch.setenv("TERM", term)

    assert otpgen(SOUND, "new", "otpgen.yaml")[0] == 0

    assert ("rendering 1 of" in errors.getvalue()) == told
    assert bool(errors.getvalue()) == told


def test_a_pipe_is_shown_no_colours(tmp_path):
    (tmp_path / "otpgen.yaml").write_text(BAD)
    run = process(tmp_path, "check", stderr=subprocess.PIPE, env={"TERM": "xterm"})

    assert b"\x1b" not in run.communicate(timeout=60)[1]
    assert run.returncode == 1


def test_a_page_is_laid_out_on_a_terminal(tmp_path):
    shown = on_a_terminal(tmp_path, "explain", "OG104", TERM="xterm", COLUMNS="80")

    assert "\x1b[" in shown
    assert "OG104: Unknown strategy" in shown
    assert "# OG104" not in shown
    assert "```" not in shown


@pytest.mark.parametrize(
    "arguments", [["check", "--format", "json"], ["check", "--format", "github"], ["check"]]
)
def test_a_reader_that_goes_away_is_no_problem(tmp_path, arguments):
    apps = "".join(f"  a{n}:\n    depends_on: [b]\n" for n in range(1_000))
    (tmp_path / "otpgen.yaml").write_text(f"otpgen: 1\nname: shop\napps:\n{apps}")
    run = process(
        tmp_path,
        *arguments,
        bufsize=0,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if arguments == ["check"] else subprocess.PIPE,
    )
    with run:
        fcntl.fcntl(run.stdout, fcntl.F_SETPIPE_SZ, 4_096)  # what is said does not fit
        run.stdout.read(1)
        run.stdout.close()
        said = run.stderr.read() if run.stderr else b""

    assert run.returncode == 141
    assert said == b""


def test_what_is_written_at_the_very_end_may_find_no_reader(tmp_path):
    (tmp_path / "otpgen.yaml").write_text(SOUND)
    reading, writing = os.pipe()
    os.close(reading)
    run = process(tmp_path, "check", stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)

    assert run.communicate(timeout=60)[1] == b""
    assert run.returncode == 141


@pytest.mark.parametrize("verb", ["check", "new"])
def test_ctrl_c_ends_with_a_line_end_and_nothing_else(tmp_path, verb):
    fifo = tmp_path / "architecture"
    os.mkfifo(fifo)
    run = process(
        tmp_path,
        verb,
        "architecture",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with fifo.open("w"):  # opens as soon as otpgen reads
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)

    assert (run.returncode, out, err) == (130, b"", b"\n")


def test_whoever_started_us_may_ignore_ctrl_c(tmp_path):
    fifo = tmp_path / "architecture"
    os.mkfifo(fifo)
    run = process(
        tmp_path,
        "check",
        "architecture",
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    with fifo.open("w") as file:
        run.send_signal(signal.SIGINT)
        file.write(SOUND)

    assert (
        run.communicate(timeout=60)[0]
        == b"shop: 1 application, 1 supervisor, 1 worker; no errors\n"
    )
    assert run.returncode == 0


def test_what_a_terminal_cannot_show_is_escaped(tmp_path):
    run = process(
        tmp_path,
        "explain",
        "OG101",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PYTHONIOENCODING": "ascii"},
    )

    out, err = run.communicate(timeout=60)

    assert not (ROOT / "docs/problems/OG101.md").read_text().isascii()
    assert out.startswith(b"# OG101: ")
    assert (run.returncode, err, out.isascii()) == (0, b"", True)


# What to type next


@pytest.mark.parametrize(
    ("architecture", "then"),
    [
        ("core: {children: [store]}", "mix test    otpgen whatif kill core.store"),
        (
            "core: {children: [{http_server: web, port: http}]}",
            "mix test    mix run --no-halt    otpgen whatif kill core.web",
        ),
        (
            "core: {children: [{gen_server: store, settings: {password: {env: MAIL_PASSWORD}}}]}\n"
            "nodes: {node1: 4001}",
            "mix test    MAIL_PASSWORD=… ./start-dist.sh all    otpgen whatif kill core.store",
        ),
    ],
    ids=["without nodes", "a server without nodes", "a secret"],
)
def test_what_comes_next_can_be_typed(otpgen, architecture, then):
    text = f"otpgen: 1\nname: shop\napps:\n  {architecture}\n"

    out = otpgen(text, "new", "otpgen.yaml")[1]

    assert out.splitlines()[-1] == f"next:  cd shop    {then}"


def test_a_folder_with_a_space_can_be_typed_too(otpgen):
    out = otpgen(SOUND, "new", "otpgen.yaml", "my shop")[1]

    assert out.splitlines()[-1].startswith("next:  cd 'my shop'    mix test")
