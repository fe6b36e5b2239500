"""Where a template is found: in the project, its pack, else otpgen's folder; nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import jinja2

from otpgen.catalogue import Own

_OWN = "own:"
"""Before the name of a project's template, which is compiled alike wherever the project lies."""


class Loader(jinja2.FileSystemLoader):
    """Templates by their paths: the project's own texts, else otpgen's files.

    What a path leads out of the folder by (``..``, a link) is no template.
    """

    def __init__(self, folder: Path, own: Own) -> None:
        super().__init__(folder)
        self.folder = str(folder)
        self.own = own

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        """Return a template's text, and what its code is called by."""
        if template in self.own.texts:
            return self.own.texts[template], _OWN + template, lambda: True
        return super().get_source(environment, template)

    def has(self, filename: str) -> bool:
        """Whether a file of code that runs is a template."""
        return filename.startswith((f"{self.folder}/", _OWN))

    def shown(self, filename: str) -> str:
        """Return how messages call a template that was loaded."""
        if filename.startswith(f"{self.folder}/"):
            return f"templates{filename.removeprefix(self.folder)}"
        if filename.startswith(_OWN):
            return self.own.at(filename.removeprefix(_OWN))
        return filename
