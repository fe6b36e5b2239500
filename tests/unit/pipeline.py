"""All that ``new`` does with a text but write: for tests that try a great many texts."""

import re
from functools import cache

from otpgen import resources
from otpgen.catalogue import read_catalogue
from otpgen.errors import OtpgenError
from otpgen.model import build_system
from otpgen.plan import plan
from otpgen.rules import check
from otpgen.source import parse
from otpgen.spec import read_spec
from otpgen.templates import Renderer

FOLDER = resources.folder("templates")
CATALOGUE = read_catalogue(FOLDER)
PAGES = {page.stem for page in resources.folder("problems").glob("OG*.md")}
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


@cache
def _renderer():
    return Renderer(FOLDER)  # compiled once, not once a text


def check_text(text):
    """Do what ``new`` does with a file of this text; return its problems.

    A problem stands in the file, has a page, and speaks to no terminal; what is emitted has no
    characters that cannot be seen.
    """
    try:
        document = parse(text, "otpgen.yaml")
        system = build_system(read_spec(document, CATALOGUE.kinds, CATALOGUE.components))
        problems = check(system, CATALOGUE)
    except OtpgenError as error:
        problems = error.problems
        assert problems
    else:
        if not any(problem.severity == "error" for problem in problems):
            _render(plan(system, CATALOGUE, text))
    lines = _BREAK.split(text)
    for problem in problems:
        at = problem.location
        assert at.path == "otpgen.yaml"
        assert 1 <= at.line <= len(lines), problem
        assert 1 <= at.column <= len(lines[at.line - 1]) + 1, problem
        assert problem.code in PAGES
        assert problem.message.isprintable(), problem
        assert problem.hint.isprintable(), problem
        assert not problem.message.endswith(".")
    return problems


def _render(planned):
    paths = [file.path for file in planned]
    assert len({path.casefold() for path in paths}) == len(paths)
    for file in planned:
        text = _renderer().text(file)
        if file.path != "otpgen.yaml":
            assert text.replace("\n", "").replace("\t", "").isprintable(), file.path
            assert text.endswith("\n"), file.path
