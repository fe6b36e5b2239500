"""The API of the help desk on real nodes: what it says of itself holds, whatever it is sent."""

import http.client
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import openapi_spec_validator
import pytest

from otpgen.commands.new import new

from .conftest import free_ports, require
from .test_http_hostile import holds, no_more
from .test_nodes import NODES, Cluster, eventually

pytestmark = pytest.mark.cluster
CASE = Path(__file__).parent / "cases/desk_api/otpgen.yaml"
TOKEN = "sesame-1"
SCRIPT = "<script>alert('\"1&1\"')</script>"
JSON = {"Content-Type": "application/json"}


class Desk(Cluster):
    """Two applications made of the component on each node: one with a token, one without."""

    def __init__(self, root, env, health, ports):
        super().__init__(root, [0], env, health)
        self.ports = ports

    def ask(self, method, path, body=None, *, app="api", node="node1", **headers):
        """Status, headers and value of an answer."""
        if app == "api":
            headers.setdefault("Authorization", f"Bearer {TOKEN}")
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in (JSON | headers).items()}
        client = http.client.HTTPConnection("127.0.0.1", self.ports[app, node], timeout=30)
        try:
            client.request(method, path, body, named)
            answer = client.getresponse()
            said = answer.read()
            return answer.status, answer.headers, json.loads(said) if said else None
        finally:
            client.close()

    def status(self, *arguments, **more):
        return self.ask(*arguments, **more)[0]

    def serves(self, node):
        """Whether all of its tables are open: they are opened beside the server."""
        paths = ("/tickets", "/notifications", "/channels")
        try:
            return {self.status("GET", path, node=node) for path in paths} == {200}
        except OSError:
            return False


@pytest.fixture(scope="module")
def desk(tmp_path_factory, project, environment):
    require("mix", "elixir", "erl", "ps")
    compiled = project(str(CASE))
    root = tmp_path_factory.mktemp("desk") / "desk"
    ports, free, text = {}, free_ports(3 * len(NODES)), CASE.read_text()
    for node in NODES:
        found = {name: free.pop() for name in ("api", "open", "health")}
        said = ", ".join(f"{name}: {port}" for name, port in found.items())
        text = re.sub(rf"(?m)^  {node}: .*$", f"  {node}: {{ports: {{{said}}}}}", text)
        ports |= {(name, node): port for name, port in found.items()}
    file = root.parent / "otpgen.yaml"
    file.write_text(text)
    new(file, root)
    shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
    health = {node: ports["health", node] for node in NODES}
    made = Desk(root, {**environment, "DESK_TOKEN": TOKEN}, health, ports)
    try:
        made.sh("all")
        for node in NODES:
            eventually(lambda node=node: made.serves(node))
        yield made
    finally:
        subprocess.run(["./start-dist.sh", "stop"], cwd=root, env=environment, check=False)


@pytest.mark.parametrize("app", ["api", "open"])
def test_what_it_says_of_itself_is_openapi(desk, app):
    status, headers, described = desk.ask("GET", "/openapi.json", app=app)

    assert (status, headers["Content-Type"]) == (200, "application/json")
    openapi_spec_validator.validate(described)
    assert ("security" in described) == (app == "api")


