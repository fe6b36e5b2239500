"""What is emitted: by name, by template, byte for byte the same each time."""

import re
from pathlib import Path

import pytest
import typer

from otpgen import cli, resources
from otpgen.commands.check import check
from otpgen.commands.examples import example_file, example_names
from otpgen.plan import plan
from otpgen.plan.releases import releases, starts
from otpgen.plan.views import patience, system_view
from otpgen.templates import render

TEMPLATES = resources.folder("templates")
EXAMPLES = example_names()
CASES = sorted((Path(__file__).parents[1] / "emitted/cases").glob("*/otpgen.yaml"))


def planned_files(file):
    checked = check(file)
    return plan(checked.system, checked.catalogue, "otpgen: 1\n")


@pytest.fixture(scope="session")
def planned():
    """The planned files of every example."""
    return {name: planned_files(example_file(name)) for name in EXAMPLES}


def rendered(planned, name):
    """The files of an example, some from templates of its own."""
    return render(planned[name], TEMPLATES, check(example_file(name)).catalogue.own)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_module_of_the_runtime_is_read_at_one_go(planned, name):
    """As docs/runtime.md says, none has more than 150 lines."""
    for file in rendered(planned, name):
        if re.fullmatch(r"apps/\w+_runtime/lib/.*\.ex", file.path):
            assert len(file.text.splitlines()) <= 150, file.path


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_readme_tells_how_to_go_on_by_verbs_that_there_are(planned, name):
    (readme,) = (file.text for file in rendered(planned, name) if file.path == "README.md")
    verbs = re.findall(r"^    otpgen (\w+)", readme, re.MULTILINE)

    assert verbs == ["diff", "regenerate", "undo"]
    assert set(verbs) < set(typer.main.get_command(cli.app).commands)


@pytest.mark.parametrize("name", EXAMPLES)
def test_paths_are_sorted_and_each_is_planned_once(planned, name):
    paths = [file.path for file in planned[name]]

    assert paths == sorted(set(paths))
    assert len({path.casefold() for path in paths}) == len(paths)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_same_architecture_gives_the_same_bytes(planned, name):
    first = [(file.path, file.text, file.mode) for file in rendered(planned, name)]
    again = [(file.path, file.text, file.mode) for file in rendered(planned, name)]

    assert first == again


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_file_reads_as_if_a_person_had_saved_it(planned, name):
    for file in rendered(planned, name):
        assert file.text.endswith("\n") and not file.text.endswith("\n\n"), file.path
        assert "\r" not in file.text, file.path
        assert "\n\n\n" not in file.text, file.path
        assert not any(line != line.rstrip() for line in file.text.split("\n")), file.path


def test_every_template_is_emitted_and_tried_by_mix(planned, catalogue):
    tried = [*planned.values(), *(planned_files(case) for case in CASES)]
    used = {file.template for files in tried for file in files}
    # What several of them say is a macro's, which they import.
    ours = used & catalogue.templates
    texts = "".join((TEMPLATES / name).read_text() for name in ours)
    used |= set(re.findall(r'<% import "([^"]+)"', texts))
    declarations = {
        t for t in catalogue.templates if t.endswith(("kind.yaml", "part.yaml", "component.yaml"))
    }

    assert catalogue.templates - declarations - used == set()


def test_what_is_emitted_says_nothing_of_where_and_when_it_was_made(planned):
    for name in EXAMPLES:
        for file in rendered(planned, name):
            assert "otpgen" not in file.text.replace("otpgen.yaml", "") or file.path in (
                "otpgen.yaml",
                ".gitattributes",
                ".otpgen/schema.json",
                ".gitignore",
                "README.md",  # how to go on
            ), file.path


def test_a_project_without_nodes_has_nothing_of_a_cluster(planned):
    paths = {file.path for file in planned["minimal"]}

    assert not any(
        word in path
        for path in paths
        for word in ("runtime", "nginx", "start-dist", "cluster", "rel/")
    )


def test_callers_wait_for_the_longest_failover_of_any_cluster(system_of):
    system = system_of(
        "{otpgen: 1, name: shop, apps: {desk: {children: [clerk]}}, nodes: {shop1: 4001}, "
        "distributed: {desk: {timeout: 1s}}, "
        "clusters: {far: {distributed: {desk: {timeout: 1m}}}}}"
    )

    assert patience(system) == 65_000


