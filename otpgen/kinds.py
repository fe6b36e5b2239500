"""What a kind of child is, as values; where kinds come from is the catalogue's business.

A kind is a folder of files under ``templates/kinds``: ``kind.yaml`` declares it, its
templates are emitted for each worker of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

OptionType = Literal[
    "text",
    "integer",
    "duration",
    "port",
    "boolean",
    "choice",
    "process",
    "registry",
    "child",
    "map",
]
ActsAs = Literal["worker", "dynamic", "task", "partition", "registry"]
Restart = Literal["permanent", "transient", "temporary"]
Naming = Literal["local", "none", "via", "cluster"]
Ownership = Literal["managed", "seeded"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a kind.

    Attributes:
        types: what its value may be, most often one.
        of: the type of a map's values.
        parts: what the emitted runtime needs where the option is used.
    """

    name: str
    types: tuple[OptionType, ...]
    doc: str
    default: object = None
    required: bool = False
    of: OptionType | None = None
    choices: tuple[str, ...] = ()
    min: int | None = None
    max: int | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KindFile:
    """A file emitted for each worker of the kind.

    ``path`` is relative to the application's folder; ``app_name`` and ``module_path`` in it
    stand for the application and the worker's file word.
    """

    template: str
    path: str
    ownership: Ownership = "managed"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of worker: how OTP sees it and what it needs."""

    name: str
    summary: str
    behaviour: str
    type: Literal["worker", "supervisor"]
    acts_as: ActsAs
    restart: Restart
    files: tuple[KindFile, ...]
    options: Mapping[str, Option] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    namings: tuple[Naming, ...] = ("local", "none")

    def parts_for(self, options: Mapping[str, object]) -> frozenset[str]:
        """Return the parts of the runtime that a worker with these options needs."""
        used = (o.parts for name, o in self.options.items() if options.get(name))
        return frozenset(self.parts).union(*used)
