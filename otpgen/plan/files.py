"""A planned file, and the names of files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from otpgen.kinds import Ownership

EXECUTABLE = 0o755
PLAIN = 0o644


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file to emit.

    Attributes:
        path: relative to the project, POSIX.
        template: below the template folder; None where ``content`` is the text. One that does
            not end in ``.jinja`` is the text itself.
        context: the template's variables.
        lines: the lines of the architecture from which it follows.
        element: what it is emitted for: ``app``, ``app.child``, ``node``, ``node@cluster``;
            empty for the umbrella.
    """

    path: str
    template: str | None
    context: dict[str, Any] = field(default_factory=dict, repr=False)
    content: str = ""
    mode: int = PLAIN
    ownership: Ownership = "managed"
    lines: tuple[int, ...] = ()
    element: str = ""


def emitted(template: str, **words: str) -> str:
    """Return the path that a template is emitted as.

    The template's path is the manifest: ``.jinja`` and the folder ``umbrella/`` go, and the
    plain words ``system_name``, ``app_name``, ``node_name`` and ``module_path`` are replaced;
    ``module_path.supervisor.ex`` is one of the templates for ``module_path.ex``::

        emitted("umbrella/apps/app_name/lib/app_name/module_path.supervisor.ex.jinja",
                app_name="g4_core", module_path="supervisor")
        -> "apps/g4_core/lib/g4_core/supervisor.ex"
    """
    path = template.removeprefix("umbrella/").removesuffix(".jinja")
    for word in ("supervisor", "dynamic_supervisor"):
        path = path.replace(f"module_path.{word}", "module_path")
    for word, name in words.items():
        path = path.replace(word, name)
    return path
