"""Stories of packs, each a folder: two versions of one, and a project that goes from this to that.

    v1, v2           the pack, as it is tagged in a repository of git
    before.yaml      the architecture from which the project was made
    edit.sh          what the user did to the project; the first line says it
    dry_run.txt      what `otpgen templates update --ref v2 --dry-run` says
    update.txt       what it says without
    changes.diff     what it did to the files, as git sees it

`--update-golden` writes the last three.
"""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from .test_stories import environment, git, otpgen, said, tree
from .test_teams import commit, merge

STORIES = sorted(path.parent for path in Path(__file__).parent.glob("packs/*/before.yaml"))


def tagged(story, repository):
    """Both versions in git."""
    git(repository.parent, "init", "-q", "-b", "main", str(repository))
    for version in ("v1", "v2"):
        git(repository, "rm", "-qr", "--ignore-unmatch", ".")
        shutil.copytree(story / version, repository, dirs_exist_ok=True)
        git(repository, "add", "-A")
        git(repository, "commit", "-qm", version)
        git(repository, "tag", version)
    return repository.as_uri()


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.name)
def test_a_story(story, tmp_path, update_golden):
    url = tagged(story, tmp_path / "pack")
    project = tmp_path / "shop"
    asked = ("--template", url, "--ref", "v1", "--data", "company=Ours")
    assert otpgen(tmp_path, "new", story / "before.yaml", project, *asked).returncode == 0
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "made")
    subprocess.run(["sh", "-eu", story / "edit.sh"], cwd=project, env=environment(), check=True)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "edited")
    before = tree(project)
    update = ("templates", "update", "--ref", "v2", "--defaults")

    looked = otpgen(project, *update, "--dry-run")
    assert tree(project) == before
    done = otpgen(project, *update)
    after = tree(project)
    git(project, "add", "-A", "--", ":!.otpgen")
    changes = git(project, "diff", "--cached", "-M", "--no-color", "--no-ext-diff")
    changes = re.sub(r"^index .*\n", "", changes, flags=re.MULTILINE)

    told = {"dry_run.txt": said(looked), "update.txt": said(done), "changes.diff": changes}
    for name, text in told.items():
        text = re.sub(
            r"v2 [0-9a-f]{12}$", "v2 COMMIT", text.replace(url, "file:///pack"), flags=re.M
        )
        if update_golden:
            (story / name).write_bytes(text.encode())
        assert text.encode() == (story / name).read_bytes(), name

    # What the project was answered stays answered, and what is new was asked.
    kept = json.loads((project / ".otpgen/pack.json").read_text())
    assert kept["answers"] == {"company": "Ours", "help": "help@example.org"}
    # Nobody needs the pack from here on: back again, byte for byte, and in step.
    (tmp_path / "pack").rename(tmp_path / "gone")
    assert otpgen(project, "regenerate", "--check").returncode == 0
    assert otpgen(project, "undo").returncode == 0
    assert tree(project) == before
    (tmp_path / "gone").rename(tmp_path / "pack")
    again = otpgen(project, *update)
    assert (said(again), tree(project)) == (said(done), after)


def versions(repository, *texts):
    """A pack of one file, a version of it for each text, in git."""
    git(repository.parent, "init", "-q", "-b", "main", str(repository))
    (repository / "files").mkdir()
    (repository / "copier.yml").write_text("_templates_suffix: .copier\nteam: {type: str}\n")
    for number, text in enumerate(texts, 1):
        (repository / "files/NOTES.md").write_text(text)
        git(repository, "add", "-A")
        git(repository, "commit", "-qm", f"v{number}")
        git(repository, "tag", f"v{number}")
    return repository.as_uri()


def made(folder, *asked):
    """A project on the branch main of git."""
    text = "otpgen: 1\nname: shop\napps:\n  core:\n    children: [store]\n"
    (folder / "shop.yaml").write_text(text)
    done = otpgen(folder, "new", "shop.yaml", "shop", *asked)
    assert done.returncode == 0, done.stderr
    git(folder / "shop", "init", "-q", "-b", "main")
    commit(folder / "shop", "made")
    return folder / "shop"


