"""What otpgen wrote last time: read whatever became of it, and never fatal."""

import base64
import subprocess
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otpgen.errors import OtpgenError
from otpgen.merge import File
from otpgen.project import (
    ANCESTOR,
    DECLARED,
    ancestor,
    ancestor_bytes,
    parse_ancestor,
    read_ancestor,
)
from otpgen.project.paths import wrong_with

FILES = {
    "z": File(bytes(range(256))),
    "b/c.ex": File("ä\n".encode() * 500),
    "a b.sh": File(b"", 0o755),
}


def ancestor_text(files):
    return ancestor_bytes(files).decode()


def packed(data):
    return base64.b64encode(zlib.compress(data)).decode()


def entry(path, data=b"x", mode="644"):
    return f"{path} {mode}\n{packed(data)}\n"


def text(*entries):
    return "\n".join(["otpgen ancestor 1\n", *entries])


def read(content):
    return parse_ancestor(content if isinstance(content, bytes) else content.encode())


def data_of(found):
    return {path: [file.data for file in files] for path, files in found.files.items()}


def told(found):
    assert all(p.code == "OG302" and p.severity == "warning" for p in found.problems)
    return [(p.location.line, p.message) for p in found.problems]


def test_the_ancestor_gives_back_what_was_put_in():
    found = read(ancestor_text(FILES))

    assert found.files == {path: (file,) for path, file in FILES.items()}
    assert list(found.files) == sorted(FILES)
    assert found.problems == ()


def test_declarations_stand_behind_a_name_that_no_file_has():
    kind = DECLARED + "kinds/agent/kind.yaml"

    found = read(text(entry(kind, b"1"), entry(kind, b"2"), entry("a"), entry(f"{DECLARED}../b")))

    assert found.declared == {kind: File(b"1")}
    assert list(found.files) == ["a"]
    assert [message for _, message in told(found)] == [
        f'"{DECLARED}../b" is no path inside the project'
    ]


def test_the_ancestor_is_text_with_an_entry_a_file():
    made = ancestor_text({"b": File(b"y", 0o755), "a": File(b"x")})

    assert made.startswith("otpgen ancestor 1\n\na 644\n")
    assert "\n\nb 755\n" in made
    assert ANCESTOR == ".otpgen/ancestor"


def test_what_was_written_by_an_earlier_version_is_read():
    made = "otpgen ancestor 1\n\nmix.exs 644\neAHLSy1XyM2s4AIADY4Cww==\n"

    assert data_of(read(made)) == {"mix.exs": [b"new mix\n"]}


def test_a_project_without_one_has_an_empty_one(tmp_path):
    assert read_ancestor(tmp_path) == ancestor.Ancestor()
    assert read(ancestor_text({})) == ancestor.Ancestor()


def test_line_ends_do_not_matter():
    assert read(ancestor_text(FILES).replace("\n", "\r\n")) == read(ancestor_text(FILES))


@pytest.mark.parametrize("version", ["2", "01", "9" * 5_000, "1.1"])
def test_a_newer_ancestor_is_refused(version):
    with pytest.raises(OtpgenError) as caught:
        read(f"otpgen ancestor {version}\n\nwhatever\n")

    (problem,) = caught.value.problems
    assert problem.code == "OG301"
    assert (problem.location.path, problem.location.line) == (ANCESTOR, 1)


# Markers of git


@pytest.mark.parametrize("style", ["merge", "diff3", "zdiff3"])
def test_with_gits_markers_both_sides_count(tmp_path, style):
    base = {"a": b"a", "b": b"b", "c": b"c", "gone": b"gone", "same": b"same"}
    ours = {**base, "b": b"ours", "new": b"n1", "c": b"both"}
    theirs = {**base, "b": b"theirs", "new": b"n2", "c": b"both", "other": b"o"}
    del theirs["gone"]
    names = []
    for name, files in (("ours", ours), ("base", base), ("theirs", theirs)):
        names.append(tmp_path / name)
        names[-1].write_text(ancestor_text({p: File(d) for p, d in files.items()}))
    option = [] if style == "merge" else [f"--{style}"]
    done = subprocess.run(["git", "merge-file", "-p", *option, *names], capture_output=True)
    assert done.returncode > 0 and b"<<<<<<<" in done.stdout

    found = read(done.stdout)

    assert found.problems == ()
    expected = {"a": [b"a"], "b": [b"ours", b"theirs"], "c": [b"both"], "same": [b"same"]}
    assert {path: data_of(found)[path] for path in expected} == expected
    assert sorted(data_of(found)["new"]) == [b"n1", b"n2"]
    assert data_of(found)["other"] == [b"o"]


