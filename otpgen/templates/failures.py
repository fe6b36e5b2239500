"""Why a template cannot be rendered: where, what was meant, and what there is instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Any

import jinja2
from jinja2 import nodes

from otpgen.catalogue import DECLARATIONS
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean
from otpgen.plan import PlannedFile
from otpgen.templates.loader import Loader

_FILTER = re.compile(r"No (filter|test) named '(\w+)'")
_OPEN = re.compile(r"The innermost block that needs to be closed is '(\w+)'")


class UnknownName(jinja2.UndefinedError):
    """What was asked for: ``name``, and of which value; ``missing``: it is no variable."""

    def __init__(self, message: str = "", *, of: object, name: str) -> None:
        super().__init__(message)
        self.of = of
        self.name = name


class Undefined(jinja2.StrictUndefined):
    """What does not exist; whoever uses it is told what it was to be."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = jinja2.utils.missing,
        name: str | None = None,
        exc: Any = jinja2.UndefinedError,
    ) -> None:
        if exc is jinja2.UndefinedError and name is not None:
            exc = partial(UnknownName, of=obj, name=name)
        super().__init__(hint, obj, name, exc)


def told(error: Exception, file: PlannedFile, environment: jinja2.Environment) -> OtpgenError:
    """Return what is wrong with a template; an error that is otpgen's own is raised again."""
    loader = environment.loader
    assert isinstance(loader, Loader)
    path, line = _place(error.__traceback__, loader)
    if isinstance(error, jinja2.TemplateSyntaxError):
        # Source: jinja2/lexer.py, Failure.__call__ hands the file over as the name.
        path, line = error.filename or error.name or "", error.lineno
    shown = loader.shown(path) if path else loader.own.at(str(file.template))
    source = _source(environment, shown)
    match error:
        case OtpgenError():
            return error
        case jinja2.TemplateNotFound():
            known = {t for t in (*loader.list_templates(), *loader.own.texts) if "/" in t}
            hint = did_you_mean(str(error.name), sorted(known), most=0)
            problem = Problem("OG201", f"there is no template {error.name}", Location(shown), hint)
        case UnknownName():
            problem = _unknown(error, file, _names_in(environment, source), Location(shown))
        case jinja2.TemplateError():
            message, hint = _refused(error, environment)
            problem = Problem("OG202", message, Location(shown), hint)
        case UnicodeEncodeError():
            problem = Problem("OG202", "what it emits is no UTF-8 text", Location(shown))
        case MemoryError():
            problem = Problem("OG202", "it takes more memory than it may", Location(shown))
        case RecursionError():
            problem = Problem("OG202", "it is nested too deeply", Location(shown))
        case _ if loader.own.texts:
            message = f"{type(error).__name__}: {error}"
            problem = Problem("OG202", message, Location(shown), _declared_by(file, loader))
        case _:
            raise error
    word = str(error.name) if isinstance(error, UnknownName) else ""
    at = _at(shown, source, line, word)
    return OtpgenError(
        [problem._replace(message=f"{problem.message} (for {file.path})", location=at)]
    )


def _declared_by(file: PlannedFile, loader: Loader) -> str:
    """Return a hint: what of the project's own says what a template of otpgen's is given."""
    template = str(file.template)
    folder = "/".join(template.split("/")[:2])
    said = [path for path in loader.own.texts if path in {f"{folder}{end}" for end in DECLARATIONS}]
    if template in loader.own.texts or not said:
        return ""
    return f"what it is given is declared by {loader.own.at(said[0])}"


def _at(shown: str, source: str, line: int, word: str) -> Location:
    """Return the place of a word in a line, or else of the line."""
    lines = source.split("\n")
    if not 0 < line <= len(lines):
        return Location(shown, line, 1 if line else 0)
    text = lines[line - 1]
    found = word and re.search(rf"(?<!\w){re.escape(word)}\b", text)
    if found:
        return Location(shown, line, found.start() + 1, len(word))
    said = text.strip()
    return Location(shown, line, text.index(said) + 1, max(1, len(said)))


def _place(trace: TracebackType | None, loader: Loader) -> tuple[str, int]:
    """Return where it failed, innermost: Jinja rewrites the traceback to say so."""
    found = ("", 0)
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if loader.has(path):
            found = (path, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _refused(error: jinja2.TemplateError, environment: jinja2.Environment) -> tuple[str, str]:
    """Return why Jinja refuses a template, in one sentence, and a hint."""
    message = (error.message or "it cannot be rendered").rstrip(".")
    if named := _FILTER.match(message):
        known: Iterable[str] = environment.filters if named[1] == "filter" else environment.tests
        return f'there is no {named[1]} "{named[2]}"', did_you_mean(named[2], known, most=0)
    if closed := _OPEN.search(message):
        return f"the block {closed[1]} is never closed", f"close it: <% end{closed[1]} %>"
    return f"{message[:1].lower()}{message[1:]}", ""


def _unknown(error: UnknownName, file: PlannedFile, names: set[str], at: Location) -> Problem:
    """Return what was asked for, and the nearest there is."""
    name, of = str(error.name), error.of
    if of is jinja2.utils.missing:
        message, known = f'unknown variable "{name}"', names.union(file.context)
    else:
        what = "None" if of is None else f"a {type(of).__name__}"
        message = f'unknown attribute "{name}" of {what}'
        if isinstance(of, Mapping):
            message = f'unknown key "{name}"'
        known = set(_attributes(of))
    return Problem("OG203", message, at, did_you_mean(name, sorted(known), most=20))


def _source(environment: jinja2.Environment, shown: str) -> str:
    """Return the text of a template by what messages call it."""
    loader = environment.loader
    assert isinstance(loader, Loader)
    for prefix in (f"{loader.own.shown}/", f"{loader.own.shown_pack}/", "templates/"):
        if shown.startswith(prefix):
            return loader.get_source(environment, shown.removeprefix(prefix))[0]
    return ""


def _names_in(environment: jinja2.Environment, source: str) -> set[str]:
    """Return the names that a template gives itself: of loops, ``set`` and macros."""
    tree = environment.parse(source)
    return {n.name for n in tree.find_all(nodes.Name) if n.ctx != "load"}


def _attributes(value: object) -> Iterable[str]:
    """Return what may be asked of a value."""
    if isinstance(value, Mapping):
        return map(str, value)
    of_tuples = () if hasattr(value, "count") and not isinstance(value, tuple) else dir(tuple)
    return (n for n in dir(value) if not n.startswith("_") and n not in of_tuples)
