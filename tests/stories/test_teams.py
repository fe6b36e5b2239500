"""Two branches that both changed the architecture and regenerated, merged by git itself."""

import re
import shutil
import subprocess

import pytest

from .test_stories import environment, git, otpgen, tree

SEED = """\
otpgen: 1
name: shop
apps:
  core:
    strategy: rest_for_one
    children:
      - gen_server: store
        restart: permanent
      - agent: cache
  middle:
    depends_on: [core]
    children: [helper]
  web:
    depends_on: [middle]
    strategy: one_for_one
    children:
      - front
      - {agent: pages}
"""
TEST = "apps/core/test/supervision/supervisor_test.exs"
STORE = "apps/core/lib/core/store.ex"
SUPERVISOR = "apps/core/lib/core/supervisor.ex"


@pytest.fixture
def shop(tmp_path):
    """A project under git, and `main` checked out."""
    (tmp_path / "shop.yaml").write_text(SEED)
    project = tmp_path / "shop"
    assert otpgen(tmp_path, "new", "shop.yaml", project).returncode == 0
    git(project, "init", "-q", "-b", "main")
    commit(project, "made")
    return project


def commit(project, message):
    git(project, "add", "-A")
    git(project, "commit", "-qm", message)


def branch(project, name, edits=(), architecture=()):
    """A branch of the first commit: edits by hand, then the architecture, then regenerate."""
    first = git(project, "rev-list", "--max-parents=0", "HEAD").strip()
    git(project, "checkout", "-q", "-b", name, first)
    for path, line in edits:
        with (project / path).open("a") as file:
            file.write(line)
    text = (project / "otpgen.yaml").read_text()
    for old, new in architecture:
        assert old in text
        text = text.replace(old, new)
    (project / "otpgen.yaml").write_text(text)
    done = otpgen(project, "regenerate")
    assert done.returncode == 0, done.stdout + done.stderr
    commit(project, name)


