"""A conflict stands in git's index as git's own merge leaves it, so that mergetool opens it."""

import shutil
from pathlib import Path

import pytest

from .test_stories import ROOT, git, made, otpgen, tree

STORY = ROOT / "tests/stories/same_line"
STORE = "apps/core/lib/core/store.ex"


def stages(project):
    return [line.split()[2] for line in git(project, "ls-files", "-s", "--", STORE).splitlines()]


@pytest.fixture(params=["", "below/"], ids=["at the top", "in a folder of a repository"])
def project(request, tmp_path):
    folder = made(STORY, tmp_path / "shop")
    if request.param:
        top = tmp_path / "top"
        (top / "below").mkdir(parents=True)
        shutil.rmtree(folder / ".git")
        shutil.move(folder, top / "below/shop")
        git(top, "init", "-q")
        git(top, "add", "-A")
        git(top, "commit", "-qm", "all")
        folder = top / "below/shop"
    return folder


def test_the_three_texts_are_in_the_index_and_undo_takes_them_out(project):
    before, index = tree(project), git(project, "ls-files", "-s")

    assert otpgen(project, "regenerate").returncode == 3

    assert stages(project) == ["1", "2", "3"]
    assert git(project, "diff", "--name-only", "--diff-filter=U", "--relative").split() == [STORE]
    texts = [git(project, "show", f":{stage}:./{STORE}") for stage in (1, 2, 3)]
    uses = [next(line for line in text.splitlines() if "use GenServer" in line) for text in texts]
    assert uses == [
        "  use GenServer",
        "  use GenServer, restart: :temporary",
        "  use GenServer, restart: :transient",
    ]

    assert otpgen(project, "undo").returncode == 0
    assert git(project, "ls-files", "-s") == index
    assert tree(project) == before


def test_the_undo_of_another_verb_leaves_the_conflict_in_the_index(project):
    assert otpgen(project, "regenerate").returncode == 3
    assert otpgen(project, "templates", "eject", "gen_server").returncode == 0

    assert otpgen(project, "undo").returncode == 0

    assert stages(project) == ["1", "2", "3"]


def test_git_add_decides_it(project):
    assert otpgen(project, "regenerate").returncode == 3
    text = git(project, "show", f":3:./{STORE}")
    (project / STORE).write_text(text)

    git(project, "add", STORE)

    assert stages(project) == ["0"]
    assert otpgen(project, "regenerate").stdout == "shop: 0 changes\n"


def test_while_git_merges_the_index_is_left_alone(project):
    folder = Path(git(project, "rev-parse", "--absolute-git-dir").strip())
    (folder / "MERGE_HEAD").write_text(git(project, "rev-parse", "HEAD"))

    assert otpgen(project, "regenerate").returncode == 3

    assert stages(project) == ["0"]


def test_what_git_does_not_know_is_left_alone(project):
    git(project, "rm", "-q", "--cached", STORE)

    assert otpgen(project, "regenerate").returncode == 3

    assert stages(project) == []
