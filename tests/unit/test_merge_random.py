"""Whatever the user did and whatever the architecture did: nothing of the user's is lost."""

import re
import subprocess

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from otpgen.merge import BESIDE, File, Odd, merge
from tests.unit.test_merge import CASES, git, no_git

PATHS = ["A", "a", "b", "d", "d/a", "d/b", "d/e/c", "x", "x/a", "x/d/a", "x/e/c"]
MOVES = [{}, {}, {}, {"d": "x"}, {"a": "b"}, {"a": "b", "b": "a"}, {"a": "d/a", "d": "x"}]
MOVES += [{"d": "x", "d/e": "x/d", "b": "a"}, {"a": "A", "d": "d/d"}]
MINE = re.compile(rb"u\d+")


def above(path):
    return [path[: i.start()] for i in re.finditer("/", path)]


def fits(path, tree):
    """Whether a file may stand there: nothing above it is one, and nothing is below."""
    return not any(p in tree for p in above(path)) and not any(
        p.startswith(path + "/") for p in tree
    )


class Disk:
    """What stands where, as a project on disk would answer."""

    def __init__(self, tree):
        self.tree = dict(tree)

    def __repr__(self):
        return f"Disk({self.tree})"

    def __call__(self, path):
        for folder in above(path):
            found = self.tree.get(folder)
            if found is Odd.LINK:
                return Odd.LINK
            if found not in (None, Odd.FOLDER):
                return None
        below = any(p.startswith(path + "/") for p in self.tree)
        return self.tree.get(path, Odd.FOLDER if below else None)

    def write(self, path, file):
        for folder in above(path):
            assert self.tree.get(folder) in (None, Odd.FOLDER), f"{folder} is in the way"
            self.tree.pop(folder, None)
        assert not isinstance(self(path), Odd), f"{path} is {self(path)}"
        self.tree[path] = file

    def after(self, results):
        """Do what the results say, as strictly as the writer will."""
        disk = Disk(self.tree)
        for result in results:
            if result.verdict == "removed" and not result.was:
                assert isinstance(disk.tree.pop(result.path), File)
            if result.was and isinstance(disk.tree.get(result.was), File):
                del disk.tree[result.was]
        for result in results:
            if result.file is not None:
                disk.write(result.path, result.file)
            if result.beside is not None:
                disk.write(result.path + BESIDE, result.beside)
        return disk


@st.composite
def projects(draw):
    """Return ancestor, disk, fresh, moves, owners and whether names change."""
    random = draw(st.randoms(use_true_random=False))
    count = iter(range(10_000))

    def text():
        start = random.randrange(4)
        lines = [b"l%d\n" % i for i in range(start, start + random.randrange(8))]
        return b"".join(lines) if random.random() < 0.9 else b"".join(lines)[:-1]

    def edited(data, letter):
        lines = data.splitlines(keepends=True)
        for _ in range(random.randrange(1, 3)):
            at = random.randrange(len(lines) + 1)
            new = [b"%s%d\n" % (letter, next(count))] if random.random() < 0.8 else []
            lines[at : at + random.randrange(2)] = new
        return b"".join(lines)

    def tree(chance):
        chosen = {}
        for path in random.sample(PATHS, len(PATHS)):
            if random.random() < chance and fits(path, chosen):
                chosen[path] = File(text(), random.choice([0o644, 0o644, 0o755]))
        return chosen

    ancestor = tree(0.5)
    moves = random.choice(MOVES)
    disk, fresh = {}, {}
    for path, file in ancestor.items():
        data, mode, place = file.data, file.mode, path
        kind = random.choice(["", "", "edit", "edit", "edit", "gone", "rename", "odd", "binary"])
        if "edit" in kind:
            data = edited(data, b"u")
        if kind == "rename":
            place = random.choice([*PATHS, "new", "d/new"])
            data = edited(data, b"u") if random.random() < 0.3 else data
        if kind == "binary":
            data += b"u%d\0" % next(count)
        ends = random.random()
        if ends < 0.2:
            data = data.replace(b"\n", b"\r\n")
        elif ends < 0.3:
            data = data.replace(b"\n", b"\r\n", 2)
        if random.random() < 0.1:
            mode ^= 0o111
        if kind != "gone" and place not in disk and fits(place, disk):
            found = random.choice(list(Odd)) if kind == "odd" else File(data, mode)
            disk[place] = found
    for path in random.sample([*PATHS, "d/own", "x/own"], 3):
        if path not in disk and fits(path, disk) and random.random() < 0.5:
            disk[path] = File(edited(text(), b"u"))
    for path, file in ancestor.items():
        target = path
        for old in sorted(moves, key=len):
            if path == old or path.startswith(old + "/"):
                target = moves[old] + path[len(old) :]
        kind = random.choice(["", "", "change", "change", "gone", "mode"])
        data = edited(file.data, b"f") if kind == "change" else file.data
        mode = file.mode ^ 0o111 if kind == "mode" else file.mode
        if kind != "gone" and target not in fresh and fits(target, fresh):
            fresh[target] = File(data, mode)
    for path in random.sample(PATHS, 2):
        if path not in fresh and fits(path, fresh) and random.random() < 0.5:
            fresh[path] = File(text())
    several = {
        path: [file, File(edited(file.data, b"f"))] if random.random() < 0.1 else [file]
        for path, file in ancestor.items()
        if random.random() < 0.95
    }
    owners = {p: random.choice(["managed"] * 8 + ["seeded", "yours"]) for p in PATHS}
    return several, Disk(disk), fresh, moves, owners, random.random() < 0.3


