import pytest

from tests.emitted.conftest import require
from tests.semantics.oracle import Oracle


@pytest.fixture(scope="session")
def oracle():
    require("elixir")
    beam = Oracle()
    yield beam
    beam.close()
