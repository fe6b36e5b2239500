"""Ancestor, yours and fresh become one: every row of the table, and then at random."""

import pytest

from otpgen import toolchain
from otpgen.merge import File, Merged, MergedText, Odd, merge
from tests.conftest import how_many

CASES = how_many(150)

OLD = b"one\n\n\n\nfive\n"
MINE = b"ONE\n\n\n\nfive\n"
NEW = b"one\n\n\n\nFIVE\n"
BOTH = b"ONE\n\n\n\nFIVE\n"
CLASH = b"other\n\n\n\nfive\n"
MARKED = b"<<<<<<< yours\nONE\n||||||| ancestor\none\n=======\nother\n>>>>>>> fresh\n\n\n\nfive\n"


def git(ancestor, yours, fresh):
    merged = toolchain.merge_file(ancestor, yours, fresh)
    return merged and MergedText(*merged)


def no_git(ancestor, yours, fresh):
    return None


def never(*_):
    raise AssertionError("not to be asked")


def file(data, mode=0o644):
    return data if isinstance(data, File | Odd) else File(data, mode)


def merged(ancestor, yours, fresh, merge_text=never, owner="managed", **options):
    """Merge projects given as texts by path; several texts are candidates."""
    disk = {path: file(data) for path, data in yours.items()}
    for path in yours:
        for index, letter in enumerate(path):
            if letter == "/":
                disk.setdefault(path[:index], Odd.FOLDER)
    return merge(
        {
            path: [file(one) for one in (data if isinstance(data, list) else [data])]
            for path, data in ancestor.items()
        },
        disk.get,
        {path: file(data) for path, data in fresh.items()},
        merge_text=merge_text,
        ownership=owner if callable(owner) else lambda path: owner,
        others=lambda: {
            path: found
            for path, found in disk.items()
            if path not in ancestor and isinstance(found, File)
        },
        **options,
    )


def one(ancestor, yours, fresh, merge_text=never, **options):
    """Merge one file; None: it is not there."""
    sides = [{} if side is None else {"f": side} for side in (ancestor, yours, fresh)]
    (result,) = merged(*sides, merge_text, **options)
    assert result.path == "f"
    return result


# The table


def test_nothing_changed():
    assert one(OLD, OLD, OLD) == Merged("f", "same")


def test_only_the_architecture_changed_it():
    assert one(OLD, OLD, NEW) == Merged("f", "changed", File(NEW))


def test_only_the_user_changed_it():
    assert one(OLD, MINE, OLD) == Merged("f", "same")


def test_both_changed_it_in_other_places():
    assert one(OLD, MINE, NEW, git) == Merged("f", "merged", File(BOTH))


def test_both_changed_the_same_place():
    result = one(OLD, MINE, CLASH, git)

    assert (result.verdict, result.file) == ("conflict", File(MARKED))
    assert result.stages == (File(OLD), File(MINE), File(CLASH))
    assert result.reason


def test_both_changed_it_alike():
    assert one(OLD, NEW, NEW) == Merged("f", "same")


def test_both_changed_it_alike_and_the_user_something_else():
    assert one(OLD, BOTH, NEW, git) == Merged("f", "same")


@pytest.mark.parametrize("sides", [(b"a\0", b"b\0", b"c\0"), (OLD, MINE + b"\0", NEW)])
def test_a_binary_that_both_changed_stays_and_the_fresh_one_lies_beside(sides):
    result = one(*sides)

    assert (result.verdict, result.file, result.beside) == ("beside", None, File(sides[2]))


def test_a_binary_that_only_one_changed_is_no_matter():
    assert one(b"a\0", b"a\0", b"c\0") == Merged("f", "changed", File(b"c\0"))
    assert one(b"a\0", b"b\0", b"a\0") == Merged("f", "same")


def test_binary_is_what_git_says():
    late = b"x" * 8000 + b"\n\0\n"
    result = one(b"1\n" + late, b"2\n" + late, b"1\n" + late + b"3\n", git)

    assert result == Merged("f", "merged", File(b"2\n" + late + b"3\n"))
    assert one("ä".encode("utf-16"), "ö".encode("utf-16"), "a".encode("utf-16")).beside


