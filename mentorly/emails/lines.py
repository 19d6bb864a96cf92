"""The lines of digests: what each mail says in one sentence, and the buttons that answer it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails.claims import DATABASE_AWAY
from mentorly.emails.email import Email, Register
from mentorly.emails.understanding import SAID
from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.people import Person

Fail = Callable[[Any, Exception], None]


class Told(Protocol):
    """What a line needs to know of the envelope that it stands for."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def kind(self) -> str:
        """Its kind's name."""

    @property
    def thing_id(self) -> int:
        """What it is about."""

    @property
    def reader_id(self) -> int:
        """Whom it is for."""


@dataclass(frozen=True)
class Choice:
    """A button of a line. envelope: the number of the mail that it answers. button: '' stops mails of its kind."""

    label: str
    envelope: int
    button: str


@dataclass(frozen=True)
class Line:
    """A line as it is read.

    says: the mail in one sentence. replies: the words that answer it, with its number. stop: leads to where mails of
    its kind are stopped; None for those that are needed.
    """

    number: int
    says: str
    choices: Sequence[Choice] = ()
    replies: Sequence[str] = ()
    stop: Choice | None = None

    @classmethod
    def of(cls, number: int, says: str, kind: Email, envelope: int, language: str) -> "Line":
        """The line of a mail. envelope: its number."""
        choices = [Choice(label, envelope, name) for name, label in kind.wordings[language].labels.items()]
        plain = [
            meaning for meaning, button in kind.replies.items() if button not in kind.read_as
        ]  # a word says all of it
        words = [SAID[meaning][language] for meaning in plain if meaning in SAID]
        stop = Choice("", envelope, "") if kind.stoppable else None
        return cls(number, says, choices, [f"{word} {number}" for word in words], stop)


class Saying:
    """Says mails in one sentence each, kind by kind: as many queries for many as for one.

    fail: is told of an envelope that cannot be said, and the fault; that stops no other.
    """

    def __init__(self, session: Session, register: Register, readers: Mapping[int, Person], fail: Fail) -> None:
        self.session = session
        self.register = register
        self.readers = readers
        self.fail = fail

    def said(self, envelopes: Iterable[tuple[Told, datetime]]) -> dict[int, str]:
        """The sentence of each, by the envelope's number. With each: as of when its words are true."""
        by_kind: dict[str, list[tuple[Told, datetime]]] = {}
        for envelope, then in envelopes:
            by_kind.setdefault(envelope.kind, []).append((envelope, then))
        return {number: says for name, own in by_kind.items() for number, says in self._of_kind(name, own).items()}

    def _of_kind(self, name: str, envelopes: Sequence[tuple[Told, datetime]]) -> dict[int, str]:
        kind = self.register[name]
        things = things_of(self.session, kind, {envelope.thing_id for envelope, _ in envelopes})
        try:
            with self.session.begin_nested():
                return {envelope.id: self._sentence(kind, things, envelope, then) for envelope, then in envelopes}
        except DATABASE_AWAY:
            raise
        except Exception:  # noqa: BLE001 - one after the other then, to find the one that is at fault
            said: dict[int, str] = {}
            for envelope, then in envelopes:
                try:
                    with self.session.begin_nested():
                        said[envelope.id] = self._sentence(kind, things, envelope, then)
                except DATABASE_AWAY:
                    raise
                except Exception as fault:  # noqa: BLE001 - a poison envelope stops no other
                    self.fail(envelope, fault)
            return said

    def _sentence(self, kind: Email, things: Mapping[int, Any], envelope: Told, then: datetime) -> str:
        reader = self.readers[envelope.reader_id]
        return kind.line(things[envelope.thing_id], reader, then)


def things_of(session: Session, kind: Email, numbers: Iterable[int]) -> dict[int, Any]:
    """The things of a kind with these numbers, and what its text speaks of."""
    model: Any = kind.due.thing
    found = session.scalars(select(model).where(is_among(model.id, list(numbers))).options(*kind.loads))
    return {thing.id: thing for thing in found}
