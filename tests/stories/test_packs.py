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
