"""What templates are given, held against the pages that tell it."""

import re
from pathlib import Path

import pytest

from otpgen.commands.check import check
from otpgen.commands.examples import example_file, example_names
from otpgen.commands.template_api import template_api, templates_readme
from otpgen.plan import plan
from otpgen.plan.variables import VERSION, known, meaning

ROOT = Path(__file__).parents[2]
PAGES = {"docs/template-api.md": template_api, "templates/README.md": templates_readme}


@pytest.fixture(scope="module")
def planned():
    checked = [check(example_file(name)) for name in example_names()]
    return [file for c in checked for file in plan(c.system, c.catalogue, "")]


@pytest.mark.parametrize("page", PAGES)
def test_the_pages_about_templates_are_made_from_the_code(planned, page, update_golden):
    text = PAGES[page](planned)
    if update_golden:
        (ROOT / page).write_text(text)

    assert (ROOT / page).read_text() == text


def _names(page):
    """Each variable of a template, and each attribute of a type, that is on the page."""
    whose = []
    for line in page.splitlines():
        if line.startswith("#"):
            whose = line.lstrip("# ").replace("`", "").split(", ")
        elif found := re.match(r"\| `(\w+)` \|", line):
            yield from (f"{owner}: {found[1]}" for owner in whose)


def test_what_a_version_has_stays_as_long_as_its_number(planned, update_golden):
    kept = ROOT / f"tests/unit/template_api/{VERSION}.txt"
    now = set(_names(template_api(planned)))
    before = set(kept.read_text().splitlines()) if kept.exists() else set()
    if update_golden:  # what is new is kept, too; what has gone wants another number
        kept.write_text("".join(f"{name}\n" for name in sorted(before | now)))

    assert set(kept.read_text().splitlines()) - now == set()
    assert len(now) > 200


def test_every_variable_is_told_and_none_that_is_not_there(planned):
    given = {(file.template, name) for file in planned if file.template for name in file.context}

    assert all(meaning(template, name) for template, name in given)
    assert known() == {name for _, name in given}


def test_every_template_is_given_what_all_are(planned):
    shared = {"system", "runtime", "test_kit", "system_test"}

    assert all(shared <= set(file.context) for file in planned if file.template)


def test_every_type_that_a_variable_has_is_told(planned):
    page = template_api(planned)
    headings = {heading.lower() for heading in re.findall("^### (.+)$", page, re.MULTILINE)}

    assert set(re.findall(r"\(#(\w+)\)", page)) <= headings
    assert "| `module` | text | `G4Core.Cache` |" in page
    assert "decl" not in re.findall(r"^\| `(\w+)`", page, re.MULTILINE)