@pytest.mark.parametrize(
    ("app", "arguments"),
    [
        ("api", ["-H", f"Authorization: Bearer {TOKEN}"]),
        # What is open is the same code: it is tried at its bounds only.
        ("open", ["--phases=coverage"]),
    ],
    ids=["api", "open"],
)
def test_what_it_says_of_itself_is_so(desk, app, arguments, tmp_path):
    """Schemathesis sends what the description allows, and what it does not."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("st"),
            "run",
            f"http://127.0.0.1:{desk.ports[app, 'node1']}/openapi.json",
            "--checks=all",
            "--seed=1",
            "--max-examples=5",
            "--generation-database=none",
            "--no-color",
            *arguments,
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "Tested: 8" in done.stdout
    assert "No issues found" in done.stdout


def test_who_has_no_token_gets_nothing(desk):
    before = desk.ask("GET", "/tickets")[2]
    said = {"subject": "a", "text": "b", "author": "c"}
    for header in ("", "Bearer", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \xff"):
        for method, path in [("GET", "/tickets"), ("POST", "/tickets"), ("GET", "/unknown")]:
            status, headers, _ = desk.ask(method, path, said, Authorization=header)
            assert (status, headers["WWW-Authenticate"].split()[0]) == (401, "Bearer")

    assert desk.ask("GET", "/tickets")[2] == before
    assert desk.status("GET", "/tickets", app="open") == 200


def test_a_ticket_of_one_node_is_answered_on_another(desk):
    fields = dict.fromkeys(("subject", "text", "author"), SCRIPT)
    status, headers, ticket = desk.ask("POST", "/tickets", fields)
    assert (status, headers["Content-Type"]) == (201, "application/json")
    assert [ticket["subject"], ticket["author"], ticket["entries"][0]["text"]] == [SCRIPT] * 3
    path = headers["Location"]

    said = {"text": SCRIPT, "author": SCRIPT}
    assert desk.status("POST", f"{path}/entries", said, node="node2") == 201
    assert desk.status("PUT", f"{path}/state", {"state": "closed"}, node="node3") == 200
    eventually(lambda: desk.ask("GET", path)[2]["state"] == "closed")
    assert [entry["text"] for entry in desk.ask("GET", path)[2]["entries"]] == [SCRIPT] * 2


DEEP = 10_000
BAD = {
    "arrays 10,000 deep": (b"[" * DEEP + b"]" * DEEP, 400),
    "objects 10,000 deep": (b'{"subject":' * DEEP + b"1" + b"}" * DEEP, 400),
    "a field 10,000 deep": (b'{"text":' + b"[" * DEEP + b"]" * DEEP + b"}", 400),
    "brackets that never close": (b"[{" * 90_000, 400),
    "bytes that are no UTF-8": (b'{"subject": "\xff\xfe"}', 400),
    "half a surrogate pair": (b'{"subject": "\\ud800"}', 400),
    "no JSON": (b"subject=a&text=b", 400),
    "nothing": (b"", 400),
    "a number of 190,000 digits": (b'{"text":' + b"9" * 190_000 + b"}", 400),
    "no object": (b'"text"', 422),
    "another field": (b'{"subject":"a","text":"b","author":"c","state":"open"}', 422),
    "a line break in a subject": (b'{"subject":"a\\r\\nBcc: b","text":"b","author":"c"}', 422),
    "a NUL": (b'{"subject":"a","text":"\\u0000","author":"c"}', 422),
    "a text that is too long": (b'{"subject":"a","text":"%b","author":"c"}' % (b"x" * 10_001), 422),
    "a body of 300 kB": (b'{"text":"' + b"x" * 300_000 + b'"}', 413),
    "a body of 2 MB": (b'{"text":"' + b"x" * 2_000_000 + b'"}', 413),
}
ODD = [
    ("GET", "/../../etc/passwd", 404),
    ("GET", "/tickets/%2e%2e%2f", 404),
    ("GET", "/tickets/" + "9" * 5_000, 404),
    ("GET", "/tickets?before=%ff", 400),
    ("GET", "/tickets?limit=1000000000", 422),
    ("BREW", "/tickets", 405),
    ("DELETE", "/tickets", 405),
]


def test_bad_input_is_refused_and_leaves_nothing_behind(desk):
    def send_all():
        for what, (body, status) in BAD.items():
            assert (what, desk.status("POST", "/tickets", body)) == (what, status)
        for method, path, status in ODD:
            assert (path, desk.status(method, path)) == (path, status)
        plain = {"Content_Type": "text/plain"}
        assert desk.status("POST", "/tickets", b"{}", **plain) == 415

    kept = desk.ask("GET", "/tickets")[2]
    send_all()
    before = holds(desk, "node1")
    for _ in range(20):
        send_all()

    eventually(lambda: no_more(holds(desk, "node1"), before))
    assert desk.ask("GET", "/tickets")[2] == kept
    assert desk.pid("node1")


def test_without_a_majority_it_says_when_to_ask_again(desk):
    said = {"subject": "a", "text": "b"}
    desk.sh("kill", "2")
    desk.sh("kill", "3")
    eventually(lambda: desk.status("POST", "/notifications", said) == 503)

    status, headers, problem = desk.ask("POST", "/notifications", said)
    assert (status, headers["Retry-After"]) == (503, "5")
    assert headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == 503
    assert desk.status("GET", "/notifications") == 200

    desk.sh("all")
    eventually(lambda: desk.status("POST", "/notifications", said) == 201)
