"""regenerate, diff, undo and status as one calls them; their stories are in tests/stories."""

import json
import os
import subprocess
import sys

import pytest

from otpgen.project import locked

BEFORE = """\
otpgen: 1
name: shop
apps:
  core:
    strategy: rest_for_one
    children: [store, {agent: cache}]
"""
AFTER = BEFORE.replace("rest_for_one", "one_for_one")
STORE = "apps/core/lib/core/store.ex"
SUPERVISOR = "apps/core/lib/core/supervisor.ex"


@pytest.fixture
def shop(otpgen, tmp_path, monkeypatch):
    """A project, and the current folder in it."""
    (tmp_path / "shop.yaml").write_text(BEFORE)
    monkeypatch.chdir(tmp_path)
    assert otpgen("new", "shop.yaml", "shop")[0] == 0
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path / "shop"


def write(folder, architecture):
    (folder / "otpgen.yaml").write_text(architecture)


def test_what_is_in_step_is_left_alone(otpgen, shop):
    assert otpgen("regenerate", "--check")[:2] == (0, "shop: 0 changes\n")
    assert otpgen("regenerate")[:2] == (0, "shop: 0 changes\n")


def test_check_writes_nothing_and_tells_by_its_exit(otpgen, shop):
    write(shop, AFTER)

    code, out, _ = otpgen("regenerate", "--check")

    assert code == 1
    assert "core: rest_for_one → one_for_one" in out
    assert "rest_for_one" in (shop / SUPERVISOR).read_text()


def test_the_change_in_words_for_a_program(otpgen, shop):
    write(shop, AFTER)

    told = json.loads(otpgen("diff", "--format", "json")[1])

    assert told["in_step"] is False
    assert told["changes"][0] == {
        "element": "core",
        "text": "core: rest_for_one → one_for_one",
        "follows": ["the death of store no longer ends cache"],
    }
    assert {"path": SUPERVISOR, "verdict": "changed", "was": "", "reason": ""} in told["files"]


def test_the_change_in_words_for_a_pull_request(otpgen, shop):
    write(shop, AFTER)

    out = otpgen("diff", "--format", "markdown")[1]

    assert "- core: rest\\_for\\_one → one\\_for\\_one\n" in out
    assert f"| changed | `{SUPERVISOR}` |  |\n" in out


def test_markers_of_an_earlier_run_are_refused(otpgen, shop):
    file = shop / STORE
    text = file.read_text()
    file.write_text(f"<<<<<<< yours\na\n=======\nb\n>>>>>>> fresh\n{text}")
    write(shop, AFTER)

    code, out, err = otpgen("regenerate")

    assert (code, out) == (1, "")
    assert err.startswith(f"{STORE}:1:1: error OG303: the markers of an earlier run are still ")
    assert "rest_for_one" in (shop / SUPERVISOR).read_text()
    assert f"{STORE}  managed, markers: decide there" in otpgen("status")[1]


def test_status_says_whose_a_file_is_and_where_it_comes_from(otpgen, shop):
    (shop / STORE).write_text((shop / STORE).read_text() + "# mine\n")
    (shop / "README.md").unlink()

    out = otpgen("status")[1]

    place = "kinds/gen_server/module.ex.jinja, otpgen.yaml:7"
    assert f"{STORE}  managed, edited, {place}\n" in out
    assert "README.md                    managed, removed by you" in out
    every = otpgen("status", "--all")[1]
    assert SUPERVISOR in every and SUPERVISOR not in out
    one = json.loads(otpgen("status", STORE, "--format", "json")[1])
    assert one == [
        {
            "path": STORE,
            "owner": "managed",
            "state": "edited",
            "template": "kinds/gen_server/module.ex.jinja",
            "lines": [7],
        }
    ]
    below = json.loads(otpgen("status", "apps", "--format", "json")[1])
    assert [file["path"] for file in below] == [
        line.split()[0] for line in every.splitlines() if line.startswith("apps/")
    ]


def test_status_says_that_an_edited_architecture_is_ahead(otpgen, shop):
    write(shop, AFTER)

    assert (
        otpgen("status")[1].splitlines()[0].endswith("yours, edited: otpgen diff says what follows")
    )
    assert "`otpgen diff` says what follows" in otpgen("explain", "otpgen.yaml")[1]
    otpgen("regenerate")
    assert "says what follows" not in otpgen("status")[1]


def test_status_of_what_is_no_file_of_otpgens(otpgen, shop):
    code, out, err = otpgen("status", "apps/core/lib/core/stor.ex")

    assert (code, out) == (1, "")
    assert err.splitlines()[:2] == [
        'apps/core/lib/core/stor.ex: error OG304: "apps/core/lib/core/stor.ex" is no file of '
        "otpgen's",
        f"  hint: did you mean {STORE}?",
    ]


