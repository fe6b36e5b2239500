"""Load an architecture with libyaml and validate it with pydantic, and do nothing else.

    python bare_check.py FILE

No places of what is wrong, no sentences, no defaults, no rules: the least that a program which
reads such a file into models does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

Restart = Literal["permanent", "transient", "temporary"]
Strategy = Literal["one_for_one", "one_for_all", "rest_for_one", "simple_one_for_one"]


class Record(BaseModel):
    """A mapping of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Child(Record):
    """A gen_server."""

    gen_server: str
    description: str | None = None
    restart: Restart | None = None
    shutdown: str | int | None = None
    significant: bool | None = None
    count: int | None = None
    via: str | None = None
    singleton: bool | None = None


class App(Record):
    """An application."""

    description: str | None = None
    strategy: Strategy | None = None
    auto_shutdown: Literal["never", "any_significant", "all_significant"] | None = None
    max_restarts: int | None = None
    max_seconds: int | None = None
    max_children: int | None = None
    children: tuple[Child, ...] | None = None
    child: Child | None = None
    depends_on: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


class Architecture(Record):
    """The whole file, as far as the benchmark goes."""

    otpgen: Literal[1]
    name: str
    description: str | None = None
    elixir: str | None = None
    apps: dict[str, App]


if __name__ == "__main__":
    with Path(sys.argv[1]).open("rb") as file:
        Architecture.model_validate(yaml.load(file, Loader=yaml.CSafeLoader))
