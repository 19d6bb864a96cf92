"""Answers: a token opens an envelope, a button answers it, undo takes the answer back (rules A8, B1, B2)."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from mentorly.emails import spoken
from mentorly.emails.email import Email, Given, Register
from mentorly.emails.envelope import MAIL, Answer, Envelope
from mentorly.emails.writing import ANSWER, SAMPLE, UNSUBSCRIBE, Desk
from mentorly.mentoring.base import HOLD, Refused
from mentorly.mentoring.meeting_questions import DayAndTime, Length, TimeChoice
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Choice, Question, Text
from mentorly.mentoring.unreached import Unreached
from mentorly.tokens import Tokens

# How many generations of its reader a mail that is no longer on record may have been of.
GENERATIONS = 8


class NotOurs(Refused):
    """The token is forged, torn, or void because its reader's address changed."""


class Expired(Refused):
    """The token was ours; its time has passed."""


class Unclear(Refused):
    """Some questions have no good answer. faults: the refusal of each, by the question's name."""

    def __init__(self, faults: Mapping[str, Refused]) -> None:
        super().__init__("Some answers need another look.")
        self.faults = faults


@dataclass(frozen=True)
class Opened:
    """An envelope that a token opened, with what it is about. line: the one of a digest that led to it; 0 if none."""

    envelope: Envelope
    kind: Email
    thing: Any
    reader: Person
    now: datetime
    line: int = 0

    @property
    def buttons(self) -> Sequence[str]:
        """The names of its buttons."""
        return self.kind.offered(self.thing, self.reader)

    def label(self, button: str) -> str:
        """What the mail calls a button, in the reader's language."""
        return self.kind.wordings[self.reader.language].labels[button]

    def questions(self, button: str) -> Sequence[Question]:
        """What the form behind a button asks. Raises NotOurs if the mail has no such button."""
        if button not in self.kind.buttons:
            raise NotOurs("This link is not whole. Please open it again from the mail.")
        return self.kind.questions(button, self.thing, self.reader, self.now)

    def standing(self, button: str | None = None) -> Answer | None:
        """The last answer that was not undone; if a button is named, only where it is to this one."""
        last = next((answer for answer in reversed(self.envelope.answers) if answer.undone_at is None), None)
        return last if last and button in {None, last.button} else None

    def answered_before(self, button: str) -> Answer | None:
        """The answer that a press of a button would only repeat."""
        return None if button in self.kind.repeats else self.standing(button)

    def understood(self, answer: Answer) -> list[tuple[str, str]]:
        """What was asked, and what was understood of an answer, in the reader's words."""
        language = self.reader.language
        said = (
            (question.label[language], in_words(question, answer.understood.get(question.name), self.reader))
            for question in (self.questions(answer.button) if self.kind.keeps_said else ())
        )
        return [(asked, words) for asked, words in said if words]

    @property
    def can_undo(self) -> bool:
        """Whether there is an answer, of a kind that can be taken back."""
        last = self.standing()
        return last is not None and self.kind.can_undo(self.thing, last.button)

    def check_unsettled(self) -> None:
        """Raise Expired with the reason if the question has settled itself."""
        refusal = self.kind.settled(self.thing, self.now)
        if refusal is not None:
            raise Expired(refusal.sentence, **refusal.values)


def in_words(question: Question, value: object, reader: Person) -> str:
    """What an answer keeps of what was said to a question, in its reader's words; '' if it is nothing to be told."""
    language = reader.language
    if isinstance(question, TimeChoice | DayAndTime) and value:
        return spoken.at_time(datetime.fromisoformat(str(value)), language, reader.timezone)
    if isinstance(question, Length) and value:
        return spoken.length(int(str(value)))
    if isinstance(question, Choice):
        return question.options.get(str(value), {}).get(language, "")
    return ""


def open_envelope(
    session: Session, register: Register, desk: Desk, token: str, now: datetime, *, lock: bool = False
) -> Opened:
    """Open an envelope by the token in its links. lock: hold the thing until the end of the transaction.

    Raises NotOurs or Expired. It changes nothing.
    """
    if token == SAMPLE:
        raise Expired("This is a test mail: its buttons do nothing.")
    number = Tokens.number(token)
    envelope = session.get(Envelope, number, with_for_update=lock) if number is not None else None
    if envelope is None or not desk.tokens.proves(token, ANSWER, envelope.reader.generation):
        raise NotOurs("This link is not one of ours, or it is not whole. Please open it again from the mail.")
    return opened_of(session, register, envelope, now, lock=lock)