def test_an_unedited_file_that_nothing_asks_for_is_removed():
    assert one(OLD, OLD, None) == Merged("f", "removed")


def test_an_edited_file_that_nothing_asks_for_is_kept():
    result = one(OLD, MINE, None)

    assert (result.verdict, result.file) == ("kept", None)
    assert "no such file any more" in result.reason


def test_what_the_user_deleted_stays_deleted():
    assert one(OLD, None, OLD) == Merged("f", "same")
    assert one(OLD, None, None) == Merged("f", "same")


def test_what_the_user_deleted_and_the_architecture_changed_lies_beside():
    result = one(OLD, None, NEW)

    assert (result.verdict, result.file, result.beside) == ("beside", None, File(NEW))


def test_a_new_file():
    assert one(None, None, NEW) == Merged("f", "added", File(NEW))


def test_a_new_file_that_the_user_has_already():
    assert one(None, NEW, NEW) == Merged("f", "same")
    assert one(None, NEW.replace(b"\n", b"\r\n"), NEW) == Merged("f", "same")


def test_a_new_file_where_the_user_has_another():
    result = one(None, b"mine\n", b"new\n", git)

    assert result.verdict == "conflict"
    assert result.file.data == (
        b"<<<<<<< yours\nmine\n||||||| ancestor\n=======\nnew\n>>>>>>> fresh\n"
    )
    assert result.stages == (None, File(b"mine\n"), File(b"new\n"))


def test_a_new_binary_where_the_user_has_another():
    assert one(None, b"a\0", b"b\0").beside == File(b"b\0")


@pytest.mark.parametrize(("yours", "fresh"), [(b"", b"new\n"), (b"mine\n", b"")])
def test_an_empty_file_is_somebodys_too(yours, fresh):
    result = one(None, yours, fresh, git)

    assert (result.verdict, result.file, result.beside) == ("beside", None, File(fresh))


@pytest.mark.parametrize("odd", list(Odd))
def test_what_is_no_file_any_more_is_kept(odd):
    changed, gone, new = one(OLD, odd, NEW), one(OLD, odd, None), one(None, odd, NEW)

    assert [result.verdict for result in (changed, gone, new)] == ["kept"] * 3
    assert all(str(odd) in result.reason for result in (changed, gone, new))
    assert [result.file or result.beside for result in (changed, gone, new)] == [None] * 3
    assert one(OLD, odd, OLD) == Merged("f", "same")


# Modes

EXEC = 0o755


@pytest.mark.parametrize(
    ("ancestor", "yours", "fresh", "becomes"),
    [
        (0o644, 0o755, 0o644, None),
        (0o755, 0o644, 0o755, None),
        (0o644, 0o644, 0o755, 0o755),
        (0o755, 0o755, 0o644, 0o644),
        (0o644, 0o600, 0o755, 0o700),
        (0o644, 0o664, 0o644, None),
        (0o755, 0o775, 0o644, 0o664),
        (0o644, 0o654, 0o755, 0o755),
    ],
)
def test_whoever_changed_the_mode_wins(ancestor, yours, fresh, becomes):
    result = one(File(OLD, ancestor), File(OLD, yours), File(OLD, fresh))

    assert result == (
        Merged("f", "changed", File(OLD, becomes)) if becomes else Merged("f", "same")
    )


def test_the_mode_is_merged_by_itself():
    assert one(File(OLD), File(MINE), File(OLD, EXEC)) == Merged("f", "merged", File(MINE, EXEC))
    assert one(File(OLD), File(OLD, EXEC), File(NEW)) == Merged("f", "changed", File(NEW, EXEC))
    assert one(File(OLD), File(MINE, EXEC), File(NEW), git).file == File(BOTH, EXEC)
    assert one(File(OLD), File(MINE), File(CLASH, EXEC), git).file == File(MARKED, EXEC)


def test_without_an_ancestor_another_mode_is_said():
    result = one(None, File(NEW), File(NEW, EXEC))

    assert (result.verdict, result.file) == ("kept", None)
    assert "not executable" in result.reason


# Line ends


def crlf(data):
    return data.replace(b"\n", b"\r\n")


