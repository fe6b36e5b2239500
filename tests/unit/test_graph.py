"""Trees, applications and cluster, drawn."""

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from otpgen.commands.check import check
from otpgen.commands.examples import example_file
from otpgen.commands.nearest import nearest_architecture
from otpgen.graph import draw, mermaid_cluster, mermaid_tree, tree_lines

ROOT = Path(__file__).parents[2]
DRAWN = Path(__file__).parent / "drawn"
SHOP = """\
otpgen: 1
name: shop
apps:
  core: {children: [store]}
  words:
  web: {depends_on: [core, words], children: [{supervisor: pages, children: [page]}]}
"""


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """A folder with an architecture, in which we stand."""
    (tmp_path / "otpgen.yaml").write_text(SHOP)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(system, what):
    (drawing,) = draw(system, what)
    return [str(line) for line in drawing.lines]


# What is drawn


@pytest.mark.parametrize("format", ["text", "mermaid"])
@pytest.mark.parametrize("name", ["g4", "strategies"])
def test_an_example_is_drawn(name, format, otpgen, update_golden):
    expected = DRAWN / f"{name}.{'txt' if format == 'text' else 'md'}"

    code, out, err = otpgen("graph", "--architecture", example_file(name), "--format", format)

    if update_golden:
        expected.write_text(out)
    assert out == expected.read_text()
    assert (code, err) == (0, "")


def test_a_budget_and_what_is_unusual_is_said(system_of):
    system = system_of(
        "otpgen: 1\nname: shop\napps:\n  core:\n    max_restarts: 0\n    max_seconds: 2\n"
        "    children: [{gen_server: slot, count: 3, restart: transient}, {spec: x, id: pages}]\n"
    )

    assert tree_lines(system.apps["core"]) == (
        "core  one_for_one 0/2s",
        "├─ slot x 3  transient",
        "└─ pages  spec",
    )


def test_a_library_has_no_tree(system_of):
    app = system_of(SHOP).apps["words"]

    assert (tree_lines(app), mermaid_tree(app)) == ((), ())


def test_applications_stand_in_start_order(system_of):
    text = "otpgen: 1\nname: s\napps:\n  a: {depends_on: [c]}\n  c:\n  b: {calls: [a]}\n"

    assert drawn(system_of(text), "apps") == [
        "applications  in start order",
        "├─ c  a library",
        "├─ a  a library, depends on c",
        "└─ b  a library, calls a",
    ]


CLUSTER = """\
otpgen: 1
name: shop
apps:
  core: {children: [{http_server: web, port: http}]}
  move: {children: [store]}
  desk: {children: [{http_server: api, port: api}]}
nodes:
  one: {port: 4001, without: [desk]}
  other: {host: 10.0.0.2, ports: {http: 4002, api: 4003}}
distributed: {move: {timeout: 1500ms, nodes: [other, one]}}
sync: {optional: [other], timeout: 2s}
tls: true
nginx: {listen: 80, upstreams: {web: http, api: api}}
"""


def test_a_cluster_says_where_what_may_run_and_who_is_reached(system_of):
    assert drawn(system_of(CLUSTER), "cluster") == [
        "cluster",
        "├─ nodes",
        "│  ├─ one    127.0.0.1, http 4001, health 14001",
        "│  └─ other  10.0.0.2, http 4002, api 4003, health 14002",
        "├─ applications",
        "│  ├─ core  on every node",
        "│  ├─ move  other, else one; fails over after 1500ms",
        "│  └─ desk  on other",
        "├─ sync  at boot a node waits 2s for other",
        "├─ tls  each node has a certificate that the others verify",
        "└─ nginx",
        "   ├─ web  127.0.0.1:80, http of one and other",
        "   └─ api  127.0.0.1:81, api of other",
    ]


def test_mermaid_draws_the_failover_in_its_order(system_of):
    system = system_of(CLUSTER)
    lines = mermaid_cluster(system, system.cluster)

    assert "  node_other__move -. fails over .-> node_one__move" in lines
    assert "  nginx_api -->|4003| node_other" in lines
    assert not [line for line in lines if line.startswith("  nginx_api") and "node_one" in line]


@pytest.mark.parametrize("word", ["graph", "subgraph", "style", "class", "click", "default"])
def test_a_word_of_mermaid_is_no_identifier(word, system_of):
    (drawing,) = draw(system_of(f"otpgen: 1\nname: s\napps:\n  {word}:\n"), "apps")

    assert drawing.mermaid[1].split("[")[0].strip() != word


def test_each_identifier_of_a_tree_is_declared_once():
    system = check(example_file("strategies")).system
    for app in system.apps.values():
        declared = [line.split("[")[0].split("(")[0] for line in mermaid_tree(app) if '"' in line]

        assert len(declared) == len(set(declared))


# What is asked for


@pytest.mark.parametrize(
    ("what", "first"),
    [("web", "web  one_for_one 3/5s"), ("apps", "applications"), ("cluster", "cluster  none")],
)
def test_one_thing_is_drawn_alone(what, first, otpgen, shop):
    code, out, _ = otpgen("graph", what)

    assert out.startswith(first)
    assert "\n\n" not in out
    assert code == 0


def test_an_application_is_meant_before_a_word(system_of):
    system = system_of("otpgen: 1\nname: s\napps:\n  cluster: {children: [store]}\n")

    assert drawn(system, "cluster") == ["cluster  one_for_one 3/5s", "└─ store"]


