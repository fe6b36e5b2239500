"""Random edits against random changes of the architecture, on a real folder.

Whatever both did: no line of the user's is lost, a second run does nothing, undo takes all back.
"""

import json
import os
import random
import re
import shutil
import stat
import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from otpgen.commands.new import new
from otpgen.commands.outlook import has_markers
from otpgen.commands.regenerate import regenerate, undo
from otpgen.errors import OtpgenError
from otpgen.templates import Renderer

SEED = {
    "otpgen": 1,
    "name": "shop",
    "apps": {
        "core": {
            "strategy": "rest_for_one",
            "children": [
                {"gen_server": "store"},
                {
                    "supervisor": "pool",
                    "strategy": "one_for_all",
                    "children": [{"gen_server": "left"}, {"agent": "right"}],
                },
                {"agent": "cache"},
            ],
        },
        "web": {"depends_on": ["core"], "children": [{"gen_server": "front"}]},
        "words": {},
    },
    "moved": [],
}
MARKERS = re.compile(rb"(?m)^(<<<<<<< yours|\|{7} ancestor|=======|>>>>>>> fresh)(\r?\n|\Z)")
STRATEGIES = ["one_for_one", "one_for_all", "rest_for_one"]
WORDS = ["alder", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine"]


class Architecture:
    """The architecture, and what may be done to it; what was renamed is said."""

    def __init__(self, rng):
        self.rng = rng
        self.data = json.loads(json.dumps(SEED))
        self.unused = list(WORDS)

    def text(self):
        shown = {key: value for key, value in self.data.items() if value not in ([], {})}
        return json.dumps(shown, indent=2) + "\n"

    def change(self):
        self.rng.choice(
            [
                self.add_worker, self.remove_worker, self.rename_worker, self.move_worker,
                self.strategy, self.restart, self.add_app, self.remove_app, self.rename_app,
                self.nodes, self.rename_node, self.describe,
            ]
        )()  # fmt: skip

    def name(self):
        return self.unused.pop(self.rng.randrange(len(self.unused))) if self.unused else None

    def supervisors(self):
        """Of each supervisor its application and itself."""
        found = []
        for name, app in self.data["apps"].items():
            if "children" in app:
                found.append((name, app))
                found += [(name, child) for child in app["children"] if "supervisor" in child]
        return found

    def worker(self):
        """Some worker: its application, its supervisor, itself; not an only child."""
        found = [
            (app, above, child)
            for app, above in self.supervisors()
            if len(above["children"]) > 1
            for child in above["children"]
            if "supervisor" not in child
        ]
        return self.rng.choice(found) if found else None

    def add_worker(self):
        if (some := self.supervisors()) and (name := self.name()):
            children = self.rng.choice(some)[1]["children"]
            kind = self.rng.choice(["gen_server", "agent"])
            children.insert(self.rng.randint(0, len(children)), {kind: name})

    def remove_worker(self):
        if found := self.worker():
            app, above, child = found
            above["children"].remove(child)
            self.forget(f"{app}.{self.named(child)[1]}")

    def rename_worker(self):
        if (found := self.worker()) and (name := self.name()):
            app, _, child = found
            kind, old = self.named(child)
            child[kind] = name
            self.moved(f"{app}.{old}", f"{app}.{name}")

    def move_worker(self):
        if found := self.worker():
            app, above, child = found
            above["children"].remove(child)
            places = [sup for name, sup in self.supervisors() if name == app]
            self.rng.choice(places)["children"].append(child)

    def strategy(self):
        if some := self.supervisors():
            self.rng.choice(some)[1]["strategy"] = self.rng.choice(STRATEGIES)

    def restart(self):
        if found := self.worker():
            found[2]["restart"] = self.rng.choice(["permanent", "transient", "temporary"])

    def describe(self):
        self.rng.choice([*self.data["apps"].values()])["description"] = f"Some {self.rng.random()}"

    def add_app(self):
        if name := self.name():
            app = {"depends_on": [self.rng.choice([*self.data["apps"]])]}
            if self.rng.random() < 0.7:
                app["children"] = [{"gen_server": f"{name}_worker"}]
            self.data["apps"][name] = app

    def remove_app(self):
        if len(apps := self.data["apps"]) > 1:
            name = self.rng.choice([*apps])
            del apps[name]
            for app in apps.values():
                app["depends_on"] = [other for other in app.get("depends_on", []) if other != name]
            self.forget(name)

    def rename_app(self):
        if name := self.name():
            old = self.rng.choice([*self.data["apps"]])
            apps = {name if n == old else n: app for n, app in self.data["apps"].items()}
            for app in apps.values():
                if "depends_on" in app:
                    app["depends_on"] = [name if n == old else n for n in app["depends_on"]]
            self.data["apps"] = apps
            for move in self.data["moved"]:
                if move["to"].split(".")[0] == old:
                    move["to"] = move["to"].replace(old, name, 1)
            self.moved(old, name)

    def nodes(self):
        nodes = self.data.setdefault("nodes", {})
        if nodes and self.rng.random() < 0.4:
            gone = self.rng.choice([*nodes])
            del nodes[gone]
            self.forget(gone)
        elif name := self.name():
            nodes[name] = {"port": 4000 + len(nodes) * 10 + len(self.unused)}

    def rename_node(self):
        nodes = self.data.get("nodes", {})
        if nodes and (name := self.name()):
            old = self.rng.choice([*nodes])
            self.data["nodes"] = {name if n == old else n: port for n, port in nodes.items()}
            self.moved(old, name)

    @staticmethod
    def named(child):
        return next((kind, child[kind]) for kind in ("gen_server", "agent") if kind in child)

    def moved(self, old, new):
        for move in self.data["moved"]:
            if move["to"] == old:
                move["to"] = new
                return
        self.data["moved"].append({"from": old, "to": new})

    def forget(self, name):
        self.data["moved"] = [
            move
            for move in self.data["moved"]
            if move["to"] != name and not move["to"].startswith(f"{name}.")
        ]


class User:
    """What the user does to the files; each line of his is there once."""

    def __init__(self, rng, project):
        self.rng, self.project = rng, project
        self.count = 0

    def files(self):
        return sorted(
            path
            for path in self.project.rglob("*")
            if path.is_file()
            and path.name not in ("otpgen.yaml", "schema.json")
            and ".otpgen/" not in path.as_posix()
            and not path.name.endswith(".otpgen-new")
            and ("test_kit" not in path.as_posix() or path.name == "mix.exs")
        )

    def line(self):
        self.count += 1
        return b"# mine%06d" % self.count

    def edit(self):
        does = self.rng.choice(
            [
                self.append, self.append, self.insert, self.insert, self.delete_lines,
                self.replace, self.replace, self.remove, self.move, self.chmod, self.add,
                self.crlf, self.binary,
            ]
        )  # fmt: skip
        does(self.rng.choice(self.files()))

    def append(self, file):
        data = file.read_bytes()
        file.write_bytes(data + self.line() + self.rng.choice([b"\n", b""]))

    def insert(self, file, instead=0):
        lines = file.read_bytes().split(b"\n")
        place = self.rng.randint(0, len(lines))
        lines[place : place + instead] = [self.line()]
        file.write_bytes(b"\n".join(lines))

    def replace(self, file):
        self.insert(file, instead=self.rng.randint(1, 3))

    def delete_lines(self, file):
        lines = file.read_bytes().split(b"\n")
        place = self.rng.randint(0, len(lines))
        del lines[place : place + self.rng.randint(1, 4)]
        file.write_bytes(b"\n".join(lines))

    def remove(self, file):
        file.unlink()

    def move(self, file):
        target = self.project / self.rng.choice(["", "apps/core/lib", "apps/core/lib/core", "mine"])
        target.mkdir(parents=True, exist_ok=True)
        if not (target / f"moved_{file.name}").exists():
            file.rename(target / f"moved_{file.name}")

    def chmod(self, file):
        file.chmod(file.stat().st_mode ^ 0o111)

    def add(self, _file):
        app = self.rng.choice([*sorted(path.name for path in self.project.glob("apps/*")), "elm"])
        name = self.rng.choice(["own.ex", "supervisor.ex", "oak.ex", "store.ex"])
        file = self.project / "apps" / app / "lib" / app / name
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self.line() + b"\n")

    def crlf(self, file):
        file.write_bytes(file.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    def binary(self, file):
        file.write_bytes(b"\0" + file.read_bytes() + self.line())


def tree(project):
    return {
        path.relative_to(project).as_posix(): (path.read_bytes(), stat.S_IMODE(path.stat().st_mode))
        for path in sorted(project.rglob("*"))
        if path.is_file() and ".otpgen/local" not in path.as_posix()
    }


def folders(project):
    return {path for path in project.rglob("*") if path.is_dir() and ".otpgen" not in str(path)}


def mine(files):
    """The user's lines, in all that is his to see."""
    left = b"\n".join(data for path, (data, _) in files.items() if path != ".otpgen/ancestor")
    return set(re.findall(rb"# mine\d{6}", left))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("seed")
    (folder / "shop.json").write_text(json.dumps(SEED))
    new(folder / "shop.json", folder / "shop")
    return folder / "shop"


@pytest.fixture(scope="module", autouse=True)
def quick():
    """Nothing waits for the medium, as the machine does not die; templates are compiled once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "sync", lambda: None)
        patch.setattr(os, "fsync", lambda descriptor: None)
        renderer = cache(Renderer)
        patch.setattr("otpgen.templates.renderer.Renderer", lambda folder, own: renderer(folder))
        yield


@given(st.integers(0, 2**32))
@settings(settings.get_profile("few"))
def test_whatever_the_user_and_the_architecture_do(made, seed):
    rng = random.Random(seed)
    rounds, edits, changes = rng.randint(1, 2), rng.randint(0, 20), rng.randint(1, 5)
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "shop")
        shutil.copytree(made, project)
        architecture, user = Architecture(rng), User(rng, project)
        for _ in range(rounds):
            for _ in range(edits):
                user.edit()
            for _ in range(changes):
                architecture.change()
            (project / "otpgen.yaml").write_text(architecture.text())
            if not one_round(project):
                return
            decide(project)


def one_round(project):
    """Regenerate, twice, and back, and once more; whether the architecture was sound."""
    file = project / "otpgen.yaml"
    before, dirs = tree(project), folders(project)
    try:
        result = regenerate(file)
    except OtpgenError as error:
        assert tree(project) == before
        codes = {problem.code for problem in error.problems}
        assert not codes & {"OG302", "OG303", "OG403", "OG405", "OG406", "OG407"}, error.problems
        event(f"refused: {sorted(codes)}")
        return False
    after = tree(project)
    assert mine(before) - mine(after) == set()
    assert after["otpgen.yaml"] == before["otpgen.yaml"]
    listed = {merged.path for merged in result.outlook.conflicts}
    marked = {path for path, (data, _) in after.items() if has_markers(data)}
    assert marked <= listed and not result.kept
    # What was not his to begin with may go; what goes else is listed, or has moved.
    results = [merged for merged in result.outlook.merged if merged.verdict != "same"]
    told = {merged.was or merged.path for merged in results}
    assert {path for path in before if path not in after} <= told
    event("conflicts" if marked else "no conflicts")

    if marked:
        with pytest.raises(OtpgenError) as caught:
            regenerate(file)
        assert {problem.code for problem in caught.value.problems} == {"OG303"}
    else:
        again = regenerate(file)
        assert again.outlook.steps == (), [step.path for step in again.outlook.steps]
    assert tree(project) == after

    if result.outlook.steps or after != before:
        undo(file)
        assert tree(project) == before
        assert folders(project) == dirs
        regenerate(file)
        assert tree(project) == after
    return True


def decide(project):
    """Both sides stay, the markers go; what waits beside is deleted."""
    for path, (data, _) in tree(project).items():
        if has_markers(data):
            (project / path).write_bytes(MARKERS.sub(b"", data))
        if path.endswith(".otpgen-new"):
            (project / path).unlink()