def test_a_check_out_with_crlf_is_no_edit_and_keeps_its_line_ends():
    assert one(OLD, crlf(OLD), OLD) == Merged("f", "same")
    assert one(OLD, crlf(OLD), NEW) == Merged("f", "changed", File(crlf(NEW)))
    assert one(OLD, crlf(OLD), None) == Merged("f", "removed")


def test_edits_with_crlf_merge_line_by_line():
    assert one(OLD, crlf(MINE), NEW, git) == Merged("f", "merged", File(crlf(BOTH)))


def test_a_conflict_with_crlf_is_one_place_only():
    result = one(OLD, crlf(MINE), CLASH, git)

    assert result.file.data == crlf(MARKED)
    assert result.stages == (File(crlf(OLD)), File(crlf(MINE)), File(crlf(CLASH)))


def test_lf_stays_lf_where_the_template_has_crlf():
    assert one(crlf(OLD), MINE, crlf(NEW), git) == Merged("f", "merged", File(BOTH))


def test_a_template_may_change_the_line_ends_of_what_nobody_edited():
    assert one(OLD, OLD, crlf(OLD)) == Merged("f", "changed", File(crlf(OLD)))


def test_mixed_line_ends_are_an_edit_and_stay():
    mixed = b"one\r\n\n\n\nfive\n"

    assert one(OLD, mixed, NEW, git) == Merged("f", "merged", File(b"one\r\n\n\n\nFIVE\n"))
    assert one(OLD, mixed, None).verdict == "kept"


def test_mostly_crlf_merges_as_crlf():
    mixed = crlf(OLD)[:-2] + b"\nmine\r\n"
    result = one(OLD, mixed, b"ONE" + OLD[3:], git)

    assert result == Merged("f", "merged", File(b"ONE" + mixed[3:]))


def test_what_is_mixed_by_design_is_not_straightened():
    design = b"HTTP\r\n\r\nbody\n\n\n\n\n"

    assert one(design, design + b"mine\n", b"GET " + design, git) == Merged(
        "f", "merged", File(b"GET " + design + b"mine\n")
    )


# Odd texts


def test_a_missing_final_newline_and_an_empty_file_are_texts():
    assert one(b"a\n\n\nb", b"A\n\n\nb", b"a\n\n\nb\n", git).file == File(b"A\n\n\nb\n")
    assert one(b"", b"", b"a\n") == Merged("f", "changed", File(b"a\n"))
    assert one(b"a", b"a", b"") == Merged("f", "changed", File(b""))
    assert one(b"a", b"", b"b", git).verdict == "conflict"
    assert one(b"", b"mine", b"new", git).file.data.count(b"mine") == 1


# No git


def test_without_git_one_side_is_enough():
    assert one(OLD, OLD, NEW, no_git).verdict == "changed"
    assert one(OLD, MINE, OLD, no_git).verdict == "same"


def test_without_git_both_sides_lie_beside_each_other():
    result = one(OLD, MINE, NEW, no_git)

    assert (result.verdict, result.file, result.beside) == ("beside", None, File(NEW))


@pytest.mark.parametrize("conflicts", [0, 1])
def test_a_merge_that_loses_a_line_is_not_believed(conflicts):
    result = one(OLD, MINE, NEW, lambda *_: MergedText(NEW, conflicts))

    assert (result.verdict, result.file, result.beside) == ("beside", None, File(NEW))


# Ownership


def test_the_users_own_is_never_touched_again():
    for yours in (OLD, MINE, None, Odd.LINK):
        for fresh in (OLD, NEW, None):
            assert one(OLD, yours, fresh, owner="yours") == Merged("f", "same")
    assert one(None, MINE, NEW, owner="yours") == Merged("f", "same")
    assert one(None, None, NEW, owner="yours") == Merged("f", "added", File(NEW))


def test_what_is_seeded_is_written_once():
    assert one(None, None, NEW, owner="seeded") == Merged("f", "added", File(NEW))
    assert one(OLD, MINE, OLD, owner="seeded") == Merged("f", "same")
    assert one(OLD, NEW, NEW, owner="seeded") == Merged("f", "same")
    assert one(OLD, None, NEW, owner="seeded") == Merged("f", "same")


