import pytest

from otpgen import resources
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
        return build_system(read_spec(parse(text, "otpgen.yaml"), catalogue.kinds))

    return build
