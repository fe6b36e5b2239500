"""What was renamed, as paths and as names in a text.

Only what cannot be meant otherwise is replaced: modules, which are unique in the umbrella, and
the atom of an application where Mix or OTP reads it. ``:web`` in a tuple of the user's own
stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from otpgen import naming
from otpgen.model import Child, Foreign, Supervisor, System, Worker


@dataclass(frozen=True, slots=True)
class Renames:
    """The renames from one system to the next.

    Attributes:
        elements: what was called otherwise -> what it is called now: ``app``, ``app.child``,
            ``node``; of those that the old system has.
        apps: the applications among them.
        patterns: what is replaced in texts.
        aliases: what is replaced in texts which have an alias: it, the word, the new word.
    """

    elements: dict[str, str]
    apps: dict[str, str]
    patterns: tuple[tuple[re.Pattern[str], str], ...]
    aliases: tuple[tuple[re.Pattern[str], re.Pattern[str], str], ...]

    def element(self, old: str) -> str:
        """Return what an element is called now: ``node1@production`` follows ``node1``."""
        name, at, cluster = old.partition("@")
        if name in self.elements:
            return f"{self.elements[name]}{at}{cluster}"
        app, dot, child = name.partition(".")
        return f"{self.apps.get(app, app)}{dot}{child}{at}{cluster}"

    def text(self, text: str) -> str:
        """Return a text in which what was renamed has its new name."""
        for alias, word, new in self.aliases:
            if alias.search(text):
                text = word.sub(new, text)
        for pattern, new in self.patterns:
            text = pattern.sub(new, text)
        return text

    def data(self, path: str, data: bytes) -> bytes:
        """Return the same of a file; what is no code stays as it is."""
        if not self.elements or not path.endswith(_CODE) or b"\0" in data:
            return data
        try:
            return self.text(data.decode()).encode()
        except UnicodeDecodeError:
            return data

    def folders(self) -> dict[str, str]:
        """Return where the folders of renamed applications go, with what the user has there."""
        found = {}
        for old, new in self.apps.items():
            for inner in ("", f"/lib/{old}", f"/test/{old}"):
                found[f"apps/{old}{inner}"] = f"apps/{new}{inner.replace(old, new)}"
        return found


_CODE = (".ex", ".exs", ".eex", ".heex", ".leex", ".config", ".sh", ".conf", ".md")
"""Ends of files in which names are replaced."""


def carried_out(before: System, after: System) -> dict[str, str]:
    """Return the renames of ``moved`` that concern what the old system has.

    A child may be named by the old name of its application or by the new one.
    """
    found = {old: new for old, new in after.moved.items() if before.has(old)}
    apps = {new: old for old, new in found.items() if "." not in old}
    for old, new in after.moved.items():
        app, dot, child = old.partition(".")
        was = f"{apps.get(app, app)}{dot}{child}"
        if dot and old not in found and before.has(was):
            found[was] = new
    return found


def renames(before: System | None, after: System) -> Renames:
    """Return what ``moved`` renames from the old system to the new one."""
    if before is None:
        return Renames({}, {}, (), ())
    found = carried_out(before, after)
    children = {c.element: c for app in after.apps.values() for c in app.descendants}
    olds = {c.element: c for app in before.apps.values() for c in app.descendants}
    apps = {old: new for old, new in found.items() if old in before.apps and new in after.apps}
    whole = Renames(found, apps, (), ())
    patterns: list[tuple[re.Pattern[str], str]] = []
    aliases: list[tuple[re.Pattern[str], re.Pattern[str], str]] = []
    for element, old in olds.items():
        new = children.get(whole.element(element))
        if element in found and new is not None and not isinstance(old, Foreign):
            aliases.extend(_aliases(old, new))
            patterns.extend(_of_child(old, new))
    for name, now in found.items():
        if name in apps:
            patterns.extend(_of_app(name, now))
        elif "." not in name:
            patterns.append((re.compile(rf"(?<![\w.@]){name}@"), f"{now}@"))
    return Renames(found, apps, tuple(patterns), tuple(aliases))


def _of_app(old: str, new: str) -> Iterator[tuple[re.Pattern[str], str]]:
    module, now = naming.camelize(old), naming.camelize(new)
    # Shop.Till, defmodule Shop, alias Shop; not "Welcome to Shop".
    yield re.compile(rf"(?<![\w.]){module}(?=\.[A-Z])"), now
    yield (
        re.compile(rf"((?:defmodule|alias|import|require|use|moduledoc) ){module}(?=(Test)?\b)"),
        rf"\g<1>{now}",
    )
    # config :web, Application.get_env(:web, …), app: :web, {:web, in_umbrella: true}
    before = r"(?:config |Application\.\w+\(|:code\.\w+_dir\(|app: |applications: \[)"
    yield re.compile(rf"({before}):{old}(?![\w?!])"), rf"\g<1>:{new}"
    yield re.compile(rf"\{{:{old}(?=,\s+in_umbrella)"), f"{{:{new}"
    yield re.compile(rf"(?<![\w-])apps/{old}(?![\w-])"), f"apps/{new}"


def _of_child(old: Child, new: Child) -> Iterator[tuple[re.Pattern[str], str]]:
    if isinstance(old, Foreign) or isinstance(new, Foreign):
        return
    words = "|".join(["Test", *_further(old)])
    module = re.escape(old.module)
    yield re.compile(rf"(?<![\w.]){module}(?=({words})?\b)"), new.module
    for verb in ("start", "whereis"):  # of what is started at run time
        yield re.compile(rf"(?<!\w){verb}_{old.name}(?=\()"), f"{verb}_{new.name}"


def _aliases(old: Child, new: Child) -> Iterator[tuple[re.Pattern[str], re.Pattern[str], str]]:
    """Yield the last word of a module, for texts which have an alias of it."""
    if isinstance(old, Foreign) or isinstance(new, Foreign):
        return
    above, _, word = old.module.rpartition(".")
    now = new.module.rpartition(".")[2]
    listed = rf"{re.escape(above)}\.\{{[^}}]*\b{word}\b"
    alias = re.compile(rf"alias ({re.escape(old.module)}\b(?!\.|, as:)|{listed})")
    yield alias, re.compile(rf"(?<![\w.:@]){word}(?!\w)(?!:)"), now


def _further(child: Child) -> Iterator[str]:
    """Yield what the further modules of a kind add to its module: ``Router``."""
    if isinstance(child, Worker):
        for file in child.kind.files:
            word = file.path.rpartition("/")[2].removesuffix(".ex").replace("module_path", "")
            if word and file.path.startswith("lib/"):
                yield naming.camelize(word.lstrip("_"))
    elif isinstance(child, Supervisor):
        yield "SupervisorTest"