@pytest.mark.parametrize(("ancestor", "yours"), [(OLD, OLD), (OLD, MINE), (None, MINE)])
def test_later_changes_to_what_is_seeded_are_listed(ancestor, yours):
    result = one(ancestor, yours, NEW, owner="seeded")

    assert (result.verdict, result.file, result.beside) == ("kept", None, None)
    assert "written once" in result.reason


def test_what_is_seeded_goes_with_its_application_unless_it_was_edited():
    assert one(OLD, OLD, None, owner="seeded").verdict == "removed"
    assert one(OLD, MINE, None, owner="seeded").verdict == "kept"


# An ancestor of two minds


def test_what_the_candidates_agree_on_merges():
    tail = b"\n\n\nsix\n"
    candidates = [OLD + tail, OLD + tail + b"seven\n"]

    assert one(candidates, MINE + tail + b"7\n", NEW + tail + b"7\n", git) == Merged(
        "f", "merged", File(BOTH + tail + b"7\n")
    )


def test_what_the_candidates_disagree_on_is_a_conflict_of_that_place():
    result = one([OLD, CLASH], MINE, b"new" + OLD[3:], git)

    assert result.verdict == "conflict"
    assert result.file.data.startswith(b"<<<<<<< yours\nONE\n")
    assert result.file.data.endswith(b">>>>>>> fresh\n\n\n\nfive\n")


def test_what_one_candidate_says_is_not_held_against_an_edit():
    # With OLD alone, yours would stay; with CLASH alone, fresh would come.
    assert one([OLD, CLASH], MINE, OLD, git).verdict == "conflict"


def test_unedited_from_either_candidate_is_unedited():
    for yours in (OLD, CLASH):
        assert one([OLD, CLASH], yours, NEW) == Merged("f", "changed", File(NEW))
    assert one([OLD, OLD], MINE, OLD) == Merged("f", "same")


def test_no_candidate_is_no_ancestor():
    assert one([], MINE, NEW, git).stages[0] is None


def test_candidates_of_different_line_ends_agree():
    assert one([OLD, crlf(OLD)], MINE, NEW, git).file == File(BOTH)


def test_candidates_of_different_line_ends_disagree_on_lines_only():
    assert one([OLD, crlf(CLASH)], NEW, OLD, git) == Merged("f", "same")


# Renamed by the user


def test_a_change_follows_the_users_rename():
    (result,) = merged({"f": OLD}, {"g": File(OLD, EXEC)}, {"f": NEW})

    assert result == Merged("g", "changed", File(NEW, EXEC), was="f")


@pytest.mark.parametrize(
    ("ancestor", "yours"),
    [
        ({"f": OLD}, {"g": MINE}),
        ({"f": OLD}, {"g": OLD, "h": OLD}),
        ({"f": OLD, "e": OLD}, {"g": OLD}),
        ({"f": b""}, {"g": b""}),
        ({"f": OLD}, {"f.otpgen-new": OLD}),
    ],
    ids=["edited", "twice", "one of two", "empty", "beside"],
)
def test_what_may_not_be_a_rename_is_a_deletion(ancestor, yours):
    results = merged(ancestor, yours, dict(ancestor) | {"f": NEW})

    assert {result.path: result.verdict for result in results} == {
        path: "beside" if path == "f" else "same" for path in ancestor
    }


def test_the_users_files_are_read_only_when_one_is_missing():
    assert merge(
        {"f": [File(OLD)]},
        {"f": File(MINE)}.get,
        {"f": File(NEW)},
        merge_text=git,
        ownership=lambda path: "managed",
        others=never,
    ) == (Merged("f", "merged", File(BOTH)),)


def test_a_file_that_has_changed_meanwhile_is_no_rename():
    (result,) = merge(
        {"f": [File(OLD)]},
        {"g": File(MINE)}.get,
        {"f": File(NEW)},
        merge_text=never,
        ownership=lambda path: "managed",
        others=lambda: {"g": File(OLD)},
    )

    assert (result.path, result.verdict) == ("f", "beside")


def test_a_rename_onto_a_path_of_the_architectures_is_two_matters():
    results = merged({"f": OLD}, {"g": OLD}, {"f": NEW, "g": CLASH}, git)

    assert [(r.path, r.verdict) for r in results] == [("f", "beside"), ("g", "conflict")]


