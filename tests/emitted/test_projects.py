"""Every example and every hard case compiles, is formatted, and passes its own tests."""

import shutil
import time
from pathlib import Path

import pytest

from otpgen.commands.examples import example_file, example_names
from otpgen.commands.new import new

from .conftest import require

pytestmark = pytest.mark.mix
CASES = sorted(str(path) for path in Path(__file__).parent.glob("cases/*/otpgen.yaml"))
PROJECTS = [*example_names(), *CASES]


def short(name):
    return Path(name).parent.name if "/" in name else name


@pytest.mark.parametrize("name", PROJECTS, ids=short)
def test_it_compiles_without_warnings_and_is_formatted(project, run, name):
    run("mix", "format", "--check-formatted", cwd=project(name))


@pytest.mark.parametrize("name", PROJECTS, ids=short)
def test_its_own_tests_pass(project, run, name):
    printed = run("mix", "test", cwd=project(name))

    assert "0 failures" in printed


def test_the_tests_of_one_application_run_in_its_folder(project, run):
    printed = run("mix", "test", cwd=project("g4") / "apps" / "g4_core")

    assert " 0 failures" in printed


def test_its_tests_do_not_depend_on_their_order(project, run):
    for seed in ("0", "1", "2"):
        run("mix", "test", "--seed", seed, cwd=project("minimal"))


def test_the_tests_of_its_trees_take_less_time_than_its_compilation(run, tmp_path):
    require("mix", "elixir", "erl")
    root = tmp_path / "g4"
    new(example_file("g4"), root)
    # Each application runs its own: of a whole path mix cannot tell whose it is.
    folders = sorted(str(p.relative_to(root)) for p in root.glob("apps/*/test/supervision"))
    assert len(folders) == 3

    def took(*command):
        began = time.monotonic()
        run(*command, cwd=root, env={"MIX_ENV": "test"})
        return time.monotonic() - began

    compiling, testing = took("mix", "compile"), took("mix", "test", *folders)

    assert testing < compiling


def test_a_changed_strategy_is_noticed_and_said_so_that_a_person_understands(
    project, run, tmp_path
):
    mutant = tmp_path / "mutant"
    shutil.copytree(project("g4"), mutant, symlinks=True)
    supervisor = mutant / "apps/g4_core/lib/g4_core/calculators_supervisor.ex"
    text = supervisor.read_text()
    assert "strategy: :one_for_all" in text
    supervisor.write_text(text.replace("strategy: :one_for_all", "strategy: :one_for_one"))

    printed = run("mix", "test", cwd=mutant, status=None)

    assert "fibonacci dies: it is restarted, with cache" in printed
    assert "stopped: [G4Core.Cache]" in printed
    assert "3 failures" in printed


def test_a_child_that_is_missing_in_the_code_is_noticed(project, run, tmp_path):
    mutant = tmp_path / "mutant"
    shutil.copytree(project("minimal"), mutant, symlinks=True)
    supervisor = mutant / "apps/inventory/lib/inventory/supervisor.ex"
    supervisor.write_text(supervisor.read_text().replace("      Inventory.Stock,\n", ""))

    printed = run("mix", "test", cwd=mutant, status=None)

    assert "the children start in this order" in printed


def test_a_port_that_the_environment_says_is_one_or_is_refused(project, run):
    def ports(said, status=0):
        code = "IO.inspect(Application.get_env(:g4_web, :ports))"
        command = ("mix", "run", "--no-start", "-e", code)
        return run(*command, cwd=project("g4"), env={"PORT": said}, status=status)

    assert ports("") == "[http: 4000]\n"
    assert ports("4999") == "[http: 4999]\n"
    for no_port in ("no", "70000", "-1", "80 81"):
        assert f'PORT is "{no_port}", which is no port' in ports(no_port, status=1)


def test_descriptions_do_not_become_code(project, run):
    code = """
    for module <- [H, A, A.A, A.BSupervisor, A.C, A.D] -- [H] do
      {:docs_v1, _, _, _, %{"en" => doc}, _, _} = Code.fetch_docs(module)
      IO.puts(doc)
    end
    """
    hostile = next(case for case in CASES if "hostile" in case)

    printed = run("mix", "run", "--no-start", "-e", code, cwd=project(hostile))

    assert "#{1 + 1}" in printed
    assert "#{raise 1}" in printed
    assert "\\x41 \\" in printed
