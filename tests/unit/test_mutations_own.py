"""Kinds and templates of a project's own, changed until they are not: problems, nothing else."""

from functools import cache

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from otpgen import resources
from otpgen.catalogue import Own, read_catalogue
from otpgen.errors import OtpgenError
from otpgen.model import build_system
from otpgen.plan import plan
from otpgen.project import check_emitted
from otpgen.rules import check
from otpgen.source import parse
from otpgen.spec import read_spec
from otpgen.templates import render
from tests.unit.pipeline import CATALOGUE, FOLDER, PAGES
from tests.unit.test_mutations import change, text_of

DECLARATIONS = [path.read_text() for path in sorted(FOLDER.glob("*kind*/**/kind.yaml"))]
MODULE = "defmodule <%= worker.module %> do\n  <%= use %>\nend\n"
WHOLE = (resources.folder("examples") / "strategies/otpgen.yaml").read_text()
PIECES = [
    *("<% if worker %>", "<% endif %>", "<% for x in y %>", "<% endfor %>", "<%=", "%>", "<%#"),
    *("<%= worker.nam %>", "<%= system | atom %>", "<%= 1 / 0 %>", "<% include 'x' %>", "\\", "\0"),
    *(
        "<% set x = 1 %>",
        "<%= loop.index %>",
        "<% import '_macros/tls.sh.jinja' as t %>",
        "{{ x }}",
    ),
    *(
        "<%= self %>",
        "<%= worker.options.a.b %>",
        "<%= system.apps | length | number %>",
        '"',
        "#{",
    ),
    *("<% macro m(a) %>", "<% endmacro %>", "<%= m() %>", "<%= range(9) %>", "<% raw %>", "\u2028"),
    *("<%= system.decl %>", "<%= ''.join([1]) %>", "<%= system.with_dependencies(1) %>", "\r", " "),
]


def tried(architecture, texts):
    """Do what ``new`` does, but write; return the problems."""
    own = Own(texts, "otpgen/templates", frozenset(texts))
    try:
        catalogue = read_catalogue(FOLDER, own=own)
        spec = read_spec(parse(architecture, "otpgen.yaml"), catalogue.kinds, catalogue.components)
        system = build_system(spec)
        problems = check(system, catalogue)
        if not any(problem.severity == "error" for problem in problems):
            files = plan(system, catalogue, architecture)
            check_emitted(files, own)
            for _ in render(files, FOLDER, own):
                pass
    except OtpgenError as error:
        problems = error.problems
    for problem in problems:
        assert problem.code in PAGES
        at = problem.location
        assert at.path.startswith(("otpgen.yaml", "otpgen/templates/"))
        text = architecture
        if at.path != "otpgen.yaml":
            text = texts.get(at.path.removeprefix("otpgen/templates/"), "")
        assert at.line <= len(text.splitlines()) + 1, problem
        assert at.line == 0 or at.column >= 1, problem
    return problems


@given(data=st.data())
def test_a_changed_declaration_gives_problems_and_nothing_else(data):
    root = yaml.compose(data.draw(st.sampled_from(DECLARATIONS)), Loader=yaml.CSafeLoader)
    for _ in range(data.draw(st.sampled_from([1, 1, 2, 3, 6]), label="changes")):
        change(root, data.draw)
    declaration = text_of(root, data.draw)
    said = data.draw(st.sampled_from(["", ", every: 5s", ", port: http", ", keep: 3", ", via: a"]))
    architecture = "otpgen: 1\nname: shop\napps:\n  core:\n    children: [{mqtt: broker%s}]\n"

    tried(
        architecture % said,
        {"kinds/mqtt/kind.yaml": declaration, "kinds/mqtt/module.ex.jinja": MODULE},
    )


@cache
def _templates():
    return {
        template: (FOLDER / template).read_text()
        for template in sorted(CATALOGUE.templates)
        if template.startswith(("kinds/", "umbrella/apps/app_name/lib"))
        and template.endswith(".jinja")
    }


@given(data=st.data())
@settings(settings.get_profile("few"))
def test_a_changed_template_gives_a_text_or_problems(data):
    template = data.draw(st.sampled_from(sorted(_templates())))
    lines = _templates()[template].split("\n")
    for _ in range(data.draw(st.sampled_from([1, 1, 2, 3]), label="changes")):
        at = data.draw(st.integers(0, len(lines) - 1), label="line")
        way = data.draw(st.sampled_from(["cut", "piece", "between", "drop", "twice"]), label="way")
        piece = data.draw(st.sampled_from(PIECES) | st.text(max_size=4), label="piece")
        place = data.draw(st.integers(0, len(lines[at])), label="column")
        match way:
            case "cut":
                lines[at] = lines[at][:place]
            case "piece":
                lines[at] = f"{lines[at][:place]}{piece}{lines[at][place:]}"
            case "between":
                lines.insert(at, piece)
            case "twice":
                lines.insert(at, lines[at])
            case "drop" if len(lines) > 1:
                del lines[at]

    tried(WHOLE, {template: "\n".join(lines)})


def test_each_declaration_and_template_is_sound_to_begin_with():
    for text in DECLARATIONS:
        files = {"kinds/mqtt/kind.yaml": text, "kinds/mqtt/module.ex.jinja": MODULE}
        problems = tried("otpgen: 1\nname: shop\napps:\n  core:\n    children: [store]\n", files)
        assert problems == []
    assert not any(problem.severity == "error" for problem in tried(WHOLE, _templates()))