def new_names(path, data):
    return data.replace(b"l2", b"n2")


def run(ancestor, disk, fresh, moves, owners, names, merge_text):
    return merge(
        ancestor,
        disk,
        fresh,
        merge_text=merge_text,
        ownership=lambda path: owners.get(path, "managed"),
        moved=moves,
        renamed=new_names if names else None,
        others=lambda: {
            p: f for p, f in disk.tree.items() if p not in ancestor and isinstance(f, File)
        },
    )


def plain(file):
    return new_names("", file.data.replace(b"\r\n", b"\n"))


many = settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@many
@given(projects(), st.sampled_from([git, git, no_git]))
def test_nothing_of_the_users_is_lost(project, merge_text):
    ancestor, disk, *_ = project
    results = run(*project, merge_text)
    after = disk.after(results)
    for verdict in {result.verdict for result in results}:
        event(verdict)

    assert [result.path for result in results] == sorted({result.path for result in results})
    words = {word for file in disk.tree.values() if isinstance(file, File)
             for word in MINE.findall(file.data)}  # fmt: skip
    assert words <= {word for file in after.tree.values() if isinstance(file, File)
                     for word in MINE.findall(file.data)}  # fmt: skip
    ours = {plain(file) for files in ancestor.values() for file in files}
    written = {result.was or result.path: result for result in results if result.file}
    written |= {result.path: result for result in results if result.file}
    for path, found in disk.tree.items():
        if isinstance(found, Odd):
            empty = found is Odd.FOLDER  # it may be filled
            assert after.tree.get(path) is found or (empty and after(path) is found)
        elif after.tree.get(path) != found and plain(found) not in ours:
            results_here = [r for r in results if r.file and path in (r.path, r.was)]
            assert any(
                set(MINE.findall(found.data)) <= set(MINE.findall(result.file.data))
                for result in results_here
            ), path
            assert {r.verdict for r in results_here} - {"added"}, path


@many
@given(projects(), st.sampled_from([git, no_git]))
def test_the_second_run_has_nothing_to_do(project, merge_text):
    _, disk, fresh, _, owners, _ = project
    after = disk.after(run(*project, merge_text))

    again = run({p: [f] for p, f in fresh.items()}, after, fresh, {}, owners, False, merge_text)

    assert {result.verdict for result in again} <= {"same"}


@many
@given(projects())
def test_an_architecture_that_does_not_change_changes_nothing(project):
    ancestor, disk, _, _, owners, _ = project
    fresh = {path: files[0] for path, files in ancestor.items()}

    results = run({p: [f] for p, f in fresh.items()}, disk, fresh, {}, owners, False, no_git)

    assert {(r.verdict, r.file, r.beside, r.was) for r in results} <= {("same", None, None, "")}