def test_markers_round_the_content_alone_and_round_whole_entries():
    made = text(
        f"a 644\n<<<<<<< HEAD\n{packed(b'1')}\n||||||| base\n{packed(b'0')}\n=======\n"
        f"{packed(b'2')}\n>>>>>>> x\n",
        f"<<<<<<< HEAD\n{entry('b', b'1')}\n{entry('c', b'1')}=======\n{entry('c', b'2')}>>>>>>>\n",
    )

    assert data_of(read(made)) == {"a": [b"1", b"2"], "b": [b"1"], "c": [b"1", b"2"]}
    assert read(made).problems == ()


def test_a_mode_that_two_branches_disagree_on_is_two_candidates():
    made = text(f"<<<<<<< a\nx 644\n=======\nx 755\n>>>>>>> b\n{packed(b'1')}\n")

    assert read(made).files == {"x": (File(b"1"), File(b"1", 0o755))}


def test_a_marker_that_is_never_closed_loses_no_side():
    made = text(entry("a"), f"<<<<<<< HEAD\n{entry('b', b'1')}=======\n{entry('b', b'2')}")

    assert data_of(read(made)) == {"a": [b"x"], "b": [b"1", b"2"]}


def test_a_stray_marker_is_told_and_the_rest_is_read():
    found = read(text(entry("a"), ">>>>>>> x\n", entry("b")))

    assert data_of(found) == {"a": [b"x"], "b": [b"x"]}
    assert told(found) == [(6, "this line is no entry")]


def test_a_newer_side_is_refused():
    with pytest.raises(OtpgenError):
        read("<<<<<<< a\notpgen ancestor 1\n=======\notpgen ancestor 2\n>>>>>>> b\n")


# Damage and strangers


LONG = "a/" * 600 + "a"


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (entry("../x"), '"../x" is no path inside the project'),
        (entry("a/../../x"), '"a/../../x" is no path inside the project'),
        (entry("/etc/x"), '"/etc/x" is no path inside the project'),
        (entry("a//b"), '"a//b" is no path inside the project'),
        (entry("a/"), '"a/" is no path inside the project'),
        (entry("./a"), '"./a" is no path inside the project'),
        (entry(".git/hooks/x"), '".git/hooks/x" belongs to git'),
        (entry("deep/.GIT/x"), '"deep/.GIT/x" belongs to git'),
        (entry("git~1/x"), '"git~1/x" belongs to git'),
        (entry(".git. /x"), '".git. /x" belongs to git'),
        (entry(".otpgen/ancestor"), '".otpgen/ancestor" belongs to otpgen itself'),
        (entry(".OTPGEN/local/journal"), '".OTPGEN/local/journal" belongs to otpgen itself'),
        (entry("a\\b"), '"a\\b" holds characters that no path of a project has'),
        (entry("a\0b"), '"a\0b" holds characters that no path of a project has'),
        (entry("a\x1b[31m"), '"a\x1b[31m" holds characters that no path of a project has'),
        (entry("a\u202eb"), '"a\u202eb" holds characters that no path of a project has'),
        (entry(LONG), f'"{LONG[:77]}…" is longer than a path may be'),
        (entry("SOUND"), '"SOUND" differs from "sound" by case alone'),
        (entry("x", mode="4755"), '"x" has mode 4755, which no file of otpgen\'s has'),
        (entry("x", mode="0000"), '"x" has mode 0000, which no file of otpgen\'s has'),
        (entry("x", mode="999"), "this line is no entry"),
        (entry("x", mode="-1"), "this line is no entry"),
        ("x 644\n!!!!\n", '"x" is damaged'),
        ("x 644\neNqN\n", '"x" is damaged'),
        (f"x 644\n{packed(b'x' * 100)[:-8]}\n", '"x" is damaged'),
        (f"x 644\n{base64.b64encode(zlib.compress(b'x') + b'more').decode()}\n", '"x" is damaged'),
        ("x 644\n", '"x" is without its content'),
        (packed(b"x") + "\n", "this line is no entry"),
        (entry("x", bytes(17 * 1024**2)), '"x" is larger than a file may be'),
    ],
)
def test_an_entry_that_cannot_be_used_is_left_out_and_told(bad, message):
    found = read(text(entry("sound"), bad, entry("zoo")))

    assert data_of(found) == {"sound": [b"x"], "zoo": [b"x"]}
    assert (6, message) == told(found)[0]


def test_a_path_that_is_no_text_is_left_out():
    found = read(text(entry("a"), entry("b")).encode().replace(b"\nb ", b"\n\xff "))

    assert data_of(found) == {"a": [b"x"]}
    assert len(found.problems) == 1


def test_a_blank_line_that_a_merge_lost_does_no_harm():
    assert data_of(read("otpgen ancestor 1\n" + entry("a") + entry("b"))) == {
        "a": [b"x"],
        "b": [b"x"],
    }


def test_a_truncated_ancestor_gives_what_is_left():
    made = ancestor_text(FILES)

    for end in range(len(made)):
        found = read(made[:end])
        for path, files in found.files.items():
            assert files == (FILES[path],)
        assert end == 0 or "otpgen ancestor 1\n".startswith(made[:end]) or len(found.problems) <= 1