def text_of(path, system, catalogue):
    files = [file for file in plan(system, catalogue, "otpgen: 1\n") if file.path == path]
    return next(render(files, TEMPLATES)).text


def test_a_release_loads_what_its_libraries_call(system_of, catalogue):
    system = system_of(
        "{otpgen: 1, name: shop, apps: {words: {calls: [desk]}, "
        "web: {depends_on: [words], children: [pages]}, desk: {children: [clerk]}}, "
        "roles: {front: [web], back: [desk]}}"
    )

    front = text_of("mix.exs", system, catalogue).partition("back: [")[0]

    assert "web: :permanent,\n          desk: :load\n" in front


def test_the_readme_says_what_listens_where_there_is_no_node(system_of, catalogue):
    web = "{otpgen: 1, name: shop, apps: {web: {children: [{http_server: e, port: http}]}}%s}"
    listens = "- `web` listens on port 4000 (`http`); `PORT` in the environment says another."

    text = text_of("README.md", system_of(web % ""), catalogue)

    assert "\n    mix run --no-halt  # without a shell\n" in text
    assert listens in text
    assert listens not in text_of("README.md", system_of(web % ", nodes: {n1: 4001}"), catalogue)


def test_the_readme_promises_no_return_among_equals(system_of, catalogue):
    system = system_of(
        "{otpgen: 1, name: shop, apps: {desk: {children: [clerk]}, till: {children: [drawer]}}, "
        "nodes: {shop1: 4001, shop2: 4002, shop3: 4003}, "
        "distributed: {desk: {nodes: [[shop3, shop2]]}, till: {nodes: [shop3, shop1]}}}"
    )

    text = text_of("README.md", system, catalogue)

    assert "start shop2  # among equals desk stays where it is" in text
    assert "start shop3  # it takes till back" in text
    assert "takes desk over" not in text


ROLES = "apps: {desk: {children: [clerk]}, till: {children: [drawer]}}, roles: "


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("{}, nodes: {shop1: 4001}", {"shop": ["shop1"]}),
        # A node that says no role has everything.
        ("{all: [desk, till]}, nodes: {shop1: 4001}", {"all": ["shop1"]}),
        ("{back: [desk]}, nodes: {shop1: 4001}", {"back": [], "shop": ["shop1"]}),
        ("{shop: [desk]}, nodes: {shop1: 4001}", {"shop": [], "shop_all": ["shop1"]}),
        ("{back: [desk]}, nodes: {shop1: {port: 4001, role: back}}", {"back": ["shop1"]}),
        ("{back: [desk]}", {"back": []}),
        ("{}", {}),
    ],
)
def test_every_node_has_a_release(system_of, catalogue, said, names):
    system = system_of(f"{{otpgen: 1, name: shop, {ROLES}{said}}}")

    found = releases(system_view(system, catalogue))

    assert {release["name"]: release["nodes"] for release in found} == names


def test_a_node_is_started_alike_from_a_release_and_under_mix(system_of, catalogue):
    system = system_of(
        "{otpgen: 1, name: shop, apps: {desk: {children: [clerk]}}, nodes: {shop1: 4001}, "
        "clusters: {far: {nodes: {shop1: {host: 10.0.0.1, port: 4001}}}}}"
    )
    here, far = (starts(system, cluster)[0] for cluster in system.clusters.values())

    assert (here.config, here.epmd) == ("config/shop1", "127.0.0.1")
    assert here.flags == "-kernel inet_dist_use_interface {127,0,0,1}"
    assert (far.config, far.epmd, far.flags) == ("config/far/shop1", "", "")
    for path, flags in (("start-dist.sh", "interface"), ("rel/env.sh.eex", "flags")):
        text = text_of(path, system, catalogue)
        assert "config=config/shop1" in text
        assert f"{flags}='{here.flags}' epmd=127.0.0.1" in text


def test_without_nodes_a_release_is_what_mix_makes_of_it(system_of, catalogue):
    system = system_of(f"{{otpgen: 1, name: shop, {ROLES}{{back: [desk]}}}}")

    assert "steps" not in text_of("mix.exs", system, catalogue)
    assert not any(file.path.startswith("rel/") for file in plan(system, catalogue, ""))


