"""From what was written to what is meant."""

from __future__ import annotations

from collections.abc import Iterator

from otpgen.errors import OtpgenError, Problem
from otpgen.model.build_clusters import build_clusters, cluster_problems, unknown
from otpgen.model.build_trees import build_application, line
from otpgen.model.system import Owned, System
from otpgen.source import quoted
from otpgen.spec import ArchitectureDecl, Spec, defaults


def build_system(spec: Spec) -> System:
    """Return the system that the architecture means.

    Raises:
        OtpgenError: OG105, OG106, OG122: applications, nodes and roles that do not exist.
    """
    architecture = spec.architecture
    problems = [*_unknown_apps(architecture), *cluster_problems(architecture)]
    if problems:
        raise OtpgenError(problems)
    clusters = build_clusters(architecture)
    distributed = {app for cluster in clusters.values() for app in cluster.distributed}
    return System(
        name=architecture.name,
        description=line(architecture.description),
        elixir=architecture.elixir or defaults.ELIXIR,
        apps={
            name: build_application(name, decl, spec, distributed=name in distributed)
            for name, decl in architecture.apps.items()
        },
        roles=architecture.roles or {},
        clusters=clusters,
        isolated=architecture.isolated,
        moved=_moved(architecture),
        ownership=_owned(architecture),
        decl=architecture,
    )


def _owned(architecture: ArchitectureDecl) -> Owned:
    said = architecture.ownership
    return Owned(said.yours, said.seeded) if said else Owned()


def _moved(architecture: ArchitectureDecl) -> dict[str, str]:
    """Return the renames; one after the other of the same thing is one."""
    found: dict[str, str] = {}
    for move in architecture.moved:
        for source, target in found.items():
            if target == move.source:
                found[source] = move.target
        found[move.source] = move.target
    return found


def _unknown_apps(architecture: ArchitectureDecl) -> Iterator[Problem]:
    known = architecture.apps
    for name, app in known.items():
        for key in ("depends_on", "calls"):
            for place, other in enumerate(getattr(app, key)):
                if other not in known:
                    what = f"application {quoted(name)}: {key}"
                    yield unknown("OG105", what, "application", other, known, app.at(key, place))
    for name, apps in (architecture.roles or {}).items():
        for place, other in enumerate(apps):
            if other not in known:
                at = architecture.at("roles", name, place)
                yield unknown("OG105", f"role {quoted(name)}", "application", other, known, at)
    for place, other in enumerate(architecture.isolated):
        if other not in known:
            at = architecture.at("isolated", place)
            yield unknown("OG105", "isolated", "application", other, known, at)
