"""What a word of the file means: keys and their values as the schema has them, and options."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from otpgen.catalogue import Catalogue
from otpgen.commands.reference import SECTIONS, default_of, record_of, type_of
from otpgen.errors import listed
from otpgen.spec.schema import schema
from otpgen.spec.workers import SECRET

_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
_OWN = re.compile(r"[a-z]+(_[a-z]+)*")
"""A word that only this format or OTP has: not a number, not ``true``."""


class _Key(NamedTuple):
    """A key of a record: what it is, and the words it may be."""

    name: str
    what: str
    type: str
    unless: tuple[str, ...]
    values: tuple[str, ...]


def word_page(word: str, catalogue: Catalogue) -> str | None:
    """Return the page about a key of the file, a value of one, or an option of a kind."""
    keys = _keys(catalogue)
    named = [key for key in keys if key.name == word]
    lines = [f"# {word}"]
    for key in named or [key for key in keys if word in key.values]:
        if not named:
            lines += ["", f"A value of `{key.name}`."]
        lines += ["", f"{key.what}.", "", f"- it is for: {listed(keys[key])}"]
        lines += [f"- it may be: {key.type}", *key.unless]
    options = _options(catalogue).get(word, {})
    for doc in dict.fromkeys(options.values()):
        lines += ["", f"{doc}.", ""]
        named_so = [of for of in options if options[of] == doc]
        lines += [f"- it is for: the {of}, `otpgen explain {of}`" for of in named_so]
    return "\n".join(lines) + "\n" if lines[1:] else None


def words_of(catalogue: Catalogue) -> dict[str, str]:
    """Return the keys of the file, their values and the options, each with what it is."""
    keys = _keys(catalogue)
    words = {word: next(iter(docs.values())) for word, docs in _options(catalogue).items()}
    words |= {word: f"A value of {key.name}" for key in keys for word in key.values}
    return words | {key.name: key.what for key in reversed(keys)}


def _options(catalogue: Catalogue) -> dict[str, dict[str, str]]:
    """Return each option of a kind or component: what it is, by what has it."""
    found: dict[str, dict[str, str]] = {}
    rows = (("kind", catalogue.kinds), ("component", catalogue.components))
    for row, declared in rows:
        for name in sorted(declared):
            for option in declared[name].options.values():
                found.setdefault(option.name, {})[f"{row} {name}"] = option.doc
    return found


def _keys(catalogue: Catalogue) -> dict[_Key, list[str]]:
    """Return each key as it is described, and where it stands."""
    whole = schema(catalogue.kinds, catalogue.components)
    keys: dict[_Key, list[str]] = {}
    for section in SECTIONS:
        if record := record_of(whole, catalogue.kinds, section):
            of = section.title[:1].lower() + section.title[1:]
            _add(keys, record, of, whole["definitions"])
    _add(keys, SECRET, "a text that is secret", whole["definitions"])
    return keys


def _add(
    keys: dict[_Key, list[str]], record: dict[str, Any], of: str, definitions: dict[str, Any]
) -> None:
    required = record.get("required", ())
    for name, said in record["properties"].items():
        unless = default_of(name, said)
        unsaid = () if unless == "none" else (f"- unless said: {unless}",)
        if name in required:
            unsaid = ("- it must be said",)
        type_ = _LINK.sub(r"\1", type_of(said, definitions))
        values = tuple(dict.fromkeys(_values(said, definitions)))
        key = _Key(name, said["description"], type_, unsaid, values)
        keys.setdefault(key, []).append(of)


def _values(said: Any, definitions: dict[str, Any]) -> Iterator[str]:
    """Yield the words that a value may be, those of what it holds not among them."""
    if "$ref" in said:
        name = said["$ref"].rpartition("/")[2]
        if "properties" not in definitions[name]:
            yield from _values(definitions[name], definitions)
    for word in said.get("enum", ()):
        if isinstance(word, str) and _OWN.fullmatch(word):
            yield word
    for branch in (*said.get("anyOf", ()), *said.get("allOf", ())):
        yield from _values(branch, definitions)
