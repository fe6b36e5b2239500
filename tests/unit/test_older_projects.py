"""Projects of earlier versions, kept as those have made them: this version goes on with them.

A fixture is never made anew; a version that writes something else adds one of its own.
"""

import shutil
import stat
from pathlib import Path

import pytest

from otpgen.commands.outlook import has_markers
from otpgen.commands.regenerate import regenerate, undo
from otpgen.errors import OtpgenError
from otpgen.project import read_ancestor

FIXTURES = sorted((Path(__file__).parents[1] / "fixtures").glob("project-*"))
MINE = b"# mine, and nobody else has it\n"
EDITED = ["README.md", "apps/core/lib/core/store.ex", "apps/core/mix.exs"]


def tree(project):
    return {
        path.relative_to(project).as_posix(): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        for path in sorted(project.rglob("*"))
        if path.is_file() and ".otpgen/local" not in path.as_posix()
    }


@pytest.fixture(params=FIXTURES, ids=lambda path: path.name)
def older(request, tmp_path):
    """A copy with edits; git keeps of modes only whether a file is executable."""
    project = tmp_path / "older"
    shutil.copytree(request.param, project, symlinks=True)
    for path in EDITED:
        with (project / path).open("ab") as file:
            file.write(MINE)
    (project / "apps/core/lib/core/cache.ex").unlink()
    (project / "apps/words/lib/words/own.ex").parent.mkdir(parents=True, exist_ok=True)
    (project / "apps/words/lib/words/own.ex").write_bytes(MINE)
    return project


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("strategy: rest_for_one", "strategy: one_for_all"),
        ("      - store\n", "      - store\n      - further\n"),
        ("name: older", "name: older\nmoved: [{from: core, to: kernel_of_it}]"),
        ("    depends_on: [words]\n", ""),
    ],
)
def test_regenerate_goes_on_with_an_older_project_and_loses_nothing(older, old, new):
    architecture = older / "otpgen.yaml"
    text = architecture.read_text().replace(old, new)
    if "moved:" in new:
        text = text.replace("  core:", "  kernel_of_it:")
    architecture.write_text(text)
    before = tree(older)
    assert read_ancestor(older).files.keys() > set(EDITED)

    result = regenerate(architecture)

    # What this version's templates give otherwise is merged, or asked about: exit 0 or 3.
    assert result.outlook.warnings == ()
    after = tree(older)
    assert sum(data.count(MINE) for data, _ in after.values()) >= len(EDITED) + 1
    assert architecture.read_text() == text
    conflicts = {merged.path for merged in result.outlook.conflicts}
    assert {path for path, (data, _) in after.items() if has_markers(data)} <= conflicts
    if after != before:
        undo(architecture)
        assert tree(older) == before


def test_an_ancestor_of_a_newer_version_is_refused(older):
    ancestor = older / ".otpgen/ancestor"
    ancestor.write_bytes(ancestor.read_bytes().replace(b"otpgen ancestor 1", b"otpgen ancestor 2"))
    before = tree(older)

    with pytest.raises(OtpgenError) as caught:
        regenerate(older / "otpgen.yaml")

    (problem,) = caught.value.problems
    assert (problem.code, problem.location.path) == ("OG301", ".otpgen/ancestor")
    assert "newer otpgen" in problem.message and problem.hint
    assert tree(older) == before
