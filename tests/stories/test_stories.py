"""Stories of regenerating, each a folder: before, the user's edit, after, and what came of it.

    before.yaml      the architecture from which the project was made
    edit.sh          what the user did to the project; the first line says it
    newer.sh         how otpgen's templates have changed since; most stories have none
    after.yaml       the architecture as it is now
    diff.txt         what `otpgen diff` says
    regenerate.txt   what `otpgen regenerate` says, and how it exits
    changes.diff     what it did to the files, as git sees it

`--update-golden` writes the last three.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STORIES = sorted(path.parent for path in Path(__file__).parent.glob("*/after.yaml"))
UNCHANGED = ("markers_left", "nothing_changed")
GIT = {
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


def environment(**more):
    python = {"PYTHONPATH": str(ROOT), "PYTHON": sys.executable}
    return {**os.environ, **python, "NO_COLOR": "1", **GIT, **more}


def otpgen(folder, *arguments, **more):
    done = subprocess.run(
        [sys.executable, "-m", "otpgen", *arguments],
        cwd=folder,
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def git(folder, *arguments):
    command = ["git", "-c", "core.autocrlf=false", "-c", "core.fileMode=true", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=True
    )
    return done.stdout


def said(done):
    text = re.sub(r" in [\d.]+ s$", "", done.stdout, flags=re.MULTILINE)
    return f"{text}{done.stderr}exit {done.returncode}\n"


def tree(project):
    """Every file outside of git, with its bytes and mode; where a link leads."""
    found = {}
    for path in sorted(project.rglob("*")):
        name = path.relative_to(project).as_posix()
        if name.split("/")[0] == ".git" or name.startswith(".otpgen/local"):
            continue
        if path.is_symlink():
            found[name] = str(path.readlink())
        elif path.is_file():
            found[name] = (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        elif path.is_dir():
            found[name] = "folder"
    return found


def made(story, folder):
    """The project of a story: made, edited, its architecture changed."""
    assert otpgen(folder.parent, "new", story / "before.yaml", folder).returncode == 0
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "made")
    subprocess.run(["sh", "-eu", story / "edit.sh"], cwd=folder, env=environment(), check=True)
    shutil.copyfile(story / "after.yaml", folder / "otpgen.yaml")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "edited", "--allow-empty")
    return folder


def newer(story, folder):
    """The otpgen of the day of regenerating: this one, or a copy with other templates."""
    if not (story / "newer.sh").exists():
        return {}
    for name in ("otpgen", "templates", "docs/problems"):
        shutil.copytree(ROOT / name, folder / name)
    command = ["sh", "-eu", story / "newer.sh"]
    subprocess.run(command, cwd=folder / "templates", env=environment(), check=True)
    return {"PYTHONPATH": str(folder)}


@pytest.mark.parametrize("story", STORIES, ids=lambda path: path.name)
def test_a_story(story, tmp_path, update_golden):
    project = made(story, tmp_path / "shop")
    before = tree(project)
    now = newer(story, tmp_path / "newer")

    looked = said(otpgen(project, "diff", **now))
    assert tree(project) == before
    done = otpgen(project, "regenerate", **now)
    after = tree(project)
    git(project, "add", "-A", "--", ":!.otpgen")
    changes = git(project, "diff", "--cached", "-M", "--no-color", "--no-ext-diff")
    changes = re.sub(r"^index .*\n", "", changes, flags=re.MULTILINE)  # hashes of whole files

    told = {"diff.txt": looked, "regenerate.txt": said(done), "changes.diff": changes}
    for name, text in told.items():
        if update_golden:
            (story / name).write_bytes(text.encode())
        assert text.encode() == (story / name).read_bytes(), name
    if story.name in UNCHANGED:
        assert after == before
        return

    # Back again, byte for byte and mode for mode; and once more, which is the same.
    assert otpgen(project, "undo", **now).returncode == 0
    assert tree(project) == before
    again = otpgen(project, "regenerate", **now)
    assert (said(again), tree(project)) == (said(done), after)
    if done.returncode == 0:
        times = {path: path.lstat().st_mtime_ns for path in project.rglob("*") if path.is_file()}
        idle = otpgen(project, "regenerate", **now)
        assert "0 changes" in idle.stdout or "kept" in idle.stdout
        then = {path: path.lstat().st_mtime_ns for path in times}
        local = project / ".otpgen/local"
        assert {p: t for p, t in then.items() if local not in p.parents} == {
            p: t for p, t in times.items() if local not in p.parents
        }
