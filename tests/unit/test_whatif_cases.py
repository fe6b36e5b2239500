"""Every folder of tests/whatif is a case: events, and what they bring about.

tests/whatif/g4/kill_store/events.txt is about examples/g4; where there is no such example, the
architecture lies beside the cases. stderr.txt stands where events are refused.
"""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CASES = sorted(file.parent for file in (ROOT / "tests/whatif").rglob("events.txt"))


def architecture_of(case):
    own = case.parent / "otpgen.yaml"
    return own if own.exists() else ROOT / "examples" / case.parent.name / "otpgen.yaml"


def name_of(case):
    return case.relative_to(ROOT / "tests/whatif").as_posix()


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_events_bring_about_what_the_case_says(case, otpgen, update_golden):
    events = (case / "events.txt").read_text(encoding="utf-8").split()
    asked = ["whatif", *events, "--architecture", architecture_of(case)]

    code, out, err = otpgen(*asked)
    if code == 0:
        _, data, _ = otpgen(*asked, "--format", "json")
        told = {"stdout.txt": out, "stdout.json": data}
    else:
        told = {"stderr.txt": err}

    if update_golden:
        for name, text in told.items():
            (case / name).write_text(text, encoding="utf-8")
    expected = {
        file.name: file.read_text(encoding="utf-8")
        for file in case.iterdir()
        if file.name != "events.txt"
    }
    assert told == expected


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_nothing_is_both_unchanged_and_touched(case):
    file = case / "stdout.json"
    if not file.exists():
        return
    found = json.loads(file.read_text(encoding="utf-8"))
    for answer in found if isinstance(found, list) else [found]:
        if "processes" in answer:
            continue
        touched = {*answer["killed"], *answer["terminated"], *answer["started"]}

        assert touched & set(answer["unchanged"]) == set()
        assert touched >= {path for group in answer["unordered"] for path in group}
        assert len(answer["unchanged"]) == len(set(answer["unchanged"]))
