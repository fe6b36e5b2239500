"""Names and descriptions that would like to be code, forty of them in one project."""

import os
import random
import re

import pytest
import yaml

from otpgen.commands.check import check
from otpgen.commands.new import new
from otpgen.errors import OtpgenError

from .conftest import require

pytestmark = pytest.mark.mix

# The same in CI, others at every desk; OTPGEN_SEED repeats a run.
SEED = os.environ.get("OTPGEN_SEED", "0" if os.environ.get("CI") else str(random.randrange(10**6)))

# Each is a name, and a word of somebody's: of Elixir, Erlang, Mix, the shell, nginx, Jinja,
# YAML, of the file system, or of the code that is emitted.
WORDS = [
    *("def", "defp", "defmodule", "defstruct", "quote", "unquote", "alias", "import", "require"),
    *("use", "case", "cond", "if", "unless", "receive", "try", "raise", "throw", "super", "self"),
    *("fun", "let", "maybe", "begin", "of", "bnot", "div", "rem", "xor", "andalso", "query"),
    *("kernel", "enum", "string", "process", "logger", "gen_server", "dynamic_supervisor"),
    *("map", "list", "system", "node", "io", "file", "path", "code", "module", "atom", "access"),
    *("agent", "task", "registry", "date", "time", "range", "config", "mix", "ex_unit", "protocol"),
    *("spec", "type", "opts", "state", "init", "start", "start_link", "child_spec", "via", "key"),
    *("root", "rest", "boot", "call", "json", "http", "health", "groups", "singleton", "nodes"),
    *("tree", "budget", "cluster", "ids", "watch", "test", "test_kit", "runtime", "umbrella"),
    *("then", "fi", "done", "esac", "function", "select", "exit", "eval", "exec", "export", "set"),
    *("fail", "named", "host", "port", "ps", "rm", "epmd", "erl", "iex", "nginx", "localhost"),
    *("server", "upstream", "location", "events", "default", "include", "backup", "down"),
    *("block", "macro", "filter", "extends", "loop", "none", "null", "yes", "no", "y", "n", "on"),
    *("off", "con", "aux", "nul", "lpt1", "e1", "x0", "a1b2c3", "z9", "b_1", "lib", "apps", "var"),
    *("deps", "build", "docs", "priv", "prod", "dev", "elixir_x", "erlang", "object", "undefined"),
]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
DESCRIPTIONS = [
    "\"\"\"", "'\"\"\"'", "#{System.halt()}", "\"\"\"\nend\nSystem.halt()", "';",
    "'; DROP TABLE x; --", "<script>alert(1)</script>", "${HOME} $(id) `id`",
    "\u202e backwards \u2067 \u200f", "😀 日本 é", "\\", "\\\\", "a \\", "\\\"", "\\u{}",
    "\\x{110000}", "\\#{raise 1}", "%> <% raise %>", "{{ x }}", "{% raw %}", "{# x", "<%= x %>",
    "<%# x %>", "]) --> x; %% {{{ | }}}", "| a | b |", "# x", "---", "- [ ] x",
    "```elixir\nraise 1\n```", "    iex> System.halt()", "iex> System.halt()\n:ok", "end",
    "~S(x) ~w[y]", "@doc false", "do: raise(1)", "x" * 2_000, "many words " * 300, "a\u00a0b",
    "a\n\n\n\n\nb", "\ta", "a" + "\u0301" * 50, "a\u2028b\u2029", "*/ /* // <!-- -->",
    "&amp; &lt;", "it's \"quoted\" 'twice'", "[link](javascript:x)", "![i](x)",
    "http://x/#{y}?z=$a", "__END__",
]  # fmt: skip