@pytest.mark.parametrize("content", [b"", b"\n", b"\0" * 100, b"hello\n", b"\xff\xfe\n\n"])
def test_what_is_no_ancestor_is_told(content):
    found = read(content)

    assert found.files == {}
    assert "it does not begin with: otpgen ancestor 1" in [message for _, message in told(found)]


def test_many_bad_entries_are_told_in_a_few_lines():
    found = read(text(*(entry(f"../{n}") for n in range(1_000))))

    assert len(found.problems) == 21
    assert (0, "980 more entries cannot be used") in told(found)


def test_a_bomb_takes_no_more_than_a_file_may():
    bomb = base64.b64encode(zlib.compress(bytes(400 * 1024**2), 9)).decode()
    tracemalloc.start()

    found = read(text(f"bomb 644\n{bomb}\n", entry("a")))

    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert data_of(found) == {"a": [b"x"]}
    assert most < 64 * 1024**2


def test_many_bombs_take_no_more_than_all_files_may(monkeypatch):
    monkeypatch.setattr(ancestor, "LARGEST_SUM", 5_000)

    found = read(text(*(entry(f"f{n}", b"%04d" % n * 256) for n in range(8))))

    assert sorted(found.files) == ["f0", "f1", "f2", "f3"]
    assert len(found.problems) == 4


@pytest.mark.parametrize("kind", ["folder", "link", "parent", "large", "unreadable"])
def test_an_ancestor_that_cannot_be_read_is_told(tmp_path, monkeypatch, kind):
    place = tmp_path / ANCESTOR
    if kind == "parent":
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "elsewhere/ancestor").write_text(ancestor_text(FILES))
        (tmp_path / ".otpgen").symlink_to(tmp_path / "elsewhere")
    else:
        place.parent.mkdir()
    if kind == "folder":
        place.mkdir()
    elif kind == "link":
        (tmp_path / "elsewhere").write_text(ancestor_text(FILES))
        place.symlink_to(tmp_path / "elsewhere")
    elif kind in ("large", "unreadable"):
        place.write_text(ancestor_text(FILES))
        monkeypatch.setattr(ancestor, "LARGEST_TEXT", 10)
    disk = ancestor.DISK
    if kind == "unreadable":
        from .disks import Faulty

        disk = Faulty(0, 13, only=["read"])

    found = read_ancestor(tmp_path, disk)

    assert found.files == {}
    assert len(found.problems) == 1 and told(found)


@settings(max_examples=300, deadline=None)
@given(
    at=st.integers(0, 3_000),
    data=st.one_of(
        st.binary(max_size=12),
        st.sampled_from([b"<<<<<<<\n", b"=======\n", b">>>>>>>\n", b"|||||||\n", b"\n", b" 644\n"]),
    ),
    cut=st.integers(0, 40),
)
def test_an_ancestor_with_any_bytes_in_it_is_read(at, data, cut):
    made = ancestor_text(FILES).encode()
    at %= len(made)

    try:
        found = read(made[:at] + data + made[at + cut :])
    except OtpgenError as caught:
        assert [p.code for p in caught.problems] == ["OG301"]
    else:
        assert not any(wrong_with(path) for path in found.files)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_at_all_are_read(data):
    try:
        read(data)
    except OtpgenError as caught:
        assert [p.code for p in caught.problems] == ["OG301"]


def test_what_stands_at_the_top_is_kept_line_by_line_so_that_git_merges_it():
    texts = [b"a\n\nb 644\n", b"<<<<<<< yours\n=======\n", b"\n", b" \n", b"no end", b"", b"\r\n"]
    files = {f"file{number}": File(text, 0o644) for number, text in enumerate(texts)}

    text = ancestor_text({**files, "z/deep": File(b"deep\n", 0o755)})

    assert "\nfile0 644\n|a\n|\n|b 644\n\nfile1 644\n|<<<<<<< yours\n" in text
    read = parse_ancestor(text.encode())
    assert (read.problems, [f for (f,) in read.files.values()][:-1]) == ((), [*files.values()])
    assert parse_ancestor(text.replace("\n", "\r\n").encode()).files == read.files


def test_who_cleans_blanks_at_the_ends_of_lines_away_damages_nothing():
    files = {"mix.exs": File(b"one\n\n  two\n\n\n"), "a/b.ex": File(b"\n\nthree\n")}
    cleaned = "\n".join(line.rstrip() for line in ancestor_text(files).split("\n"))

    assert read(cleaned) == read(ancestor_text(files))
    assert {path: file for path, (file,) in read(cleaned).files.items()} == files


def test_lines_behind_a_space_as_they_were_once_are_read():
    made = "otpgen ancestor 1\n\na 644\n x\n \n y\n\nb/c 755\n|z\n"

    assert data_of(read(made)) == {"a": [b"x\n\ny\n"], "b/c": [b"z\n"]}
