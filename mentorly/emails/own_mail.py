"""What is kept of a person's mails: those written to them, what they answered, and what they wrote to us."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import joinedload

from mentorly.emails.answering import in_words
from mentorly.emails.email import Email, Register
from mentorly.emails.envelope import Answer, Envelope, State
from mentorly.emails.received import Received
from mentorly.emails.reply import IN_DOUBT, Reply
from mentorly.mentoring.base import sentence
from mentorly.mentoring.own_record import RECORD, Code, Holding, Reader, Row, read
from mentorly.mentoring.own_words import WORDS
from mentorly.mentoring.people import Person
from mentorly.mentoring.remarks import Remark

# What never came near its reader is nothing that was written to them.
TOLD = (State.SENT, State.UNCERTAIN, State.FOLDED, State.REFUSED, State.FAILED, State.SUPPRESSED, State.MISSED)


def holdings(person: Person, register: Register) -> list[Holding]:
    """All that is kept about a person, as they may see it."""

    def mails(person: Person) -> Iterator[Row]:
        return _mails(person, register)

    def answers(person: Person) -> Iterator[Row]:
        return _answers(person, register)

    post: Sequence[tuple[str, str, Reader]] = (
        ("mails", sentence("Mails to you"), mails),
        ("mail_answers", sentence("Your answers to mails"), answers),
        ("replies", sentence("Your replies"), _replies),
        ("messages", sentence("Messages by you or for you"), _messages),
        ("received", sentence("Mails that came from you"), _received),
    )
    return list(read(person, (*RECORD, *WORDS, *post)))


def as_data(person: Person, found: Sequence[Holding], now: datetime) -> dict[str, Any]:
    """The same as values of JSON."""
    parts = {one.name: [{name: _plain(value) for name, value in row.items()} for row in one.rows] for one in found}
    return {"about": person.name, "made": now.isoformat(), **parts}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def _mails(person: Person, register: Register) -> Iterator[Row]:
    own = select(Envelope).where(Envelope.reader_id == person.id, Envelope.state.in_(TOLD)).order_by(Envelope.id)
    for one in person.session.scalars(own):
        kind = register.get(one.kind)
        yield {
            "kind": Code(one.kind),
            "why": kind.why_in(person.language) if kind else "",
            "day": (one.sent_at or one.closed_at or one.collected_at).date(),
            "state": Code(one.state),
            "came_back": Code(one.bounce),
        }


def _answers(person: Person, register: Register) -> Iterator[Row]:
    own = select(Answer).where(Answer.by_id == person.id).options(joinedload(Answer.envelope)).order_by(Answer.id)
    for one in person.session.scalars(own):
        kind = register.get(one.envelope.kind)
        label = kind.wordings[person.language].labels.get(one.button, one.button) if kind else one.button
        yield {
            "kind": Code(one.envelope.kind),
            "why": kind.why_in(person.language) if kind else "",
            "answer": label,
            "answers": _understood(kind, one, person) if kind else [],
            "answers_in_codes": dict(one.understood),
            "answered": one.answered_at,
            "by_mail": one.is_by_mail,
            "taken_back": one.undone_at,
        }


def _understood(kind: Email, answer: Answer, person: Person) -> list[str]:
    """Each question of the button with what was understood; what only a number of ours answered is in the codes."""
    asked = kind.buttons.get(answer.button, ())
    said = ((one, in_words(one, answer.understood.get(one.name), person)) for one in asked)
    return [f"{one.label[person.language]} — {words}" for one, words in said if words]


def _replies(person: Person) -> Iterator[Row]:
    own = select(Reply).where(Reply.person_id == person.id, Reply.outcome.not_in(IN_DOUBT)).order_by(Reply.id)
    for one in person.session.scalars(own):
        yield {"came": one.taken_at, "state": Code(one.outcome), "told_back": one.sentence}


def _messages(person: Person) -> Iterator[Row]:
    """Words that came from an address that nobody has confirmed are not theirs yet."""
    in_doubt = exists().where(Reply.remark_id == Remark.id, Reply.outcome.in_(IN_DOUBT))
    own = select(Remark).where(or_(Remark.author_id == person.id, Remark.receiver_id == person.id), ~in_doubt)
    for one in person.session.scalars(
        own.options(joinedload(Remark.author), joinedload(Remark.receiver)).order_by(Remark.id)
    ):
        yield {
            "by": one.author.name,
            "to": one.receiver.name if one.receiver else "",
            "words": one.words,
            "written": one.kept_at,
            "passed_on": one.passed_on_at,
        }


def _received(person: Person) -> Iterator[Row]:
    own = select(Received).where(Received.person_id == person.id).order_by(Received.id)
    for one in person.session.scalars(own):
        yield {"came": one.received_at, "bytes": one.size, "state": Code(one.decision)}
