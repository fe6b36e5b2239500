import sys

import pytest

from otpgen import cli, resources
from otpgen.catalogue import read_catalogue
from otpgen.model import build_system
from otpgen.source import parse
from otpgen.spec import read_spec


@pytest.fixture(scope="session")
def catalogue():
    return read_catalogue(resources.folder("templates"))


@pytest.fixture(scope="session")
def system_of(catalogue):
    """Build a system from the text of an architecture."""

    def build(text):
        return build_system(
            read_spec(parse(text, "otpgen.yaml"), catalogue.kinds, catalogue.components)
        )

    return build


@pytest.fixture
def otpgen(monkeypatch, capsys):
    """Run the command line in this process; returns exit code, output and errors."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["otpgen", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        out, err = capsys.readouterr()
        return stop.value.code or 0, out, err

    return run