def test_a_rename_onto_a_path_that_is_the_users_own_is_left_alone():
    def owner(path):
        return "yours" if path == "g" else "managed"

    (result,) = merged({"f": OLD}, {"g": OLD}, {"f": NEW}, owner=owner)

    assert (result.path, result.verdict) == ("f", "beside")


# Moved by the architecture

MOVED = {"apps/old": "apps/new"}
F, T = "apps/old/f", "apps/new/f"


def rename(path, data):
    return data.replace(b"Old", b"New")


def test_a_moved_file_takes_its_edits_along():
    assert merged({F: OLD}, {F: MINE}, {T: OLD}, moved=MOVED) == (
        Merged(T, "merged", File(MINE), was=F),
    )
    assert merged({F: OLD}, {F: MINE}, {T: NEW}, git, moved=MOVED) == (
        Merged(T, "merged", File(BOTH), was=F),
    )
    assert merged({F: OLD}, {F: OLD}, {T: OLD}, moved=MOVED) == (
        Merged(T, "changed", File(OLD), was=F),
    )


def test_names_are_replaced_before_the_merge():
    (result,) = merged(
        {F: b"Old.a\n"},
        {F: b"Old.a\nOld.mine\n"},
        {T: b"New.a\n"},
        moved=MOVED,
        renamed=rename,
    )

    assert result == Merged(T, "merged", File(b"New.a\nNew.mine\n"), was=F)


def test_names_are_replaced_where_others_refer_to_them():
    (result,) = merged({"f": b"Old\n"}, {"f": b"Old\nOld.mine\n"}, {"f": b"New\n"}, renamed=rename)

    assert result == Merged("f", "merged", File(b"New\nNew.mine\n"))
    assert one(b"a\n", b"a\nOld\n", b"a\n", renamed=rename).file == File(b"a\nNew\n")
    assert one(b"Old\n", b"Old\n", b"New\n", renamed=rename).verdict == "changed"
    assert one(b"Old\0", b"Old\0", b"Old\0", renamed=rename) == Merged("f", "same")


def test_names_in_the_users_own_and_in_seeded_files_stay():
    for owner in ("yours", "seeded"):
        assert one(b"Old\n", b"Old 1\n", b"Old\n", renamed=rename, owner=owner).verdict == "same"


def test_the_longest_move_says_where_a_file_goes():
    moved = MOVED | {"apps/old/lib/old": "apps/new/lib/new", "apps/old/lib/old.ex": "apps/new/n.ex"}
    old = {f"apps/old/{path}": OLD for path in ("mix.exs", "lib/old/a.ex", "lib/old.ex")}
    new = {f"apps/new/{path}": OLD for path in ("mix.exs", "lib/new/a.ex", "n.ex")}

    assert {result.path for result in merged(old, old, new, moved=moved)} == set(new)


def test_a_name_that_only_begins_alike_does_not_move():
    assert merged({"apps/older": OLD}, {"apps/older": OLD}, {"apps/older": OLD}, moved=MOVED) == (
        Merged("apps/older", "same"),
    )


def test_what_the_user_has_added_to_a_folder_goes_with_it():
    own = "apps/old/mine"
    results = merged({F: OLD}, {F: OLD, own: b"Old\n"}, {T: OLD}, moved=MOVED, renamed=rename)

    assert results[1] == Merged("apps/new/mine", "merged", File(b"New\n"), was=own)


def test_an_edited_file_that_nothing_asks_for_goes_with_its_folder():
    (result,) = merged({F: OLD}, {F: MINE}, {}, moved=MOVED)

    assert (result.path, result.verdict, result.file, result.was) == (T, "kept", File(MINE), F)


def test_an_unedited_file_that_nothing_asks_for_does_not():
    (result,) = merged({F: OLD}, {F: OLD}, {}, moved=MOVED)

    assert (result.verdict, result.was, result.file) == ("removed", F, None)


def test_a_moved_file_that_the_user_deleted_stays_deleted():
    assert merged({F: OLD}, {}, {T: OLD}, moved=MOVED) == (Merged(T, "same"),)

    (result,) = merged({F: OLD}, {}, {T: NEW}, moved=MOVED)
    assert (result.path, result.verdict, result.beside) == (T, "beside", File(NEW))