@pytest.mark.parametrize(
    ("here", "word"),
    [
        (".", STORE),
        ("apps/core", "lib/core/store.ex"),
        ("apps/core", STORE),
        ("apps/core/lib", "."),
    ],
)
def test_status_takes_paths_from_this_folder_and_from_the_projects(
    otpgen, shop, monkeypatch, here, word
):
    monkeypatch.chdir(here)

    code, out, _ = otpgen("status", word)

    assert code == 0
    shown = [line.split()[0] for line in out.splitlines()[:-1]]
    assert STORE in shown
    assert all(path.startswith("apps/core/lib/") for path in shown)


def test_of_an_ancestor_that_is_written_anew_no_line_is_shown(otpgen, shop):
    (shop / ".otpgen/ancestor").write_text("junk\n")

    err = otpgen("regenerate")[2]

    assert ".otpgen/ancestor:1:1: warning OG302: this line is no entry\n" in err
    assert " | " not in err


def test_another_run_is_told_who_is_at_work(otpgen, shop):
    write(shop, AFTER)

    with locked(shop, "regenerate"):
        code, _, err = otpgen("regenerate")

    assert code == 1
    assert "error OG404" in err and f"process {os.getpid()}" in err
    assert "rest_for_one" in (shop / SUPERVISOR).read_text()


def test_a_project_that_otpgen_has_not_made_is_taken_over(otpgen, shop):
    (shop / STORE).write_text("defmodule Core.Store do\nend\n")
    (shop / ".otpgen/ancestor").unlink()

    code, out, _ = otpgen("regenerate", "--keep", "yours")

    assert (code, (shop / STORE).read_text()) == (0, "defmodule Core.Store do\nend\n")
    assert f"K  {STORE}: it is yours, and the architecture has another" in out
    # From now on it is an edit: what changes elsewhere comes in, it stays.
    write(shop, AFTER)
    assert otpgen("regenerate")[0] == 0
    assert (shop / STORE).read_text() == "defmodule Core.Store do\nend\n"
    assert "one_for_one" in (shop / SUPERVISOR).read_text()


def test_without_git_what_both_changed_is_left_to_the_user(shop):
    """A process of its own: git is looked for on PATH."""
    store = (shop / STORE).read_text()
    (shop / STORE).write_text(store + "# mine\n")
    write(shop, AFTER.replace("store", "{gen_server: store, restart: transient}"))
    (shop / "bin").mkdir()

    done = subprocess.run(
        [sys.executable, "-m", "otpgen", "regenerate"],
        env={"PATH": str(shop / "bin"), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 3, done.stderr
    assert (shop / STORE).read_text() == store + "# mine\n"
    assert "restart: :transient" in (shop / f"{STORE}.otpgen-new").read_text()
    assert "one_for_one" in (shop / SUPERVISOR).read_text()  # nobody else had changed it


def test_what_waits_beside_is_listed_until_it_is_deleted(otpgen, shop):
    (shop / STORE).unlink()
    write(shop, BEFORE.replace("store", "{gen_server: store, restart: transient}"))

    code, out, _ = otpgen("regenerate")

    assert code == 3
    assert f"C  {STORE}: you removed it, and it has changed since; see {STORE}.otpgen-new" in out
    assert f"{STORE}  managed, see PATH.otpgen-new" in otpgen("status")[1]
    (shop / f"{STORE}.otpgen-new").unlink()
    assert f"{STORE}  managed, removed by you" in otpgen("status")[1]


def test_an_unsound_architecture_changes_nothing(otpgen, shop):
    write(shop, BEFORE.replace("rest_for_one", "rest_for_on"))
    before = {path: path.stat().st_mtime_ns for path in shop.rglob("*") if path.is_file()}

    for verb in ("diff", "regenerate", "status"):
        code, out, err = otpgen(verb)
        assert (code, out) == (1, "")
        assert "error OG104" in err

    now = {path: path.stat().st_mtime_ns for path in before}
    assert now == before


def test_a_child_in_elixirs_own_words_may_be_renamed_and_has_no_file(otpgen, shop):
    foreign = BEFORE.replace(
        "[store", '[{spec: "{Registry, keys: :unique, name: A}", id: a}, store'
    )
    write(shop, foreign)
    otpgen("regenerate")
    write(shop, foreign.replace("id: a", "id: b"))

    _, out, _ = otpgen("diff")

    assert "was core.a renamed to core.b? then say so, and your edits go along:\n" in out


def test_renames_of_what_nobody_knows_are_not_passed_over_in_silence(otpgen, shop):
    (shop / STORE).write_text((shop / STORE).read_text() + "# mine\n")
    write(shop, BEFORE.replace("store", "shelf") + "moved: [{from: core.store, to: core.shelf}]\n")
    (shop / ".otpgen/ancestor").write_text("otpgen ancestor 1\n")

    code, out, err = otpgen("diff")

    assert code == 0
    assert err.startswith(
        "otpgen.yaml:7:8: warning OG305: nothing can be renamed: the last architecture cannot be "
        "read: .otpgen/ancestor does not have it\n"
    )
    assert "A  apps/core/lib/core/shelf.ex" in out
