"""Bad input of any kind: each folder of tests/problems is a case, each code has a page."""

import errno
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from otpgen import resources

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests/problems"
PAGES = ROOT / "docs/problems"
FOLDERS = sorted(path for path in CASES.iterdir() if path.is_dir())
OWN = [  # cases of test_own_templates and test_packs
    *sorted((ROOT / "tests/templates").iterdir()),
    *sorted((ROOT / "tests/packs").iterdir()),
]
CODE = re.compile(r"OG\d{3}")
CODES = sorted(
    {
        code
        for path in (ROOT / "otpgen").rglob("*.py")
        if "_data" not in path.parts
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }
)
# Problems that no content of a file brings about, and the tests below that do.
BY_TEST = {
    "OG001": "test_a_file_that_is_not_there",
    "OG201": "test_a_missing_template",
    "OG202": "test_a_template_that_cannot_be_rendered",
    "OG401": "test_a_target_that_is_not_empty",
    "OG402": "test_a_target_that_is_a_file",
    "OG403": "test_a_full_disk_leaves_nothing_behind",
}
# The same, in the tests of the part that finds them.
BY_FILE = {
    "OG011": "test_whatif.py:test_an_event_that_cannot_be_read_is_told_with_its_place",
    "OG012": "test_whatif.py:test_an_event_that_names_nothing_has_the_nearest_name",
    "OG013": "test_whatif.py:test_nodes_that_are_not_there",
    "OG301": "test_ancestor.py:test_a_newer_ancestor_is_refused",
    "OG302": "test_ancestor.py:test_an_entry_that_cannot_be_used_is_left_out_and_told",
    "OG303": "test_regenerate.py:test_markers_of_an_earlier_run_are_refused",
    "OG304": "test_regenerate.py:test_status_of_what_is_no_file_of_otpgens",
    "OG305": "test_regenerate.py:test_renames_of_what_nobody_knows_are_not_passed_over_in_silence",
    "OG404": "test_lock.py:test_the_second_run_is_told_who_holds_the_lock",
    "OG405": "test_journal.py:test_a_file_that_changed_since_it_was_looked_at",
    "OG406": "test_journal.py:test_nothing_is_written_through_what_is_in_the_way",
    "OG407": "test_journal.py:test_a_journal_that_is_none_is_refused",
    "OG208": "test_own_templates.py:test_what_cannot_be_ejected_or_restored",
    "OG209": "test_packs.py:test_a_pack_that_cannot_be_fetched",
    "OG214": "test_packs.py:test_a_pack_json_that_otpgen_has_not_written",
    "OG408": "test_undo.py:test_there_is_nothing_to_undo",
    "OG409": "test_undo.py:test_a_file_that_changed_since_is_refused",
}
SOUND = "otpgen: 1\nname: shop\napps:\n  core:\n    children: [store]\n"


def subprocess_otpgen(folder, *arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "otpgen", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        capture_output=True,
        timeout=60,
        **options,
    )


def expected_exit(case):
    file = case / "exit"
    return int(file.read_text()) if file.exists() else 1


# Cases


@pytest.mark.parametrize("case", FOLDERS, ids=lambda path: path.name)
def test_a_bad_file_is_told_what_is_wrong_and_where(case, otpgen, monkeypatch, update_golden):
    monkeypatch.chdir(case)

    code, out, err = otpgen("check", "otpgen.yaml")

    if update_golden:
        (case / "stderr.txt").write_bytes(err.encode())
    assert err.encode() == (case / "stderr.txt").read_bytes()
    assert code == expected_exit(case)
    assert bool(out) == (code == 0)


@pytest.mark.parametrize("case", FOLDERS, ids=lambda path: path.name)
def test_what_a_case_expects_is_written_as_problems_are(case):
    text = (case / "stderr.txt").read_bytes().decode()
    lines = text.splitlines()

    assert "Traceback" not in text
    assert all(char.isprintable() or char == "\n" for char in text)
    for line in lines:
        assert re.match(
            r"otpgen\.yaml(:\d+:\d+)?: (error|warning) OG\d{3}: \S.*[^.]$"
            r"|  otpgen\.yaml:\d+:\d+: \S.*[^.]$"
            r"|  \d+ \| .*\S$|   +\| +(\^+|-+)$"
            r"|more: otpgen explain OG\d{3}( OG\d{3}){0,2}(  # and more)?$"
            r"|  hint: \S.*[^.]$"
            r"|(\d+ (error|warning)s?( and )?)+$",
            line,
        )
    if match := re.match(r"og(\d{3})_", case.name):
        assert f"OG{match[1]}" in text


