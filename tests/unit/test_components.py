"""Ready-made applications: a tree as if it had been written, and files where they are emitted."""

import pytest

from otpgen import rules
from otpgen.catalogue import Own, read_catalogue
from otpgen.commands.kinds import component_page, components_page
from otpgen.commands.new import new
from otpgen.errors import OtpgenError
from otpgen.graph import tree_lines
from otpgen.kinds import Env
from otpgen.model import build_system
from otpgen.plan import otp_applications, plan
from otpgen.source import parse
from otpgen.spec import read_spec
from otpgen.templates import render

from .test_schema import ROOT

HEAD = "otpgen: 1\nname: shop\napps:\n"
BELL = """\
summary: Rings
app:
  depends_on: [tower]
  calls: [town]
  max_restarts: 9
  description: A bell
  strategy: rest_for_one
  children:
    - {periodic: clapper, every: {option: every}}
    - {gen_server: rope, settings: {label: {option: label}}}
    - registry: names
      keys: {option: keys}
options:
  every: {type: duration, default: 1h, doc: The pause}
  label: {type: text, doc: What stands on it}
  keys: {type: choice, choices: [unique, duplicate], default: unique, doc: Whether one of a name}
"""


@pytest.fixture
def system(catalogue):
    """The system of an architecture with a component ``bell`` of the project's own."""

    def build(text, bell=BELL, **files):
        texts = {"components/bell/component.yaml": bell}
        texts |= {f"components/bell/{path}": said for path, said in files.items()}
        found = read_catalogue(ROOT / "templates", own=Own(texts))
        document = parse(HEAD + text, "otpgen.yaml")
        return build_system(read_spec(document, found.kinds, found.components)), found

    return build


TOWNS = "  tower:\n  town:\n  street:\n"


def app(system, text, **more):
    return system(TOWNS + text, **more)[0].apps["chime"]


def test_a_component_is_a_tree_like_any_other(system):
    chime = app(system, "  chime: {component: bell}\n")

    assert tree_lines(chime) == (
        "chime  rest_for_one 9/5s",
        "├─ clapper  periodic",
        "├─ rope",
        "└─ names  registry",
    )
    assert chime.description == "A bell"
    assert [w.options.get("every") for w in chime.workers] == [3_600_000, None, None]


def test_children_and_what_it_needs_are_added_and_all_else_prevails(system):
    said = "{component: bell, depends_on: [street], children: [gong], max_restarts: 1}"
    chime = app(system, f"  chime: {said}\n")

    assert [worker.name for worker in chime.workers] == ["clapper", "rope", "names", "gong"]
    assert (chime.depends_on, chime.calls) == (("tower", "street"), ("town",))
    assert (chime.root.max_restarts, chime.root.strategy) == (1, "rest_for_one")


def test_an_option_stands_where_the_tree_asks_for_it(system):
    said = "{component: bell, options: {every: 5s, label: loud, keys: duplicate}}"
    clapper, rope, names = app(system, f"  chime: {said}\n").workers

    assert clapper.options["every"] == 5_000
    assert rope.options["settings"] == {"label": "loud"}
    assert names.options["keys"] == "duplicate"


def test_an_option_that_is_not_said_has_its_default_or_is_not_there(system):
    chime = app(system, "  chime: {component: bell, options: {every: }}\n")

    assert chime.options == {"every": 3_600_000, "label": None, "keys": "unique"}
    assert chime.workers[1].options["settings"] == {}


def test_a_default_stands_in_the_tree_as_it_was_written(system):
    bell = """\
summary: Rings
app:
  children: [{gen_server: rope, settings: {option: settings}}]
options:
  settings: {type: map, of: text, default: {tone: "null", pitch: "7"}, doc: What it is told}
  loud: {type: boolean, doc: Whether one hears it}
"""
    chime = app(system, "  chime: {component: bell}\n", bell=bell)

    assert chime.workers[0].options["settings"] == {"tone": "null", "pitch": "7"}
    assert chime.options["loud"] is False


