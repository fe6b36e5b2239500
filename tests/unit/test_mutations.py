"""Sound architectures, changed until they are not: still problems, and nothing else."""

from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from otpgen import resources
from tests.unit.pipeline import CATALOGUE, check_text
from tests.unit.test_source import WORDS

TESTS = Path(__file__).parents[1]
SEEDS = [
    path.read_text(encoding="utf-8-sig")
    for folder, pattern in (
        (resources.folder("examples"), "*/otpgen.yaml"),
        (TESTS / "problems", "fine_*/otpgen.yaml"),
        (TESTS / "emitted/cases", "*/otpgen.yaml"),
    )
    for path in sorted(folder.glob(pattern))
    if not (path.parent / "otpgen").exists()  # it has components of its own
]
ODD = [
    *["0", "-1", "00", "1.5", "1e3", "0x10", "1:30", ".inf", ".nan", "2024-01-01", "="],
    *["yes", "no", "on", "off", "~", "null", "Null", "true", "TRUE"],
    *("", " ", "\n", "a\nb", "a\n", "\t", "\0", "\x1b[31m", "\x7f", "\x85", "\u2028", "\ufeff"),
    *(
        "\u202e",
        "\u200b",
        "\ud7ff",
        "\ufffd",
        "😀",
        "日本",
        "é",
        "e\u0301",
        "\u017f",
        "İ",
        "ß",
        "٣",
    ),
    *('"""', "#{System.halt()}", "';", "<script>", "${HOME}", "$(id)", "`id`", "%>", "<%= x %>"),
    *("{{ x }}", "\\", "\\u{}", "\\x{41}", "'''", "~S(", "]) -->", "../x", "/", "//", "..", "a/b"),
    *("a.b", "core.store", "a b", "A", "_", "a_", "a__b", "store\u00a0", "x" * 40, "x" * 41),
    *("x" * 300, "9" * 5_000, "&a", "*a", "!a", "<<", "- a", "a: b", "# a", "[", "}", ","),
    *("Application", "application", "supervisor", "elixir", "kernel", "nil", "end", "test", "self"),
    *("Elixir.A", ":a", "A.start()", "{A, []}", "fn -> 1 end", "spec", "allow", "infinity"),
]
LEAVES = st.sampled_from(ODD) | st.sampled_from(WORDS) | st.text(max_size=6)
WAYS = [
    *("replace", "word", "delete", "repeat", "rename", "swap"),
    *("alias", "borrow", "add", "style", "tag", "kind"),
]
STYLES = st.sampled_from([None, '"', "'", "|", ">"])


def scalar(text, style=None):
    return yaml.ScalarNode("tag:yaml.org,2002:str", text, style=style)


def sequence(items):
    return yaml.SequenceNode("tag:yaml.org,2002:seq", list(items), flow_style=False)


def mapping(pairs):
    return yaml.MappingNode("tag:yaml.org,2002:map", list(pairs), flow_style=False)


def nested(depth, key):
    node = scalar("a")
    for _ in range(depth):
        node = sequence([node]) if key is None else mapping([(scalar(key), node)])
    return node


leaves = st.builds(scalar, LEAVES, STYLES)
subtrees = st.one_of(
    leaves,
    st.recursive(
        leaves,
        lambda inner: (
            st.builds(sequence, st.lists(inner, max_size=3))
            | st.builds(mapping, st.lists(st.tuples(leaves, inner), max_size=3))
        ),
        max_leaves=8,
    ),
    st.builds(
        nested,
        st.sampled_from([1, 2, 10, 63, 64, 65, 200]),
        st.sampled_from([None, "children", "child", "a"]),
    ),
)


class Spot:
    """A place of a tree: an item of a list, or the key or the value of a mapping."""

    def __init__(self, parent, index, side=None):
        self.parent, self.index, self.side = parent, index, side

    @property
    def node(self):
        here = self.parent.value[self.index]
        return here if self.side is None else here[self.side]

    @node.setter
    def node(self, new):
        if self.side is not None:
            pair = list(self.parent.value[self.index])
            pair[self.side] = new
            new = tuple(pair)
        self.parent.value[self.index] = new