class Draw:
    """Draws names, each once and each other than those that become the same module."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.words = self.random.sample(WORDS, len(WORDS))
        self.descriptions = []

    def name(self):
        if self.random.random() < 0.75:
            return self.words.pop()
        length = self.random.choice([1, 2, 12, 40])
        name = "".join(self.random.choice(LETTERS + "0123456789_") for _ in range(length - 1))
        return re.sub("__+", "_", self.random.choice(LETTERS) + name).rstrip("_")

    def description(self):
        if not self.descriptions:
            self.descriptions = self.random.sample(DESCRIPTIONS, len(DESCRIPTIONS))
        return self.descriptions.pop()


def worker(draw, kind, **options):
    return {kind: draw.name(), "description": draw.description(), **options}


def supervisor(draw, children, **options):
    return worker(draw, "supervisor", children=children, **options)


def application(draw, port):
    names = draw.name()
    return {
        "description": draw.description(),
        "strategy": draw.random.choice(["one_for_one", "one_for_all", "rest_for_one"]),
        "children": [
            {"registry": names, "description": draw.description()},
            worker(draw, "http_server", port=port),
            worker(draw, "agent"),
            worker(draw, "gen_server", settings={draw.name(): draw.description() for _ in "123"}),
            supervisor(
                draw,
                [
                    worker(draw, "gen_statem", restart="transient"),
                    worker(draw, "periodic", every="1s"),
                    supervisor(draw, [worker(draw, "gen_server", count=2)], strategy="one_for_all"),
                ],
                strategy="rest_for_one",
            ),
            worker(
                draw,
                "supervisor",
                strategy="simple_one_for_one",
                child=worker(draw, "gen_server", via=names, restart="temporary"),
            ),
            worker(draw, "task", restart="temporary"),
            worker(draw, "task_supervisor"),
        ],
    }


def architecture(draw):
    ports = [draw.name() for _ in range(3)]
    apps = {draw.name(): application(draw, port) for port in ports}
    first, *others = apps
    singleton = worker(draw, "gen_server", singleton=True)
    moves = draw.name()
    apps[moves] = {"description": draw.description(), "children": [singleton]}
    apps[draw.name()] = {"description": draw.description(), "depends_on": [first]}
    apps[others[0]]["calls"] = [moves]
    nodes = {
        draw.name(): {
            "host": "127.0.0.1",
            "ports": {
                "health": 14_000 + number,
                **{port: 4_000 + 10 * place + number for place, port in enumerate(ports)},
            },
        }
        for number in range(3)
    }
    return {
        "otpgen": 1,
        "name": draw.name(),
        "description": draw.description(),
        "apps": apps,
        "nodes": nodes,
        "distributed": {moves: {"timeout": "2s", "nodes": list(nodes)}},
        "nginx": {"listen": 18_080, "upstreams": {draw.name(): port for port in ports}},
    }


def names_of(tree):
    """Every name that was drawn, for the number of them."""
    own = {"description", "children", "child", "strategy", "ports", "host", "health"}
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from [key] if key not in own and isinstance(value, dict | list) else []
            yield from names_of(value) if key != "description" else []
    elif isinstance(tree, list):
        for item in tree:
            yield from names_of(item)
    elif isinstance(tree, str):
        yield tree


def drawn(folder):
    """Draw until the rules let a system through: a few words are names that are taken."""
    file = folder / "otpgen.yaml"
    refused = []
    for attempt in range(500):
        tree = architecture(Draw(f"{SEED}-{attempt}"))
        file.write_text(yaml.safe_dump(tree, sort_keys=False, allow_unicode=attempt % 2 == 0))
        try:
            check(file)
        except OtpgenError as error:
            codes = {p.code for p in error.problems if p.severity == "error"}
            assert codes <= {"OG101", "OG102", "OG103", "OG116"}, error
            refused.append(error)
        else:
            return file, tree
    raise AssertionError(f"all refused, the last: {refused[-1]}")


@pytest.fixture(scope="session")
def hostile(tmp_path_factory, run):
    require("mix", "elixir", "erl")
    folder = tmp_path_factory.mktemp("hostile")
    file, tree = drawn(folder)
    print(f"OTPGEN_SEED={SEED}\n{file.read_text()}")
    assert len(set(names_of(tree))) >= 40
    new(file, folder / "project")
    return folder / "project"


def test_it_is_formatted(hostile, run):
    run("mix", "format", "--check-formatted", cwd=hostile)


def test_it_compiles_without_warnings(hostile, run):
    run("mix", "compile", "--warnings-as-errors", cwd=hostile)


def test_bash_reads_its_script(hostile, run):
    run("bash", "-n", "start-dist.sh", cwd=hostile)
    printed = run("./start-dist.sh", "help", cwd=hostile)

    assert "one node in the foreground" in printed


def test_nginx_reads_its_configuration(hostile, run):
    require("nginx")
    (hostile / "var").mkdir(exist_ok=True)
    run("nginx", "-t", "-p", ".", "-c", "nginx/nginx.conf", cwd=hostile)