@pytest.mark.parametrize(
    "name", ["mixed_ten_mistakes", "og002_control_characters", "fine_bom_and_crlf"]
)
def test_the_program_itself_says_the_same(name):
    case = CASES / name

    done = subprocess_otpgen(case, "check", "otpgen.yaml")

    assert done.stderr == (case / "stderr.txt").read_bytes()
    assert done.returncode == expected_exit(case)


def test_every_code_has_a_case():
    shown = {
        code
        for case in (*FOLDERS, *OWN)
        for code in CODE.findall((case / "stderr.txt").read_bytes().decode())
    }

    assert set(CODES) - shown - set(BY_TEST) - set(BY_FILE) == set()
    assert [test for test in BY_TEST.values() if test not in globals()] == []
    for code, place in BY_FILE.items():
        file, _, test = place.partition(":")
        text = (Path(__file__).parent / file).read_text(encoding="utf-8")
        assert f"def {test}(" in text and code in text


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_page(code):
    page = (PAGES / f"{code}.md").read_text(encoding="utf-8")

    assert re.match(rf"# {code}: [A-Z].*[^.]\n\n", page)
    assert 8 <= len(page.splitlines()) <= 30


def test_every_page_is_of_a_code():
    assert sorted(page.stem for page in PAGES.glob("OG*.md")) == CODES


# Files that cannot be read


