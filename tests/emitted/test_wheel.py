"""The wheel holds templates, examples and pages, and works where there is no check-out."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder that holds what pip would install."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def otpgen(installed, *arguments, cwd):
    return subprocess.run(
        [sys.executable, "-P", "-m", "otpgen", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )


def files(folder):
    """What lies in a folder, but for what otpgen compiled there."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder) for p in found if "__pycache__" not in p.parts}


@pytest.mark.parametrize("folder", ["templates", "examples", "docs/problems"])
def test_every_file_is_in_it(installed, folder):
    assert files(installed / "otpgen/_data" / Path(folder).name) == files(ROOT / folder)


def test_it_makes_the_same_project_as_the_check_out(installed, tmp_path):
    done = otpgen(installed, "new", "--example", "g4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    here = tmp_path / "here"
    subprocess.run(
        [sys.executable, "-m", "otpgen", "new", "--example", "g4", str(here)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )

    def files(root):
        return {
            p.relative_to(root): (p.read_bytes(), p.stat().st_mode)
            for p in root.rglob("*")
            if p.is_file()
        }

    assert files(tmp_path / "g4") == files(here)


def test_a_bare_new_names_the_examples(installed, tmp_path):
    done = otpgen(installed, "new", cwd=tmp_path)

    assert done.returncode == 2
    names = "fibonacci, fleet, g4, helpdesk, minimal, strategies"
    assert f"--example NAME ({names})" in done.stderr.replace("\n", " ")


def test_its_questions_and_its_pack_are_in_it(installed, tmp_path):
    house = installed / "otpgen/_data/examples/packs/house"

    done = otpgen(installed, "new", "--defaults", "--template", str(house), cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "shop/.github/workflows/check.yml").is_file()
