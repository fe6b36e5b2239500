import pytest
from hypothesis import HealthCheck, settings

USUAL, FEW = 300, 30


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden", action="store_true", help="rewrite what is expected by what comes out"
    )
    parser.addoption(
        "--cases",
        type=int,
        metavar="N",
        help=f"inputs that each property is tried on; {USUAL} unless said, {FEW} of slow ones",
    )


_said = {}


def how_many(usual):
    """What --cases says, else what is usual; for what is decided when tests are collected."""
    return _said.get("cases") or usual


def pytest_configure(config):
    _said["cases"] = config.getoption("--cases")
    for name, usual in (("few", FEW), ("otpgen", USUAL)):
        settings.register_profile(
            name,
            max_examples=how_many(usual),
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        )
    settings.load_profile("otpgen")


@pytest.fixture
def update_golden(request):
    return request.config.getoption("--update-golden")


@pytest.fixture(scope="session")
def cases(request):
    """What --cases says; None: nothing."""
    return request.config.getoption("--cases")
