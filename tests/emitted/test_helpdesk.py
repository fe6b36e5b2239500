"""The core of a help desk on three nodes: what was answered by :ok arrives, whoever dies."""

import re
import shutil
from pathlib import Path

import pytest

from otpgen.commands.new import new

from .conftest import free_ports, require
from .test_durable import Tables
from .test_nodes import NODES, eventually

pytestmark = pytest.mark.cluster
CASE = Path(__file__).parent / "cases/helpdesk_core"

MANY = 200
PERSISTENT = """
spawn(fn ->
  persist = fn persist, n ->
    case DeskCore.notify(%{{subject: "n#{{n}}", text: "many"}}) do
      {{:ok, %{{id: id}}}} -> id
      {{:error, reason}} when reason in [:away, :no_majority] ->
        receive do after 100 -> persist.(persist, n) end
    end
  end
  ids = for n <- 1..{many} do
    receive do after 20 -> persist.(persist, n) end
  end
  File.write!("var/acknowledged.part", Enum.join(ids, " "))
  File.rename!("var/acknowledged.part", "var/acknowledged")
end)
"""
"""Tells one after the other, each until it was kept, and notes the ids it was answered."""


class Desk(Tables):
    """A help desk whose only channel writes to one file from all nodes."""

    def told(self):
        """The ids on the tape, as they came."""
        tape = self.root / "var/tape"
        lines = tape.read_text().splitlines() if tape.exists() else []
        return [int(line.split()[0]) for line in lines]

    def notify(self, node):
        """The id of one more notification, once it is kept."""
        code = 'IO.inspect(DeskCore.notify(%{subject: "one", text: "more"}))'
        answers = []

        def kept():
            answers.append(re.search(r"id: (\d+)", self.rpc(node, code)))
            return answers[-1]

        eventually(kept)
        return int(answers[-1].group(1))

    def channel(self, node):
        return self.rpc(node, "IO.inspect(DeskCore.channels())")

    def dispatcher(self, node):
        """The node that dispatches, as another one finds it."""
        answer = self.rpc(node, "IO.inspect(DeskDispatcher.Dispatcher.status())")
        found = re.search(r'node: :"(\w+)@', answer)
        return found and found.group(1)


@pytest.fixture
def desk(tmp_path, project, environment, request):
    require("mix", "elixir", "erl", "ps")
    compiled = project(str(CASE / "otpgen.yaml"))
    found = free_ports(2 * len(NODES))
    ports, health = found[::2], dict(zip(NODES, found[1::2], strict=True))
    text = (CASE / "otpgen.yaml").read_text()
    for node, port in zip(NODES, ports, strict=True):
        said = f"{{ports: {{http: {port}, health: {health[node]}}}}}"
        text = re.sub(rf"^  {node}: \d+$", f"  {node}: {said}", text, flags=re.M)
    (tmp_path / "otpgen.yaml").write_text(text)
    shutil.copytree(CASE / "otpgen", tmp_path / "otpgen")
    root = tmp_path / "desk"
    new(tmp_path / "otpgen.yaml", root)
    shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
    made = Desk(root, ports, environment, health)
    yield made
    made.sh("stop")
    for node in NODES:
        log = root / f"var/log/{node}.log"
        if log.exists():
            request.node.add_report_section("teardown", node, log.read_text())


def start(desk, *nodes):
    """These nodes or all, on each of which the tables are open, and the channel is known.

    Where one still opens its own, what another keeps may be answered by an error.
    """
    for arguments in [("start", node[-1]) for node in nodes] or [("all",)]:
        desk.sh(*arguments)
    for node in nodes or NODES:
        eventually(lambda node=node: "name: :desk_tape" in desk.channel(node))


def first_arrivals(told):
    return list(dict.fromkeys(told))


def test_all_that_was_kept_arrives_in_order_while_nodes_die_and_the_channel_is_switched(desk):
    start(desk)
    desk.settle("desk_dispatcher")
    assert desk.dispatcher("node3") == "node1"
    before = desk.notify("node3")

    desk.rpc("node3", PERSISTENT.format(many=MANY))
    eventually(lambda: len(desk.told()) > 10)
    desk.sh("kill", "1")
    eventually(lambda: desk.dispatcher("node3") == "node2")
    eventually(lambda: len(desk.told()) > 30)
    desk.sh("app", "desk_tape", "off")
    desk.sh("start", "1")
    desk.sh("app", "desk_tape", "off", "1")
    stopped = len(desk.told())
    eventually(lambda: (desk.root / "var/acknowledged").exists())
    assert len(desk.told()) == stopped

    desk.sh("app", "desk_tape", "on")
    ids = [int(word) for word in (desk.root / "var/acknowledged").read_text().split()]
    eventually(lambda: set(ids) <= set(desk.told()))

    assert len(ids) == MANY
    told = first_arrivals(desk.told())
    assert told == list(range(before, told[-1] + 1))
    eventually(lambda: "waiting: 0" in desk.channel("node1"))
    assert "dropped: 0" in desk.channel("node1")


def test_the_outbox_outlives_all_nodes(desk):
    start(desk)
    desk.sh("app", "desk_tape", "off")
    ids = [desk.notify(node) for node in NODES]
    for number in ("1", "2", "3"):
        desk.sh("kill", number)

    start(desk)

    eventually(lambda: first_arrivals(desk.told()) == ids)
    next_one = desk.notify("node2")
    assert next_one == ids[-1] + 1
    eventually(lambda: desk.told()[-1] == next_one)


def test_without_a_majority_nothing_is_kept_and_nothing_is_lost(desk):
    start(desk)
    first = desk.notify("node1")
    eventually(lambda: desk.told() == [first])
    desk.sh("kill", "1")
    desk.sh("kill", "2")

    code = 'IO.inspect(DeskCore.notify(%{subject: "alone", text: "here"}))'
    eventually(lambda: desk.rpc("node3", code) == "{:error, :no_majority}")
    assert desk.rpc("node3", "IO.inspect(length(elem(DeskCore.notifications(), 1)))") == "1"

    start(desk, "node2")
    second = desk.notify("node3")
    assert second == first + 1
    eventually(lambda: first_arrivals(desk.told()) == [first, second])