def test_what_it_needs_is_there_with_and_without_a_tree(system):
    bell = """\
summary: Rings
app: {description: A bell}
needs: {packages: {jason: "~> 1.4"}, parts: [json], applications: [ssl]}
options:
  loud: {type: boolean, doc: Whether one hears it, needs: {parts: [sql], applications: [inets]}}
"""
    for said, more in (("", False), (", options: {loud: true}", True)):
        whole, found = system(f"{TOWNS}  chime: {{component: bell{said}}}\n", bell=bell)
        planned = {file.path: file for file in plan(whole, found, "")}
        context = planned["apps/chime/mix.exs"].context

        assert context["deps"] == [
            "{:shop_runtime, in_umbrella: true}",
            '{:jason, "~> 1.4"}',
        ]
        assert (":ssl" in context["extra"], ":inets" in context["extra"]) == (True, more)
        assert ("sql" in context["runtime"].parts, "json" in context["runtime"].parts) == (
            more,
            True,
        )


def test_a_secret_is_named_and_known(system):
    said = "{component: bell, options: {label: {env: BELL_LABEL}}}"
    whole, _ = system(f"{TOWNS}  chime: {said}\n")

    assert whole.apps["chime"].options["label"] == Env("BELL_LABEL")
    assert whole.secrets == ("BELL_LABEL",)


def test_everything_of_it_stands_where_it_is_named(system):
    chime = app(system, "  chime:\n    component: bell\n    children: [gong]\n")
    lines = [worker.decl.at().line for worker in chime.workers]

    assert lines == [8, 8, 8, 9]


def test_what_elixir_brings_is_nothing_that_otp_has_to_have(system):
    bell = f"{BELL}needs: {{applications: [crypto, eex]}}\n"
    whole, found = system(TOWNS + "  chime: {component: bell}\n", bell=bell)
    planned = {file.path: file for file in plan(whole, found, "")}

    assert otp_applications(whole, found) == {"crypto"}
    assert ":crypto, :eex]" in planned["apps/chime/mix.exs"].context["extra"]


def test_what_it_allows_in_its_own_tree_is_no_warning(system):
    said = BELL.replace("strategy: rest_for_one\n", "strategy: one_for_all\n")
    allowed = said.replace("  strategy:", "  allow: {OG138: all is lost with it}\n  strategy:")
    rope = "{gen_server: rope, "
    texts = [text.replace(rope, f"{rope}restart: temporary, ") for text in (said, allowed)]
    chime = TOWNS + "  chime:\n    component: bell\n    options: {label: x}\n"
    more = chime + "    children: [{gen_server: own, restart: temporary}]\n"

    def codes(text, bell):
        return [(p.code, p.location.line) for p in rules.check(*system(text, bell=bell))]

    assert [codes(chime, text) for text in texts] == [[("OG138", 8)], []]
    assert codes(more, texts[1]) == [("OG138", 10)]


def test_its_files_replace_what_would_be_emitted_or_stand_beside_it(system):
    files = {
        "lib/app_name/rope.ex.jinja": "defmodule <%= worker.module %>",
        "lib/app_name/sound.ex.jinja": "<%= app.module %> <%= app.options.every %>",
        "priv/note.txt": "<%= a note %>\n",
    }
    whole, found = system(TOWNS + "  chime: {component: bell}\n", **files)
    planned = {file.path: file for file in plan(whole, found, "")}
    made = {path: planned[f"apps/chime/{path}"] for path in ("lib/chime/rope.ex", "priv/note.txt")}

    assert made["lib/chime/rope.ex"].template == "components/bell/lib/app_name/rope.ex.jinja"
    assert made["lib/chime/rope.ex"].context["worker"].name == "rope"
    assert made["lib/chime/rope.ex"].element == "chime.rope"
    assert made["priv/note.txt"].element == "chime"
    assert planned["apps/chime/lib/chime/sound.ex"].context["app"].name == "chime"
    assert (
        planned["apps/chime/test/chime/rope_test.exs"].template == "kinds/gen_server/test.exs.jinja"
    )
    texts = {file.path: file.text for file in render(made.values(), ROOT / "templates", found.own)}
    assert texts["apps/chime/priv/note.txt"] == "<%= a note %>\n"


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (("summary: Rings\n", ""), 1, '"summary" is missing'),
        (("{option: every}", "{option: evry}"), 3, 'there is no option "evry"'),
        (("type: text", "type: child"), 15, 'option "label" stands beside no children'),
        (("type: text", "type: txet"), 15, 'unknown type "txet"'),
        (("  max_restarts: 9", "  component: bell"), 5, "made of no other component: component"),
        (
            ("summary: Rings", "summary: Rings\nneeds: {parts: [clal]}"),
            2,
            'there is no part "clal"',
        ),
        (
            ("summary: Rings", "summary: Rings\nneeds: {components: [bell]}"),
            2,
            "it stands on itself",
        ),
        (("type: choice, choices: [unique, duplicate], ", "type: choice, "), 16, "go together"),
    ],
)
def test_a_declaration_that_cannot_be_is_told_with_its_place(system, change, line, message):
    with pytest.raises(OtpgenError) as caught:
        system(TOWNS, bell=BELL.replace(*change))

    assert any(
        message in problem.message
        and problem.location.path == "otpgen/templates/components/bell/component.yaml"
        and problem.location.line == line
        for problem in caught.value.problems
    ), [f"{p.location.path}:{p.location.line}: {p.message}" for p in caught.value.problems]