def test_a_move_that_the_user_has_made_already():
    (result,) = merged({F: OLD}, {T: MINE}, {T: NEW}, git, moved=MOVED)

    assert (result.path, result.verdict, result.file) == (T, "merged", File(BOTH))


def test_a_move_onto_something_of_the_users_is_not_made():
    edited, taken = merged({F: OLD}, {F: MINE, T: b"mine\n"}, {T: OLD}, git, moved=MOVED)[::-1]

    assert (edited.path, edited.verdict, edited.file) == (F, "kept", None)
    assert T in edited.reason
    assert (taken.path, taken.verdict) == (T, "conflict")
    assert b"mine\n" in taken.file.data


def test_what_is_unedited_gives_way_where_its_new_place_is_taken():
    taken, old = merged({F: OLD}, {F: OLD, T: b"mine\n"}, {T: OLD}, git, moved=MOVED)

    assert (old, taken.verdict) == (Merged(F, "removed"), "conflict")


def test_a_file_added_by_the_user_stays_where_its_new_place_is_taken():
    own, place = "apps/old/mine", "apps/new/mine"
    results = merged({}, {own: OLD, place: MINE}, {}, moved=MOVED)

    assert [(r.path, r.verdict, r.file) for r in results] == [(own, "kept", None)]
    results = merged({}, {own: MINE}, {place: NEW}, moved=MOVED)
    assert [(r.path, r.verdict) for r in results] == [(place, "added"), (own, "kept")]


def test_a_file_added_by_the_user_may_meet_a_new_one_on_both_paths():
    own, place = "apps/old/mine", "apps/new/mine"
    results = merged({}, {own: OLD, place: MINE}, {own: CLASH}, git, moved=MOVED)

    assert [(r.path, r.verdict) for r in results] == [(own, "conflict")]


def test_a_file_added_by_the_user_does_not_move_below_a_new_file():
    results = merged({}, {"d/mine": MINE}, {"x": NEW}, moved={"d": "x"})

    assert [(r.path, r.verdict, r.file) for r in results] == [
        ("d/mine", "kept", None),
        ("x", "added", File(NEW)),
    ]


def test_nothing_moves_to_where_another_stays():
    results = merged({"a": OLD, "b": OLD}, {"a": MINE}, {"b": OLD}, moved={"a": "b"})

    assert [(r.path, r.verdict) for r in results] == [("a", "kept"), ("b", "same")]


def test_a_file_added_by_the_user_leaves_its_place_to_a_new_one():
    own = "apps/old/mine"
    results = merged({}, {own: MINE}, {own: NEW}, moved=MOVED)

    assert results == (
        Merged("apps/new/mine", "merged", File(MINE), was=own),
        Merged(own, "added", File(NEW)),
    )


def test_two_files_change_places():
    results = merged(
        {"a": OLD, "b": NEW},
        {"a": MINE, "b": NEW},
        {"a": NEW, "b": OLD},
        moved={"a": "b", "b": "a"},
    )

    assert results == (
        Merged("a", "changed", File(NEW), was="b"),
        Merged("b", "merged", File(MINE), was="a"),
    )


def test_one_moves_to_where_another_moves_from():
    results = merged(
        {"a": OLD, "b": OLD}, {"a": MINE, "b": MINE}, {"b": OLD}, moved={"a": "b", "b": "c"}
    )

    assert [(r.path, r.verdict, r.file, r.was) for r in results] == [
        ("b", "merged", File(MINE), "a"),
        ("c", "kept", File(MINE), "b"),
    ]


def test_a_chain_stops_where_its_end_is_taken():
    results = merged(
        {"a": OLD, "b": OLD},
        {"a": MINE, "b": MINE, "c": b"mine\n"},
        {"b": OLD, "c": OLD},
        git,
        moved={"a": "b", "b": "c"},
    )

    assert [(r.path, r.verdict) for r in results] == [
        ("a", "kept"),
        ("b", "same"),
        ("c", "conflict"),
    ]


def test_two_do_not_move_to_one_place():
    results = merged(
        {"a": OLD, "b": OLD}, {"a": MINE, "b": MINE}, {"c": OLD}, moved={"a": "c", "b": "c"}
    )

    assert [(r.path, r.verdict) for r in results] == [("b", "kept"), ("c", "merged")]


