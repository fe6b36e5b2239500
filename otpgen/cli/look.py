"""Verbs that look and write nothing.

A verb is imported when it is called: --help does without any, check without the templates.
"""

# Without annotations as text: Typer would compile and run each three times.

from pathlib import Path
from typing import Annotated

import typer

from otpgen import reports
from otpgen.cli.program import app
from otpgen.cli.words import (
    Architecture,
    Drawn,
    Told,
    by_example,
    complete_drawable,
    complete_event,
    complete_explainable,
    one_of,
)
from otpgen.errors import OtpgenError


@app.command(
    short_help="Find what is wrong with an architecture.",
    epilog=by_example(
        "otpgen check                      # the nearest otpgen.yaml",
        "otpgen check --strict shop.yaml   # warnings exit 1 too",
        "otpgen check --format github      # shown beside the lines of a pull request",
    ),
)
def check(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="The architecture; the nearest otpgen.yaml upwards unless said.",
            show_default=False,
        ),
    ] = None,
    how: Annotated[
        reports.Format,
        one_of(reports.Format, "--format", help="For people, programs or GitHub's workflows."),
    ] = reports.Format.text,
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
) -> None:
    """Find what is wrong with an architecture, all of a stage at once; warnings exit 0."""
    from otpgen.commands.check import check as run
    from otpgen.commands.nearest import nearest_architecture

    architecture = nearest_architecture(file)
    try:
        result = run(architecture)
        system, found = result.system, result.warnings
    except OtpgenError as error:
        system, found = None, error.problems
    if strict and found:
        system = None
    reports.checked(str(architecture), system, found, how)
    if system is None:
        raise typer.Exit(1)


@app.command(
    short_help="Tell what a code, a word of the file or a process means, and why it is so.",
    epilog=by_example(
        "otpgen explain OG104             # a code: what, why, how to mend it",
        "otpgen explain kind gen_statem   # a kind: what it is, its options",
        "otpgen explain rest_for_one      # a key of the file, or a value",
        "otpgen explain mix.exs           # a file: its template, whose it is",
        "otpgen explain g4_core.sessions  # a supervisor: who falls with whom",
    ),
)
def explain(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHAT",
            help="Codes, kinds, components, words of the file, files, processes.",
            show_default=False,
            autocompletion=complete_explainable,
        ),
    ] = None,
    architecture: Architecture = None,
) -> None:
    """Tell what a code, a kind, a word of the file, a file or a process means.

    Without WHAT, list what there is, but for files and processes.
    """
    from otpgen.commands.explain import explain as run
    from otpgen.commands.explain import explainable, together

    if not what:
        reports.topics(explainable(architecture))
    for page in [run(word, architecture) for word in together(what or ())]:
        reports.explained(page)


@app.command(
    short_help="Draw the trees, the applications and the cluster.",
    epilog=by_example(
        "otpgen graph                      # all of the nearest otpgen.yaml",
        "otpgen graph cluster              # the nodes and what may run where",
        "otpgen graph g4 --format mermaid  # one tree, for a page",
    ),
)
def graph(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="WHAT",
            help="An application, apps or cluster; all unless said.",
            show_default=False,
            autocompletion=complete_drawable,
        ),
    ] = None,
    architecture: Architecture = None,
    format: Annotated[Drawn, one_of(Drawn, help="How it is drawn.")] = Drawn.text,
) -> None:
    """Draw the trees, the applications and the cluster.

    A supervisor with the budget 3/5s gives up beyond 3 restarts in 5 seconds; NAME* is started
    at run time; NAME x 4 are four children of one module.
    """
    from otpgen.commands.graph import graph as run

    reports.drawn(run(architecture, what), mermaid=format is Drawn.mermaid)


@app.command(
    short_help="Tell what happens when something dies.",
    epilog=by_example(
        "otpgen whatif                                # every process, the worst first",
        "otpgen whatif kill g4_core.store             # who goes too, who comes back",
        "otpgen whatif crash g4_core.cache 4 times within 5s",
        "otpgen whatif down node1 then up node1       # where what is distributed runs",
        "otpgen whatif split node1 / node2 node3 then heal",
    ),
)
def whatif(
    events: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EVENTS",
            help="What happens, joined by then; every process unless said.",
            show_default=False,
            autocompletion=complete_event,
        ),
    ] = None,
    architecture: Architecture = None,
    cluster: Annotated[
        str, typer.Option(metavar="NAME", help="Whose nodes.", show_default=True)
    ] = "dev",
    format: Annotated[Told, one_of(Told, help="How it is told.")] = Told.text,
) -> None:
    """Tell what OTP does when something dies, and the emitted runtime after it.

    EVENTS: kill P · kill P with REASON · crash P 4 times within 5s · terminate P · stop APP ·
    down N · shutdown N · up N · split A / B C · heal; several joined by then. Without any: what
    the death of each process costs, and how many of them make its application give up.
    """
    from otpgen.commands.whatif import table
    from otpgen.commands.whatif import whatif as run

    if events is None:
        reports.costs(table(architecture, cluster), as_json=format is Told.json)
    else:
        reports.played(run(" ".join(events), architecture, cluster), as_json=format is Told.json)


@app.command(
    short_help="Print the JSON Schema of an architecture, for editors.",
    epilog=by_example("otpgen schema > otpgen.schema.json"),
)
def schema(architecture: Architecture = None) -> None:
    """Print the JSON Schema of an architecture; a project has it as .otpgen/schema.json.

    Editors with yaml-language-server find it by the first line of the project's otpgen.yaml.
    """
    from otpgen.commands.schema import schema as run

    reports.schema(run(architecture))


@app.command(
    short_help="Find what is missing on this machine.",
    epilog=by_example(
        "otpgen doctor                       # this machine, and the nearest otpgen.yaml",
        "otpgen doctor --cluster production  # the hosts and ports of another cluster",
        "otpgen doctor --format json         # for a program",
    ),
)
def doctor(
    architecture: Architecture = None,
    cluster: Annotated[
        str, typer.Option(metavar="NAME", help="Whose nodes and ports.", show_default=True)
    ] = "dev",
    format: Annotated[Told, one_of(Told, help="How it is told.")] = Told.text,
) -> None:
    """Find what is missing on this machine, for otpgen and for an architecture if there is one.

    Exits with 1 if something that is needed is missing.
    """
    from otpgen.commands.doctor import doctor as run

    findings = run(architecture, cluster)
    reports.found(findings, as_json=format is Told.json)
    if any(finding.state == "missing" for finding in findings):
        raise typer.Exit(1)