def test_a_folder_without_a_declaration_is_told(catalogue):
    with pytest.raises(OtpgenError, match=r"no component\.yaml"):
        read_catalogue(ROOT / "templates", own=Own({"components/bell/lib/a.ex.jinja": ""}))


def test_a_project_has_components_of_its_own(tmp_path):
    folder = tmp_path / "otpgen/templates/components/bell"
    (folder / "lib/app_name").mkdir(parents=True)
    (folder / "component.yaml").write_text(BELL)
    (folder / "lib/app_name/rope.ex.jinja").write_text("# <%= app.options.label %>\n")
    file = tmp_path / "otpgen.yaml"
    file.write_text(HEAD + TOWNS + "  chime: {component: bell, options: {label: loud}}\n")

    new(file, tmp_path / "made")

    assert (tmp_path / "made/apps/chime/lib/chime/rope.ex").read_text() == "# loud\n"
    assert (tmp_path / "made/otpgen/templates/components/bell/component.yaml").read_text() == BELL


def test_the_page_about_components_is_made_from_their_declarations(catalogue, update_golden):
    page = ROOT / "docs/components.md"
    if update_golden:
        page.write_text(components_page(catalogue))

    assert page.read_text() == components_page(catalogue)


def test_a_page_holds_whatever_a_declaration_says(system):
    bell = """\
summary: Rings
app: {description: A bell}
needs: {packages: {jason: "~> 1.4"}}
options:
  tones: {type: map, of: text, default: {a: low, b: high}, doc: "One | two\\nthree"}
"""
    page = component_page(system(TOWNS, bell=bell)[1].components["bell"])

    assert (
        "| `tones` | a map, each value a text | `{a: low, b: high}` | One \\| two three |" in page
    )
    assert "It needs of Hex: `jason` ~> 1.4." in page


def test_a_secret_is_the_name_of_a_variable_and_no_text(system):
    bell = """\
summary: Rings
app: {children: [{gen_server: rope, settings: {word: {option: word}}}]}
options: {word: {type: secret, required: true, doc: Who may ring}}
"""
    chime = "  chime: {component: bell, options: {word: %s}}\n"
    made, found = system(chime % "{env: WORD}", bell=bell)

    assert made.secrets == ("WORD",)
    assert made.needed_secrets == ()
    assert made.apps["chime"].workers[0].options["settings"] == {"word": Env("WORD")}
    assert "| `word` | `{env: VARIABLE}` | must" in component_page(found.components["bell"])
    for said in ("sesame", "[a]", "{env: lower}", "{env: PORT}", "{env: A, or: b}"):
        with pytest.raises(OtpgenError, match=r"options: word: expected {env: VARIABLE}"):
            system(chime % said, bell=bell)


def test_no_component_is_called_like_a_kind(catalogue):
    assert set(catalogue.components).isdisjoint(catalogue.kinds)


def test_a_part_with_processes_is_supervised_in_a_project_without_nodes(system):
    needing = BELL.replace("summary: Rings\n", "summary: Rings\nneeds: {parts: [channel]}\n")
    chime = "  chime: {component: bell}\n"
    found, catalogue = system(TOWNS + chime, bell=needing)
    plain, _ = system(TOWNS + chime)

    supervised = "apps/shop_runtime/lib/shop_runtime/application.ex"
    assert supervised in {file.path for file in plan(found, catalogue, "")}
    assert supervised not in {file.path for file in plan(plain, catalogue, "")}