def merge(project, other):
    """Merge a branch; the paths that git could not merge."""
    done = subprocess.run(
        ["git", "merge", "-q", "--no-edit", other],
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    unmerged = git(project, "diff", "--name-only", "--diff-filter=U").split()
    assert (done.returncode == 0) == (not unmerged), done.stderr
    return unmerged


def resolve(file, *chosen):
    """Decide each conflict in a file: the lines that are said, in place of both sides."""
    lines, inside = [], False
    for line in file.read_text().splitlines(keepends=True):
        if line.startswith("<<<<<<< "):
            inside = True
            lines += [f"{choice}\n" for choice in chosen]
        elif line.startswith(">>>>>>> "):
            inside = False
        elif not inside:
            lines.append(line)
    file.write_text("".join(lines))


def take_fresh(file):
    """Decide each conflict in a file for what the architecture gives."""
    text = re.sub(r"<<<<<<< .*?^=======\n", "", file.read_text(), flags=re.DOTALL | re.MULTILINE)
    file.write_text(re.sub(r"^>>>>>>> .*\n", "", text, flags=re.MULTILINE))


def asked(done):
    return re.findall(r"^  C  (.*): ", done.stdout, flags=re.MULTILINE)


def as_new(project, folder):
    """What `new` makes of the architecture as it is now."""
    shutil.copyfile(project / "otpgen.yaml", folder / "now.yaml")
    assert otpgen(folder, "new", "now.yaml", folder / "now").returncode == 0
    return tree(folder / "now")


def test_branches_that_changed_different_files_merge_without_a_conflict(shop, tmp_path):
    branch(
        shop,
        "strategy",
        edits=[(STORE, "# mine, in core\n")],
        architecture=[("strategy: rest_for_one", "strategy: one_for_all")],
    )
    branch(
        shop,
        "restart",
        edits=[("apps/web/lib/web/front.ex", "# mine, in web\n")],
        architecture=[("      - front\n", "      - {gen_server: front, restart: transient}\n")],
    )

    assert merge(shop, "strategy") == []
    done = otpgen(shop, "regenerate")

    assert done.returncode == 0, done.stdout + done.stderr
    found = tree(shop)
    assert found[STORE][0].endswith(b"# mine, in core\n")
    assert found["apps/web/lib/web/front.ex"][0].endswith(b"# mine, in web\n")
    wanted = as_new(shop, tmp_path)
    edited = {STORE, "apps/web/lib/web/front.ex"}
    assert {path for path in wanted if found.get(path) != wanted[path]} == edited
    assert set(found) == set(wanted)
    again = otpgen(shop, "regenerate")
    assert (again.returncode, again.stdout) == (0, "shop: 0 changes\n")


def test_branches_that_added_an_application_each(shop, tmp_path):
    """They meet in the architecture, and where otpgen lists applications: git asks about those."""
    branch(shop, "one", architecture=[("  core:\n", "  aaa:\n    children: [x]\n  core:\n")])
    branch(shop, "two", architecture=[("  web:\n", "  bbb:\n    children: [y]\n  web:\n")])

    unmerged = merge(shop, "one")

    assert not [path for path in unmerged if path.startswith("apps/")]
    assert "otpgen.yaml" not in unmerged
    for path in unmerged:  # what is wholly otpgen's: the next regenerate brings it into step
        if path != ".otpgen/ancestor":
            git(shop, "checkout", "-q", "--ours", "--", path)
    done = otpgen(shop, "regenerate")
    assert done.returncode == 0, done.stdout + done.stderr
    assert tree(shop) == as_new(shop, tmp_path)
    assert otpgen(shop, "regenerate").stdout == "shop: 0 changes\n"


def test_branches_that_changed_the_same_line(shop, tmp_path):
    branch(
        shop,
        "all",
        edits=[(STORE, "# mine, on a branch\n")],
        architecture=[("strategy: rest_for_one", "strategy: one_for_all")],
    )
    branch(
        shop,
        "alone",
        edits=[("apps/core/lib/core/cache.ex", "# mine, on the other\n")],
        architecture=[("strategy: rest_for_one", "strategy: one_for_one")],
    )

    unmerged = merge(shop, "all")

    assert {"otpgen.yaml", SUPERVISOR, ".otpgen/ancestor"} <= set(unmerged)
    assert "<<<<<<< " in (shop / ".otpgen/ancestor").read_text()
    # As the guide says: decide in the architecture and in the files, leave the ancestor.
    resolve(shop / "otpgen.yaml", "    strategy: one_for_all")
    for path in unmerged:
        if path not in ("otpgen.yaml", ".otpgen/ancestor"):
            git(shop, "checkout", "-q", "--theirs", "--", path)
    done = otpgen(shop, "regenerate")

    # Git has merged without a word what is of neither branch: this is asked about, and no more.
    assert done.returncode == 3, done.stdout + done.stderr
    assert asked(done) == [TEST]
    take_fresh(shop / TEST)
    assert otpgen(shop, "regenerate").returncode == 0
    found, wanted = tree(shop), as_new(shop, tmp_path)
    assert found[STORE][0].endswith(b"# mine, on a branch\n")
    assert found["apps/core/lib/core/cache.ex"][0].endswith(b"# mine, on the other\n")
    edited = {STORE, "apps/core/lib/core/cache.ex"}
    assert {path for path in wanted if found.get(path) != wanted[path]} == edited
    assert (shop / ".otpgen/ancestor").read_bytes() == wanted[".otpgen/ancestor"][0]
    assert otpgen(shop, "regenerate").stdout == "shop: 0 changes\n"


def test_what_the_user_has_decided_otherwise_is_his_edit_or_asked_about(shop):
    """The file says neither side's text: regenerate asks about this file alone."""
    branch(shop, "all", architecture=[("strategy: rest_for_one", "strategy: one_for_all")])
    branch(shop, "alone", architecture=[("strategy: rest_for_one", "strategy: one_for_one")])
    unmerged = merge(shop, "all")
    resolve(shop / "otpgen.yaml", "    strategy: one_for_all")
    for path in unmerged:
        if path not in ("otpgen.yaml", ".otpgen/ancestor"):
            git(shop, "checkout", "-q", "--theirs", "--", path)
    file = shop / SUPERVISOR
    mine = "strategy: :one_for_all, max_restarts: 77"
    text = file.read_text()
    assert "strategy: :one_for_all" in text
    file.write_text(text.replace("strategy: :one_for_all", mine) + "# mine\n")

    done = otpgen(shop, "regenerate")

    assert done.returncode == 3
    assert set(asked(done)) <= {SUPERVISOR, TEST}
    text = file.read_text()
    assert mine in text and "# mine\n" in text
    resolve(file, *(line for line in text.splitlines() if mine in line))
    take_fresh(shop / TEST)
    again = otpgen(shop, "regenerate")
    assert (again.returncode, again.stdout) == (0, "shop: 0 changes\n")


def test_the_edits_of_both_branches_in_one_file_are_merged_by_git_as_ever(shop):
    top = "defmodule Core.Store do"
    for name, old, new in (
        ("top", top, f"# mine, above\n{top}"),
        ("end", "\nend\n", "\n  # mine, at the end\nend\n"),
    ):
        first = git(shop, "rev-list", "--max-parents=0", "HEAD").strip()
        git(shop, "checkout", "-q", "-b", name, first)
        text = (shop / STORE).read_text()
        (shop / STORE).write_text(new.join(text.rsplit(old, 1)))
        kind = "transient" if name == "end" else "permanent"
        architecture = (shop / "otpgen.yaml").read_text()
        (shop / "otpgen.yaml").write_text(
            architecture.replace("restart: permanent", f"restart: {kind}")
        )
        assert otpgen(shop, "regenerate").returncode == 0
        commit(shop, name)

    assert merge(shop, "top") == []

    assert otpgen(shop, "regenerate").stdout == "shop: 0 changes\n"
    text = (shop / STORE).read_text()
    assert "# mine, above\n" in text and "# mine, at the end\n" in text
    assert "restart: :transient" in text
