"""``templates``: what is emitted is the user's to change, and so are the kinds there are."""

# Without annotations as text: Typer would compile and run each three times.

import sys
import time
from typing import Annotated

import typer

from otpgen import reports
from otpgen.cli.program import app
from otpgen.cli.words import (
    LEFT_TO_YOU,
    Architecture,
    Data,
    Defaults,
    Ref,
    Template,
    Told,
    Trust,
    by_example,
    complete_ejectable,
    complete_own,
    one_of,
)

templates = typer.Typer(
    no_args_is_help=True,
    help="Change what is emitted: override a template, add a kind of child, follow a pack.",
    epilog=by_example(
        "otpgen templates eject apps/shop/lib/shop/supervisor.ex",
        "otpgen templates list",
        "otpgen templates new-kind mqtt",
    ),
)
app.add_typer(templates, name="templates", short_help="Override a template, add a kind of child.")

Words = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH",
        help="A file that is emitted, a template, a folder of templates, or a kind.",
        show_default=False,
        autocompletion=complete_ejectable,
    ),
]


@templates.command("list", short_help="Show what the project overrides, and by whom.")
def list_(
    architecture: Architecture = None,
    how: Annotated[Told, one_of(Told, "--format", help="How it is told.")] = Told.text,
) -> None:
    """Show what the project overrides, by whom, and how it stands beside otpgen's templates."""
    from otpgen.commands.templates import own_templates

    reports.own_templates(own_templates(architecture), as_json=how is Told.json)


@templates.command(
    short_help="Copy a template into the project, to change it there.",
    epilog=by_example(
        "otpgen templates eject mix.exs                   # a file that is emitted",
        "otpgen templates eject umbrella/mix.exs.jinja    # a template",
        "otpgen templates eject gen_server                # all of a kind",
    ),
)
def eject(words: Words, architecture: Architecture = None) -> None:
    """Copy otpgen's template into the project's otpgen/templates, to change it there.

    regenerate uses the copy, and merges into it what changes in otpgen's.
    """
    from otpgen.commands.templates import eject as run

    reports.ejected(run(words, architecture))


@templates.command(
    short_help="Go back to otpgen's own template.",
    epilog=by_example("otpgen templates restore mix.exs      # undo brings it back"),
)
def restore(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH",
            help="As for eject.",
            show_default=False,
            autocompletion=complete_own,
        ),
    ],
    architecture: Architecture = None,
) -> None:
    """Take the project's copy of a template away, and go back to otpgen's own."""
    from otpgen.commands.templates import restore as run

    reports.restored(run(words, architecture))


@templates.command(
    short_help="Move to another version of the pack.",
    epilog=by_example(
        "otpgen templates update                           # to the newest version",
        "otpgen templates update --ref v2                  # to this one",
        "otpgen templates update --template gh:org/pack    # take one, or take another",
        "otpgen templates update --dry-run                 # what would it change?",
    ),
)
def update(
    template: Template = None,
    ref: Ref = "",
    data: Data = None,
    defaults: Defaults = False,
    trust: Trust = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would become of it, and write nothing.")
    ] = False,
    architecture: Architecture = None,
) -> None:
    """Fetch another version of the pack, and bring the project in step with it.

    As regenerate does: your edits and your overrides stay, and undo takes all of it back.
    """
    from otpgen.commands.packs import Asked, answers
    from otpgen.commands.packs import update as run

    start = time.monotonic()
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    asked = Asked(template or "", ref, answers(data or ()), defaults, trust, terminal)
    with reports.Progress() as progress:
        result = run(asked, architecture, dry_run=dry_run, progress=progress)
    reports.problems((*result.warnings, *result.outlook.warnings))
    reports.pack(result.pack)
    if dry_run:
        reports.outlook(result.outlook, "text")
        return
    reports.regenerated(result, time.monotonic() - start)
    if result.outlook.conflicts or result.outlook.waiting or result.kept:
        raise typer.Exit(LEFT_TO_YOU)


@templates.command(
    "new-kind",
    short_help="Write the files of a kind of child, to start from.",
    epilog=by_example("otpgen templates new-kind mqtt      # then, in otpgen.yaml: - mqtt: broker"),
)
def new_kind(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The kind.", show_default=False)],
    architecture: Architecture = None,
) -> None:
    """Write a declaration, a template and a test's template of a kind, to start from."""
    from otpgen.commands.templates import new_kind as run

    reports.new_kind(name, run(name, architecture))