def test_one_diagram_is_bare_and_several_are_blocks(otpgen, shop):
    _, alone, _ = otpgen("graph", "web", "--format", "mermaid")
    _, several, _ = otpgen("graph", "--format", "mermaid")

    assert alone.startswith("flowchart TD\n")
    assert several.count("```mermaid\n") == 3  # two trees and the applications: words has none
    assert re.findall("^## (.*)$", several, re.MULTILINE) == ["core", "web", "applications"]


def test_what_is_not_there_is_a_problem(otpgen, shop):
    code, out, err = otpgen("graph", "wep")

    assert err == (
        'otpgen.yaml: error OG105: there is no application "wep"\n  hint: did you mean web?\n'
        "more: otpgen explain OG105\n"
    )
    assert (code, out) == (1, "")


def test_an_unsound_architecture_is_not_drawn(otpgen, shop):
    (shop / "otpgen.yaml").write_text(SHOP.replace("[core, words]", "[cor]"))

    code, out, err = otpgen("graph")

    assert "error OG105" in err
    assert (code, out) == (1, "")


# Which architecture


def test_the_nearest_architecture_upwards_is_meant(otpgen, shop, monkeypatch):
    (shop / "apps/core").mkdir(parents=True)
    monkeypatch.chdir(shop / "apps/core")

    assert nearest_architecture() == Path("../../otpgen.yaml")
    assert otpgen("graph", "core")[1] == "core  one_for_one 3/5s\n└─ store\n"


def test_a_folder_of_that_name_is_passed_over(shop, monkeypatch):
    (shop / "apps/otpgen.yaml").mkdir(parents=True)
    monkeypatch.chdir(shop / "apps")

    assert nearest_architecture() == Path("../otpgen.yaml")


def test_no_architecture_anywhere_is_a_problem(otpgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    code, _, err = otpgen("graph")

    assert err == (
        "otpgen.yaml: error OG001: there is none in this folder, nor in one above it\n"
        "  hint: name the architecture, or begin with: otpgen new --example g4\n"
        "more: otpgen explain OG001\n"
    )
    assert code == 1


def test_a_folder_that_is_gone_holds_no_architecture(otpgen, tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    assert otpgen("graph")[2].startswith("otpgen.yaml: error OG001")
    code, _, err = otpgen("new", "--example", "minimal", "shop")
    assert code == 1 and err.startswith(
        "shop: error OG403: cannot be written: the folder you are in"
    )


# How it is printed


def shell(folder, *arguments, **env):
    return subprocess.run(
        [sys.executable, "-m", "otpgen", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        timeout=60,
    )


def on_a_terminal(folder, *arguments, **env):
    main, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "otpgen", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **env},
        stdout=end,
    )
    os.close(end)
    text = b""
    try:
        while piece := os.read(main, 65_536):
            text += piece
    except OSError:  # Linux says so that the other end is closed
        pass
    finally:
        os.close(main)
    assert process.wait(timeout=60) == 0
    return text.decode().replace("\r\n", "\n")


def test_a_terminal_is_shown_colour_unless_it_wants_none(shop):
    coloured = on_a_terminal(shop, "graph", "core", NO_COLOR="")

    assert coloured == "\x1b[1mcore\x1b[0m\x1b[2m  one_for_one 3/5s\x1b[0m\n\x1b[2m└─ \x1b[0m" + (
        "\x1b[1mstore\x1b[0m\n"
    )
    assert on_a_terminal(shop, "graph", "core", NO_COLOR="1") == (
        "core  one_for_one 3/5s\n└─ store\n"
    )


def test_a_pipe_is_shown_no_colour(shop):
    assert b"\x1b" not in shell(shop, "graph", NO_COLOR="").stdout


def test_where_branches_cannot_be_printed_they_are_plain(shop):
    done = shell(shop, "graph", "web", PYTHONIOENCODING="ascii")

    assert done.stdout == (b"web  one_for_one 3/5s\n`- pages  one_for_one 3/5s\n   `- page\n")


def test_nothing_heavy_is_imported(shop):
    code = (
        "import sys; from otpgen import cli; from otpgen.commands.graph import graph; graph(); "
        "print({'jinja2', 'copier', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )

    assert done.stdout == "set()\n"


# Completion


def completed(folder, words, number):
    env = {
        "_OTPGEN_COMPLETE": "complete_bash",
        "COMP_WORDS": words,
        "COMP_CWORD": str(number),
        "PYTHONPATH": str(ROOT),
    }
    code = "from otpgen import cli; cli.app(prog_name='otpgen')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_names_are_completed(shop):
    assert completed(shop, "otpgen graph ", 2) == ["core", "words", "web", "apps", "cluster"]
    assert completed(shop, "otpgen graph w", 2) == ["words", "web"]


def test_names_of_the_architecture_that_is_named_are_completed(shop):
    (shop / "other.yaml").write_text("apps: {one: }\n")

    assert completed(shop, "otpgen graph --architecture other.yaml o", 4) == ["one"]


@pytest.mark.parametrize("text", [None, "apps: [", "apps: 3\n", "- 1\n", "\x00"])
def test_a_completion_is_silent_about_what_is_wrong(tmp_path, text):
    if text is not None:
        (tmp_path / "otpgen.yaml").write_text(text)

    assert set(completed(tmp_path, "otpgen graph ", 2)) <= {"apps", "cluster"}
