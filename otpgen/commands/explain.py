"""``explain``: what a code, a kind, a word of the file, a file or a process means, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from otpgen import resources
from otpgen.catalogue import Catalogue
from otpgen.commands.kinds import component_page, kind_page
from otpgen.commands.nearest import find_architecture
from otpgen.commands.own import catalogue_of
from otpgen.commands.words import word_page, words_of
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean
from otpgen.source import quoted

ROWS = ("kind", "component", "word")
"""Words that say of the next one what it is."""


def explain(what: str, architecture: Path | None = None) -> str:
    """Return the page about a code, in whatever case, a kind, a file or a process, as Markdown.

    What the architecture has of a name goes before a kind or a component that has it too, and
    these before a word of the file.

    Args:
        what: a word; ``kind NAME``, ``component NAME`` and ``word NAME`` mean that and nothing
            else.
        architecture: whose files and processes, and whose kinds; the nearest one unless said.

    Raises:
        OtpgenError: OG001 when there is no such page; what is wrong with the project's own
            kinds.
    """
    if what.upper() in _codes():
        code = resources.folder("problems") / f"{what.upper()}.md"
        return code.read_text(encoding="utf-8")
    file = find_architecture(architecture)
    catalogue = catalogue_of(file)
    kinds, components = catalogue.kinds, catalogue.components
    row, _, name = what.rpartition(" ")
    if row not in ("", *ROWS):
        row, name = "", what
    told = ""
    if row in ("", "kind") and name in kinds:
        told = kind_page(kinds[name]) + _whose(f"kinds/{name}/", catalogue)
    elif row in ("", "component") and name in components:
        told = component_page(components[name]) + _whose(f"components/{name}/", catalogue)
    elif row in ("", "word"):
        told = word_page(name, catalogue) or ""
    if told:
        return (_in_architecture(what, file) if file and not row else None) or told
    near = did_you_mean(name, [*words_of(catalogue), *kinds, *components], most=0)
    near = near or did_you_mean(what.upper(), _codes(), most=0)
    hint = near or "otpgen explain lists what there is"
    message = f"there is no code, no kind, no component and no word {quoted(what)}"
    if file is not None:
        from otpgen.commands.about import about, near_about

        try:
            if page := about(what, file):
                return page
            hint = near_about(what, file) or hint
            rows = "code, no kind, no component, no word, no file and no process"
            message = f"there is no {rows} {quoted(what)}"
        except OtpgenError:
            hint = near or "otpgen check first: files and processes are told where all is sound"
    raise OtpgenError([Problem("OG001", message, Location("WHAT"), hint)])


def _in_architecture(name: str, file: Path) -> str | None:
    """Return the page about what an architecture calls as a kind or a component is called."""
    from otpgen.commands.about import about

    with suppress(OtpgenError):  # check tells what is wrong with it
        return about(name, file)
    return None


def together(words: Iterable[str]) -> Iterator[str]:
    """Yield what is to be explained: what a word is goes with the word that follows."""
    row = ""
    for word in words:
        if word in ROWS and not row:
            row = word
        else:
            yield f"{row} {word}".lstrip()
            row = ""
    if row:
        yield row


def _whose(folder: str, catalogue: Catalogue) -> str:
    own = catalogue.own
    found = [path for path in own.texts if path.startswith(folder)]
    where = dict.fromkeys(
        (own.shown if own.is_project(path) else own.shown_pack, own.is_project(path))
        for path in found
    )
    return "".join(
        f"\nThe {'project' if mine else 'pack'} has templates of it: `{shown}/{folder}`.\n"
        for shown, mine in where
    )


def explainable(architecture: Path | None = None) -> dict[str, str]:
    """Return every word that can be explained with its title: codes, then all others.

    Raises:
        OtpgenError: what is wrong with the project's own kinds.
    """
    return _words(find_architecture(architecture))


def completions(architecture: Path | None = None) -> dict[str, str]:
    """Return what a shell offers: these and the processes, as far as the project is sound."""
    file = find_architecture(architecture)
    try:
        known = _words(file)
    except OtpgenError:
        return _words(None)
    if file is not None:
        from otpgen.commands.about import processes

        with suppress(OtpgenError):
            known |= processes(file)
    return known


def _words(file: Path | None) -> dict[str, str]:
    catalogue = catalogue_of(file)
    words = words_of(catalogue)
    words |= {name: component.summary for name, component in catalogue.components.items()}
    words |= {name: kind.summary for name, kind in catalogue.kinds.items()}
    return _codes() | dict(sorted(words.items()))


def _codes() -> dict[str, str]:
    """Return the codes in order, each with the title of its page."""
    titles = {}
    for page in sorted(resources.folder("problems").glob("OG*.md")):
        with page.open(encoding="utf-8") as file:
            titles[page.stem] = file.readline().partition(": ")[2].strip()
    return titles
