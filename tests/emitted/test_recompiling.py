"""After a change to one application Mix compiles it and those that depend on it, no other."""

import re

import pytest

from otpgen.commands.new import new
from otpgen.commands.regenerate import regenerate

from .conftest import require

pytestmark = pytest.mark.mix
CHANGED, ABOVE = "app05", {"app06", "app07"}


def architecture(restart):
    apps = []
    for number in range(1, 21):
        child = "{gen_server: worker, restart: %s}" % (restart if number == 5 else "permanent")
        depends = f"    depends_on: [app{number - 1:02}]\n" if number in (6, 7) else ""
        apps.append(f"  app{number:02}:\n{depends}    children: [{child}]\n")
    return f"otpgen: 1\nname: twenty\napps:\n{''.join(apps)}"


def test_regenerate_leaves_what_is_compiled_of_other_applications(run, tmp_path):
    require("mix", "elixir", "erl")
    (tmp_path / "twenty.yaml").write_text(architecture("permanent"))
    project = tmp_path / "twenty"
    new(tmp_path / "twenty.yaml", project)
    run("mix", "compile", "--warnings-as-errors", cwd=project)
    (project / "otpgen.yaml").write_text(architecture("transient"))
    regenerate(project / "otpgen.yaml")

    printed = run("mix", "compile", "--warnings-as-errors", cwd=project)

    applications = re.split(r"^==> (\w+)$", printed, flags=re.MULTILINE)
    compiled = {
        name
        for name, text in zip(applications[1::2], applications[2::2], strict=True)
        if "Compiling" in text
    }
    assert CHANGED in compiled
    assert compiled <= {CHANGED, *ABOVE}, printed
    assert "Compiling" not in run("mix", "compile", cwd=project)
