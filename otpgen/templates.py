"""Templates become text: Jinja lives here and nowhere else.

Delimiters are ``<% %>``, ``<%= %>`` and ``<%# %>``; an undefined variable is an error; the
environment is sandboxed. A value goes through the filter of its sink (see ``escape``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from otpgen import escape
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.plan import PlannedFile, elixir


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file as it is to be on disk; ``path`` is relative, POSIX."""

    path: str
    text: str
    mode: int
    planned: PlannedFile


def render(files: Iterable[PlannedFile], folder: Path) -> Iterator[RenderedFile]:
    """Yield each planned file with its text, in the plan's order.

    Raises:
        OtpgenError: OG201 when a template is missing, OG202 when it cannot be rendered.
    """
    environment = _environment(folder)
    for file in files:
        text = file.content if file.template is None else _text(environment, file)
        yield RenderedFile(file.path, text, file.mode, file)


class _Environment(ImmutableSandboxedEnvironment):
    """A sandbox that knows our own values: frozen, their public attributes are for templates."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj).__module__.startswith("otpgen.") and not attribute.startswith("_"):
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self.undefined(obj=obj, name=attribute)
        return super().getattr(obj, attribute)


def _environment(folder: Path) -> jinja2.Environment:
    environment = _Environment(
        loader=jinja2.FileSystemLoader(folder),
        undefined=jinja2.StrictUndefined,
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
    )
    # Templates compute nothing, so they need none of Jinja's functions, and Jinja need not copy
    # them for every single file.
    environment.globals.clear()
    environment.filters.update(
        {
            "atom": escape.elixir_atom,
            "elixir_doc": escape.elixir_doc,
            "elixir_string": escape.elixir_string,
            "erlang_atom": escape.erlang_atom,
            "markdown": escape.markdown_text,
            "nginx_value": escape.nginx_value,
            "number": elixir.number,
            "shell_word": escape.shell_word,
        }
    )
    return environment


def _text(environment: jinja2.Environment, file: PlannedFile) -> str:
    name: Any = file.template
    try:
        return _render(environment, environment.get_template(name), file)
    except jinja2.TemplateNotFound as error:
        raise _failure("OG201", f"there is no template {error.name}", file, 0) from error
    except jinja2.TemplateSyntaxError as error:
        raise _failure("OG202", error.message or "syntax error", file, error.lineno) from error
    except jinja2.TemplateError as error:
        raise _failure(
            "OG202", error.message or "cannot be rendered", file, _line(error)
        ) from error


def _render(environment: jinja2.Environment, template: jinja2.Template, file: PlannedFile) -> str:
    """Do what ``Template.render`` does, without its two copies of the context."""
    context = template.new_context(file.context, shared=True)
    try:
        return environment.concat(template.root_render_func(context))
    except Exception:
        environment.handle_exception()


def _line(error: jinja2.TemplateError) -> int:
    """Return the template's line on which it failed: Jinja rewrites the traceback to say so."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.endswith(".jinja"):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _failure(code: str, message: str, file: PlannedFile, line: int) -> OtpgenError:
    at = Location(f"templates/{file.template}", line, 1 if line else 0)
    return OtpgenError([Problem(code, f"{message} (for {file.path})", at)])
