"""The example of a pack, judged by a real mix."""

import pytest
import yaml

from otpgen import resources
from otpgen.commands.new import new
from otpgen.commands.packs import Asked, fetch
from otpgen.commands.starter import started

from .conftest import require

pytestmark = pytest.mark.mix
PACK = resources.folder("examples") / "packs/house"
SHOP = """\
otpgen: 1
name: shop
apps:
  core:
    children: [{counter: visits, from: 3}, {counter: shards, count: 2}]
"""
OVERRIDE = "umbrella/apps/app_name/lib/app_name/application.ex.jinja"


def test_what_the_workflow_runs_passes(run, tmp_path):
    require("mix", "elixir", "erl")
    (tmp_path / "shop.yaml").write_text(SHOP)
    project = tmp_path / "shop"
    asked = Asked(str(PACK), data={"company": "Ours #{1}"}, defaults=True)
    pack, warnings = fetch(asked, project)
    new(tmp_path / "shop.yaml", project, pack=pack)

    workflow = yaml.safe_load((project / ".github/workflows/check.yml").read_text())
    steps = workflow["jobs"]["check"]["steps"]
    commands = [step["run"] for step in steps if "run" in step]

    assert warnings == ()
    assert commands == ["mix deps.get", "mix check"]
    assert [step["uses"] for step in steps if "uses" in step] == [
        "actions/checkout@v4",
        "erlef/setup-beam@v1",
    ]
    assert steps[1]["with"] == {"elixir-version": "1.18", "otp-version": "27"}
    for command in commands:
        told = run("sh", "-c", command, cwd=project)
    assert "0 failures" in told
    assert (project / "apps/core/lib/core/visits.ex").read_text().startswith("# Ours #{1}\n")


def test_what_the_questions_make_passes_its_tests(run, tmp_path):
    require("mix", "elixir", "erl")
    said = {"name": "desk", "apps": "core, web", "strategy": "rest_for_one", "nodes": "1"}

    with started(Asked(data=said), None) as (file, _):
        new(file, tmp_path / "desk")

    assert "0 failures" in run("mix", "check", cwd=tmp_path / "desk")


def test_its_override_is_otpgens_template_with_a_header():
    header, _, rest = (PACK / OVERRIDE).read_text().partition("\n")

    assert header == '<% include "_macros/house.ex.jinja" %>'
    assert rest == (resources.folder("templates") / OVERRIDE).read_text()