def opened_of(session: Session, register: Register, envelope: Envelope, now: datetime, *, lock: bool = False) -> Opened:
    """An envelope with what it is about. Raises Expired. lock: hold the thing until the end of the transaction."""
    kind = register.get(envelope.kind)
    thing = session.get(kind.due.thing, envelope.thing_id) if kind else None
    if kind is None or thing is None:
        raise Expired("What this mail was about is no longer here.")
    if lock:
        _hold(session, kind.held(thing))
    if now >= (envelope.sent_at or envelope.collected_at) + kind.button_life:
        raise Expired("The link in this mail has expired. Please write to us if you still need it.")
    return Opened(envelope, kind, thing, envelope.reader, now)


def why_gone(session: Session, desk: Desk, token: str) -> tuple[Person | None, Expired] | None:
    """Of a token that opens nothing, why it does not any more, and who read its mail if that is known; None if unclear.

    Its reader was erased, or its mail is no longer on record.
    """
    number = Tokens.number(token)
    envelope = session.get(Envelope, number) if number is not None else None
    reader = envelope.reader if envelope else None
    if reader is not None and reader.erased_at is None:
        return None
    generations = range(reader.generation if reader else GENERATIONS)
    if not any(desk.tokens.proves(token, purpose, one) for purpose in (ANSWER, UNSUBSCRIBE) for one in generations):
        return None
    if reader is None:
        return None, Expired("The mail that this link was in is no longer on record.")
    return reader, Expired(
        "What was held about you is erased. The links in the mails that you got do nothing any more."
    )


def _hold(session: Session, held: Any) -> None:
    """Let nobody else change it until the end of the transaction; what was read of it before is read again."""
    session.flush()
    session.expire_all()
    session.refresh(held, with_for_update=HOLD)


def answer(session: Session, opened: Opened, button: str, typed: Mapping[str, str], door: str, now: datetime) -> Answer:
    """Answer an envelope by a button; a second press changes nothing and returns the first answer.

    typed: what was typed, by the name of the question. door: what a reply (MAIL) causes for others waits for the kind's
    grace. Raises Unclear, or Refused by the thing's own rule.
    """
    questions = opened.questions(button)
    before = opened.answered_before(button)
    if before is not None:
        return before
    opened.check_unsettled()
    given = Given(button, _said(questions, typed, ZoneInfo(opened.reader.timezone)), at=now)
    was = opened.kind.before(opened.thing, now)
    _do(session, opened, given, now, opened.kind.grace if door == MAIL else timedelta())
    opened.reader.answered_at = opened.reader.answered_at or now
    Unreached.heard(opened.reader, opened.envelope.sent_at, now)
    kept = {
        question.name: _kept(given.said[question.name])
        for question in questions
        if opened.kind.keeps_said and not isinstance(question, Text)
    }
    return note(session, opened, Given(button, kept, was), door, now)


def note(session: Session, opened: Opened, given: Given, door: str, now: datetime) -> Answer:
    """Keep an answer that was given; the same one of before, which another overtook, does not stand beside it."""
    for earlier in opened.envelope.answers:
        if earlier.button == given.button and earlier.line == opened.line and earlier.undone_at is None:
            earlier.undone_at = now
    session.flush()
    made = Answer(
        envelope=opened.envelope,
        line=opened.line,
        button=given.button,
        by=opened.reader,
        door=door,
        answered_at=now,
        revision=getattr(opened.thing, "revision", 0),
        understood=dict(given.said),
        before=dict(given.before),
    )
    session.add(made)
    session.flush()
    return made


def _do(session: Session, opened: Opened, given: Given, now: datetime, grace: timedelta) -> None:
    """Do what the answer asks, as of the end of its grace; what that would make too late is done as of now."""
    if grace:
        with suppress(Refused), session.begin_nested():
            opened.kind.answered(opened.thing, opened.reader, given, now + grace)
            return
    opened.kind.answered(opened.thing, opened.reader, given, now)


def undo(session: Session, opened: Opened, now: datetime, answer: Answer | None = None) -> Answer:
    """Take the last answer back while nothing has happened since. Raises Refused with what has.

    answer: the one that is meant, if it has to be a certain one.
    """
    last = opened.standing()
    if last is None or (answer is not None and last is not answer):
        raise Refused("There is nothing to undo.")
    overtaken = last.revision != getattr(opened.thing, "revision", 0)
    with session.begin_nested():
        opened.kind.undone(opened.thing, opened.reader, Given(last.button, last.understood, last.before), now)
        if overtaken:
            raise Refused("This has moved on since then, so it cannot be undone here.")
    last.undone_at = now
    session.flush()
    return last


def _said(questions: Sequence[Question], typed: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    said: dict[str, Any] = {}
    faults: dict[str, Refused] = {}
    for question in questions:
        try:
            said[question.name] = question.check(typed.get(question.name, ""), zone)
        except Refused as refusal:
            faults[question.name] = refusal
    if faults:
        raise Unclear(faults)
    return said


def _kept(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value
