"""What may happen, in words: ``kill shop.store then crash shop.cache 4 times within 5s``.

kill P                 a signal that cannot be caught; a supervisor takes all below it along
kill P with R          it ends by itself with reason R
crash P 4 times within 5s
terminate P            its supervisor is asked to end it, and it stays away
stop APP               Application.stop
down N, shutdown N     a node is lost, or stopped in order; up N: it is back
split A / B C, heal    nodes lose each other, and meet again
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from otpgen.errors import Location, OtpgenError, Problem, did_you_mean
from otpgen.semantics.names import Names

Verb = Literal["kill", "crash", "terminate", "stop", "down", "shutdown", "up", "split", "heal"]

USAGE = {
    "kill": "kill PROCESS, or kill PROCESS with REASON",
    "crash": "crash PROCESS 4 times within 5s",
    "terminate": "terminate PROCESS",
    "stop": "stop APPLICATION",
    "down": "down NODE",
    "shutdown": "shutdown NODE",
    "up": "up NODE",
    "split": "split NODE / NODE NODE",
    "heal": "heal",
}
MOST_TIMES = 10_000
"""Deaths in one event; each is played."""

_JOINED = 'two events are joined by the word "then"'
_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_REASON = re.compile(r":?[a-z_]\w*|\{\s*:?\w+\s*,.+\}")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens.

    Attributes:
        text: what was written, names in full.
        number: which of the events it is, from 1.
        target: the process, application or node; empty for a split and a heal.
        reason: with which a process ends by itself; ``kill``: it is killed.
        within: milliseconds between the first and the last of ``times`` deaths.
        sides: the nodes of each side of a split.
    """

    verb: Verb
    text: str
    number: int = 1
    target: str = ""
    reason: str = "kill"
    times: int = 1
    within: int = 0
    sides: tuple[tuple[str, ...], ...] = ()

    def problem(self, message: str, hint: str = "") -> Problem:
        """Return that it cannot happen here."""
        return Problem("OG013", f"{self.text}: {message}", at(self.number), hint)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of an event and the column at which it begins."""

    text: str
    column: int


def at(number: int, word: Word | None = None, length: int | None = None) -> Location:
    """Return a place: the number of the event, and the column in it."""
    if word is None:
        return Location("EVENTS", number, 1)
    return Location("EVENTS", number, word.column, length or len(word.text))


def read_events(text: str, names: Names) -> tuple[Event, ...]:
    """Return the events of a text, which are joined by ``then``.

    Raises:
        OtpgenError: OG011 what cannot be read, OG012 what names nothing; all of the text.
    """
    events: list[Event] = []
    problems: list[Problem] = []
    for number, words in enumerate(_split(text), start=1):
        try:
            events.append(_Reader(number, words, names).event())
        except OtpgenError as error:
            problems.extend(error.problems)
    if problems:
        raise OtpgenError(problems)
    return tuple(events)


def _split(text: str) -> Iterator[list[Word]]:
    """Yield the words of each event, with columns that count from its own first word."""
    words: list[Word] = []
    start = 0
    for found in re.finditer(r"\S+", text):
        if found[0] == "then":
            yield words
            words, start = [], 0
            continue
        start = found.start() if not words else start
        words.append(Word(found[0], found.start() - start + 1))
    yield words


class _Reader:
    """Reads one event, word by word."""

    def __init__(self, number: int, words: Sequence[Word], names: Names) -> None:
        self.number = number
        self.words = words
        self.names = names
        self.next = 0

    def event(self) -> Event:
        if not self.words:
            raise self.wrong("an event is missing", _JOINED)
        verb = self.take("").text
        match verb:
            case "kill":
                return self.kill()
            case "crash":
                return self.crash()
            case "terminate":
                path = self.process()
                return self.end(Event("terminate", f"terminate {path}", target=path))
            case "stop":
                app = self.known("application", self.names.apps)
                return self.end(Event("stop", f"stop {app}", target=app))
            case "down" | "shutdown" | "up":
                node = self.known("node", self.names.nodes)
                return self.end(Event(verb, f"{verb} {node}", target=node))
            case "split":
                return self.sides()
            case "heal":
                return self.end(Event("heal", "heal"))
            case _:
                hint = did_you_mean(verb, USAGE)
                raise self.wrong(f'there is no event "{verb}"', hint, self.words[0])

    def end(self, event: Event) -> Event:
        """Return the event, to which nothing more may be said."""
        if self.next == len(self.words):
            return replace(event, number=self.number)
        word = self.words[self.next]
        raise self.wrong(f'"{word.text}" says nothing here', self.usage, word)

    @property
    def usage(self) -> str:
        return f"write: {USAGE[self.words[0].text]}; {_JOINED}"

    def take(self, what: str) -> Word:
        if self.next == len(self.words):
            last = self.words[-1]
            after = Word("", last.column + len(last.text))
            raise self.wrong(f"{what} is missing", self.usage, after)
        self.next += 1
        return self.words[self.next - 1]

    def literal(self, expected: str, *others: str) -> None:
        word = self.take(f'"{expected}"')
        if word.text not in (expected, *others):
            raise self.wrong(f'"{word.text}" in place of "{expected}"', self.usage, word)

    def process(self) -> str:
        word = self.take("a process")
        if found := self.names.process(word.text):
            return found
        if word.text in self.names.apps:
            raise self.unknown(f'"{word.text}" is a library: it has no processes', "", word)
        hint = self.elsewhere(word.text) or self.names.nearest_process(word.text)
        hint = hint or "otpgen graph shows what there is"
        raise self.unknown(f'there is no process "{word.text}"', hint, word)

    def known(self, what: str, names: Sequence[str]) -> str:
        word = self.take(f"{'an' if what[0] == 'a' else 'a'} {what}")
        if word.text in names:
            return word.text
        hint = did_you_mean(word.text, names) if names else f"the architecture has no {what}s"
        hint = self.elsewhere(word.text) or hint
        raise self.unknown(f'there is no {what} "{word.text}"', hint, word)

    def elsewhere(self, text: str) -> str:
        """Return what to write of a name that is there, but of something else."""
        if text in self.names.nodes:
            return f"{text} is a node; write: down {text}"
        if text in self.names.apps:
            return f"{text} is an application; write: stop {text}"
        return f"{text} is a process; write: kill {text}" if self.names.process(text) else ""

    def kill(self) -> Event:
        path = self.process()
        if self.next == len(self.words):
            return self.end(Event("kill", f"kill {path}", target=path))
        self.literal("with")
        first = self.take("a reason")
        reason = " ".join(word.text for word in self.words[self.next - 1 :])
        self.next = len(self.words)
        if not _REASON.fullmatch(reason):
            hint = "a reason is a word, or {:shutdown, why}"
            raise self.wrong(f'"{reason}" is no reason', hint, first, len(reason))
        # As Elixir writes it; Erlang's {shutdown, why} is meant the same.
        reason = reason.removeprefix(":")
        if reason.startswith("{"):
            word, _, why = reason[1:].partition(",")
            reason = f"{{:{word.strip().removeprefix(':')},{why}"
        return self.end(Event("kill", f"kill {path} with {reason}", target=path, reason=reason))

    def crash(self) -> Event:
        path = self.process()
        word = self.take("how often")
        if not word.text.isdecimal() or not 1 <= int(word.text) <= MOST_TIMES:
            hint = f"a number from 1 to {MOST_TIMES:,}"
            raise self.wrong(f'"{word.text}" is no number of deaths', hint, word)
        times = int(word.text)
        self.literal("times", "time")
        self.literal("within")
        said = self.take("a time")
        event = f"crash {path} {times} time{'s' if times > 1 else ''} within {said.text}"
        within = self.duration(said)
        return self.end(
            Event("crash", event, target=path, reason="crash", times=times, within=within)
        )

    def duration(self, word: Word) -> int:
        found = re.fullmatch(r"(\d{1,9})(ms|s|m|h)?", word.text)
        if not found:
            raise self.wrong(f'"{word.text}" is no time', "write 500ms, 5s, 1m or 1h", word)
        if not found[2]:
            hint = f"write {word.text}s or {word.text}ms"
            raise self.wrong(f'"{word.text}" has no unit', hint, word)
        return int(found[1]) * _UNITS[found[2]]

    def sides(self) -> Event:
        sides: list[list[str]] = [[]]
        seen: set[str] = set()
        if self.next == len(self.words):
            self.take("a node")
        while self.next < len(self.words):
            word = self.words[self.next]
            if word.text == "/":
                sides.append([])
                self.next += 1
                continue
            node = self.known("node", self.names.nodes)
            if node in seen:
                raise self.wrong(f'"{node}" is named twice', self.usage, word)
            seen.add(node)
            sides[-1].append(node)
        if len(sides) < 2 or not all(sides):
            message = "a split has two sides or more, and each has a node"
            raise self.wrong(message, self.usage, self.words[0])
        text = f"split {' / '.join(' '.join(side) for side in sides)}"
        return self.end(Event("split", text, sides=tuple(tuple(side) for side in sides)))

    def wrong(
        self, message: str, hint: str = "", word: Word | None = None, length: int | None = None
    ) -> OtpgenError:
        return OtpgenError([Problem("OG011", message, at(self.number, word, length), hint)])

    def unknown(self, message: str, hint: str, word: Word) -> OtpgenError:
        return OtpgenError([Problem("OG012", message, at(self.number, word), hint)])
