"""What a registry takes along when it ends.

Its supervisor and those of the processes in it act at the same time, so not all is told in the
same order each time: compared is who is new and who is not.
"""

import pytest

from otpgen.semantics.processes import Dynamic, Process, Static
from tests.semantics.oracle import Case, predicted

TIMES = 20


def case(strategy, end):
    names = Process("r.names", shutdown="infinity", kind="registry")
    one = Process("r.d.x", "temporary", registry="r.names")
    several = Process("r.d", shutdown="infinity", kind="dynamic", supervises=Dynamic(child=one))
    children = (Process("r.a"), names, several, Process("r.b"))
    root = Process("r", kind="supervisor", supervises=Static(strategy, children=children))
    return Case(root, (("start_child", "r.d"), ("start_child", "r.d"), end, ("start_child", "r.d")))


@pytest.mark.parametrize("end", [("kill", "r.names"), ("stop", "r.names", "boom")], ids=" ".join)
@pytest.mark.parametrize("strategy", ["one_for_one", "rest_for_one", "one_for_all"])
def test_who_is_found_in_a_registry_ends_with_it(oracle, strategy, end):
    one = case(strategy, end)
    expected = [told(vars_of(trace)) for trace in predicted(one)]

    for traces in oracle.play(*[one] * TIMES):
        assert [told(trace) for trace in traces] == expected


def vars_of(trace):
    return {name: getattr(trace, name) for name in ("started", "unchanged", "gave_up", "ended")}


def told(trace):
    return (
        sorted(trace["started"]),
        sorted(trace["unchanged"]),
        list(trace["gave_up"]),
        trace["ended"],
    )
