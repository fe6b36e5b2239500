"""What the README shows of whatif is what a person sees."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("events", ["kill g4_core.store", "down node1 then up node1"])
def test_the_events_it_shows_bring_about_what_it_shows(otpgen, events):
    _, out, _ = otpgen("whatif", events, "--architecture", ROOT / "examples/g4/otpgen.yaml")

    assert "".join(f"    {line}\n" if line else "\n" for line in out.splitlines()) in README
    assert f"    $ otpgen whatif {events}\n" in README