@many
@given(projects())
def test_what_is_written_is_said(project):
    for result in run(*project, git):
        writes = result.file is not None
        if result.verdict in ("added", "changed", "merged", "conflict"):
            assert writes
        elif result.verdict in ("same", "removed"):
            assert not writes
        else:
            assert writes == bool(result.was)
        assert (result.verdict == "beside") == (result.beside is not None)
        assert bool(result.reason) == (result.verdict in ("kept", "conflict", "beside"))
        assert (result.stages is not None) == (result.verdict == "conflict")


# Against git's own merge of whole trees


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repository")

    def run_git(*arguments, data=None, ok=(0,)):
        run = subprocess.run(
            ["git", "-c", "merge.conflictStyle=zdiff3", *arguments],
            cwd=folder,
            env={"HOME": str(folder), "PATH": "/usr/bin:/bin:/usr/local/bin"},
            input=data,
            stdout=subprocess.PIPE,
        )
        assert run.returncode in ok
        return run.stdout, run.returncode

    run_git("init", "-q")
    return run_git


def commit(name, number, tree, parent=""):
    person = b"committer A <a@b> 0 +0000\n"
    head = b"commit refs/heads/%s\nmark :%d\n%sdata 0\n" % (name.encode(), number, person)
    head += b"from %s\n" % parent.encode() if parent else b""
    files = b"".join(
        b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)
        for path, data in tree.items()
    )
    return head + b"deleteall\n" + files + b"\n"


LINES = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 2), st.booleans()), min_size=0, max_size=3
)
SIDES = st.one_of(st.none(), LINES, LINES, LINES)


def with_edits(edits, letter, path):
    # No two files are alike, lest git takes one for another renamed.
    lines = [b"%s %d\n" % (path.encode() * 5, i) for i in range(12)]
    for number, (at, removed, adds) in enumerate(sorted(edits, reverse=True)):
        lines[at : at + removed] = [b"%s%d\n" % (letter, number)] if adds else []
    return b"".join(lines)


@settings(max_examples=max(CASES // 4, 1), deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(st.lists(st.tuples(st.booleans(), SIDES, SIDES), min_size=1, max_size=6))
def test_it_is_git_merge_tree(repository, files):
    ancestor, yours, fresh = {}, {}, {}
    for number, (was, mine, new) in enumerate(files):
        path = f"f{number}"
        if was:
            ancestor[path] = with_edits([], b"", path)
        if mine is not None:
            yours[path] = with_edits(mine, b"u", path)
        if new is not None:
            fresh[path] = with_edits(new, b"f", path)
    repository(
        "fast-import", "--quiet", "--force",
        data=commit("ancestor", 1, ancestor)
        + commit("yours", 2, yours, ":1")
        + commit("fresh", 3, fresh, ":1"),
    )  # fmt: skip
    told, status = repository(
        "merge-tree", "--write-tree", "--no-messages", "-z", "yours", "fresh", ok=(0, 1)
    )
    tree, *unmerged = told.rstrip(b"\0").split(b"\0")
    conflicts = {entry.partition(b"\t")[2].decode() for entry in unmerged}
    listed, _ = repository("ls-tree", "-r", "-z", "--name-only", tree.decode())
    names = listed.decode().split("\0")[:-1]
    blobs, _ = repository(
        "cat-file", "--batch", data=b"".join(b"%s:%s\n" % (tree, n.encode()) for n in names)
    )
    expected = {}
    for name in names:
        head, _, blobs = blobs.partition(b"\n")
        size = int(head.split()[2])
        expected[name], blobs = blobs[:size], blobs[size + 1 :]

    disk = Disk({path: File(data) for path, data in yours.items()})
    results = run({p: [File(d)] for p, d in ancestor.items()}, disk,
                  {p: File(d) for p, d in fresh.items()}, {}, {}, False, git)  # fmt: skip
    after = {p: f.data for p, f in disk.after(results).tree.items() if not p.endswith(BESIDE)}

    assert {r.path for r in results if r.verdict in ("conflict", "beside", "kept")} == conflicts
    assert bool(conflicts) == bool(status)
    for path, data in expected.items():
        if path in after:  # else the user deleted it: git writes what is fresh, we lay it beside
            assert after[path] == re.sub(rb"(?m)^\|{7}.*$", b"||||||| ancestor", data)
    assert set(after) <= set(expected)
    assert set(expected) - set(after) <= {r.path for r in results if r.beside}
