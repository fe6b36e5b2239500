import pytest

from otpgen import escape


def test_an_elixir_string_cannot_end_itself_or_compute():
    assert escape.elixir_string('a "b" #{c} \\') == '"a \\"b\\" \\#{c} \\\\"'


def test_an_elixir_string_shows_what_cannot_be_seen():
    assert escape.elixir_string("a\u202eb\0\n") == '"a\\u{202E}b\\u{0}\\n"'


def test_a_doc_cannot_end_its_heredoc_or_compute():
    assert escape.elixir_doc('a """ #{b} \\') == 'a \\"\\"\\" \\#{b} \\\\'


def test_the_lines_of_a_doc_are_indented_and_have_no_trailing_space():
    assert escape.elixir_doc("a \n\nb") == "a\n\n  b"


@pytest.mark.parametrize(
    ("name", "atom"), [("g4", "g4"), ("node1@127.0.0.1", "'node1@127.0.0.1'"), ("end", "'end'")]
)
def test_erlang_atoms_are_quoted_where_erlang_wants_it(name, atom):
    assert escape.erlang_atom(name) == atom


def test_an_erlang_atom_cannot_end_itself():
    assert escape.erlang_atom("a'b\\") == "'a\\'b\\\\'"


@pytest.mark.parametrize(
    ("text", "word"), [("a.b", "a.b"), ("a b", "'a b'"), ("$(id)'", "'$(id)'\\'''"), ("", "''")]
)
def test_a_shell_word_is_one_word(text, word):
    assert escape.shell_word(text) == word


def test_an_nginx_value_cannot_end_its_directive_or_name_a_variable():
    assert escape.nginx_value('/a; } $host "') == '"/a; } host \\""'


def test_markdown_text_is_text():
    assert escape.markdown_text("*a* <b>\n[c](d)") == "\\*a\\* \\<b\\> \\[c\\]\\(d\\)"


def test_a_mermaid_label_cannot_end_itself():
    assert escape.mermaid_text('a"] --> b<script>') == '"a#34;#93; --#62; b#60;script#62;"'
