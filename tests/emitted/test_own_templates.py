"""What a project changes of what is emitted, on a real mix."""

import pytest

from otpgen.commands.new import new
from otpgen.commands.regenerate import regenerate
from otpgen.commands.templates import eject, new_kind

from .conftest import require

pytestmark = pytest.mark.mix
BEFORE = "otpgen: 1\nname: shop\napps:\n  core:\n    children: [store]\n"
AFTER = """otpgen: 1
name: shop
apps:
  core:
    children:
      - store
      - {mqtt: broker, keep: 3}
      - {mqtt: slot, count: 2}
      - {mqtt: once, keep: 1, restart: transient}
      - supervisor: clients
        strategy: simple_one_for_one
        child: {mqtt: client}
"""


def test_a_kind_that_new_kind_wrote_compiles_and_passes_its_tests(run, tmp_path):
    require("mix", "elixir", "erl")
    (tmp_path / "shop.yaml").write_text(BEFORE)
    project = tmp_path / "shop"
    new(tmp_path / "shop.yaml", project)
    file = project / "otpgen.yaml"
    new_kind("mqtt", file)
    (supervisor,) = eject([str(project / "apps/core/lib/core/supervisor.ex")], file)
    template = project / supervisor
    logs = '    Logger.debug("#{inspect(__MODULE__)} starts")\n'
    text = template.read_text().replace("  <%= use %>\n", "  <%= use %>\n  require Logger\n")
    head, init, rest = text.partition('_arg" %>) do\n')
    template.write_text(f"{head}{init}{logs}\n{rest}")
    file.write_text(AFTER)

    regenerate(file)

    assert logs in (project / "apps/core/lib/core/supervisor.ex").read_text()
    run("mix", "compile", "--warnings-as-errors", cwd=project)
    run("mix", "format", "--check-formatted", cwd=project)
    assert " 0 failures" in run("mix", "test", "--warnings-as-errors", cwd=project)
