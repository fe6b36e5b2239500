"""Packs: each folder of tests/packs is a case.

    pack/          the pack
    arguments      what is said beside `otpgen new shop.yaml --template pack`
    stderr.txt     what otpgen says of it

A case that is called fine is taken, and says nothing. What a pack may take is little here.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from otpgen import cli
from otpgen.commands.templates import own_templates
from otpgen.packs import Limits, fetch

ROOT = Path(__file__).parents[2]
CASES = sorted(path for path in (ROOT / "tests/packs").iterdir() if path.is_dir())
HOUSE = ROOT / "examples/packs/house"
SOUND = "otpgen: 1\nname: shop\napps:\n  core:\n    children: [store]\n"
COUNTER = SOUND.replace("[store]", "[store, {counter: visits, from: 3}]")
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """A folder with an architecture; nothing waits for the medium."""
    monkeypatch.setattr(os, "sync", lambda: None)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    for name, value in GIT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SOUND)


def git(folder, *arguments):
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


def pack(folder, files):
    """A pack with these files, which are in a folder of it by themselves."""
    for path, text in {"copier.yml": "_templates_suffix: .copier\n", **files}.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


@pytest.fixture
def repository(tmp_path):
    """A pack in git, of two versions."""
    folder = tmp_path / "house"
    guide = "guide\n\n\n\n"
    files = {"files/NOTES.md": "one\n", "files/GUIDE.md": f"{guide}one\n"}
    pack(folder, {**files, "_macros/x.jinja": "x\n"})
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    git(folder, "tag", "v1")
    (folder / "files/NOTES.md").write_text("two\n")
    (folder / "files/GUIDE.md").write_text(f"{guide}two\n")
    git(folder, "commit", "-qam", "two")
    git(folder, "tag", "v1.10")
    (folder / "files/NOTES.md").write_text("not released\n")
    git(folder, "commit", "-qam", "three")
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_pack_is_taken_or_told_what_is_wrong(case, otpgen, monkeypatch, update_golden):
    monkeypatch.setattr(fetch, "LIMITS", Limits(seconds=3, file=2**20, sum=2**20, files=50))
    shutil.copytree(case / "pack", "pack")
    said = (case / "arguments").read_text().split() if (case / "arguments").exists() else []

    code, out, err = otpgen("new", "shop.yaml", "--template", "pack", *said)

    if update_golden:
        (case / "stderr.txt").write_text(err)
    assert err == (case / "stderr.txt").read_text()
    assert bool(out) == (code == 0) == Path("shop").exists()
    assert (err == "") == case.name.startswith("fine_")
    assert code == (0 if " error " not in err else 1)
    assert "Traceback" not in err and str(Path.cwd()) not in err
    if named := re.match(r"og(\d{3})_", case.name):
        assert f" OG{named[1]}: " in err
    assert not Path("/tmp/otpgen-was-here").exists()


# Where a pack comes from


def test_a_pack_may_lie_on_a_host_that_has_a_short_name(otpgen, repository, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    for number, host in enumerate(("github.com", "gitlab.com")):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", f"url.{repository.as_uri()}.insteadOf")
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", f"https://{host}/org/house.git")

    for short in ("gh:org/house", "gl:org/house"):
        assert otpgen("new", "shop.yaml", "--template", short, "--ref", "v1")[0] == 0
        assert Path("shop/NOTES.md").read_text() == "one\n"
        kept = json.loads(Path("shop/.otpgen/pack.json").read_text())
        assert (kept["source"], kept["commit"]) == (short, git(repository, "rev-parse", "v1"))
        shutil.rmtree("shop")


def test_a_link_in_a_repository_is_no_part_of_a_pack(otpgen, repository):
    (repository / "files/passwd").symlink_to("/etc/passwd")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "a link")
    url = repository.as_uri()

    code, out, err = otpgen("new", "shop.yaml", "--template", url, "--ref", "main")

    assert err.startswith(f"{url}: error OG212: files/passwd is a link\n")
    assert (code, out) == (1, "")


def test_a_link_that_a_task_makes_is_no_template(otpgen):
    tasks = "_templates_suffix: .copier\n_tasks: [ln -s /etc/passwd files/passwd]\n"
    pack(Path("pack"), {"copier.yml": tasks, "files/NOTES.md": "notes\n"})

    code, out, err = otpgen("new", "shop.yaml", "--template", "pack", "--trust")

    assert err.startswith("pack/files/passwd: error OG204: is a link\n")
    assert (code, out) == (1, "")


def test_a_folder_whose_name_is_no_unicode_cannot_be_kept(otpgen, repository):
    try:
        repository.rename("house\udcff")
    except OSError:
        pytest.skip("this file system has no such names")  # macOS: names are UTF-8

    code, out, err = otpgen("new", "shop.yaml", "--template", "house\udcff")

    assert err.startswith("house\\x{dcff}: error OG209: the way to it holds bytes")
    assert (code, out) == (1, "")


def test_a_file_that_is_too_large_is_named(otpgen):
    pack(Path("pack"), {"files/NOTES.md": "notes\n"})
    with Path("pack/video").open("wb") as file:
        file.truncate(fetch.LIMITS.file + 1)

    code, out, err = otpgen("new", "shop.yaml", "--template", "pack")

    assert err.startswith("pack: error OG212: video has more than 8 MiB\n")
    assert (code, out) == (1, "")


def test_a_pack_may_hold_everything(otpgen):
    for row in ("umbrella", "kinds", "parts", "components", "_macros"):
        shutil.copytree(
            ROOT / "templates" / row, f"pack/{row}", ignore=shutil.ignore_patterns("__pycache__")
        )
    Path("pack/copier.yml").write_text("_templates_suffix: .copier\n")
    helpdesk = ROOT / "examples/helpdesk/otpgen.yaml"

    assert otpgen("new", helpdesk, "theirs", "--template", "pack")[0] == 0
    assert otpgen("new", helpdesk, "ours")[0] == 0

    def files(folder):
        found = [path for path in Path(folder).rglob("*") if path.is_file()]
        inside = {path.relative_to(folder): path.read_bytes() for path in found}
        return {path: data for path, data in inside.items() if path.parts[0] != ".otpgen"}

    assert files("theirs") == files("ours")


def test_a_pack_may_hold_a_component_and_a_part(otpgen):
    bell = "defmodule <%= runtime.module %>.Bell do\n  def ring, do: :ok\nend\n"
    news = "summary: News\nneeds: {parts: [bell]}\napp: {description: News, children: [store]}\n"
    files = {
        "components/news/component.yaml": news,
        "parts/bell/part.yaml": "summary: Rings\npeers: true\n",
        "parts/bell/lib/app_name/bell.ex.jinja": bell,
    }
    pack(Path("pack"), files)
    text = "otpgen: 1\nname: shop\napps:\n  news: {component: news}\n"
    text += "nodes:\n  node1: 4001\n  node2: {port: 4002, without: [news]}\n  node3: 4003\n"
    Path("shop.yaml").write_text(text)

    assert otpgen("new", "shop.yaml", "--template", "pack")[0] == 0

    bell = Path("shop/apps/shop_runtime/lib/shop_runtime/bell.ex").read_text()
    assert bell.startswith("defmodule ShopRuntime.Bell do\n")
    assert Path("shop/apps/news/lib/news/store.ex").exists()
    os.chdir("shop")
    told = "{shop_runtime, [{bell, ['node1@127.0.0.1','node3@127.0.0.1']}]}"
    lines = Path("config/node2.config").read_text().splitlines()
    kept = "".join(line.strip() for line in lines if not line.lstrip().startswith("%"))
    assert told.replace(" ", "") in kept.replace(" ", "")
    assert otpgen("diff")[1] == "shop: 0 changes\n"


def test_a_folder_that_cannot_be_read_is_told_as_such(otpgen):
    pack(Path("pack"), {"files/NOTES.md": "notes\n"})
    here = Path.cwd()
    os.chdir("pack")
    for _ in range(20):  # deeper than any path may say
        Path("x" * 250).mkdir()
        os.chdir("x" * 250)
    os.chdir(here)

    code, out, err = otpgen("new", "shop.yaml", "--template", "pack")

    assert err.startswith("pack: error OG212: ") and "File name too long" in err
    assert (code, out) == (1, "")


def test_a_link_is_no_part_of_a_pack(otpgen):
    pack(Path("pack"), {"files/NOTES.md": "notes\n"})
    Path("pack/files/passwd").symlink_to("/etc/passwd")

    code, out, err = otpgen("new", "shop.yaml", "--template", "pack")

    assert err.startswith("pack: error OG212: files/passwd is a link\n")
    assert (code, out) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nowhere"], "nowhere: error OG209: there is no such folder\n"),
        (["x" * 300], f"{'x' * 300}: error OG209: there is no such folder\n"),
        (["~no-such-user/x"], "~no-such-user/x: error OG209: there is no such folder\n"),
        (["house", "--ref", "v9"], 'house: error OG209: there is no ref "v9"\n'),
        (["file:///nowhere/at/all"], "file:///nowhere/at/all: error OG209: git says: "),
        (["https://127.0.0.1:9/pack.git"], "https://127.0.0.1:9/pack.git: error OG209: git says: "),
        (["https://me:secret@127.0.0.1/x"], "***: error OG209: it says who you are"),
        (["https://secret@127.0.0.1/x"], "***: error OG209: it says who you are"),
        (["ext::sh -c true"], "ext::sh -c true: error OG209: there is no such folder\n"),
        (["house", "--ref=--upload-pack=touch was-here"], "house: error OG209: "),
        (["-oProxyCommand=touch was-here@x:y"], "-oProxyCommand=touch was-here@x:y: error OG209: "),
    ],
)
def test_a_pack_that_cannot_be_fetched(otpgen, repository, arguments, why):
    code, out, err = otpgen("new", "shop.yaml", f"--template={arguments[0]}", *arguments[1:])

    assert err.startswith(why)
    assert "secret" not in err and not Path("was-here").exists()
    assert (code, out) == (1, "")
    assert not Path("shop").exists()


def test_of_a_repository_the_newest_version_is_taken(otpgen, repository):
    url = repository.as_uri()

    for arguments, text in (([], "two\n"), (["--ref", "v1"], "one\n")):
        assert otpgen("new", "shop.yaml", "--template", url, *arguments)[0] == 0
        assert Path("shop/NOTES.md").read_text() == text
        shutil.rmtree("shop")
    commit = git(repository, "rev-parse", "main")
    assert otpgen("new", "shop.yaml", "--template", url, "--ref", commit)[0] == 0
    assert Path("shop/NOTES.md").read_text() == "not released\n"
    kept = json.loads(Path("shop/.otpgen/pack.json").read_text())
    assert kept == {
        "otpgen pack": 1,
        "source": url,
        "ref": commit,
        "commit": commit,
        "answers": {},
    }


def test_a_folder_is_taken_as_it_stands_and_kept_by_the_way_to_it(otpgen, repository):
    (repository / "files/NOTES.md").write_text("not even committed\n")

    assert otpgen("new", "shop.yaml", "deep/shop", "--template", "house")[0] == 0

    assert Path("deep/shop/NOTES.md").read_text() == "not even committed\n"
    assert json.loads(Path("deep/shop/.otpgen/pack.json").read_text())["source"] == "../../house"
    os.chdir("deep/shop")
    assert otpgen("templates", "update", "--ref", "v1")[0] == 0
    assert Path("NOTES.md").read_text() == "one\n"


# What is kept


def test_a_locked_pack_needs_neither_the_network_nor_copier(otpgen, repository, monkeypatch):
    assert otpgen("new", "shop.yaml", "--template", repository.as_uri())[0] == 0
    shutil.rmtree(repository)
    monkeypatch.chdir("shop")
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[store, cache]"))

    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "otpgen", "regenerate"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert not re.search(r"\| +(copier|questionary|otpgen\.packs)\b", done.stderr)
    assert Path("apps/core/lib/core/cache.ex").exists()
    assert otpgen("check")[0] == otpgen("status")[0] == otpgen("regenerate", "--check")[0] == 0
    before = sorted(path for path in Path().rglob("*"))
    code, _, err = otpgen("templates", "update")
    assert "error OG209: git says: " in err
    assert code == 1
    assert sorted(path for path in Path().rglob("*")) == before


def test_a_secret_answer_is_not_kept(otpgen):
    question = "_templates_suffix: .copier\ntoken: {type: str, secret: true, default: none}\n"
    pack(Path("pack"), {"copier.yml": question, "files/NOTES.md": "notes\n"})

    said = ("--template", "pack", "--data", "token=hush")
    assert otpgen("new", "shop.yaml", *said)[0] == 0

    for path in Path("shop").rglob("*"):
        assert path.is_dir() or "hush" not in path.read_text()


def test_a_project_is_made_again_with_its_pack(otpgen, repository):
    assert otpgen("new", "shop.yaml", "--template", repository.as_uri())[0] == 0

    assert otpgen("new", "shop/otpgen.yaml", "other")[0] == 0

    for path in Path("shop").rglob("*"):
        assert path.is_dir() or path.read_bytes() == Path("other", *path.parts[1:]).read_bytes()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "is missing"),
        ("<<<<<<< HEAD\n{}\n", "has not the fields of a pack"),
        ("[]\n", "has not the fields of a pack"),
        ('{"otpgen pack": 2, "source": "", "ref": "", "commit": "", "answers": {}}', "a newer"),
    ],
)
def test_a_pack_json_that_otpgen_has_not_written(otpgen, repository, monkeypatch, text, why):
    assert otpgen("new", "shop.yaml", "--template", "house")[0] == 0
    monkeypatch.chdir("shop")
    Path(".otpgen/pack.json").unlink()
    if text:
        Path(".otpgen/pack.json").write_text(text)

    code, _, err = otpgen("templates", "update")

    assert err.startswith(".otpgen/pack.json: error OG214: ") and why in err
    assert code == 1
    # All else goes by the templates.
    assert otpgen("diff")[1] == "shop: 0 changes\n"
    assert otpgen("templates", "update", "--template", "../house")[0] == 0
    assert json.loads(Path(".otpgen/pack.json").read_text())["source"] == "../house"


def test_markers_of_git_in_a_pack_are_refused(otpgen, repository, monkeypatch):
    assert otpgen("new", "shop.yaml", "--template", "house")[0] == 0
    monkeypatch.chdir("shop")
    Path(".otpgen/pack/files/NOTES.md").write_text("<<<<<<< a\n1\n=======\n2\n>>>>>>> b\n")

    code, _, err = otpgen("regenerate")

    assert err.startswith(".otpgen/pack/files/NOTES.md: error OG303: the markers of a merge")
    assert code == 1


def test_what_is_executable_stays_so(otpgen):
    pack(Path("pack"), {"files/run.sh": "#!/bin/sh\n", "files/notes": "notes\n"})
    Path("pack/files/run.sh").chmod(0o755)

    assert otpgen("new", "shop.yaml", "--template", "pack")[0] == 0

    assert os.access("shop/run.sh", os.X_OK) and not os.access("shop/notes", os.X_OK)
    os.chdir("shop")
    assert otpgen("diff")[1] == "shop: 0 changes\n"


def test_copier_renders_the_one_and_otpgen_the_other(otpgen):
    shutil.copytree(ROOT / "tests/packs/fine_whole_files_of_both_kinds/pack", "pack")

    assert otpgen("new", "shop.yaml", "--template", "pack", "--defaults")[0] == 0

    texts = {name: Path("shop", name).read_text() for name in ("A.md", "B.md", "EMPTY", "shop.txt")}
    assert texts == {
        "A.md": "shop\n",
        "B.md": "Ours shop\n",
        "EMPTY": "",
        "shop.txt": "<%= not rendered %> ${{ nor this }}\n",
    }


# Layers


def test_a_project_overrides_its_pack_and_goes_back_to_it(otpgen, repository, monkeypatch):
    assert otpgen("new", "shop.yaml", "--template", repository.as_uri(), "--ref", "v1")[0] == 0
    monkeypatch.chdir("shop")

    assert otpgen("templates", "eject", "GUIDE.md")[0] == 0
    file = Path("otpgen/templates/files/GUIDE.md")
    assert file.read_text() == "guide\n\n\n\none\n"
    file.write_text("ours\nguide\n\n\n\none\n")
    assert otpgen("regenerate")[0] == 0
    assert Path("GUIDE.md").read_text() == "ours\nguide\n\n\n\none\n"
    # A newer pack is merged into what the project has made of it.
    assert otpgen("templates", "update")[0] == 0
    assert file.read_text() == Path("GUIDE.md").read_text() == "ours\nguide\n\n\n\ntwo\n"
    assert {(t.path, t.by) for t in own_templates()} == {
        (".otpgen/pack/_macros/x.jinja", "pack"),
        (".otpgen/pack/files/NOTES.md", "pack"),
        ("otpgen/templates/files/GUIDE.md", "project"),
    }
    assert otpgen("templates", "restore", "GUIDE.md")[0] == 0
    assert otpgen("regenerate")[0] == 0
    assert Path("GUIDE.md").read_text() == "guide\n\n\n\ntwo\n"


def test_a_kind_that_a_pack_declares_is_the_packs_alone(otpgen):
    files = {
        "kinds/agent/kind.yaml": "summary: Ours\nbehaviour: Agent\n",
        "kinds/agent/module.ex.jinja": "# ours\ndefmodule <%= worker.module %> do\nend\n",
    }
    pack(Path("pack"), files)
    Path("shop.yaml").write_text(SOUND.replace("store", "agent: cache"))

    assert otpgen("new", "shop.yaml", "--template", "pack")[0] == 0

    assert Path("shop/apps/core/lib/core/cache.ex").read_text().startswith("# ours\n")
    assert not Path("shop/apps/core/test/core/cache_test.exs").exists()


def test_the_ancestor_of_another_pack_loses_nothing(otpgen, repository, monkeypatch):
    assert otpgen("new", "shop.yaml", "--template", "house")[0] == 0
    pack(Path("other"), {"files/OTHER.md": "other\n"})
    monkeypatch.chdir("shop")
    Path("NOTES.md").write_text("mine\n")
    assert otpgen("diff")[1] == "shop: 0 changes\n"

    code, out, _ = otpgen("templates", "update", "--template", "../other")

    assert (code, Path("OTHER.md").read_text()) == (0, "other\n")
    assert "K  NOTES.md: " in out
    assert Path("NOTES.md").read_text() == "mine\n"
    assert not Path(".otpgen/pack/_macros").exists()


def test_a_project_without_a_pack_takes_one_and_undo_takes_it_back(otpgen, repository, monkeypatch):
    assert otpgen("new", "shop.yaml")[0] == 0
    monkeypatch.chdir("shop")
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    code, _, err = otpgen("templates", "update")
    assert err.startswith(".otpgen/pack.json: error OG210: the project has no pack\n")
    assert code == 1

    assert otpgen("templates", "update", "--template", "../house", "--dry-run")[1] == (
        "pack ../house\n"
        "the architecture is as before; these templates give something else now:\n"
        "  ../house/files/GUIDE.md\n  ../house/files/NOTES.md\n\n"
        "  A  GUIDE.md\n  A  NOTES.md\nshop: 2 added\n"
    )
    assert not Path("NOTES.md").exists()
    assert otpgen("templates", "update", "--template", "../house")[0] == 0
    assert Path("NOTES.md").exists()

    assert otpgen("undo")[0] == 0
    after = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert {p: b for p, b in after.items() if "local" not in p.parts} == before


def test_what_the_pack_and_the_project_changed_in_one_place_is_decided_first(
    otpgen, repository, monkeypatch
):
    assert otpgen("new", "shop.yaml", "--template", repository.as_uri(), "--ref", "v1")[0] == 0
    monkeypatch.chdir("shop")
    assert otpgen("templates", "eject", "NOTES.md")[0] == 0
    file = Path("otpgen/templates/files/NOTES.md")
    file.write_text("ours\n")

    code, out, _ = otpgen("templates", "update")

    assert code == 3
    assert f"C  {file}: both you and the pack changed the same place\n" in out
    assert "<<<<<<< yours\nours\n" in file.read_text()
    assert Path("NOTES.md").read_text() == "ours\n"


def test_a_version_without_a_kind_that_is_used_changes_nothing(otpgen, repository, monkeypatch):
    shutil.copytree(HOUSE, "counting")
    Path("shop.yaml").write_text(COUNTER)
    said = ("--template", "counting", "--defaults")
    assert otpgen("new", "shop.yaml", *said)[0] == 0
    monkeypatch.chdir("shop")
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}

    code, _, err = otpgen("templates", "update", "--template", "../house")

    assert 'error OG009: a child: unknown kind "counter"' in err
    assert code == 1
    after = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert {p: b for p, b in after.items() if "local" not in p.parts} == before


def test_the_pages_tell_what_a_pack_may_take():
    most = fetch.LIMITS
    pages = [ROOT / "docs/packs.md", ROOT / "docs/problems/OG212.md"]

    for text in (" ".join(page.read_text().split()) for page in pages):
        assert f"{most.seconds} seconds" in text
        assert f"{most.memory // 1024**3} GiB" in text
        assert f"{most.files:,} files" in text
        assert f"{most.sum // 1024**2} MiB in all" in text


def test_answers_hold_where_the_pack_has_moved(otpgen, monkeypatch):
    said = ("--data", "company=Ours", "--defaults")
    assert otpgen("new", "shop.yaml", "--template", HOUSE, *said)[0] == 0
    shutil.copytree(HOUSE, "moved")
    monkeypatch.chdir("shop")

    assert otpgen("templates", "update", "--template", "../moved")[1] == (
        "pack ../moved\nshop: 0 changes\n"
    )


# Trust


def test_tasks_run_with_trust_and_only_where_all_is_thrown_away(otpgen):
    tasks = (
        "_templates_suffix: .copier\n_tasks: ['echo signed > files/SIGNED', 'pwd > files/PWD']\n"
    )
    pack(Path("pack"), {"copier.yml": tasks, "files/NOTES.md": "notes\n"})

    code, _, err = otpgen("new", "shop.yaml", "--template", "pack", "--trust")

    assert (code, err) == (0, "")
    assert Path("shop/SIGNED").read_text() == "signed\n"
    where = Path(Path("shop/PWD").read_text().strip())
    assert Path.cwd() not in where.parents and not where.exists()


def test_no_program_is_on_the_path_of_who_renders(otpgen, monkeypatch, tmp_path):
    told = tmp_path / "told"
    child = tmp_path / "child.py"
    child.write_text(
        f"import os, pathlib\npathlib.Path({str(told)!r}).write_text(os.environ['PATH'])\n"
    )
    monkeypatch.setattr(fetch, "CHILD", child)
    pack(Path("pack"), {"files/NOTES.md": "notes\n"})

    otpgen("new", "shop.yaml", "--template", "pack")
    assert told.read_text() == os.devnull
    otpgen("new", "shop.yaml", "--template", "pack", "--trust")
    assert told.read_text() == os.environ["PATH"]


def test_what_copier_is_told_to_trust_does_not_count(otpgen, monkeypatch, tmp_path):
    settings = tmp_path / "settings.yml"
    settings.write_text(f"trust: [{tmp_path}/, /]\n")
    monkeypatch.setenv("COPIER_SETTINGS_PATH", str(settings))
    monkeypatch.setenv("SECRET", "hush")
    files = {
        "copier.yml": "_templates_suffix: .copier\n_tasks: [touch /tmp/otpgen-was-here]\n",
        "files/NOTES.md.copier": "{{ '$SECRET' | expandvars }}\n",
    }
    pack(Path("pack"), files)

    code, _, err = otpgen("new", "shop.yaml", "--template", "pack")

    assert "warning OG213: its task was not run: touch /tmp/otpgen-was-here" in err
    assert code == 0 and not Path("/tmp/otpgen-was-here").exists()
    assert Path("shop/NOTES.md").read_text() == "$SECRET\n"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("files/", ["files/GUIDE.md", "files/NOTES.md"]),
        ("_macros/x", ["_macros/x.jinja"]),
        ("coun", ["counter"]),
    ],
)
def test_what_a_pack_has_can_be_ejected_and_is_completed(
    otpgen, repository, monkeypatch, capsys, typed, offered
):
    shutil.copytree(HOUSE / "kinds", repository / "kinds")
    assert otpgen("new", "shop.yaml", "--template", "house")[0] == 0
    monkeypatch.chdir("shop")
    monkeypatch.setattr(sys, "argv", ["otpgen"])
    for name, value in {
        "_OTPGEN_COMPLETE": "complete_bash",
        "COMP_WORDS": f"otpgen templates eject {typed}",
        "COMP_CWORD": "3",
    }.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(SystemExit):
        cli.app(prog_name="otpgen")

    assert capsys.readouterr().out.split() == offered
    assert otpgen("templates", "eject", offered[0])[0] == 0
