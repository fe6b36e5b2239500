"""Options that several verbs have, what a shell completes, and how help gives examples."""

from __future__ import annotations

from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from otpgen.commands.examples import example_names
from otpgen.errors import listed

LEFT_TO_YOU = 3
"""The exit code when something is left to the user to decide."""

Architecture = Annotated[
    Path | None,
    typer.Option(
        "--architecture",
        metavar="FILE",
        help="The architecture; the nearest otpgen.yaml upwards unless said.",
        show_default=False,
    ),
]


Template = Annotated[
    str | None,
    typer.Option(
        metavar="PACK",
        help="A pack of templates: a folder, gh:ORG/NAME, or an URL that git knows.",
        show_default=False,
    ),
]
Ref = Annotated[
    str,
    typer.Option(
        metavar="REF", help="Its tag, branch or commit; the newest unless said.", show_default=False
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="The answer to a question.", show_default=False),
]
Defaults = Annotated[
    bool, typer.Option("--defaults", help="Ask nothing, and take what is proposed.")
]
Trust = Annotated[
    bool, typer.Option("--trust", help="Run what the pack wants to be run: it is a program then.")
]


class Drawn(StrEnum):
    """What a drawing is written as."""

    text = "text"
    mermaid = "mermaid"


class Compared(StrEnum):
    """How a difference is told."""

    text = "text"
    json = "json"
    markdown = "markdown"


class Kept(StrEnum):
    """Whose text stays."""

    yours = "yours"


class Told(StrEnum):
    """How a finding is told."""

    text = "text"
    json = "json"


def one_of(words: type[StrEnum], *names: str, help: str) -> Any:
    """Return an option that is one of these words.

    Typer would say of another one what pydantic says: "Value error, …".
    """

    def read(word: str) -> StrEnum:
        if word in list(words):
            return words(word)
        raise typer.BadParameter(f"there is no {word!r}; use {listed(words, 'or')}.")

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    shape = "|".join(words)
    return typer.Option(*names, help=help, parser=read, metavar=shape, autocompletion=complete)


def complete_example(incomplete: str) -> list[str]:
    """Return the examples that begin so."""
    return [name for name in example_names() if name.startswith(incomplete)]


def complete_drawable(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return what can be drawn of the nearest architecture, and begins so."""
    # Whatever is wrong, a shell that completes is not the place to say it.
    with suppress(Exception):
        from otpgen.commands.graph import drawable

        known = drawable(ctx.params.get("architecture"))
        return [name for name in known if name.startswith(incomplete)]
    return []


def complete_event(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return what may come next in an event, and begins so."""
    with suppress(Exception):
        from otpgen.commands.whatif import next_words

        said = ctx.params.get("events") or ()
        known = next_words(said, ctx.params.get("architecture"), ctx.params.get("cluster") or "dev")
        return [word for word in known if word.startswith(incomplete)]
    return []


def complete_explainable(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return what can be explained, with its title."""
    with suppress(Exception):
        from otpgen.commands.explain import completions

        # What was typed stays as it was typed: og12 becomes og120, and that is explained too.
        return [
            (incomplete + word[len(incomplete) :], title)
            for word, title in completions(ctx.params.get("architecture")).items()
            if word.lower().startswith(incomplete.lower())
        ]
    return []


def complete_ejectable(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Return the kinds and templates that begin so, those of the pack among them."""
    with suppress(Exception):
        from otpgen.commands.templates import ejectable

        known = ejectable(ctx.params.get("architecture"))
        return [(word, what) for word, what in known.items() if word.startswith(incomplete)]
    return []


def complete_own(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the templates of the project's own that begin so."""
    with suppress(Exception):
        from otpgen.commands.templates import own_templates

        found = own_templates(ctx.params.get("architecture"))
        return [one.template for one in found if one.template.startswith(incomplete)]
    return []


def by_example(*lines: str) -> str:
    """Return the end of a verb's help; the mark keeps its lines as they are."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
