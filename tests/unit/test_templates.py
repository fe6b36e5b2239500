"""Rendering: what is compiled is kept where Python would keep it, and never in the way."""

import sys

import pytest
from jinja2.meta import find_referenced_templates

from otpgen import resources
from otpgen.catalogue import Own
from otpgen.errors import OtpgenError
from otpgen.plan import PlannedFile
from otpgen.templates import render
from otpgen.templates.apart import LIMITS
from otpgen.templates.renderer import Renderer


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "a.jinja").write_text("one <%= word %>\n")
    return tmp_path


def text(folder):
    (file,) = render([PlannedFile("a", "a.jinja", {"word": "word"})], folder)
    return file.text


def kept(folder):
    return sorted((folder / "__pycache__").glob("*"))


def test_what_was_compiled_is_kept_and_used(folder):
    assert text(folder) == "one word\n"
    (file,) = kept(folder)
    compiled = file.read_bytes()
    file.write_bytes(compiled.replace(b"one ", b"two "))

    assert text(folder) == "two word\n"


def test_a_changed_template_is_compiled_again(folder):
    text(folder)
    (folder / "a.jinja").write_text("new <%= word %>\n")

    assert text(folder) == "new word\n"
    assert len(kept(folder)) == 1


def test_what_is_damaged_is_compiled_again(folder):
    text(folder)
    (file,) = kept(folder)
    compiled = file.read_bytes()
    for damaged in (b"damaged", *(compiled[:end] for end in range(0, len(compiled), 7))):
        file.write_bytes(damaged)

        assert text(folder) == "one word\n"


def test_where_nothing_can_be_written_nothing_is_kept(folder):
    (folder / "__pycache__").write_text("in the way")

    assert text(folder) == "one word\n"


def own_text(folder, template):
    files = [PlannedFile("a", "a.jinja", {"word": "word"})]
    (file,) = render(files, folder, Own({"a.jinja": template}))
    return file.text


def test_what_is_a_projects_own_is_kept_with_otpgens_and_not_with_the_project(folder):
    assert text(folder) == "one word\n"
    (otpgens,) = kept(folder)
    assert own_text(folder, "own <%= word %>\n") == "own word\n"
    (own,) = set(kept(folder)) - {otpgens}
    own.write_bytes(own.read_bytes().replace(b"own ", b"two "))

    assert own_text(folder, "own <%= word %>\n") == "two word\n"
    assert text(folder) == "one word\n"


def test_another_projects_template_of_that_name_is_compiled_for_it(folder):
    own_text(folder, "own <%= word %>\n")

    assert own_text(folder, "new <%= word %>\n") == "new word\n"
    assert len(kept(folder)) == 1


def test_what_was_kept_of_another_project_fails_in_the_one_that_it_is_used_for(folder):
    for shown in ("one", "two"):
        own = Own({"a.jinja": "\n<%= missing %>\n"}, shown=shown)
        with pytest.raises(OtpgenError) as error:
            list(render([PlannedFile("a", "a.jinja", {})], folder, own))

        [problem] = error.value.problems
        assert str(problem.location).startswith(f"{shown}/a.jinja:2:")
        assert len(kept(folder)) == 1


def test_what_is_long_when_it_is_compiled_is_not_kept(folder):
    assert own_text(folder, f"<%= 'x' * {LIMITS.kept} %>") == "x" * LIMITS.kept
    assert kept(folder) == []

    assert own_text(folder, f"<%= 'x' * {LIMITS.kept // 2} %>") == "x" * (LIMITS.kept // 2)
    assert len(kept(folder)) == 1


def test_otpgens_templates_take_nothing_from_others_but_macros():
    """What is not a macro of the project's own runs only where that is what is rendered."""
    root = resources.folder("templates")
    parse = Renderer(root).environment.parse
    trees = [parse(path.read_text()) for path in root.rglob("*.jinja")]
    taken = {str(name) for tree in trees for name in find_referenced_templates(tree)}

    assert {name.split("/")[0] for name in taken} == {"_macros"}


def test_who_wants_nothing_kept_finds_nothing(folder, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    assert text(folder) == "one word\n"
    assert kept(folder) == []