def test_two_branches_that_moved_to_two_versions_are_merged_by_git(tmp_path):
    """Each has an edit by hand; in the file of the pack they meet."""
    url = versions(tmp_path / "pack", "one\n", "two\n", "three\n")
    shop = made(tmp_path, "--template", url, "--ref", "v1", "--data", "team=ours")
    for name, version, path in (("one", "v2", "README.md"), ("two", "v3", "mix.exs")):
        git(shop, "checkout", "-q", "-b", name, "main")
        (shop / path).write_text((shop / path).read_text() + f"\n# mine, of {name}\n")
        assert otpgen(shop, "templates", "update", "--ref", version).returncode == 0
        commit(shop, name)

    unmerged = merge(shop, "one")

    kept = ".otpgen/pack/files/NOTES.md"
    assert set(unmerged) == {".otpgen/ancestor", ".otpgen/pack.json", kept, "NOTES.md"}
    # Nothing is made of templates that nobody has decided, and it is said what to do.
    for verb in (["regenerate"], ["diff"], ["check"]):
        done = otpgen(shop, *verb)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{kept}: error OG303: the markers of a merge are still there" in done.stderr
        assert "otpgen templates update" in done.stderr
    git(shop, "checkout", "-q", "--ours", "NOTES.md")  # which was at v3
    done = otpgen(shop, "templates", "update", "--ref", "v3")
    assert done.returncode == 0, done.stdout + done.stderr

    assert (shop / "NOTES.md").read_text() == (shop / kept).read_text() == "three\n"
    lock = json.loads((shop / ".otpgen/pack.json").read_text())
    assert (lock["ref"], lock["answers"]) == ("v3", {"team": "ours"})
    assert (shop / "README.md").read_text().endswith("# mine, of one\n")
    assert (shop / "mix.exs").read_text().endswith("# mine, of two\n")
    assert otpgen(shop, "regenerate", "--check").returncode == 0
    commit(shop, "merged")
    (tmp_path / "anew").mkdir()
    anew = made(tmp_path / "anew", "--template", url, "--ref", "v3", "--data", "team=ours")
    here, there = tree(shop), tree(anew)
    assert set(here) == set(there)
    differ = {path for path in here if here[path] != there[path]}
    assert differ == {"README.md", "mix.exs"}


def test_two_branches_that_moved_to_one_version_merge_without_a_conflict(tmp_path):
    url = versions(tmp_path / "pack", "one\n", "two\n")
    shop = made(tmp_path, "--template", url, "--ref", "v1", "--data", "team=ours")
    for name, path in (("one", "README.md"), ("two", "mix.exs")):
        git(shop, "checkout", "-q", "-b", name, "main")
        (shop / path).write_text((shop / path).read_text() + f"\n# mine, of {name}\n")
        assert otpgen(shop, "templates", "update").returncode == 0
        commit(shop, name)

    assert merge(shop, "one") == []

    assert otpgen(shop, "regenerate", "--check").returncode == 0
    assert (shop / "NOTES.md").read_text() == "two\n"
    assert (shop / "README.md").read_text().endswith("# mine, of one\n")
    assert (shop / "mix.exs").read_text().endswith("# mine, of two\n")


def test_branches_with_packs_from_two_places_do_not_agree(tmp_path):
    for name in ("pack", "other"):
        versions(tmp_path / name, f"{name}\n")
    shop = made(tmp_path)
    for name in ("pack", "other"):
        git(shop, "checkout", "-q", "-b", name, "main")
        url = (tmp_path / name).as_uri()
        asked = ("--template", url, "--data", f"team={name}")
        assert otpgen(shop, "templates", "update", *asked).returncode == 0
        commit(shop, name)
    merge(shop, "pack")
    git(shop, "checkout", "-q", "--ours", "NOTES.md")

    done = otpgen(shop, "templates", "update")

    assert done.returncode == 1
    assert ".otpgen/pack.json: error OG214: two branches meet here and do not agree" in done.stderr
    asked = ("--template", (tmp_path / "other").as_uri(), "--data", "team=other")
    assert otpgen(shop, "templates", "update", *asked).returncode == 0
    assert (shop / "NOTES.md").read_text() == "other\n"
    assert otpgen(shop, "regenerate", "--check").returncode == 0
