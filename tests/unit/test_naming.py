import pytest

from otpgen import naming


@pytest.mark.parametrize(
    ("name", "module"),
    [("g4", "G4"), ("g4_core", "G4Core"), ("a_1", "A1"), ("node_2_b", "Node2B")],
)
def test_a_name_becomes_the_module_that_elixir_makes_of_it(name, module):
    assert naming.camelize(name) == module


@pytest.mark.parametrize("name", ["a", "g4_core", "x" * 40, "a1_2b"])
def test_a_lower_case_word_is_a_name(name):
    assert naming.is_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "A", "1a", "_a", "a_", "a__b", "a-b", "../x", "é", "x" * 41, "end", "nil", "a\n", "a b"],
)
def test_what_elixir_would_not_take_is_no_name(name):
    assert not naming.is_name(name)


@pytest.mark.parametrize("host", ["127.0.0.1", "a.example", "node-1.local"])
def test_addresses_and_names_are_hosts(host):
    assert naming.is_host(host)


@pytest.mark.parametrize("host", ["", "a b", "a;b", "-a", "a..b", "x" * 300, "$(id)"])
def test_what_could_mean_something_to_a_shell_is_no_host(host):
    assert not naming.is_host(host)
