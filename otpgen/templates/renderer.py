"""Templates become text: Jinja lives here and nowhere else.

Delimiters are ``<% %>``, ``<%= %>`` and ``<%# %>``; an undefined variable is an error; the
environment is sandboxed. A value goes through the filter of its sink (see ``escape``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

import jinja2
from jinja2.bccache import Bucket
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from otpgen import __version__, escape
from otpgen.catalogue import NOTHING_OWN, Own
from otpgen.plan import PlannedFile, elixir
from otpgen.source import Decl
from otpgen.templates.apart import apart
from otpgen.templates.failures import Undefined, told
from otpgen.templates.loader import Loader

FILTERS: Mapping[str, Callable[[Any], str]] = {
    "atom": escape.elixir_atom,
    "elixir_doc": escape.elixir_doc,
    "elixir_string": escape.elixir_string,
    "elixir_text": elixir.text,
    "erlang_atom": escape.erlang_atom,
    "markdown": escape.markdown_text,
    "nginx_value": escape.nginx_value,
    "number": elixir.number,
    "shell_word": escape.shell_word,
}
"""What a value goes through on its way into a text, by the sink."""


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file as it is to be on disk; ``path`` is relative, POSIX."""

    path: str
    text: str
    mode: int
    planned: PlannedFile


def render(
    files: Iterable[PlannedFile], folder: Path, own: Own = NOTHING_OWN
) -> Iterator[RenderedFile]:
    """Yield each planned file with its text, in the plan's order.

    What is made of a template that is not otpgen's own is rendered in a process of its own.

    Args:
        files: what is planned.
        folder: otpgen's own templates.
        own: those of the project, which go before.

    Raises:
        OtpgenError: OG201 when a template is missing, OG202 when it cannot be rendered, OG203
            when it uses what it is not given.
    """
    renderer = Renderer(folder, own)
    files = list(files)
    # Those that otpgen's templates can include.
    macros = any(path.startswith("_macros/") for path in own.texts)
    theirs = [file for file in files if _is_made(file) and (macros or file.template in own.texts)]
    paths = {file.path for file in theirs}
    texts = apart(theirs, renderer.text, own)
    for file in files:
        text = next(texts) if file.path in paths else renderer.text(file)
        yield RenderedFile(file.path, text, file.mode, file)


def _is_made(file: PlannedFile) -> bool:
    return file.template is not None and file.template.endswith(".jinja")


_JINJA = version("jinja2")


class _Compiled(jinja2.FileSystemBytecodeCache):
    """Keeps compiled templates as Python keeps what it compiled, in ``__pycache__``, if it may.

    Compiling those of one application takes as long as rendering 300. What is kept depends on
    the environment below too, hence the versions in its name. What is not otpgen's own is kept
    beside it, and not where it lies: code in a project's folder could be anybody's. There is one
    of each name, that of the text it was compiled from last.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "__pycache__"
        super().__init__(str(self.folder), f"otpgen-{__version__}-{_JINJA}-%s.cache")

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except Exception:  # whatever stands there, the template is at hand
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                self.folder.mkdir(exist_ok=True)
                super().dump_bytecode(bucket)


class _Environment(ImmutableSandboxedEnvironment):
    """A sandbox that knows our own values, and loops: their public attributes are for templates.

    What was read of the architecture is not: pydantic's records can do more than tell.
    """

    ours: ClassVar[dict[type, bool]] = {LoopContext: True}

    def getattr(self, obj: Any, attribute: str) -> Any:
        kind = type(obj)
        ours = self.ours.get(kind)
        if ours is None:
            told = kind.__module__.startswith("otpgen.") and not issubclass(kind, Decl)
            ours = self.ours[kind] = told
        if ours and not attribute.startswith("_"):
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)
        if kind is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return not isinstance(obj, Decl) and super().is_safe_attribute(obj, attr, value)


def _environment(loader: Loader, folder: Path) -> jinja2.Environment:
    environment = _Environment(
        loader=loader,
        undefined=Undefined,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<%=",
        variable_end_string="%>",
        comment_start_string="<%#",
        comment_end_string="%>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_Compiled(folder),
    )
    # Templates compute nothing, so they need none of Jinja's functions, and Jinja need not copy
    # them for every single file.
    environment.globals.clear()
    environment.filters.update(FILTERS)
    return environment


class Renderer:
    """The templates of otpgen and of a project; each is compiled once."""

    def __init__(self, folder: Path, own: Own = NOTHING_OWN) -> None:
        self.loader = Loader(folder, own)
        self.environment = _environment(self.loader, folder)
        self.template = cache(self.environment.get_template)

    def as_it_stands(self, file: PlannedFile) -> str:
        """Return the text of a file that nothing is put into.

        Raises:
            OtpgenError: OG201 when it is missing.
        """
        if file.template is None:
            return file.content
        try:
            return self.loader.get_source(self.environment, file.template)[0]
        except Exception as error:
            raise told(error, file, self.environment) from error

    def text(self, file: PlannedFile) -> str:
        """Return the text of a file, made of its template if it has one.

        Raises:
            OtpgenError: see :func:`render`.
        """
        if not _is_made(file):
            return self.as_it_stands(file)
        name: Any = file.template
        try:
            text = _render(self.template(name), file)
            text.encode()  # a template can write what UTF-8 has not
            return text
        except Exception as error:
            raise told(error, file, self.environment) from error


def _render(template: jinja2.Template, file: PlannedFile) -> str:
    """Do what ``Template.render`` does, without its two copies of the context."""
    environment = template.environment
    context = template.new_context(file.context, shared=True)
    try:
        return environment.concat(template.root_render_func(context))
    except Exception:
        environment.handle_exception()
