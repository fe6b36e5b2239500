"""From two systems to the changes between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from otpgen.changes.clusters import compare_clusters
from otpgen.changes.names import carried_out
from otpgen.changes.trees import compare_trees
from otpgen.changes.values import Change, came_and_went, differences, spoken_options
from otpgen.model import Application, System


def compare(before: System, after: System) -> tuple[Change, ...]:
    """Return what is different, in the order of the new architecture."""
    return tuple(_compare(before, after))


def _compare(before: System, after: System) -> Iterator[Change]:
    moved = carried_out(before, after)
    yield from differences("the umbrella", "", _top(before), _top(after))
    old = {moved.get(name, name): app for name, app in before.apps.items()}
    yield from came_and_went("application", old, after.apps)
    for name, app in after.apps.items():
        if name in old:
            yield from differences(name, name, _app(old[name], moved), _app(app, {}))
            yield from _of_component(old[name], app, compare_trees(old[name], app, moved))
    roles = {role: tuple(moved.get(a, a) for a in apps) for role, apps in before.roles.items()}
    yield from differences("role", "", dict(roles), dict(after.roles))
    yield from _isolated({moved.get(a, a) for a in before.isolated}, after)
    yield from compare_clusters(
        before.clusters, after.clusters, moved, old.keys() & after.apps.keys()
    )


def _top(system: System) -> dict[str, object]:
    return {"name": system.name, "description": system.description, "elixir": system.elixir}


def _isolated(before: set[str], after: System) -> Iterator[Change]:
    for name in after.apps:
        if name in after.isolated and name not in before:
            yield Change(name, f"{name} is isolated now: it may be stopped, and all others go on")
        elif name in before and name not in after.isolated:
            yield Change(name, f"{name} is no longer isolated")


def _of_component(
    before: Application, after: Application, below: Iterable[Change]
) -> Iterator[Change]:
    """Yield what is different in a component, its options before what follows from them."""
    name, old, new = after.name, before.component, after.component
    if old and (new is None or new.name != old.name):
        yield Change(name, f"{name} is no longer made of {old.name}")
    if new and (old is None or new.name != old.name):
        yield Change(name, f"{name} is made of {new.name} now")
    told: list[str] = []
    if old and new and new.name == old.name:
        options = (
            {f"option {key}": value for key, value in spoken_options(made.options, said).items()}
            for made, said in ((old, before.options), (new, after.options))
        )
        for change in differences(name, name, *options):
            told.append(change.text.removeprefix(f"{name}: option ").partition(" ")[2])
            yield change
    # Its own children stand where it is named; what was handed to them was told just now.
    at = after.decl.at("component") if new else None
    own = {child.element for child in after.descendants if new and child.decl.at() == at}
    for change in below:
        value = change.text.partition(": ")[2].partition(" ")[2]
        if change.element not in own or change.follows or value not in told:
            yield change


def _app(app: Application, moved: Mapping[str, str]) -> dict[str, object]:
    said: dict[str, object] = {
        f"package {p.name}": (p.version, *(f"{key}: {v}" for key, v in p.options.items()))
        for p in app.packages
    }
    for key, apps in (("depends_on", app.depends_on), ("calls", app.calls)):
        said[key] = tuple(moved.get(other, other) for other in apps)
    if app.root is None:
        said["description"] = app.description
    else:
        said["on_give_up"] = app.on_give_up
    return said
