"""The kinds, held against the examples and the page about them."""

from pathlib import Path

from otpgen.commands.examples import example_file, example_names
from otpgen.commands.kinds import kinds_page
from otpgen.source import Mapping, Sequence, read

ROOT = Path(__file__).parents[2]
CHILD_KEYS = {"restart", "shutdown", "significant", "description", "count"}
SUPERVISOR_KEYS = {
    "strategy",
    "max_restarts",
    "max_seconds",
    "max_children",
    "auto_shutdown",
    "children",
    "child",
}


def children_of(node):
    """Every mapping that is a child, with its keys, below a node of the file."""
    if isinstance(node, Mapping):
        for key, entry in node.entries.items():
            value = entry.value
            if key == "child":
                yield value
            if key == "children" and isinstance(value, Sequence):
                yield from value.items
            yield from children_of(value)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from children_of(item)


EXAMPLES = [example_file(name) for name in example_names()]
CASES = sorted((ROOT / "tests/emitted/cases").glob("*/otpgen.yaml"))


def said(catalogue, files=EXAMPLES):
    """What files say: (kind, option), and (key, value) of children and supervisors."""
    options, values = set(), set()
    for file in files:
        root = read(file, file.parent.name).root
        apps = [entry.value for entry in root.entries["apps"].value.entries.values()]
        for child in [*children_of(root), *apps]:
            if not isinstance(child, Mapping):
                options.add(("gen_server", None))
                continue
            kind = next((key for key in child.entries if key in catalogue.kinds), None)
            for key, entry in child.entries.items():
                options.add((kind, key if key != kind else None))
                values.add((key, getattr(entry.value, "text", None)))
    return options, values


def test_every_kind_and_every_option_is_emitted_and_tried_by_mix(catalogue):
    options, _ = said(catalogue, [*EXAMPLES, *CASES])
    declared = {(kind, None) for kind in catalogue.kinds}
    declared |= {(k.name, option) for k in catalogue.kinds.values() for option in k.options}

    assert declared - options == set()


def test_every_key_of_children_and_supervisors_is_used_by_an_example(catalogue):
    _, values = said(catalogue)
    used = {key for key, _ in values}

    assert (CHILD_KEYS | SUPERVISOR_KEYS | {"supervisor", "spec", "id", "type"}) - used == set()


def test_every_value_that_is_a_word_is_used_by_an_example(catalogue):
    _, values = said(catalogue)
    words = {
        "strategy": ("one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one"),
        "restart": ("transient", "temporary"),
        "shutdown": ("infinity", "brutal_kill"),
        "auto_shutdown": ("any_significant", "all_significant"),
        "max_restarts": ("0",),
        "keys": ("duplicate",),
    }

    assert {(key, w) for key, ws in words.items() for w in ws} - values == set()


def test_the_page_about_the_kinds_of_the_examples_is_made_from_their_declarations(
    catalogue, update_golden
):
    page = ROOT / "docs/kinds.md"
    shown = {kind for kind, _ in said(catalogue)[0]}
    made = kinds_page(
        catalogue._replace(kinds={n: k for n, k in catalogue.kinds.items() if n in shown})
    )
    if update_golden:
        page.write_text(made)

    assert page.read_text() == made
