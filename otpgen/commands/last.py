"""The system of the last run, read with the declarations of that day.

Kinds and components change, be it by the user or by a newer otpgen. What the architecture of the
last run meant is told by those with which it was read, so the ancestor has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from otpgen import resources
from otpgen.catalogue import DECLARATIONS, Catalogue, read_catalogue
from otpgen.commands.nearest import ARCHITECTURE
from otpgen.commands.own import below
from otpgen.errors import OtpgenError
from otpgen.merge import File
from otpgen.model import System, build_system
from otpgen.project import ANCESTOR, DECLARED, Ancestor
from otpgen.source import parse
from otpgen.spec import read_spec


class Last(NamedTuple):
    """What there was, and what it was read with.

    Attributes:
        system: None where it is lost or of no use now.
        why: what is wrong with it then.
    """

    system: System | None
    catalogue: Catalogue
    why: str = ""


def declared(system: System, catalogue: Catalogue) -> dict[str, File]:
    """Return what the ancestor keeps of declarations: those used, and all of the project's own."""
    workers = (worker for app in system.apps.values() for worker in app.workers)
    kinds = {worker.kind.name: worker.kind for worker in workers}
    components = {a.component.name: a.component for a in system.apps.values() if a.component}
    options = (option for kind in kinds.values() for option in kind.options.values())
    parts: set[str] = set().union(
        *(kind.parts for kind in kinds.values()),
        *(component.parts for component in components.values()),
        *(option.parts for option in options),
    )
    paths = {path for path in catalogue.own.texts if path.endswith(DECLARATIONS)}
    paths.update(f"kinds/{name}/kind.yaml" for name in kinds)
    paths.update(f"components/{name}/component.yaml" for name in components)
    paths.update(f"parts/{name}/part.yaml" for name in catalogue.with_needs(parts))
    found = {}
    for path in sorted(paths):
        own = catalogue.own.texts.get(path)
        if file := below(path, {}) if own is None else File(own.encode()):
            found[DECLARED + path] = file
    return found


def read_last(ancestor: Ancestor, today: Catalogue) -> Last:
    """Return the system of the last run.

    Args:
        ancestor: what otpgen wrote then.
        today: what there is now; which templates a kind has is seen there, and an ancestor of an
            earlier version has no declarations.
    """
    architecture = ancestor.files.get(ARCHITECTURE, ())
    catalogue = _catalogue(ancestor, today) if ancestor.declared else today
    if not architecture:
        return Last(None, catalogue, f"{ANCESTOR} does not have it")
    try:
        document = parse(architecture[0].data.decode(), ANCESTOR)
        system = build_system(read_spec(document, catalogue.kinds, catalogue.components))
        declared(system, catalogue)  # whether all that it needs is there
    except OtpgenError as error:
        return Last(None, catalogue, error.problems[0].message)
    except UnicodeDecodeError:
        return Last(None, catalogue, "it is not UTF-8 text")
    except KeyError as error:
        return Last(None, catalogue, f"there is no part {error}")
    return Last(system, catalogue)


def _catalogue(ancestor: Ancestor, today: Catalogue) -> Catalogue:
    """Return the declarations of that day beside the templates of today."""
    declarations = {
        path.removeprefix(DECLARED): file.data.decode(errors="replace")
        for path, file in ancestor.declared.items()
    }
    known = {*_folders(declarations), *_folders(today.templates - today.own.texts.keys())}
    texts = {
        path: text
        for path, text in today.own.texts.items()
        if not path.endswith(DECLARATIONS)
        if not path.startswith(_DECLARED_ROWS) or known.issuperset(_folders([path]))
    }
    own = today.own._replace(
        texts={**texts, **declarations}, shown=ANCESTOR, ejected=frozenset(declarations)
    )
    return read_catalogue(resources.folder("templates"), own=own, check=False)


_DECLARED_ROWS = ("kinds/", "parts/", "components/")


def _folders(paths: Iterable[str]) -> set[str]:
    """Return ``kinds/agent`` of ``kinds/agent/module.ex.jinja``."""
    return {"/".join(path.split("/")[:2]) for path in paths}
