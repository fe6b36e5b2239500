"""A verb starts without what only other verbs need: what real runs import, and no timings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEED = "examples/minimal/otpgen.yaml"
PACK = ["--template", "examples/packs/house", "--defaults"]
FETCHING = {"otpgen.packs", "otpgen.commands.packs"}
NOBODY = {"copier", "rich", "pygments", "questionary", "asyncio"}
# Not pydantic: Typer takes it for the arguments of a verb.
CHECKING = {"yaml", "otpgen.catalogue", "otpgen.model", "otpgen.rules"}
WRITING = {"jinja2", "otpgen.plan", "otpgen.project", "otpgen.templates", "otpgen.commands.new"}


def imported(*arguments, status=0):
    """The modules that a run of otpgen imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "otpgen", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == status, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


@pytest.mark.parametrize(
    ("arguments", "status", "used", "unused"),
    [
        (["--help"], 0, {"typer", "otpgen.cli"}, {"pydantic"} | CHECKING | WRITING),
        (["--version"], 0, {"typer", "otpgen.cli"}, {"pydantic"} | CHECKING | WRITING),
        (["new", "--help"], 0, {"typer", "otpgen.cli"}, CHECKING | WRITING),
        (["check", "--help"], 0, {"typer", "otpgen.cli"}, CHECKING | WRITING),
        (["new"], 2, {"typer", "otpgen.cli"}, CHECKING | WRITING),
        (["check", SEED], 0, CHECKING, WRITING),
        (["whatif", "--help"], 0, {"typer", "otpgen.cli"}, CHECKING | WRITING),
        (["whatif", "--architecture", SEED], 0, CHECKING, WRITING),
        (["whatif", "kill", "shop.till", "--architecture", SEED], 0, CHECKING, WRITING),
        (["check", "nowhere.yaml"], 1, {"otpgen.errors"}, WRITING),
        (["new", "--dry-run", SEED], 0, CHECKING | WRITING, FETCHING),
        # Copier works in a process of its own.
        (["new", "--dry-run", SEED, *PACK], 0, WRITING | FETCHING, set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_verb_imports_what_it_needs(arguments, status, used, unused):
    found = imported(*arguments, status=status)

    assert used - found == set()
    assert found & (unused | NOBODY) == set()