def test_a_file_that_is_not_there(otpgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    code, out, err = otpgen("check")

    assert err == (
        "otpgen.yaml: error OG001: there is none in this folder, nor in one above it\n"
        "  hint: name the architecture, or begin with: otpgen new --example g4\n"
        "more: otpgen explain OG001\n"
    )
    assert (code, out) == (1, "")

    code, out, err = otpgen("check", "shop.yaml")

    assert err == (
        "shop.yaml: error OG001: cannot be read: there is no such file\n"
        "  hint: name the architecture, or begin with: otpgen new --example g4\n"
        "more: otpgen explain OG001\n"
    )
    assert (code, out) == (1, "")


def test_a_folder_in_place_of_a_file(otpgen, tmp_path):
    code, out, err = otpgen("check", tmp_path)

    assert err.startswith(
        f"{tmp_path}: error OG001: cannot be read: it is a folder\n"
        f"  hint: name the file in it: {tmp_path}/otpgen.yaml\nmore: "
    )
    assert (code, out) == (1, "")


@pytest.mark.parametrize("name", ["otpgen.yaml/x", "x" * 300, "no/such/folder/otpgen.yaml"])
def test_a_path_that_leads_nowhere(otpgen, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("otpgen.yaml").write_text(SOUND)

    code, _, err = otpgen("check", name)

    assert err.startswith(f"{name}: error OG001: cannot be read: ")
    assert code == 1


@pytest.mark.parametrize(
    "verb",
    ["schema", "explain agent", "templates list", "templates eject agent", "templates new-kind k"],
)
def test_an_architecture_that_is_not_there_is_told_by_who_need_not_read_it(
    otpgen, tmp_path, monkeypatch, verb
):
    monkeypatch.chdir(tmp_path)

    code, out, err = otpgen(*verb.split(), "--architecture", "shop.yml")

    assert err.startswith("shop.yml: error OG001: cannot be read: there is no such file\n  hint: ")
    assert (code, out, list(tmp_path.iterdir())) == (1, "", [])


@pytest.mark.parametrize("verb", ["check", "diff", "status", "regenerate", "undo", "graph"])
def test_a_folder_whose_name_is_too_long(otpgen, tmp_path, monkeypatch, verb):
    monkeypatch.chdir(tmp_path)
    name = f"{'x' * 300}/otpgen.yaml"

    code, _, err = otpgen(verb, *["--architecture"] * (verb != "check"), name)

    assert re.match(r"\S+: error OG\d{3}: cannot be \w+: file name too long\n", err)
    assert code == 1


@pytest.mark.parametrize("name", ["x" * 300, "x" * 9_000, "a/../" * 999])
def test_a_project_whose_name_is_no_path(otpgen, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)

    code, out, err = otpgen("new", name)

    assert (code, out) == (2, "")
    assert "Error: Invalid value: there is no architecture " in err


def test_a_path_does_not_speak_to_the_terminal(otpgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    _, _, err = otpgen("check", "\x1b[31mred.yaml")

    assert "\x1b" not in err
    assert r"\x{1b}[31mred.yaml: error OG001" in err


def test_an_endless_file_is_refused(otpgen):
    code, _, err = otpgen("check", "/dev/zero")

    assert "error OG003: larger than 16 MiB" in err
    assert code == 1


def test_an_example_that_is_not_there(otpgen):
    code, _, err = otpgen("new", "--example", "g44")

    assert err == (
        '--example: error OG001: there is no example "g44"\n'
        "  hint: did you mean g4?\n"
        "more: otpgen explain OG001\n"
    )
    assert code == 1


# Files too large to keep


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("apps: " + "[" * 100_000 + "]" * 100_000, "error OG003: nested deeper than 64"),
        ("apps:\n" + "".join("  " * n + "a:\n" for n in range(1, 300)), "OG003: nested deeper"),
        ("apps: [" + "{" * 100_000, "OG003: nested deeper"),
        ("x: [" + "a, " * 11_000 + "]", "OG003: more than 10,000 values"),
        ("description: " + "x" * 17 * 1024**2, "OG003: larger than 16 MiB"),
    ],
    ids=["nested lists", "nested mappings", "nested braces", "many values", "a long text"],
)
def test_a_file_too_large_is_refused_quickly(otpgen, tmp_path, monkeypatch, text, message):
    monkeypatch.setattr("otpgen.source.yaml.MAX_NODES", 10_000)  # a million takes seconds
    (tmp_path / "otpgen.yaml").write_text(f"otpgen: 1\nname: shop\n{text}\n")
    start = time.monotonic()

    code, _, err = otpgen("check", tmp_path / "otpgen.yaml")

    assert message in err
    assert (code, len(re.findall(r"error OG\d{3}:", err))) == (1, 1)
    assert max(map(len, err.splitlines())) < 200
    assert time.monotonic() - start < 20


@pytest.mark.parametrize(
    ("size", "piece", "message"),
    [
        (100 * 1024**2, b"  - a line of a list that goes on\n", b"OG003: larger than 16 MiB\n"),
        (100 * 1024**2, b"\0", b"OG003: larger than 16 MiB\n"),
        (100_000, b"[", b"OG003: nested deeper than 64 levels\n"),
        (100_000, b"? [", b"hint: put text that begins with { or [ in quotes\n"),
        (100_000, b"- ", b"OG003: nested deeper than 64 levels\n"),
    ],
    ids=["100 MB", "100 MB of nothing", "lists", "keys that are lists", "dashes"],
)
def test_a_file_too_large_takes_little_memory(tmp_path, size, piece, message):
    file = tmp_path / "otpgen.yaml"
    file.write_bytes(b"otpgen: 1\napps:\n" + piece * (size // len(piece)))
    # Not run from here: a process counts as its own what its parent holds when it starts.
    run = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )

    done = subprocess.run(
        [sys.executable, "-c", run, sys.executable, "-m", "otpgen", "check", str(file)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert message in done.stderr
    assert int(done.stdout) < 150 * (1024**2 if sys.platform == "darwin" else 1024)


def test_a_chain_of_aliases_is_not_deeper_than_a_file_may_be(otpgen, tmp_path):
    links = ["  a0: &a0 [store]\n"]
    links += [f"  a{n}: &a{n} [{{supervisor: s, children: *a{n - 1}}}]\n" for n in range(1, 2_000)]
    (tmp_path / "otpgen.yaml").write_text(f"otpgen: 1\nname: shop\napps:\n{''.join(links)}")

    code, _, err = otpgen("check", tmp_path / "otpgen.yaml")

    assert "error OG003: nested deeper than 64 levels" in err
    assert code == 1


def test_a_long_chain_of_applications_is_checked_quickly(otpgen, tmp_path):
    apps = [f"  a{n}:\n    depends_on: [a{n + 1}]\n    children: []\n" for n in range(3_000)]
    file = tmp_path / "otpgen.yaml"
    file.write_text(
        f"otpgen: 1\nname: shop\napps:\n{''.join(apps)}  a3000:\n    depends_on: [a0]\n"
    )
    start = time.monotonic()

    code, _, err = otpgen("check", file)

    assert "depends_on a0 closes a circle: a0 → a1 → a2 → … → a3000 → a0" in err
    assert code == 1
    assert time.monotonic() - start < 20


def test_a_file_full_of_mistakes_is_checked_quickly(otpgen, tmp_path):
    apps = [f"  a{n}:\n    depends_on: [b{n}]\n    children: []\n" for n in range(2_000)]
    (tmp_path / "otpgen.yaml").write_text(f"otpgen: 1\nname: shop\napps:\n{''.join(apps)}")
    start = time.monotonic()

    code, _, err = otpgen("check", tmp_path / "otpgen.yaml")

    assert err.endswith("2,000 errors\n")
    assert code == 1
    assert time.monotonic() - start < 20


# Targets


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder with a sound architecture, and the command line in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(SOUND)
    return tmp_path


def tree(folder):
    return sorted(
        (path.relative_to(folder).as_posix(), path.read_bytes() if path.is_file() else None)
        for path in folder.rglob("*")
    )


def test_a_bad_architecture_makes_no_project(otpgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text("otpgen: 1\nname: shop\napps:\n  Core:\n")
    before = tree(tmp_path)

    code, _, err = otpgen("new", "bad.yaml", "dest")

    assert 'bad.yaml:4:3: error OG101: apps: "Core" is no name' in err
    assert (code, tree(tmp_path)) == (1, before)


@pytest.mark.parametrize("name", ["../x", "/etc/x", "..", "x" * 300, "~", "-rf"])
def test_a_name_does_not_become_a_path(otpgen, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(SOUND.replace("name: shop", f'name: "{name}"'))
    before = tree(tmp_path)

    code, _, err = otpgen("new", "bad.yaml")

    assert "error OG101" in err
    assert (code, tree(tmp_path)) == (1, before)


def test_a_target_that_is_not_empty(otpgen, shop):
    (shop / "dest").mkdir()
    for name in ("mix.exs", "a", "b", "c", "d"):
        (shop / "dest" / name).touch()
    before = tree(shop)

    code, out, err = otpgen("new", "shop.yaml", "dest")

    assert err == (
        "dest: error OG401: is not empty: it holds a, b, c and 2 more\n"
        "  hint: name another folder; nothing was written\n"
        "more: otpgen explain OG401\n"
    )
    assert (code, out, tree(shop)) == (1, "", before)


@pytest.mark.parametrize("link", [False, True])
def test_a_target_that_is_a_file(otpgen, shop, link):
    if link:
        (shop / "dest").symlink_to(shop / "nowhere")
    else:
        (shop / "dest").write_text("mine")

    code, _, err = otpgen("new", "shop.yaml", "dest")

    assert err.startswith("dest: error OG402: is ")
    assert ("symbolic link" if link else "not a folder") in err
    assert code == 1
    assert link or (shop / "dest").read_text() == "mine"


@pytest.mark.parametrize("dest", ["/proc/x", "/dev/null/x", "shop.yaml/x/y"])
def test_a_target_that_cannot_be_made(otpgen, shop, dest):
    before = tree(shop)

    code, out, err = otpgen("new", "shop.yaml", dest)

    assert re.match(rf"{re.escape(dest)}: error OG40[23]: \S", err)
    assert (code, out, tree(shop)) == (1, "", before)


def test_a_target_whose_name_is_too_long(otpgen, shop):
    before = tree(shop)

    code, out, err = otpgen("new", "shop.yaml", "x" * 300)

    assert re.match(r"x{300}: error OG40[23]: \S", err)
    assert (code, out, tree(shop)) == (1, "", before)


def test_what_a_new_project_may_begin_with_stays(otpgen, shop):
    dest = shop / "dest"
    (dest / ".git").mkdir(parents=True)
    for name in ("README.md", "LICENSE", "otpgen.yaml"):
        (dest / name).write_text(SOUND)

    code, _, err = otpgen("new", "dest/otpgen.yaml", "dest")

    assert (code, err) == (0, "")
    assert [(dest / name).read_text() for name in ("README.md", "LICENSE")] == [SOUND] * 2
    assert (dest / "mix.exs").is_file()
    assert sorted(path.name for path in shop.iterdir()) == ["dest", "shop.yaml"]


def test_another_architecture_in_the_target_is_not_passed_over(otpgen, shop):
    (shop / "dest").mkdir()
    (shop / "dest/otpgen.yaml").write_text(SOUND.replace("shop", "other"))
    before = tree(shop)

    code, _, err = otpgen("new", "shop.yaml", "dest")

    assert "dest: error OG401: is not empty: it holds otpgen.yaml" in err
    assert (code, tree(shop)) == (1, before)


def test_an_architecture_may_come_through_a_pipe(shop):
    done = subprocess_otpgen(shop, "new", "/dev/stdin", "dest", input=SOUND.encode())

    assert (done.returncode, done.stderr) == (0, b"")
    assert SOUND in (shop / "dest/otpgen.yaml").read_text()


def test_a_long_chain_of_applications_becomes_a_project(otpgen, shop):
    apps = [f"  a{n}:\n    depends_on: [a{n + 1}]\n    children: []\n" for n in range(1_050)]
    (shop / "long.yaml").write_text(f"otpgen: 1\nname: long\napps:\n{''.join(apps)}  a1050:\n")

    code, _, err = otpgen("new", "--dry-run", "long.yaml")

    assert (code, err) == (0, "")


def test_the_folder_one_stands_in_may_be_the_target(otpgen, shop):
    (shop / "shop.yaml").rename(shop / "otpgen.yaml")

    code, _, err = otpgen("new", "otpgen.yaml", ".")

    assert (code, err) == (0, "")
    assert (shop / "mix.exs").is_file()


@pytest.mark.parametrize("name", ["with a space", "日本語 é", "it's", "a;b $(c)"])
def test_a_path_may_hold_anything(otpgen, shop, name):
    (shop / name).mkdir()
    (shop / "shop.yaml").rename(shop / name / "a file.yaml")

    code, _, err = otpgen("new", f"{name}/a file.yaml", f"{name}/new one")

    assert (code, err) == (0, "")
    assert (shop / name / "new one" / "mix.exs").is_file()
    assert sorted(p.name for p in (shop / name).iterdir()) == ["a file.yaml", "new one"]


@pytest.mark.parametrize(
    ("dest", "exists"),
    [("dest", False), ("new/and/new/dest", False), ("dest", True)],
    ids=["a new folder", "new folders above it", "a folder that is there"],
)
def test_a_full_disk_leaves_nothing_behind(otpgen, shop, monkeypatch, dest, exists):
    if exists:
        (shop / "dest").mkdir()
        (shop / "dest/README.md").write_text("mine")
    before = tree(shop)
    real, left = os.open, [8]

    def full(path, flags, *rest, **options):
        left[0] -= 1 if flags & os.O_CREAT else 0
        if flags & os.O_CREAT and left[0] < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(path, flags, *rest, **options)

    monkeypatch.setattr(os, "open", full)

    code, out, err = otpgen("new", "shop.yaml", dest)

    monkeypatch.undo()
    assert err.startswith(f"{dest}: error OG403: cannot be written: no space left on device\n")
    assert (code, out, tree(shop)) == (1, "", before)


def test_a_limit_of_the_system_leaves_nothing_behind(shop):
    before = tree(shop)

    done = subprocess_otpgen(
        shop,
        "new",
        "shop.yaml",
        "dest",
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_500, 1_500)),
    )

    assert done.stderr.startswith(b"dest: error OG403: cannot be written: file too large\n")
    assert done.returncode == 1
    assert tree(shop) == before


# Templates


@pytest.fixture
def templates(shop, monkeypatch):
    """A copy of the templates that may be spoilt."""
    copy = shop / "templates"
    shutil.copytree(ROOT / "templates", copy)
    real = resources.folder
    monkeypatch.setattr(
        resources, "folder", lambda name: copy if name == "templates" else real(name)
    )
    return copy


def test_a_missing_template(otpgen, templates):
    (templates / "umbrella/mix.exs.jinja").write_text('<% include "nowhere.jinja" %>\n')

    code, _, err = otpgen("new", "shop.yaml", "dest")

    assert err.startswith(
        "templates/umbrella/mix.exs.jinja:1:1: error OG201: there is no template nowhere.jinja "
        "(for mix.exs)\n"
    )
    assert code == 1
    assert not Path("dest").exists()


@pytest.mark.parametrize(
    ("text", "place"),
    [("a\n<% if %>\n", ":2:1"), ("a\nb\n <%= system.apps.__class__.x %>\n", ":3:2")],
)
def test_a_template_that_cannot_be_rendered(otpgen, templates, text, place):
    (templates / "umbrella/mix.exs.jinja").write_text(text)

    code, _, err = otpgen("new", "shop.yaml", "dest")

    assert err.startswith(f"templates/umbrella/mix.exs.jinja{place}: error OG202: ")
    assert code == 1
    assert not Path("dest").exists()


def test_nobody_needs_to_listen(tmp_path):
    (tmp_path / "otpgen.yaml").write_text(SOUND)
    command = f"exec {sys.executable} -m otpgen check >&- 2>err"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=env, timeout=60, check=False)

    assert (done.returncode, (tmp_path / "err").read_text()) == (0, "")


@pytest.mark.parametrize("verb", [["check", "otpgen.yaml"], ["explain"], ["graph"]])
def test_a_full_disk_behind_what_is_printed_is_told(tmp_path, verb):
    (tmp_path / "otpgen.yaml").write_text(SOUND)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "otpgen", *verb],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr == "otpgen: cannot be told: no space left on device\n"
