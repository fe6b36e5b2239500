"""What can be reached in a graph."""

from otpgen.reach import reached

GRAPH = {
    "shop": ["store", "mail"],
    "mail": ["smtp"],
    "smtp": ["mail"],
    "store": [],
    "web": ["shop"],
}


def test_it_goes_on_to_the_end_and_round_no_circle_twice():
    assert reached(["shop"], GRAPH.__getitem__) == {"shop", "store", "mail", "smtp"}


def test_nothing_is_reached_from_nothing():
    assert reached([], GRAPH.__getitem__) == set()
