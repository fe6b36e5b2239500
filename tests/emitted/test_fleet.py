"""Nodes that are not all alike: roles, applications that are off, equals, a second cluster."""

import json
import re
import shutil
import socket
import subprocess

import pytest

from otpgen.commands.examples import example_file
from otpgen.commands.new import new

from .conftest import free_ports, require
from .test_nodes import Cluster, eventually

NODES = ("hub1", "hub2", "hub3", "back")


def consulted(run, root, path):
    """The kernel's configuration in a file, as OTP reads it."""
    program = (
        f'{{ok,[[{{kernel,K}}]]}} = file:consult("{path}"),'
        'io:format("~0p",[lists:keydelete(prevent_overlapping_partitions,1,K)]),halt().'
    )
    return run("erl", "-noshell", "-eval", program, cwd=root)


@pytest.mark.mix
def test_a_node_is_told_what_is_off_who_is_equal_and_for_whom_it_waits(project, run):
    root = project("fleet")
    distributed = (
        "{distributed,[{dispatch,3000,['hub1@127.0.0.1',{'hub2@127.0.0.1','hub3@127.0.0.1'}]}]}"
    )

    assert consulted(run, root, "config/hub3.config") == (
        f"[{{permissions,[{{back_office,false}}]}},{distributed},"
        "{sync_nodes_mandatory,['hub1@127.0.0.1']},"
        "{sync_nodes_optional,['hub2@127.0.0.1','back@127.0.0.1']},{sync_nodes_timeout,10000}]"
    )
    assert consulted(run, root, "config/hub1.config") == (
        f"[{distributed},"
        "{sync_nodes_optional,['hub2@127.0.0.1','hub3@127.0.0.1','back@127.0.0.1']},"
        "{sync_nodes_timeout,10000}]"
    )
    assert "{permissions,[{shop,false},{back_office,false}]}" in consulted(
        run, root, "config/back.config"
    )


@pytest.mark.mix
def test_a_further_cluster_has_its_own_hosts_and_takes_over_the_rest(project, run):
    root = project("fleet")

    said = consulted(run, root, "config/production/back.config")

    assert "{dispatch,3000,['hub1@10.0.0.1',{'hub2@10.0.0.2','hub3@10.0.0.3'}]}" in said
    assert "sync_nodes_mandatory" not in said
    assert "{sync_nodes_timeout,30000}" in said
    nginx = (root / "nginx/production/fleet.conf").read_text()
    servers = re.findall(r"server (10\S+) max_fails", nginx)
    assert servers == [
        *("10.0.0.1:4000", "10.0.0.2:4000", "10.0.0.3:4000"),
        *("10.0.0.1:4100", "10.0.0.2:4100"),
    ]
    runtime = (root / "config/runtime.exs").read_text()
    assert '"hub3@10.0.0.3" => %{' in runtime


@pytest.mark.mix
def test_a_role_is_a_release_with_the_code_of_what_it_calls(project, run, tmp_path):
    root = tmp_path / "fleet"
    shutil.copytree(project("fleet"), root, symlinks=True)
    env = {"MIX_ENV": "prod"}

    run("mix", "release", "storefront", "--quiet", cwd=root, env=env)

    (described,) = root.glob("_build/prod/rel/storefront/releases/*/storefront.rel")
    program = (
        f'{{ok,[{{release,_,_,Apps}}]}} = file:consult("{described}"),'
        'io:format("~0p",[[A || A <- Apps, lists:member(element(1,A),'
        "[orders,shop,dispatch,back_office])]]),halt()."
    )
    listed = run("erl", "-noshell", "-eval", program, cwd=root)
    assert listed == '[{orders,"0.1.0",temporary},{shop,"0.1.0",temporary},{dispatch,"0.1.0",load}]'


@pytest.fixture
def fleet(tmp_path_factory, project, environment):
    require("mix", "elixir", "erl", "nginx", "ps")
    compiled = project("fleet")
    root = tmp_path_factory.mktemp("fleet") / "fleet"
    http, health = (dict(zip(NODES, free_ports(4), strict=True)) for _ in range(2))
    office = dict(zip(NODES, free_ports(2), strict=False))
    shop_nginx, office_nginx = free_ports(2)
    nodes = (
        f"  hub1: {{ports: {{http: {http['hub1']}, office: {office['hub1']}, "
        f"health: {health['hub1']}}}, role: everything}}\n"
        f"  hub2: {{ports: {{http: {http['hub2']}, office: {office['hub2']}, "
        f"health: {health['hub2']}}}, role: everything}}\n"
        f"  hub3: {{ports: {{http: {http['hub3']}, health: {health['hub3']}}}, "
        "without: [back_office]}\n"
        f"  back: {{ports: {{http: {http['back']}, health: {health['back']}}}, role: worker}}\n"
    )
    text = example_file("fleet").read_text()
    text = re.sub(r"\nnodes:\n(  .*\n)+", f"\nnodes:\n{nodes}", text, count=1)
    text = text.replace("listen: 8080", f"listen: {shop_nginx}").replace("8090", office_nginx)
    file = root.parent / "otpgen.yaml"
    file.write_text(text)
    new(file, root)
    shutil.copytree(compiled / "_build", root / "_build", symlinks=True)
    made = Cluster(root, [shop_nginx], {**environment, "MAIL_PASSWORD": "x"}, health)
    made.http, made.office, made.office_nginx = http, office, office_nginx
    yield made
    subprocess.run(["./start-dist.sh", "stop"], cwd=root, env=environment, check=False)


def who_answers(fleet, port):
    """Who answers nginx; for a while not who once was too slow for it."""
    return {fleet.get(port, "/").partition("@")[0] for _ in range(30)}


@pytest.mark.cluster
def test_what_is_off_is_off_and_equals_take_over(fleet):
    fleet.sh("all")
    fleet.sh("nginx")

    eventually(lambda: who_answers(fleet, fleet.nginx) == {"hub1", "hub2", "hub3"})
    eventually(lambda: who_answers(fleet, fleet.office_nginx) == {"hub1", "hub2"})
    with pytest.raises(OSError):
        fleet.get(fleet.http["back"], "/")  # nobody listens on the node that only works
    fleet.settle("dispatch")
    order = json.loads(fleet.get(fleet.nginx, "/order"))
    assert order == {"node": "hub1@127.0.0.1", "count": 1}

    fleet.sh("kill", "hub1")
    active = eventually(lambda: {fleet.runs_app("dispatch", "back")} - {"hub1", "", None})
    # The back office is off on hub3, so it is the less busy one.
    assert active == {"hub3"}


@pytest.mark.cluster
def test_a_secret_that_is_missing_is_said_before_anything_is_started(fleet):
    del fleet.env["MAIL_PASSWORD"]

    printed = fleet.sh("all", status=1)

    said = "MAIL_PASSWORD is not set: export it, for a process reads it"
    assert printed == f"start-dist.sh: hub1: {said}\n"
    assert said in fleet.sh("1", status=1)


@pytest.mark.cluster
def test_a_port_that_is_taken_is_said_before_anything_is_started(fleet):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        text = (fleet.root / "start-dist.sh").read_text()
        taken = text.replace(fleet.office["hub2"], port)
        assert taken != text
        (fleet.root / "start-dist.sh").write_text(taken)

        printed = fleet.sh("all", status=1)

    assert printed.startswith(f"start-dist.sh: hub2: port {port} of 127.0.0.1 is taken by ")
    assert "up" not in fleet.sh("status")
