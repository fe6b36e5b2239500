"""``templates``: what a project overrides, and the kinds it has of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from otpgen import naming, resources
from otpgen.catalogue import NEW_KIND, OPEN, PACK, read_catalogue
from otpgen.commands.check import check, read_architecture
from otpgen.commands.nearest import find_architecture, nearest_architecture, paths_meant
from otpgen.commands.outlook import has_markers
from otpgen.commands.own import PREFIX, Files, below, catalogue_of, own_files, packed
from otpgen.commands.ownership import ownership_of, ownership_written
from otpgen.errors import Location, OtpgenError, Problem, did_you_mean
from otpgen.kinds import COMMON
from otpgen.merge import BESIDE, File, Ownership, same_text
from otpgen.model import Owned
from otpgen.plan import plan
from otpgen.project import (
    ANCESTOR,
    Ancestor,
    Step,
    ancestor_bytes,
    apply,
    locked,
    look,
    put,
    read_ancestor,
    recover,
)
from otpgen.source import name_hint, quoted

State = Literal["same", "edited", "behind", "conflict", "beside", "own", "unused"]
"""How a template of the project's own, or of its pack, stands beside what lies below it.

``same``: as that. ``edited``: by the user, or by whoever made the pack. ``behind``: what lies
below has changed since, and the next ``regenerate`` merges it. ``conflict``: it holds markers.
``beside``: what changed below lies beside it, and waits.
``own``: a kind, a part, a macro or a file that is not below. ``unused``: there is nothing that
it overrides.
"""


@dataclass(frozen=True, slots=True)
class OwnTemplate:
    """A template that a project has itself, or from its pack.

    Attributes:
        template: its path below the folder, which is that of otpgen's.
        path: where it is in the project.
        by: whose it is.
    """

    template: str
    path: str
    state: State
    by: Literal["project", "pack"] = "project"


def own_templates(architecture: Path | None = None) -> tuple[OwnTemplate, ...]:
    """Return what a project overrides or has of its own; then its pack, without these.

    Raises:
        OtpgenError: OG204 for what is no template.
    """
    file = nearest_architecture(find_architecture(architecture))
    root = file.absolute().parent
    ancestor = read_ancestor(root)
    owned = Owned()
    with suppress(OtpgenError):  # check tells what is wrong with it
        owned = ownership_written(read_architecture(file))
    owner = ownership_of(owned)
    own, pack = own_files(file), packed(file).files
    of_the_project = (
        OwnTemplate(template, path, "beside" if waits and state != "conflict" else state)
        for template, yours in own.items()
        for path in [PREFIX + template]
        for state in [_state(template, yours, ancestor, pack, owner)]
        for waits in [look(root, path + BESIDE) is not None]
    )
    of_the_pack = (
        OwnTemplate(template, f"{PACK}/{template}", state, "pack")
        for template, yours in pack.items()
        if template not in own
        for state in [_state(template, yours, Ancestor(), {}, owner)]
    )
    return (*of_the_project, *of_the_pack)


def _state(
    template: str,
    yours: File,
    ancestor: Ancestor,
    pack: Files,
    owner: Callable[[str], Ownership],
) -> State:
    fresh = below(template, pack)
    if fresh is None:
        return "own" if template.startswith(OPEN) else "unused"
    if has_markers(yours.data):
        return "conflict"
    if same_text(yours.data, fresh.data):
        return "same"
    if owner(PREFIX + template) != "managed":
        return "edited"  # nothing is merged into it
    known = ancestor.files.get(PREFIX + template, (fresh,))
    return "edited" if any(same_text(file.data, fresh.data) for file in known) else "behind"


def eject(words: Sequence[str], architecture: Path | None = None) -> tuple[str, ...]:
    """Copy the pack's or otpgen's templates into the project; return where they are now.

    Args:
        words: emitted files, templates, kinds, or folders of templates.
        architecture: the file; the nearest one unless said.

    Raises:
        OtpgenError: OG208 when there is no such template, or it is the project's own already.
    """
    with _at_work(architecture, "eject") as (file, root):
        own, pack = own_files(file), packed(file).files
        copies: dict[str, File] = {}
        for word in words:
            found = [t for t in _meant(word, file) if t not in own]
            if not found:
                hint = "otpgen templates list shows what the project has itself"
                raise _failure("the project has it already", word, hint)
            copies |= {PREFIX + t: copy for t in found if (copy := below(t, pack))}
        _write(root, "eject", copies, ancestors=copies)
    return tuple(copies)


def restore(words: Sequence[str], architecture: Path | None = None) -> tuple[str, ...]:
    """Go back to otpgen's templates; return what was taken away. ``undo`` brings it back.

    Raises:
        OtpgenError: OG208 when there is no such template, or it is not overridden.
    """
    with _at_work(architecture, "restore") as (file, root):
        own = own_files(file)
        gone: dict[str, File] = {}
        for word in words:
            found = [t for t in _meant(word, file) if t in own]
            if not found:
                hint = "otpgen templates list shows what is"
                raise _failure("the project does not override it", word, hint)
            gone |= {PREFIX + t: own[t] for t in found}
        if not _is_project(root):
            hint = "delete the copy; in a project undo could bring it back"
            raise _failure("there is no project here yet", words[0], hint)
        known = {path: kept for path, kept in _known(root).items() if path not in gone}
        steps = [Step(path, found, None) for path, found in gone.items()]
        apply(root, steps, ancestor_bytes(known), verb="restore")
    return tuple(gone)


def new_kind(name: str, architecture: Path | None = None) -> tuple[str, ...]:
    """Write the files of a kind to start from; return where they are.

    Raises:
        OtpgenError: OG208 when no kind can have this name.
    """
    with _at_work(architecture, "new-kind") as (file, root):
        catalogue = catalogue_of(file)
        kinds = catalogue.kinds
        options = {option for kind in kinds.values() for option in kind.options}
        if not naming.is_name(name):
            raise _failure("it is no name", name, name_hint(name))
        if name in kinds:
            hint = f"to change it: otpgen templates eject {name}"
            raise _failure("there is a kind of this name", name, hint)
        if name in catalogue.components:
            raise _failure("there is a component of this name", name)
        if name in COMMON or name in options:
            raise _failure("it is a key of children, or an option of a kind", name)
        folder = resources.folder("templates") / NEW_KIND
        files = {
            f"{PREFIX}kinds/{name}/{path.name}": File(
                path.read_text(encoding="utf-8").replace("kind_name", name).encode()
            )
            for path in sorted(folder.iterdir())
        }
        _write(root, "new-kind", files, ancestors={})
    return tuple(files)


@contextmanager
def _at_work(architecture: Path | None, verb: str) -> Iterator[tuple[Path, Path]]:
    """Find the architecture and its folder; in a project, keep every other run out."""
    file = nearest_architecture(find_architecture(architecture))
    root = file.absolute().parent
    if not _is_project(root):
        yield file, root
        return
    with locked(root, f"templates {verb}"):
        recover(root)
        yield file, root


def _is_project(root: Path) -> bool:
    """Whether otpgen has made something of the architecture there; else ``new`` will."""
    return (root / ANCESTOR).is_file()


def _write(root: Path, verb: str, files: Mapping[str, File], ancestors: Mapping[str, File]) -> None:
    if not _is_project(root):
        put(root, files)
        return
    known = _known(root) | dict(ancestors)
    steps = [Step(path, None, file) for path, file in files.items()]
    apply(root, steps, ancestor_bytes(known), verb=verb)


def ejectable(architecture: Path | None = None) -> Mapping[str, str]:
    """Return words that ``eject`` takes, each with what it is: kinds, components, templates."""
    file = find_architecture(architecture)
    catalogue = catalogue_of(file)
    own = own_files(file) if file else {}
    templates = sorted(catalogue.templates.difference(own))
    folders = {"/".join(template.split("/")[:2]) for template in templates}
    words = {
        name: of.summary
        for row, found in (("kinds", catalogue.kinds), ("components", catalogue.components))
        for name, of in found.items()
        if f"{row}/{name}" in folders
    }
    return words | dict.fromkeys(templates, "template")


def _meant(word: str, file: Path) -> list[str]:
    """Return the templates of the pack and of otpgen's that a word means.

    Raises:
        OtpgenError: OG208 when it means none; the architecture's problems where it may be a
            file that is emitted.
    """
    own = read_catalogue(resources.folder("templates")).templates
    known = sorted(own.union(packed(file).files))
    path = word.removeprefix("./").rstrip("/")
    for folder in (PREFIX, f"{PACK}/", "templates/"):
        path = path.removeprefix(folder)
    if path in known:
        return [path]
    for folder in (f"{path}/", f"kinds/{path}/", f"components/{path}/"):
        if inside := [t for t in known if t.startswith(folder)]:
            return inside
    if any(
        t == path or t.startswith((f"{path}/", f"kinds/{path}/", f"components/{path}/"))
        for t in own_files(file)
    ):
        hint = "edit it where it stands; to be without it, delete it there"
        raise _failure("it is the project's own, and otpgen has none like it", word, hint)
    checked = check(file)
    planned = {f.path: f.template for f in plan(checked.system, checked.catalogue, "")}
    for emitted in paths_meant(word, file):
        template = planned.get(emitted)
        if template in known:
            return [str(template)]
        if emitted in planned:
            why = f"its template {template} is the project's own"
            raise _failure(why if template else "it is made without a template", word)
    named = [*checked.catalogue.kinds, *checked.catalogue.components]
    hint = did_you_mean(path, [*named, *planned, *known], most=0)
    message = "no kind, no component, no template and no file that is emitted"
    raise _failure(message, word, hint or "otpgen explain lists kinds and components")


def _known(root: Path) -> dict[str, File]:
    """Return the ancestor's files, each of which must be sound and one.

    Raises:
        OtpgenError: OG208 while two branches do not agree, or what is damaged would be lost.
    """
    ancestor = read_ancestor(root)
    if ancestor.problems:
        hint = "otpgen regenerate writes it anew"
        failure = _failure("it is damaged, and is not written without a merge", ANCESTOR, hint)
        raise OtpgenError([*failure.problems, *ancestor.problems])
    if any(len(candidates) > 1 for candidates in ancestor.files.values()):
        hint = "otpgen regenerate brings them together"
        raise _failure("two branches meet here and are not one yet", ANCESTOR, hint)
    files = {path: candidates[0] for path, candidates in ancestor.files.items()}
    return files | dict(ancestor.declared)


def _failure(message: str, what: str, hint: str = "") -> OtpgenError:
    return OtpgenError([Problem("OG208", f"{quoted(what)}: {message}", Location("PATH"), hint)])
