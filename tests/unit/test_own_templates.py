"""A project's own templates and kinds: each folder of tests/templates is a case.

    otpgen.yaml           the architecture
    otpgen/templates/     what the project has of its own
    stderr.txt            what otpgen says of it

A case that is called fine is taken, and says nothing.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from otpgen import cli, resources
from otpgen.catalogue import NOTHING_OWN
from otpgen.commands.own import PREFIX, below
from otpgen.errors import OtpgenError
from otpgen.kinds import COMMON, wrong_with
from otpgen.plan import PlannedFile
from otpgen.project import read_ancestor
from otpgen.spec import WorkerDecl
from otpgen.spec import schema as schemas
from otpgen.templates import apart

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path for path in (ROOT / "tests/templates").iterdir() if path.is_dir())
FORMATTER = "otpgen/templates/umbrella/.formatter.exs.jinja"
SUPERVISOR = "umbrella/apps/app_name/lib/app_name/module_path.supervisor.ex.jinja"
SOUND = "otpgen: 1\nname: shop\napps:\n  core:\n    children: [store]\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Nothing waits for the medium, as the machine does not die."""
    monkeypatch.setattr(os, "sync", lambda: None)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def project(otpgen, tmp_path, monkeypatch):
    """A project in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SOUND)
    assert otpgen("new", "shop.yaml", "shop")[0] == 0
    monkeypatch.chdir(tmp_path / "shop")


@pytest.mark.parametrize("theirs", ["pyproject.toml", "__init__.py"])
def test_a_check_out_of_otpgen_beside_the_architecture_holds_nothing_of_its_own(
    otpgen, tmp_path, monkeypatch, theirs
):
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SOUND)
    shutil.copytree(resources.folder("templates"), "otpgen/templates")
    (tmp_path / "otpgen" / theirs).touch()

    assert otpgen("check", "shop.yaml", "--strict")[0] == 0
    assert otpgen("new", "shop.yaml", "shop")[0] == 0
    assert not Path("shop/otpgen").exists()


@pytest.mark.parametrize("case", FOLDERS, ids=lambda path: path.name)
def test_templates_of_the_projects_own_are_told_what_is_wrong_and_where(
    case, otpgen, tmp_path, monkeypatch, update_golden
):
    monkeypatch.chdir(case)

    code, out, err = otpgen("new", "--dry-run", "otpgen.yaml", tmp_path / "shop")

    if update_golden:
        Path("stderr.txt").write_text(err)
    assert err == Path("stderr.txt").read_text()
    assert code == (0 if case.name.startswith(("fine_", "og205_")) else 1)
    assert bool(out) == (code == 0)
    assert (err == "") == case.name.startswith("fine_")
    assert not (tmp_path / "shop").exists()
    if named := re.match(r"og(\d{3})_", case.name):
        assert f" OG{named[1]}: " in err


# Where templates may be


def test_a_link_is_not_followed(otpgen, project):
    Path("otpgen/templates/umbrella").mkdir(parents=True)
    Path("secret").write_text("secret")
    Path(FORMATTER).symlink_to(Path("secret").absolute())

    for verb in ("check", "diff", "regenerate"):
        code, out, err = otpgen(verb)

        assert err.startswith(f"{FORMATTER}: error OG204: is a link\n")
        assert (code, out) == (1, "")


def test_nor_is_a_link_in_place_of_the_folder(otpgen, project, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    Path("otpgen").mkdir()
    Path("otpgen/templates").symlink_to(tmp_path / "elsewhere")

    code, _, err = otpgen("regenerate")

    assert err.startswith("otpgen/templates: error OG204: is a link\n")
    assert code == 1


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("umbrella/.git/hooks/pre-commit", "umbrella/.git: error OG204: belongs to git"),
        ("kinds/gen_server/.GIT/x.ex.jinja", "kinds/gen_server/.GIT: error OG204: belongs to git"),
        (".otpgen/ancestor", ".otpgen: error OG204: belongs to otpgen itself"),
        ("kinds/gen_server/a\\b.ex.jinja", "error OG204: holds characters that no path"),
    ],
)
def test_nothing_may_be_put_where_git_and_otpgen_have_their_own(otpgen, project, path, why):
    file = Path("otpgen/templates") / path
    file.parent.mkdir(parents=True)
    file.write_text("x\n")

    code, _, err = otpgen("regenerate")

    assert why in err
    assert code == 1


def test_names_that_differ_by_case_alone_are_one_file_on_some_disks(otpgen, project):
    folder = Path("otpgen/templates/kinds/gen_server")
    folder.mkdir(parents=True)
    (folder / "client.ex.jinja").write_text("# a\n")
    (folder / "Client.ex.jinja").write_text("# b\n")

    code, _, err = otpgen("regenerate")

    assert "error OG204: differs from kinds/gen_server/Client.ex.jinja by case alone\n" in err
    assert code == 1


@pytest.mark.parametrize(
    ("data", "why"), [(b"\xff\xfe", "is not UTF-8 text"), (b"x" * (1024**2 + 1), "is larger than")]
)
def test_what_is_no_text_is_no_template(otpgen, project, data, why):
    Path("otpgen/templates/umbrella").mkdir(parents=True)
    Path(FORMATTER).write_bytes(data)

    code, _, err = otpgen("check")

    assert err.startswith(f"{FORMATTER}: error OG204: {why}")
    assert code == 1


@pytest.mark.parametrize(
    "name",
    [
        ".module.ex.jinja.swp",
        "module.ex.jinja~",
        "#module.ex.jinja#",
        ".#module.ex.jinja",
        "module.ex.jinja.orig",
        "__pycache__/tool.cpython-311.pyc",
        "README.md",
    ],
)
def test_what_editors_leave_and_notes_are_not_emitted(otpgen, project, name):
    otpgen("templates", "new-kind", "mqtt")
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[store, {mqtt: broker}]"))
    assert otpgen("regenerate")[0] == 0
    file = Path("otpgen/templates/kinds/mqtt") / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"notes" if name == "README.md" else b"\xff")

    code, out, err = otpgen("diff")

    assert (code, out, err) == (0, "shop: 0 changes\n", "")


# eject, list, restore


@pytest.mark.parametrize(
    ("word", "templates"),
    [
        ("apps/core/lib/core/supervisor.ex", [SUPERVISOR]),
        ("./apps/core/lib/core/supervisor.ex", [SUPERVISOR]),
        (SUPERVISOR, [SUPERVISOR]),
        (f"templates/{SUPERVISOR}", [SUPERVISOR]),
        (f"otpgen/templates/{SUPERVISOR}", [SUPERVISOR]),
        ("parts/json/lib", ["parts/json/lib/app_name/json.ex.jinja"]),
        ("_macros", ["_macros/tls.sh.jinja"]),
        (
            "watch",
            [
                f"components/watch/{name}"
                for name in (
                    "component.yaml",
                    "lib/app_name.ex.jinja",
                    "lib/app_name/probe.ex.jinja",
                    "test/app_name/probe_test.exs.jinja",
                )
            ],
        ),
        (
            "agent",
            [f"kinds/agent/{name}" for name in ("kind.yaml", "module.ex.jinja", "test.exs.jinja")],
        ),
    ],
)
def test_a_template_is_ejected_by_whatever_names_it(otpgen, project, word, templates):
    code, out, _ = otpgen("templates", "eject", word)

    assert code == 0
    assert out.splitlines()[:-1] == [PREFIX + template for template in templates]
    for template in templates:
        assert Path(PREFIX + template).read_bytes() == below(template, {}).data
    listed = json.loads(otpgen("templates", "list", "--format", "json")[1])
    assert [(t["template"], t["by"], t["state"]) for t in listed] == [
        (template, "project", "same") for template in templates
    ]
    # Nothing has changed by it, and nothing of it is left when it is restored.
    assert otpgen("diff")[1] == "shop: 0 changes\n"
    assert otpgen("templates", "restore", word)[0] == 0
    assert not any(Path(PREFIX + template).exists() for template in templates)
    assert PREFIX not in Path(".otpgen/ancestor").read_text()


def test_a_path_may_be_of_the_folder_one_is_in(otpgen, project, monkeypatch):
    monkeypatch.chdir("apps/core")

    code, out, _ = otpgen("templates", "eject", "lib/core/supervisor.ex")

    assert (code, out.splitlines()[0]) == (0, PREFIX + SUPERVISOR)


@pytest.mark.parametrize(
    ("words", "why", "hint"),
    [
        (["eject", "mix.ex"], "no kind, no component, no template", "did you mean mix.exs?"),
        (["eject", "gen_sever"], "no kind, no component, no template", "did you mean gen_server?"),
        (["eject", "otpgen.yaml"], "it is made without a template", None),
        (["eject", "agent", "agnt"], "no kind, no component, no template", "did you mean agent?"),
        (["eject", "wtach"], "no kind, no component, no template", "did you mean watch?"),
        (["eject", "zzz"], "no kind, no component, no template", "otpgen explain lists"),
        (["eject", "umbrella/mix.ex.jinja"], "no kind", "did you mean umbrella/mix.exs.jinja?"),
        (["restore", "mix.exs"], "the project does not override it", None),
        (["new-kind", "agent"], "there is a kind of this name", "otpgen templates eject agent"),
        (["new-kind", "Mqtt"], "it is no name", "lower-case letters"),
        (["new-kind", "when"], "it is no name", "it is a word of Elixir's own"),
        (["new-kind", "m" * 41], "it is no name", "it has 41 characters, and at most 40"),
        (["new-kind", "restart"], "it is a key of children", None),
        (["new-kind", "watch"], "there is a component of this name", None),
        (["new-kind", "every"], "it is a key of children, or an option of a kind", None),
    ],
)
def test_what_cannot_be_ejected_or_restored(otpgen, project, words, why, hint):
    code, out, err = otpgen("templates", *words)

    assert err.startswith(f'PATH: error OG208: "{words[-1]}": {why}')
    assert hint is None or hint in err
    assert (code, out) == (1, "")
    assert not Path("otpgen").exists()


@pytest.mark.parametrize(
    "words", [["eject", "agent"], ["restore", "mix.exs"], ["new-kind", "mqtt"]]
)
def test_a_damaged_ancestor_is_not_written_over(otpgen, project, words):
    otpgen("templates", "eject", "mix.exs")
    ancestor = Path(".otpgen/ancestor")
    text = ancestor.read_text()
    damaged = re.sub(r"^(apps/core/mix.exs 644\n).*", r"\1ZZZ", text, flags=re.MULTILINE)
    assert damaged != text
    ancestor.write_text(damaged)

    code, out, err = otpgen("templates", *words)

    assert re.search(r'warning OG302: "apps/core/mix.exs" is damaged\n', err)
    assert 'error OG208: ".otpgen/ancestor": it is damaged' in err
    assert "hint: otpgen regenerate writes it anew" in err
    assert (code, out, ancestor.read_text()) == (1, "", damaged)
    otpgen("regenerate")
    assert otpgen("templates", *words)[0] == 0


def test_ejecting_keeps_what_the_ancestor_has_of_declarations(otpgen, project):
    declared = read_ancestor(Path()).declared
    assert list(declared) == [".otpgen/declared/kinds/gen_server/kind.yaml"]

    otpgen("templates", "eject", "mix.exs")

    assert read_ancestor(Path()).declared == declared


def test_the_mark_that_some_editors_begin_a_file_with_is_not_emitted(otpgen, project):
    otpgen("templates", "eject", "mix.exs")
    template = Path("otpgen/templates/umbrella/mix.exs.jinja")
    template.write_bytes(b"\xef\xbb\xbf" + template.read_bytes())

    code, out, err = otpgen("regenerate")

    assert (code, out, err) == (0, "shop: 0 changes\n", "")
    assert template.read_bytes().startswith(b"\xef\xbb\xbf")


def test_what_is_ejected_already_stays_as_it_is(otpgen, project):
    otpgen("templates", "eject", "mix.exs")
    Path("otpgen/templates/umbrella/mix.exs.jinja").write_text("mine\n")

    code, _, err = otpgen("templates", "eject", "mix.exs")

    assert 'error OG208: "mix.exs": the project has it already' in err
    assert code == 1
    assert Path("otpgen/templates/umbrella/mix.exs.jinja").read_text() == "mine\n"


def test_diff_says_which_template_gives_something_else(otpgen, project):
    otpgen("templates", "eject", "mix.exs")
    template, made = Path(PREFIX + "umbrella/mix.exs.jinja"), Path("mix.exs")
    template.write_text(f"# ours\n{template.read_text()}")
    why = (
        f"the architecture is as before; these templates give something else now:\n  {template}\n\n"
    )

    assert otpgen("diff")[1] == f"{why}  M  mix.exs\nshop: 1 changed\n"
    made.write_text(f"# mine\n{made.read_text()}")
    assert otpgen("diff")[1] == (
        f"{why}  C  mix.exs: both you and its template changed the same place\n"
        "shop: 1 in conflict\n"
    )


def test_what_was_edited_and_restored_comes_back_by_undo(otpgen, project):
    otpgen("templates", "eject", "mix.exs")
    template = Path("otpgen/templates/umbrella/mix.exs.jinja")
    template.write_text(f"# mine\n{template.read_text()}")
    otpgen("regenerate")
    assert Path("mix.exs").read_text().startswith("# mine\n")

    otpgen("templates", "restore", "mix.exs")
    assert not template.exists()
    otpgen("undo")

    assert template.read_text().startswith("# mine\n")
    otpgen("templates", "restore", "mix.exs")
    otpgen("regenerate")
    assert not Path("mix.exs").read_text().startswith("# mine\n")


@pytest.fixture
def newer(tmp_path, monkeypatch):
    """The templates of a newer otpgen, to be changed."""
    real, copy = resources.folder, tmp_path / "templates"
    shutil.copytree(real("templates"), copy)
    monkeypatch.setattr(
        resources, "folder", lambda name: copy if name == "templates" else real(name)
    )
    return copy


def test_what_otpgen_and_the_user_changed_in_one_place_is_decided_first(otpgen, project, newer):
    otpgen("templates", "eject", "mix.exs")
    template = Path("otpgen/templates/umbrella/mix.exs.jinja")
    template.write_text(f"# ours\n{template.read_text()}")
    fresh = newer / "umbrella/mix.exs.jinja"
    fresh.write_text(f"# theirs\n{fresh.read_text()}")
    listed = json.loads(otpgen("templates", "list", "--format", "json")[1])
    assert [t["state"] for t in listed] == ["behind"]

    code, out, _ = otpgen("regenerate")

    assert code == 3
    assert f"C  {template}: both you and otpgen changed the same place\n" in out
    assert "<<<<<<< yours\n# ours\n" in template.read_text()
    # What is emitted is as it was with the user's, until it is decided.
    assert Path("mix.exs").read_text().startswith("# ours\ndefmodule")
    code, _, err = otpgen("regenerate")
    assert err.startswith(f"{template}:1:1: error OG303: ")
    assert code == 1
    text = re.sub(r"<{7}.*\n|={7}\n|>{7}.*\n|\|{7}.*\n", "", template.read_text())
    template.write_text(text)
    assert otpgen("regenerate")[0] == 0
    assert Path("mix.exs").read_text().startswith("# ours\n# theirs\ndefmodule")


def test_an_override_that_the_architecture_gives_to_the_user_is_not_merged(otpgen, project, newer):
    otpgen("templates", "eject", "mix.exs")
    template = Path("otpgen/templates/umbrella/mix.exs.jinja")
    mine = f"# ours\n{template.read_text()}"
    template.write_text(mine)
    Path("otpgen.yaml").write_text(f'{SOUND}ownership: {{yours: ["otpgen/templates/**"]}}\n')
    fresh = newer / "umbrella/mix.exs.jinja"
    fresh.write_text(f"# theirs\n{fresh.read_text()}")
    listed = json.loads(otpgen("templates", "list", "--format", "json")[1])
    assert [t["state"] for t in listed] == ["edited"]

    code, _, _ = otpgen("regenerate")

    assert code == 0
    assert template.read_text() == mine
    assert Path("mix.exs").read_text().startswith("# ours\ndefmodule")


def test_status_tells_of_a_conflict_in_a_declaration(otpgen, project, newer):
    otpgen("templates", "eject", "agent")
    declaration = Path("otpgen/templates/kinds/agent/kind.yaml")
    declaration.write_text(re.sub("summary: .*", "summary: Ours", declaration.read_text()))
    otpgen("regenerate")
    fresh = newer / "kinds/agent/kind.yaml"
    fresh.write_text(re.sub("summary: .*", "summary: Theirs", fresh.read_text()))
    assert otpgen("regenerate")[0] == 3

    code, out, err = otpgen("status")

    assert (code, err) == (0, "")
    assert re.search(rf"^{declaration}  managed, .*markers.*$", out, flags=re.MULTILINE)
    assert otpgen("check")[2].startswith(f"{declaration}:1:1: error OG002: ")


def test_what_an_override_asks_for_and_a_newer_otpgen_has_not_is_told_where_it_stands(
    otpgen, project, newer
):
    otpgen("templates", "eject", "mix.exs")
    template = Path("otpgen/templates/umbrella/mix.exs.jinja")
    template.write_text(f"{template.read_text()}# <%= system.title %>\n")
    fresh = newer / "umbrella/mix.exs.jinja"
    fresh.write_text(f"# theirs\n# theirs\n{fresh.read_text()}")
    last = len(template.read_text().splitlines())

    code, _, err = otpgen("regenerate")

    assert err.startswith(
        f'{template}:{last}:14: error OG203: unknown attribute "title" of a System (for mix.exs)\n'
        f"  {last} | # <%= system.title %>\n"
    )
    assert code == 1


# Kinds


def test_a_kind_of_the_projects_own_is_known_wherever_kinds_are(
    otpgen, project, monkeypatch, capsys
):
    assert otpgen("templates", "new-kind", "mqtt")[0] == 0
    file = Path("otpgen.yaml")
    file.write_text(file.read_text().replace("[store]", "[store, {mqtt: broker, keep: 3}]"))

    assert otpgen("check")[0] == 0
    assert otpgen("explain", "mqtt")[1].startswith("# mqtt\n\nA process that keeps")
    assert "`keep`" in otpgen("explain", "mqtt")[1]
    err = otpgen("templates", "restore", "mqtt")[2]
    assert '"mqtt": it is the project\'s own, and otpgen has none like it' in err
    assert "hint: edit it where it stands; to be without it, delete it there" in err
    assert otpgen("regenerate")[0] == 0
    assert "@keep 3\n" in Path("apps/core/lib/core/broker.ex").read_text()
    record = schemas.kind_record("mqtt")
    for text in (otpgen("schema")[1], Path(".otpgen/schema.json").read_text()):
        assert "keep" in json.loads(text)["definitions"][record]["properties"]
    assert "mqtt" in otpgen("explain")[1]
    for name, value in {
        "_OTPGEN_COMPLETE": "complete_bash",
        "COMP_WORDS": "otpgen explain mq",
        "COMP_CWORD": "2",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        cli.app(prog_name="otpgen")
    assert capsys.readouterr().out.split() == ["mqtt"]


def test_a_new_kind_is_explained_before_a_child_is_made_of_it(otpgen, project):
    otpgen("templates", "new-kind", "mqtt")
    module = Path("otpgen/templates/kinds/mqtt/module.ex.jinja").read_text()
    assert "otpgen explain kinds/mqtt/module.ex.jinja" in module

    _, out, _ = otpgen("explain", "kinds/mqtt/module.ex.jinja")

    assert "- nothing of this architecture is made from it\n- its variables: `alias`, " in out
    assert "| `keep` | an integer from 1 | `10` |" in otpgen("explain", "kind", "mqtt")[1]


def test_what_a_kind_that_is_deleted_was_is_still_known_for_renames(otpgen, project):
    otpgen("templates", "new-kind", "mqtt")
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[store, {mqtt: broker, keep: 3}]"))
    assert otpgen("regenerate")[0] == 0
    shutil.rmtree("otpgen")
    store = Path("apps/core/lib/core/store.ex")
    store.write_text(store.read_text() + "# mine\n")
    moved = "moved: [{from: core.store, to: core.shelf}]\n"
    Path("otpgen.yaml").write_text(SOUND.replace("store", "shelf") + moved)

    code, out, err = otpgen("diff")

    assert (code, err) == (0, "")
    assert out.startswith("core.broker is gone\ncore.store is now core.shelf\n")
    assert "R  apps/core/lib/core/store.ex → apps/core/lib/core/shelf.ex  with your edits" in out
    assert "D  apps/core/lib/core/broker.ex" in out


def test_what_a_kind_may_start_is_a_child_like_others_or_is_not_there(otpgen, project):
    otpgen("templates", "new-kind", "mqtt")
    kind = Path("otpgen/templates/kinds/mqtt/kind.yaml")
    child = "\noptions:\n  child: {type: child, doc: What it starts}\n"
    kind.write_text(kind.read_text().replace("\noptions:\n", child))
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[{mqtt: broker}]"))
    assert otpgen("regenerate")[0] == 0

    for said, told in (
        ("keep: 3", "broker: keep 10 → 3\n"),
        ("child: post", "core.post is new: gen_server under broker\n"),
    ):
        Path("otpgen.yaml").write_text(SOUND.replace("[store]", f"[{{mqtt: broker, {said}}}]"))
        code, out, err = otpgen("diff")
        assert (code, err) == (0, "")
        assert out.startswith(told)


def test_nobody_ends_with_a_registry_of_the_projects_own_of_which_there_are_several(
    otpgen, project
):
    otpgen("templates", "new-kind", "book")
    kind = Path("otpgen/templates/kinds/book/kind.yaml")
    kind.write_text(
        kind.read_text().replace("type: worker ", "type: supervisor\nacts_as: registry ")
    )
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[{book: names, count: 3}]"))

    code, out, err = otpgen("whatif", "kill core.names[2]")

    assert (code, err) == (0, "")
    assert out.startswith("names[2] dies. one_for_one: it alone is started again.\n")


def test_a_new_kind_gives_way_to_the_option_that_is_misspelt(otpgen, project):
    otpgen("templates", "new-kind", "mqtt")
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[{mqtt: broker, kepe: 3}]"))

    code, _, err = otpgen("check")

    assert err.startswith('otpgen.yaml:5:31: error OG005: mqtt "broker": unknown key "kepe"\n')
    assert "hint: did you mean keep?" in err
    assert code == 1


def test_what_otpgens_own_kinds_declare_goes_together(catalogue):
    for kind in catalogue.kinds.values():
        assert list(wrong_with(kind, catalogue.kinds, catalogue.parts)) == []


def test_no_option_has_the_name_of_a_key_that_every_child_has():
    common = {info.alias or name for name, info in WorkerDecl.model_fields.items()}
    named = {"supervisor", "spec", "id", "type"}  # the keys of the other children

    assert common | named | {"child", "children"} == COMMON


NEEDY = """summary: A connection to a broker
behaviour: GenServer
needs: {packages: {emqtt: "~> 1.11", jason: "~> 1.0"}}
"""
NEEDS = """otpgen: 1
name: shop
apps:
  core:
    deps: {jason: "~> 1.4"}
    children: [{mqtt: broker}, {mqtt: other}, {quic: fast}]
  web:
    children: [store]
