"""The rows of docs/architecture.md hold."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "otpgen"
_ROW = re.compile(r"^\| (\d+) \| `(\w+)` ", re.MULTILINE)
ROWS = {name: int(row) for row, name in _ROW.findall((ROOT / "docs/architecture.md").read_text())}
OUTSIDE = {"__init__", "__main__"}


def module_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


FILES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if "_data" not in path.parts and module_of(path) not in OUTSIDE  # the entry stands above
)


def imported(path: Path) -> set[str]:
    """The modules of otpgen that a file imports, wherever the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            base = node.module or ""
            names = [f"{base}.{a.name}" for a in node.names] if base == "otpgen" else [base]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("otpgen.")}
    return found - OUTSIDE - {"__version__"}


def test_the_table_names_every_module():
    modules = {module_of(path) for path in FILES}

    assert set(ROWS) == modules


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_module_imports_only_from_rows_below(path):
    here = module_of(path)
    wrong = {other for other in imported(path) if other != here and ROWS[other] >= ROWS[here]}

    assert wrong == set()


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_module_outgrows_its_purpose(path):
    assert len(path.read_text().splitlines()) <= 400


def test_only_project_writes_and_only_reports_prints():
    writes = re.compile(r"\.write_text\(|\.write_bytes\(|\.mkdir\(|os\.open\(|shutil\.")
    prints = re.compile(r"\bprint\(|typer\.echo\(|sys\.std(out|err)\.write")
    for path in FILES:
        text = path.read_text()
        # templates keeps what it compiled, as Python does; packs has a folder that is thrown away.
        if module_of(path) not in ("project", "templates", "packs"):
            assert not writes.search(text), path
        if module_of(path) not in ("reports", "cli"):
            assert not prints.search(text), path