CLUSTERS = (
    "{otpgen: 1, name: shop, apps: {desk: {children: [clerk]}, "
    "web: {children: [{http_server: pages, port: http}]}}, "
    "nodes: {shop1: 4001, shop2: {port: 4002, without: [web]}}, tls: true, "
    "nginx: {upstreams: {web: http}}, "
    "clusters: {far: {nodes: {shop1: {host: 10.0.0.1, ports: {http: 80, api: 81}}}, tls: false}}}"
)


def test_the_start_script_knows_each_cluster(system_of, catalogue):
    script = text_of("start-dist.sh", system_of(CLUSTERS), catalogue)

    assert "loopback=yes certs=var/certs nginx=nginx/nginx.conf balancer=8080" in script
    assert "loopback='' certs='' nginx=nginx/far/nginx.conf" in script
    assert "config=config/far/shop1 interface='' epmd=''" in script
    assert (
        "    dev/2 | dev/shop2)\n"
        "      node=shop2 host=127.0.0.1 http=${PORT:-4002} health=${HEALTH_PORT:-14002} web=''\n"
        '      apps="desk" ports="${PORT:-4002} ${HEALTH_PORT:-14002}"\n'
    ) in script
    assert 'ports="${PORT:-80} ${API_PORT:-81} ${HEALTH_PORT:-10080}"' in script
    assert "unset API_PORT HEALTH_PORT PORT ;;" in script


def test_only_nodes_that_talk_by_tls_have_certificates(system_of, catalogue):
    plain = CLUSTERS.replace("tls: true, ", "")

    assert ":ssl" in text_of("apps/shop_runtime/mix.exs", system_of(CLUSTERS), catalogue)
    assert ":ssl" not in text_of("apps/shop_runtime/mix.exs", system_of(plain), catalogue)
    assert "inet_tls" not in text_of("start-dist.sh", system_of(plain), catalogue)
    paths = {file.path for file in plan(system_of(plain), catalogue, "otpgen: 1\n")}
    assert "bin/certs.sh" not in paths


ALONE = (
    "{otpgen: 1, name: shop, apps: {words: , stock: {children: [shelf]}, "
    "web: {calls: [desk], children: [{http_server: pages, asks: {/: desk.clerk}}]}, "
    "desk: {depends_on: [stock], children: [clerk, {agent: notes}, {task: once}, "
    "{gen_server: slot, count: 2}]}}%s}"
)
ISOLATION = "apps/shop_system_test/test/isolation_test.exs"


def test_an_application_that_is_isolated_is_stopped_by_a_test(system_of, catalogue):
    text = text_of(ISOLATION, system_of(ALONE % ", isolated: [desk, web]"), catalogue)

    trees, _, rest = text.partition("@processes [")
    processes, _, rest = rest.partition("]")
    assert [line.strip(" ,") for line in trees.splitlines() if "Supervisor" in line] == [
        "stock: Stock.Supervisor",
        "desk: Desk.Supervisor",
        "web: Web.Supervisor",
    ]
    assert processes.replace(",", "").split() == ["Stock.Shelf", "Desk.Clerk", "Desk.Notes"]
    # What it asks for / may be stopped.
    assert '{Web.Pages, "/unknown"}' in rest
    assert rest.count("\n  test ") == 2


def test_where_nothing_is_isolated_there_is_nothing_of_it(system_of, catalogue):
    paths = {file.path for file in plan(system_of(ALONE % ""), catalogue, "otpgen: 1\n")}

    assert not any("system_test" in path for path in paths)


def test_a_project_that_keeps_something_on_disc_says_what_it_needs_and_ignores_it(planned):
    texts = {file.path: file.text for file in rendered(planned, "fibonacci")}

    for word in ("`mnesia`", "`odbc`", "`libsqliteodbc`"):
        assert word in texts["README.md"]
    assert "/var/" in texts[".gitignore"].splitlines()


def test_a_node_is_told_which_nodes_have_durable_tables_however_they_are_ordered():
    (case,) = [case for case in CASES if case.parent.name == "durable_roles"]
    files = render(planned_files(case), TEMPLATES)
    texts = {file.path: file.text for file in files}

    told = texts["config/node0.config"].partition("{durable, [")[2]
    expected = [f"node{n}@127.0.0.1" for n in range(1, 6)]
    assert expected == re.findall(r"'(\S+)'", told)