"""


def test_the_packages_that_a_kind_needs_are_those_of_its_applications(
    otpgen, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("otpgen.yaml").write_text(NEEDS)
    for kind, text in {"mqtt": NEEDY, "quic": NEEDY.replace("1.11", "1.12")}.items():
        folder = Path("otpgen/templates/kinds") / kind
        folder.mkdir(parents=True)
        (folder / "kind.yaml").write_text(text)
        (folder / "module.ex.jinja").write_text("defmodule <%= worker.module %> do\nend\n")

    code, out, _ = otpgen("new", "otpgen.yaml", "shop")

    assert code == 0
    assert "mix deps.get" in out
    deps = Path("shop/apps/core/mix.exs").read_text().partition("defp deps do")[2]
    assert '{:emqtt, "~> 1.11 and ~> 1.12"}' in deps
    assert '{:jason, "~> 1.4"}' in deps
    assert "emqtt" not in Path("shop/apps/web/mix.exs").read_text()
    assert "It needs of Hex: `emqtt` ~> 1.11, `jason` ~> 1.0." in otpgen("explain", "mqtt")[1]


def test_a_package_that_no_kind_may_need_is_told_where_the_child_stands(
    otpgen, project, monkeypatch
):
    otpgen("templates", "new-kind", "mqtt")
    declaration = Path("otpgen/templates/kinds/mqtt/kind.yaml")
    declaration.write_text(declaration.read_text() + 'needs: {packages: {mnesia: "~> 4.0"}}\n')
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[{mqtt: broker}]"))

    code, _, err = otpgen("check")

    assert err.startswith(
        'otpgen.yaml:5:16: error OG132: application "core": package "mnesia" is an application of '
    )
    assert code == 1


# New projects


def test_a_new_project_takes_the_templates_along(otpgen, project, tmp_path, monkeypatch):
    otpgen("templates", "eject", "mix.exs")
    otpgen("templates", "new-kind", "mqtt")
    template = Path("otpgen/templates/umbrella/mix.exs.jinja")
    template.write_text(f"# ours\n{template.read_text()}")
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[{mqtt: broker}]"))

    assert otpgen("new", "otpgen.yaml", tmp_path / "other")[0] == 0

    monkeypatch.chdir(tmp_path / "other")
    assert Path("mix.exs").read_text().startswith("# ours\n")
    assert otpgen("diff")[1] == "shop: 0 changes\n"
    listed = json.loads(otpgen("templates", "list", "--format", "json")[1])
    assert [t["state"] for t in listed] == ["own", "own", "own", "edited"]


def test_a_project_may_be_made_where_its_templates_are(otpgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("otpgen.yaml").write_text(SOUND)
    Path("otpgen/templates/umbrella").mkdir(parents=True)
    Path(FORMATTER).write_text("[]\n")

    assert otpgen("new", "otpgen.yaml", ".")[0] == 0
    assert Path(".formatter.exs").read_text() == "[]\n"
    assert otpgen("diff")[1] == "shop: 0 changes\n"

    Path("otpgen/notes").write_text("what else is there is not otpgen's\n")
    code, _, err = otpgen("new", "otpgen.yaml", ".")
    assert code == 1
    assert "OG401" in err


def test_templates_may_be_there_before_the_project(otpgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[{mqtt: store}]"))

    assert otpgen("templates", "new-kind", "mqtt")[0] == 0
    assert otpgen("templates", "eject", "agent", "umbrella/mix.exs.jinja")[0] == 0
    template = Path("otpgen/templates/umbrella/mix.exs.jinja")
    template.write_text(f"# ours\n{template.read_text()}")
    err = otpgen("templates", "restore", "agent")[2]

    assert 'OG208: "agent": there is no project here yet' in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["otpgen", "otpgen.yaml"]
    assert otpgen("new", "otpgen.yaml", ".")[0] == 0
    assert Path("mix.exs").read_text().startswith("# ours\n")
    assert otpgen("diff")[1] == "shop: 0 changes\n"
    assert otpgen("templates", "restore", "agent")[0] == 0


def test_a_copy_may_be_edited_before_there_is_a_project(otpgen, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[{agent: store}]"))
    otpgen("templates", "eject", "agent")
    declaration = Path("otpgen/templates/kinds/agent/kind.yaml")
    declaration.write_text(declaration.read_text().replace("summary: ", "summary: Ours. "))

    assert otpgen("check")[0] == 0
    assert otpgen("new", "otpgen.yaml", ".")[0] == 0
    assert otpgen("diff")[1] == "shop: 0 changes\n"
    assert "Ours." in otpgen("explain", "agent")[1]


def test_a_kind_that_a_project_has_and_a_newer_otpgen_brings_is_told(otpgen, project):
    folder = Path("otpgen/templates/kinds/agent")
    folder.mkdir(parents=True)
    (folder / "kind.yaml").write_text("summary: A spy\nbehaviour: GenServer\n")

    code, _, err = otpgen("check")

    assert err.startswith(
        f'{folder}/kind.yaml: error OG206: two of one name: otpgen has a kind "agent" itself\n'
    )
    assert code == 1


# Explanations


def test_a_file_is_explained(otpgen, project, monkeypatch):
    otpgen("templates", "eject", "apps/core/lib/core/supervisor.ex")

    _, out, _ = otpgen("explain", "apps/core/lib/core/supervisor.ex", "mix.exs")

    assert f"- template: `otpgen/templates/{SUPERVISOR}`, which overrides otpgen's\n" in out
    assert "- architecture: `otpgen.yaml:6`: `children: [store]`\n" in out
    assert "- ownership: managed: " in out
    assert "- it stands: as otpgen wrote it\n" in out
    assert "- template: `templates/umbrella/mix.exs.jinja`, otpgen's own\n" in out
    assert "`otpgen templates restore apps/core/lib/core/supervisor.ex`\n" in out
    assert "`otpgen templates eject mix.exs`" in out
    assert "apps/core/lib/core/supervisor.ex`\n" in otpgen("explain", SUPERVISOR)[1]
    monkeypatch.chdir("apps/core/lib")
    assert otpgen("explain", "core/store.ex")[1].startswith("# apps/core/lib/core/store.ex\n")


def test_a_supervisor_is_explained(otpgen, project):
    text = "[store, {supervisor: pool, strategy: one_for_all, children: [left, right]}]"
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", text))

    _, out, _ = otpgen("explain", "core.pool", "core.left")

    assert "When a child ends, the others are ended too, and all are started again." in out
    assert "\n- left dies: it is restarted, with right\n" in out
    assert "\n# core.pool.left\n" in out
    code, _, err = otpgen("explain", "core.poll")
    assert code == 1
    assert "hint: did you mean core.pool?" in err


def test_what_is_started_for_each_partition_and_a_task_are_explained(otpgen, monkeypatch):
    monkeypatch.chdir(ROOT / "examples/strategies")

    code, out, err = otpgen("explain", "crowd.shards.shard[1]", "crowd.jobs.task[n]")

    assert (code, err) == (0, "")
    assert out.startswith("# crowd.shards.shard\n")
    assert "\n- one shard dies: another one is started in its place, " in out
    assert "\n- its supervisor is `crowd.shards`, which has one for each partition\n" in out
    assert "\n# crowd.jobs\n" in out


def test_of_an_application_it_is_explained_of_which_component_it_is_made(otpgen, project):
    Path("otpgen.yaml").write_text(SOUND + "  gauges: {component: watch}\n")

    said = "\nIt is made of the component `watch`: `otpgen explain component watch`.\n"
    assert said in otpgen("explain", "gauges")[1]
    assert "component" not in otpgen("explain", "core")[1]


def test_of_many_that_share_a_module_the_first_and_the_last_are_explained(otpgen, project):
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[{gen_server: slot, count: 10000}]"))

    _, out, _ = otpgen("explain", "core", "core.slot")

    dies = [f"- slot[{number}] dies: it alone is restarted" for number in (1, 10_000)]
    assert [line for line in out.splitlines() if " dies: " in line] == 2 * dies


def test_what_the_architecture_calls_so_goes_before_a_kind_and_a_component(otpgen, project):
    text = SOUND.replace("core:", "watch:").replace("[store]", "[{agent: agent}, {task: sweep}]")
    Path("otpgen.yaml").write_text(text)

    assert "`Watch.Supervisor`, one_for_one" in otpgen("explain", "watch")[1]
    assert "explain kind agent`" in otpgen("explain", "watch.agent")[1]
    _, out, _ = otpgen("explain", "kind", "agent", "component", "watch", "task", "watch.sweep")
    titles = [line for line in out.splitlines() if line.startswith("# ")]
    assert titles == ["# agent", "# watch", "# task", "# watch.sweep"]
    assert "What it brings along" in out
    for words in (["kind"], ["kind", "watch"], ["component", "agent"], ["kind", "kind"]):
        assert otpgen("explain", *words)[0] == 1


def test_it_is_told_which_templates_have_changed_beside_the_architecture(otpgen, project):
    otpgen("templates", "eject", "apps/core/lib/core/supervisor.ex", "mix.exs")
    ours = Path("otpgen/templates", SUPERVISOR)
    ours.write_text(f"# Ours.\n{ours.read_text()}")
    Path("otpgen.yaml").write_text(SOUND.replace("[store]", "[store, cache]"))

    _, out, _ = otpgen("diff")

    assert out.startswith(
        "core.cache is new: gen_server under core\n"
        f"these templates give something else now:\n  otpgen/templates/{SUPERVISOR}\n\n"
    )
    ours.write_text(ours.read_text().removeprefix("# Ours.\n"))
    assert "these templates" not in otpgen("diff")[1]


def test_what_lies_beside_a_template_is_told(otpgen, project):
    otpgen("templates", "eject", "mix.exs")
    Path("otpgen/templates/umbrella/mix.exs.jinja.otpgen-new").write_text("theirs")

    _, out, _ = otpgen("templates", "list")

    assert out.splitlines()[0].endswith("mix.exs.jinja  by the project, see PATH.otpgen-new")


# What a template may take


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (
            "<% for a in words %>" * 9 + "<% endfor %>" * 9,
            "it takes longer than 1 s, or more memory than it may",
        ),
        ("<%= 9 ** (9 ** 9) %>", "it takes longer than 1 s, or more memory than it may"),
        ("<%= 'x' * 9999999999 %>", "it takes more memory than it may"),
        ("<% set a = 'x' * 9999999 %><%= a %>", "with it more is emitted than may be"),
    ],
    ids=["a loop", "a power", "memory", "output"],
)
def test_a_template_that_takes_too_much_is_ended(otpgen, project, monkeypatch, template, why):
    monkeypatch.setattr(apart, "LIMITS", apart.Limits(seconds=1, memory=2**32, sum=2**20))
    words = "<% set words = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' %>"
    otpgen("templates", "eject", "mix.exs")
    file = Path("otpgen/templates/umbrella/mix.exs.jinja")
    file.write_text(words + template)

    code, out, err = otpgen("regenerate")

    assert (code, out) == (1, "")
    assert err.startswith(f"{file}")
    assert f" error OG202: {why} (for mix.exs)\n" in err
    assert otpgen("status", "mix.exs")[1].startswith("mix.exs  managed, umbrella/mix.exs.jinja")


def test_no_process_stays_behind_when_nobody_asks_for_more(project, monkeypatch):
    forked, fork = [], os.fork
    monkeypatch.setattr(os, "fork", lambda: forked.append(fork()) or forked[-1])
    files = [PlannedFile(f"a{n}", "a", {}) for n in range(3)]
    texts = apart.apart(files, lambda file: file.path * 100_000, NOTHING_OWN)
    assert next(texts) == "a0" * 100_000
    texts.close()

    [child] = forked
    with pytest.raises(ChildProcessError):
        os.waitpid(child, os.WNOHANG)


def test_the_file_at_which_the_process_ends_is_named():
    files = [PlannedFile(f"a{n}", "a", {}) for n in range(100)]

    def text(file):
        if file.path == "a50":
            os.kill(os.getpid(), signal.SIGKILL)
        return file.path

    with pytest.raises(OtpgenError) as raised:
        list(apart.apart(files, text, NOTHING_OWN))
    [problem] = raised.value.problems
    assert (problem.code, problem.message.endswith(" (for a50)")) == ("OG202", True)


def test_half_a_text_is_none(monkeypatch):
    forked, fork = [], os.fork
    monkeypatch.setattr(os, "fork", lambda: forked.append(fork()) or forked[-1])
    files = [PlannedFile(path, "a", {}) for path in ("short", "long")]
    texts = apart.apart(
        files, lambda file: "a" * (2**24 if file.path == "long" else 2**17), NOTHING_OWN
    )
    assert next(texts) == "a" * 2**17
    os.kill(forked[0], signal.SIGKILL)

    with pytest.raises(OtpgenError, match=r"\(for long\)"):
        next(texts)


LOST = """
import os, signal
from otpgen.catalogue import NOTHING_OWN
from otpgen.plan import PlannedFile
from otpgen.templates.apart import apart

files = [PlannedFile(str(n), "a", {}) for n in range(9)]
texts = apart(files, lambda file: "a" * 2**20, NOTHING_OWN)
next(texts)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_process_ends_with_the_one_that_it_renders_for():
    # What it writes to is open as long as one of them runs.
    said = subprocess.run([sys.executable, "-c", LOST], capture_output=True, timeout=20)

    assert (said.returncode, said.stderr) == (-signal.SIGKILL, b"")
