"""One function a sink: a value of the user's must not be able to become code.

Each returns the value ready to stand in the text, delimiters included where the sink
has them, so that a template never adds quotes of its own around a value.
"""

from __future__ import annotations

import re

_PLAIN_ATOM = re.compile(r"[a-z_][a-zA-Z0-9_]*[?!]?\Z")
_ERLANG_ATOM = re.compile(r"[a-z][a-zA-Z0-9_@]*\Z")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9_@%+=:,./-]+\Z")
# Source: Erlang reference manual, "Reserved Words".
_ERLANG_RESERVED = frozenset(
    [
        "after",
        "and",
        "andalso",
        "band",
        "begin",
        "bnot",
        "bor",
        "bsl",
        "bsr",
        "bxor",
        "case",
        "catch",
        "cond",
        "div",
        "else",
        "end",
        "fun",
        "if",
        "let",
        "maybe",
        "not",
        "of",
        "or",
        "orelse",
        "receive",
        "rem",
        "try",
        "when",
        "xor",
    ]
)
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


_NEEDS_NO_ESCAPE = re.compile(r"[A-Za-z0-9 _.,:;/@*()<>=~+-]*\Z")


def _escaped(text: str, extra: dict[str, str], point: str = "\\x") -> str:
    """Escape a text; ``point`` is how the language begins ``{1F600}``, a code point."""
    if _NEEDS_NO_ESCAPE.match(text):
        return text
    table = _ESCAPES | extra
    return "".join(
        table[c] if c in table else c if c.isprintable() else f"{point}{{{ord(c):X}}}" for c in text
    )


def elixir_string(text: str) -> str:
    r"""Return an Elixir string literal: ``a "b" #{c}`` -> ``"a \"b\" \#{c}"``."""
    # Elixir has deprecated the \x{…} which Erlang knows.
    hashes = {"#": "\\#"} if "#{" in text else {}
    return f'"{_escaped(text, hashes, chr(92) + "u")}"'


def elixir_doc(text: str, indent: int = 2) -> str:
    r"""Return text for the inside of a heredoc, each line indented.

    Source: Elixir syntax reference; in a heredoc only backslash, ``#{`` and the delimiter
    mean something.
    """
    safe = text.replace("\\", "\\\\").replace("#{", "\\#{").replace('"""', '\\"\\"\\"')
    if not safe.replace("\n", "").isprintable():
        safe = "".join(c if c == "\n" or c.isprintable() else " " for c in safe)
    lines = [line.rstrip() for line in safe.split("\n")]
    return "\n".join(" " * indent + line if line else "" for line in lines).lstrip()


def elixir_atom(name: str) -> str:
    """Return an Elixir atom: ``g4`` -> ``:g4``, ``node1@127.0.0.1`` -> ``:"node1@127.0.0.1"``."""
    return f":{name}" if _PLAIN_ATOM.match(name) else f":{elixir_string(name)}"


def erlang_atom(name: str) -> str:
    """Return an Erlang atom, quoted where Erlang wants it."""
    if _ERLANG_ATOM.match(name) and name not in _ERLANG_RESERVED and "@" not in name:
        return name
    return "'" + _escaped(name, {"'": "\\'"}).replace('\\"', '"') + "'"


def shell_word(text: str) -> str:
    """Return one word of a POSIX shell, quoted where it needs it."""
    if _PLAIN_WORD.match(text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"


def nginx_value(text: str) -> str:
    """Return one parameter of an nginx directive.

    nginx has no escape for ``$`` in a parameter, so names with one are refused long before;
    here it is dropped rather than expanded.
    """
    if _PLAIN_WORD.match(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "") + '"'


def _one_line(text: str) -> str:
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+!|~&-])")


def markdown_text(text: str) -> str:
    """Return text for one line of Markdown in which nothing is markup."""
    line = _one_line(text)
    return _MARKDOWN.sub(r"\\\1", line)


def mermaid_text(text: str) -> str:
    """Return a quoted Mermaid label; entities are Mermaid's only escape."""
    line = _one_line(text)
    safe = re.sub(r"[^·\w .,:;/()*@=+-]", lambda m: f"#{ord(m.group())};", line)
    return f'"{safe}"'
