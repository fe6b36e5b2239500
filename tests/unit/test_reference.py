"""The reference of the file, made from its declarations; its examples are sound and say it all."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from otpgen.commands.check import check
from otpgen.commands.reference import reference_page
from otpgen.source import read
from otpgen.spec import (
    AppDecl,
    ArchitectureDecl,
    ClusterDecl,
    DepDecl,
    DistributedDecl,
    ForeignDecl,
    NginxDecl,
    NodeDecl,
    SupervisorDecl,
    SyncDecl,
    UpstreamDecl,
    WorkerDecl,
    read_spec,
)

DOCS = Path(__file__).parents[2] / "docs"
EXAMPLES = {path.stem: path for path in sorted((DOCS / "architecture-file").glob("*.yaml"))}
ELSEWHERE = {"apps": {"component", "options"}}  # the example component says them
RECORDS = {
    "file": ArchitectureDecl,
    "apps": AppDecl,
    "supervisors": SupervisorDecl,
    "children": WorkerDecl,
    "spec": ForeignDecl,
    "deps": DepDecl,
    "nodes": NodeDecl,
    "distributed": DistributedDecl,
    "sync": SyncDecl,
    "nginx": (NginxDecl, UpstreamDecl),
    "clusters": ClusterDecl,
}


def page(catalogue):
    examples = {name: path.read_text(encoding="utf-8") for name, path in EXAMPLES.items()}
    return reference_page(catalogue, examples)


def test_the_page_about_the_file_is_made_from_its_declarations(catalogue, update_golden):
    written = DOCS / "architecture-file.md"
    if update_golden:
        written.write_text(page(catalogue), encoding="utf-8")

    assert written.read_text(encoding="utf-8") == page(catalogue)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_example_is_sound(name):
    assert check(EXAMPLES[name]).warnings == ()


def test_each_example_is_shown_once(catalogue):
    text = page(catalogue)

    assert [n for n, p in EXAMPLES.items() if text.count(p.read_text(encoding="utf-8")) != 1] == []


def decls_in(value):
    """Every record at or below a value."""
    if isinstance(value, BaseModel):
        yield value
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple):
        for item in value:
            yield from decls_in(item)


@pytest.mark.parametrize("name", RECORDS)
def test_an_example_says_every_key_of_its_record(name, catalogue):
    spec = read_spec(read(EXAMPLES[name], name), catalogue.kinds, catalogue.components)
    types = RECORDS[name] if isinstance(RECORDS[name], tuple) else (RECORDS[name],)
    for type_ in types:
        said = set()
        for decl in decls_in(spec.architecture):
            if isinstance(decl, type_) and (name == "file" or decl is not spec.architecture):
                said |= decl.model_fields_set

        assert set(type_.model_fields) - said - {"allow"} - ELSEWHERE.get(name, set()) == set()
