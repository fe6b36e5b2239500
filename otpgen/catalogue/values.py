"""What template folders offer, as values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from otpgen.kinds import Kind
from otpgen.reach import reached
from otpgen.spec import Component

OWN_TEMPLATES = "otpgen/templates"
"""Where a project has templates of its own, beside its architecture."""

PACK = ".otpgen/pack"
"""Where the templates of a pack are kept."""


class PartFile(NamedTuple):
    """A file of a part; ``path`` is relative to the runtime application's folder."""

    template: str
    path: str


class Part(NamedTuple):
    """A piece of the emitted runtime, and what it is built on: other parts, applications of OTP.

    ``included`` are applications of OTP that the part starts itself, when it is time; ``drivers``
    are those of ODBC, each with the Debian package that brings it. With ``peers`` each node is
    told in its configuration on which nodes of its cluster the part is.
    """

    name: str
    summary: str
    files: tuple[PartFile, ...]
    needs: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()
    included: tuple[str, ...] = ()
    drivers: Mapping[str, str] = MappingProxyType({})
    peers: bool = False


V = TypeVar("V")


class Lazy(Mapping[str, V], Generic[V]):
    """Values by name, each made when it is first asked for."""

    def __init__(self, names: Iterable[str], make: Callable[[str], V]) -> None:
        self._made: dict[str, V | None] = dict.fromkeys(names)
        self._make = make

    def __getitem__(self, name: str) -> V:
        found = self._made[name]
        if found is None:
            found = self._made[name] = self._make(name)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._made

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


class Own(NamedTuple):
    """What a project has in ``otpgen/templates``, and what its pack brings.

    Attributes:
        texts: by their paths in that folder, which are those of ``templates``; where both have
            one, the project's.
        shown: how messages call the project's folder.
        ejected: the declarations of the project's that are known to be copies of what lies below.
        pack: the paths of the pack's.
        overridden: those of them that the project overrides.
        shown_pack: how messages call the pack's folder.
        executable: those whose files may be executed.
    """

    texts: Mapping[str, str] = MappingProxyType({})
    shown: str = OWN_TEMPLATES
    ejected: frozenset[str] = frozenset()
    pack: frozenset[str] = frozenset()
    overridden: frozenset[str] = frozenset()
    shown_pack: str = PACK
    executable: frozenset[str] = frozenset()

    def at(self, template: str) -> str:
        """Return where a template is, as messages call it."""
        if template not in self.texts:
            return f"templates/{template}"
        return f"{self.shown if self.is_project(template) else self.shown_pack}/{template}"

    def folder_at(self, folder: str) -> str:
        """Return where a folder of the project's own, or of its pack, is."""
        packed = any(path.startswith(f"{folder}/") for path in self.pack)
        return f"{self.shown_pack if packed else self.shown}/{folder}"

    def is_project(self, template: str) -> bool:
        """Whether a template is the project's own."""
        packed = template in self.pack and template not in self.overridden
        return template in self.texts and not packed


NOTHING_OWN = Own()


class Catalogue(NamedTuple):
    """Everything that the template folders offer.

    Attributes:
        kinds: by name, the project's own among them, as with what follows.
        parts: by name.
        components: by name.
        templates: the paths of all templates.
        own: what the project has itself, or from its pack.
        unused: what it has so, and nothing asks for.
    """

    kinds: Mapping[str, Kind]
    parts: Mapping[str, Part]
    components: Mapping[str, Component]
    templates: frozenset[str]
    own: Own = NOTHING_OWN
    unused: tuple[str, ...] = ()

    def with_needs(self, parts: set[str]) -> tuple[str, ...]:
        """Return the parts and all that they are built on, in the order of the catalogue."""
        found = reached(parts, lambda name: self.parts[name].needs)
        return tuple(name for name in self.parts if name in found)