def test_a_link_is_not_moved():
    results = merged({F: OLD}, {F: Odd.LINK}, {T: OLD}, moved=MOVED)

    assert [(r.path, r.verdict) for r in results] == [(T, "added"), (F, "kept")]


def test_the_users_rename_and_a_move_meet():
    (result,) = merged({F: OLD}, {"apps/old/g": OLD}, {T: NEW}, moved=MOVED)

    assert result == Merged("apps/new/g", "changed", File(NEW), was="apps/old/g")


def test_a_new_file_at_the_old_path_has_nothing_to_do_with_the_rename():
    results = merged({F: OLD}, {"g": OLD}, {T: NEW, F: MINE}, moved=MOVED)

    assert results == (Merged(F, "added", File(MINE)), Merged("g", "changed", File(NEW), was=F))


def test_the_users_own_and_what_is_seeded_go_with_their_folder_as_they_are():
    for owner, verdict in (("yours", "merged"), ("seeded", "kept")):
        (result,) = merged(
            {F: b"Old\n"}, {F: b"Old 1\n"}, {T: b"New 2\n"},
            moved=MOVED, renamed=rename, owner=owner,
        )  # fmt: skip

        assert (result.verdict, result.file, result.was) == (verdict, File(b"New 1\n"), F)


def test_what_cannot_be_merged_moves_all_the_same():
    (result,) = merged({F: OLD}, {F: MINE}, {T: NEW}, no_git, moved=MOVED)

    assert (result.verdict, result.file, result.was, result.beside) == (
        "beside", File(MINE), F, File(NEW),
    )  # fmt: skip


# Names in the way


def test_a_path_that_changes_only_its_case_moves():
    assert merged({"Readme": OLD}, {"Readme": MINE}, {"README": OLD}) == (
        Merged("README", "merged", File(MINE), was="Readme"),
    )


def test_a_disk_that_folds_case_is_no_obstacle():
    yours = {"Readme": MINE, "README": MINE}

    assert merged({"Readme": OLD}, yours, {"README": OLD}) == (
        Merged("README", "merged", File(MINE), was="Readme"),
    )


def test_a_file_that_differs_only_in_case_is_another():
    yours = {"Readme": MINE, "README": b"mine\n"}
    results = merged({"Readme": OLD}, yours, {"README": OLD}, git)

    assert [(r.path, r.verdict) for r in results] == [("README", "conflict"), ("Readme", "kept")]


@pytest.mark.parametrize("obstacle", [MINE, Odd.LINK, Odd.SPECIAL, Odd.UNREADABLE])
def test_a_folder_is_not_made_where_the_user_has_something_else(obstacle):
    (result,) = merged({}, {"a": obstacle}, {"a/b/c": NEW})

    assert (result.path, result.verdict, result.file) == ("a/b/c", "kept", None)
    assert "a is " in result.reason


def test_nothing_is_removed_through_a_link():
    disk = {"a": Odd.LINK, "a/b": File(OLD)}
    results = merge(
        {"a/b": [File(OLD)]}, disk.get, {}, merge_text=never, ownership=lambda path: "managed"
    )

    assert [result.verdict for result in results] == ["kept"]


def test_a_file_that_is_removed_makes_room_for_a_folder():
    assert [r.verdict for r in merged({"a": OLD}, {"a": OLD}, {"a/b": NEW})] == ["removed", "added"]
    assert [r.verdict for r in merged({"a": OLD}, {"a": MINE}, {"a/b": NEW})] == ["kept", "kept"]


def test_a_move_below_something_of_the_users_is_not_made():
    results = merged({F: OLD}, {F: MINE, "apps/new": MINE}, {T: OLD}, moved=MOVED)

    assert [(r.path, r.verdict, r.file) for r in results] == [
        (T, "kept", None),
        (F, "kept", None),
    ]


def test_without_an_ancestor_every_difference_is_explicit():
    results = merged({}, {"a": OLD, "b": MINE}, {"a": OLD, "b": NEW, "c": NEW}, git)

    assert [result.verdict for result in results] == ["same", "conflict", "added"]