def spots(root):
    """All places of a tree, each once, however often an alias comes by."""
    found, seen, open_ = [], set(), [root]
    while open_:
        node = open_.pop()
        if id(node) in seen or isinstance(node, yaml.ScalarNode):
            continue
        seen.add(id(node))
        sides = (0, 1) if isinstance(node, yaml.MappingNode) else (None,)
        here = [Spot(node, index, side) for index in range(len(node.value)) for side in sides]
        found += here
        open_ += [spot.node for spot in here]
    return found


def change(root, draw):
    """Change one thing of a tree."""
    places = spots(root)
    if not places:
        return
    at = draw(st.sampled_from(places), label="at")
    other = draw(st.sampled_from(places), label="other")
    way = draw(st.sampled_from(WAYS), label="way")
    siblings = at.parent.value
    match way:
        case "replace":
            at.node = draw(subtrees)
        case "word":
            at.node = draw(leaves)
        case "delete":
            del siblings[at.index]
        case "repeat":
            siblings.insert(draw(st.integers(0, len(siblings))), siblings[at.index])
        case "rename" if at.side is not None:
            key = draw(st.sampled_from(WORDS))
            siblings[at.index] = (scalar(key), siblings[at.index][1])
        case "swap":
            at.node, other.node = other.node, at.node
        case "alias":
            at.node = other.node
        case "borrow":
            lent = spots(yaml.compose(draw(st.sampled_from(SEEDS)), Loader=yaml.CSafeLoader))
            at.node = draw(st.sampled_from(lent)).node if lent else at.node
        case "add":
            new = draw(subtrees)
            siblings.insert(
                at.index,
                new if at.side is None else (scalar(draw(st.sampled_from(WORDS))), new),
            )
        case "style":
            if isinstance(at.node, yaml.ScalarNode):
                at.node = scalar(at.node.value, draw(STYLES))
            else:
                at.node.flow_style = not at.node.flow_style
        case "tag":
            at.node.tag = draw(st.sampled_from(["!a", "tag:yaml.org,2002:int", "!"]))
        case "kind" if isinstance(at.node, yaml.ScalarNode):
            kind = draw(st.sampled_from([*CATALOGUE.kinds, "supervisor", "spec"]))
            at.node = mapping([(scalar(kind), at.node)])


def text_of(root, draw):
    text = yaml.serialize(
        root,
        Dumper=yaml.CSafeDumper,
        allow_unicode=draw(st.booleans(), label="unicode"),
        width=draw(st.sampled_from([20, 80, 10_000]), label="width"),
    )
    end = draw(st.sampled_from(["\n", "\n", "\n", "\r\n", "\r"]), label="end of a line")
    return text.replace("\n", end)


@given(data=st.data())
def test_a_changed_architecture_gives_problems_and_nothing_else(data):
    root = yaml.compose(data.draw(st.sampled_from(SEEDS)), Loader=yaml.CSafeLoader)
    for _ in range(data.draw(st.sampled_from([1, 1, 2, 3, 6]), label="changes")):
        change(root, data.draw)

    check_text(text_of(root, data.draw))


@given(seed=st.sampled_from(SEEDS), texts=st.lists(st.tuples(LEAVES, STYLES), min_size=1))
def test_odd_descriptions_become_a_project_or_problems(seed, texts):
    root = yaml.compose(seed, Loader=yaml.CSafeLoader)
    mappings = [spot.parent for spot in spots(root) if spot.side == 1]
    for node, (text, style) in zip(mappings, texts, strict=False):
        if not any(key.value == "description" for key, _ in node.value):
            node.value.append((scalar("description"), scalar(text, style)))

    check_text(yaml.serialize(root, Dumper=yaml.CSafeDumper, allow_unicode=True))


@given(lines=st.lists(st.sampled_from(sorted({line for s in SEEDS for line in s.split("\n")}))))
def test_lines_of_many_files_give_problems_and_nothing_else(lines):
    check_text("otpgen: 1\nname: shop\n" + "\n".join(lines))


def test_each_seed_is_sound():
    for seed in SEEDS:
        assert all(problem.severity == "warning" for problem in check_text(seed))
