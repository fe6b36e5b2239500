"""Rendering: what is compiled is kept where Python would keep it, and never in the way."""

import sys

import pytest

from otpgen.catalogue import Own
from otpgen.plan import PlannedFile
from otpgen.templates import render


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


def test_what_is_the_projects_own_is_not_kept(folder):
    own = Own({"a.jinja": "own <%= word %>\n"})
    (file,) = render([PlannedFile("a", "a.jinja", {"word": "word"})], folder, own)

    assert file.text == "own word\n"
    assert kept(folder) == []


def test_who_wants_nothing_kept_finds_nothing(folder, monkeypatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    assert text(folder) == "one word\n"
    assert kept(folder) == []
