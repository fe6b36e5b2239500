"""Pages about what an architecture holds: a file that is emitted, a supervisor, a worker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from otpgen import resources
from otpgen.catalogue import DECLARATIONS
from otpgen.commands.check import Checked, check
from otpgen.commands.nearest import paths_meant
from otpgen.commands.own import PREFIX
from otpgen.commands.status import FileStatus, status
from otpgen.errors import Location, did_you_mean
from otpgen.lines import lines_of
from otpgen.model import Application, Foreign, Supervisor, System, Worker
from otpgen.plan import PlannedFile, plan
from otpgen.project import read_ancestor
from otpgen.semantics.names import Names
from otpgen.semantics.supervisors import first_and_last
from otpgen.semantics.words import trees as words

_OWNERS = {
    "managed": "managed: `otpgen regenerate` merges what changes with your edits",
    "seeded": "seeded: it is written once, and then yours",
    "yours": "yours: otpgen does not touch it",
}
_STATES = {
    "written": "as otpgen wrote it",
    "edited": "edited by you",
    "removed": "removed by you",
    "conflict": "in conflict: it holds markers",
    "beside": "something waits beside it, as PATH.otpgen-new",
    "odd": "a link or a folder stands there",
    "new": "not written yet",
    "left": "the architecture has it no more",
    "ahead": "edited by you; `otpgen diff` says what follows",
}


def about(word: str, architecture: Path) -> str | None:
    """Return the page about a file, a supervisor, a worker or an application, as Markdown.

    None where the architecture has nothing of this name.

    Raises:
        OtpgenError: the architecture's problems.
    """
    checked = check(architecture)
    planned = {file.path: file for file in plan(checked.system, checked.catalogue, "")}
    for path in paths_meant(word, architecture) if word else ():
        if path in planned:
            return _page(_file(planned[path], checked, architecture))
        template = path.removeprefix(PREFIX).removeprefix("templates/")
        if template in checked.catalogue.templates:
            return _page(_template(template, checked, list(planned.values())))
    return _process(word, checked.system, str(architecture))


def near_about(word: str, architecture: Path) -> str:
    """Return a hint: the file or the process that was most likely meant."""
    checked = check(architecture)
    paths = [file.path for file in plan(checked.system, checked.catalogue, "")]
    names = Names(checked.system, checked.system.cluster)
    return names.nearest_process(word) or did_you_mean(word, paths, most=0)


def processes(architecture: Path) -> dict[str, str]:
    """Return the names of processes that have a page, each with what it is."""
    system = check(architecture).system
    return {path: "process" for path in Names(system, system.cluster).processes if "[" not in path}


def _page(lines: Iterator[str]) -> str:
    return "\n".join(lines) + "\n"


def _file(file: PlannedFile, checked: Checked, architecture: Path) -> Iterator[str]:
    yield f"# {file.path}"
    yield ""
    if file.template is None:
        yield "- template: none; it is made from the architecture as a whole"
    else:
        yield f"- template: {_origin(file.template, checked)}"
    texts = lines_of(str(architecture))
    for line in file.lines:
        text = texts[line - 1].strip() if line <= len(texts) else ""
        yield f"- architecture: `{architecture}:{line}`: `{text}`"
    if not file.lines:
        yield f"- architecture: `{architecture}` as a whole"
    if file.element:
        yield f"- it is for: `{file.element}`"
    known = bool(read_ancestor(architecture.absolute().parent).files)
    (stands,) = status(architecture, [file.path])[:1]
    yield from _ownership(stands, known)
    if file.template and not checked.catalogue.own.is_project(file.template):
        yield f"- to change what is emitted: `otpgen templates eject {file.path}`"
    elif file.template and "overrides" in _origin(file.template, checked):
        yield f"- to go back: `otpgen templates restore {file.path}`"


def _ownership(stands: FileStatus, known: bool) -> Iterator[str]:
    yield f"- ownership: {_OWNERS[stands.owner]}"
    if known:
        yield f"- it stands: {_STATES[stands.state]}"


def _origin(template: str, checked: Checked) -> str:
    own = checked.catalogue.own
    at = f"`{own.at(template)}`"
    if template not in own.texts:
        return f"{at}, otpgen's own"
    whose = "the project's own" if own.is_project(template) else "of the project's pack"
    if template in own.overridden:
        return f"{at}, which overrides the pack's"
    if (resources.folder("templates") / template).is_file():
        whose = "which overrides otpgen's"
    return f"{at}, {whose}"


def _template(template: str, checked: Checked, planned: list[PlannedFile]) -> Iterator[str]:
    yield f"# {template}"
    yield ""
    yield f"- template: {_origin(template, checked)}"
    made = [file for file in planned if file.template == template]
    for file in made:
        yield f"- it becomes: `{file.path}`"
    if template.endswith(DECLARATIONS):
        row, name, _ = template.split("/")
        yield f"- it declares the {row.removesuffix('s')} `{name}`"
    else:
        if not made:
            yield "- nothing of this architecture is made from it"
        if not made and template.startswith("kinds/"):  # all of them are given the same
            made = [file for file in planned if (file.template or "").startswith("kinds/")]
        if made:
            yield f"- its variables: {', '.join(f'`{name}`' for name in sorted(made[0].context))}"
    if not checked.catalogue.own.is_project(template):
        yield f"- to change it: `otpgen templates eject {template}`"


def _process(word: str, system: System, file: str) -> str | None:
    path = Names(system, system.cluster).process(word)
    if path is None:
        app = system.apps.get(word)
        return _page(_library(app, file)) if app else None
    plain = ".".join(step.partition("[")[0] for step in path.split("."))
    app = system.apps[plain.partition(".")[0]]
    for supervisor in app.supervisors:
        if supervisor.path == plain:
            return _page(_supervisor(supervisor, app, system, file))
        for child in supervisor.below:
            if child.path == plain and isinstance(child, Worker | Foreign):
                return _page(_child(child, supervisor, file))
    for worker in app.workers:
        if worker.child is not None and worker.child.path == plain:
            return _page(_partition(worker.child, worker, file))
    # A task: its supervisor says all there is to say.
    return _process(plain.rpartition(".")[0], system, file)


def _library(app: Application, file: str) -> Iterator[str]:
    yield f"# {app.name}"
    yield ""
    yield app.description or "A library: an application without processes."
    yield ""
    yield f"`{_at(app.decl.at(), file)}`"


def _at(location: Location, file: str) -> str:
    return f"{file}:{location.line}"


def _supervisor(
    supervisor: Supervisor, app: Application, system: System, file: str
) -> Iterator[str]:
    yield f"# {supervisor.path}"
    yield ""
    yield from _described(supervisor.description)
    yield f"`{supervisor.module}`, {supervisor.strategy}; `{_at(supervisor.decl.at(), file)}`"
    yield ""
    told = [words.strategy(supervisor), words.budget(supervisor)]
    told += [words.given_up(app)] * bool(supervisor.root and system.nodes)
    yield " ".join(told)
    yield ""
    if supervisor.root and app.component:
        name = app.component.name
        yield f"It is made of the component `{name}`: `otpgen explain component {name}`."
        yield ""
    for member in first_and_last(supervisor):
        yield f"- {words.death(supervisor, member)}"
    if supervisor.child is not None:
        yield f"- {words.death_of_dynamic(supervisor, supervisor.child)}"


def _partition(child: Worker, above: Worker, file: str) -> Iterator[str]:
    yield from _worker(child, file)
    yield ""
    yield f"- {words.death_of_one(child)}"
    yield f"- its supervisor is `{above.path}`, which has one for each partition"


def _worker(worker: Worker, file: str) -> Iterator[str]:
    yield f"# {worker.path}"
    yield ""
    yield from _described(worker.description)
    yield f"`{worker.module}`, {worker.kind.name}; `{_at(worker.decl.at(), file)}`"
    yield ""
    yield f"{worker.kind.summary}: `otpgen explain kind {worker.kind.name}`."


def _child(child: Worker | Foreign, supervisor: Supervisor, file: str) -> Iterator[str]:
    if isinstance(child, Worker):
        yield from _worker(child, file)
    else:
        yield f"# {child.path}"
        yield ""
        yield f"`{child.code}`, in Elixir's own words; `{_at(child.decl.at(), file)}`"
    yield ""
    for member in first_and_last(supervisor):
        if member.child is child:
            yield f"- {words.death(supervisor, member)}"
            yield f"- {words.normal_end(supervisor, member)}"
    if supervisor.child is child:
        yield f"- {words.death_of_dynamic(supervisor, child)}"
    yield f"- its supervisor is `{supervisor.path}`, {supervisor.strategy}"


def _described(text: str) -> Iterator[str]:
    if text:
        yield text
        yield ""
