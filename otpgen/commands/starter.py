"""``new`` without an architecture: a few questions write a commented one first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from otpgen import naming, resources
from otpgen.commands.nearest import ARCHITECTURE
from otpgen.commands.packs import Asked
from otpgen.errors import Location, OtpgenError, Problem
from otpgen.packs import Source, Wanted, fetched
from otpgen.packs.fetch import unknown

STARTER = "templates/starter"


@contextmanager
def started(asked: Asked, place: Path | None) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Ask, and give the architecture, in a folder that is thrown away, and the questions.

    What is wrong with the architecture is told as if it were here.

    Args:
        asked: what is answered already.
        place: where the project will be, whose name is proposed for the umbrella.

    Raises:
        OtpgenError: OG211 when an answer is missing, wrong, or to no question.
    """
    source = Source(STARTER, folder=resources.folder("templates") / "starter")
    name = place.absolute().name if place else ""
    wanted = Wanted(
        source,
        data=asked.data,
        proposed={"name": name} if naming.is_name(name) else {},
        defaults=asked.defaults,
        terminal=asked.terminal,
    )
    with fetched(wanted) as found:
        for name in () if asked.template else asked.data:
            if name not in found.questions:
                raise unknown(name, found.questions)
        file = found.folder / ARCHITECTURE
        try:
            yield file, found.questions
        except OtpgenError as error:
            raise OtpgenError(_here(problem, str(file)) for problem in error.problems) from error


def _here(problem: Problem, file: str) -> Problem:
    """Return a problem of the file that is thrown away as of one in this folder."""

    def here(place: Location) -> Location:
        return replace(place, path=ARCHITECTURE) if place.path == file else place

    related = tuple((what, here(place)) for what, place in problem.related)
    return problem._replace(location=here(problem.location), related=related)
