"""What is emitted: by name, by template, byte for byte the same each time."""

import pytest

from otpgen import commands, resources
from otpgen.plan import plan
from otpgen.project import ANCESTOR, ancestor_text, parse_ancestor
from otpgen.project.ancestor import Entry
from otpgen.templates import render

TEMPLATES = resources.folder("templates")
EXAMPLES = commands.example_names()


@pytest.fixture(scope="session")
def planned():
    """The planned files of every example."""
    found = {}
    for name in EXAMPLES:
        checked = commands.check(commands.example_file(name))
        found[name] = plan(checked.system, checked.catalogue, "otpgen: 1\n")
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_paths_are_sorted_and_each_is_planned_once(planned, name):
    paths = [file.path for file in planned[name]]

    assert paths == sorted(set(paths))
    assert len({path.casefold() for path in paths}) == len(paths)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_architecture_gives_the_same_bytes(planned, name):
    first = [(file.path, file.text, file.mode) for file in render(planned[name], TEMPLATES)]
    again = [(file.path, file.text, file.mode) for file in render(planned[name], TEMPLATES)]

    assert first == again


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_file_reads_as_if_a_person_had_saved_it(planned, name):
    for file in render(planned[name], TEMPLATES):
        assert file.text.endswith("\n") and not file.text.endswith("\n\n"), file.path
        assert "\r" not in file.text, file.path
        assert "\n\n\n" not in file.text, file.path
        assert not any(line != line.rstrip() for line in file.text.split("\n")), file.path


def test_every_template_is_used_by_an_example(planned, catalogue):
    used = {file.template for files in planned.values() for file in files}
    declarations = {t for t in catalogue.templates if t.endswith(("kind.yaml", "part.yaml"))}

    assert catalogue.templates - declarations - used == set()


def test_what_is_emitted_says_nothing_of_where_and_when_it_was_made(planned):
    for files in planned.values():
        for file in render(files, TEMPLATES):
            assert "otpgen" not in file.text.replace("otpgen.yaml", "") or file.path in (
                "otpgen.yaml",
                ".gitattributes",
            ), file.path


def test_a_project_without_nodes_has_nothing_of_a_cluster(planned):
    paths = {file.path for file in planned["minimal"]}

    assert not any(
        word in path for path in paths for word in ("runtime", "nginx", "start-dist", "cluster")
    )


def test_the_ancestor_gives_back_what_was_put_in():
    entries = [
        Entry("b/c.ex", 0o644, "ä\n".encode() * 500),
        Entry("a b.sh", 0o755, b""),
        Entry("z", 0o644, bytes(range(256))),
    ]

    found = list(parse_ancestor(ancestor_text(entries)))

    assert found == sorted(entries, key=lambda entry: entry.path)


def test_the_ancestor_is_text_with_an_entry_a_file():
    text = ancestor_text([Entry("a", 0o644, b"x"), Entry("b", 0o755, b"y")])

    assert text.startswith("otpgen ancestor 1\n\na 644\n")
    assert "\n\nb 755\n" in text
    assert ANCESTOR == ".otpgen/ancestor"
