"""The simulation and OTP's own supervisors say the same, event by event."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.conftest import how_many
from tests.semantics import trees
from tests.semantics.oracle import differences, predicted, read_case, write_case

CASES = Path(__file__).with_name("cases")
KEPT = sorted(CASES.glob("*.json"))
FOUND = CASES / "found.json"
FAST = 200

counted = Counter()


@pytest.fixture(scope="module", autouse=True)
def counts():
    yield
    print("\n" + ", ".join(f"{number:,} {name}" for name, number in counted.items()))


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_what_was_kept_is_still_so(oracle, file):
    case = read_case(file)

    assert differences(case, predicted(case), *oracle.play(case)) is None


@settings(max_examples=how_many(FAST))
@given(case=trees.cases())
def test_a_random_tree_does_what_is_predicted(oracle, case):
    expected = predicted(case)
    trees.count(counted, case, expected)

    different = differences(case, expected, *oracle.play(case))

    if different is not None:
        write_case(case, FOUND)  # the last one is the smallest: give it a name and keep it
        pytest.fail(f"{different}\nkept as {FOUND.name}")
