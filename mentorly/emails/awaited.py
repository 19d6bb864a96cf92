"""What waits for an answer: mails that were sent, whose question nobody has answered yet."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import Session

from mentorly.emails.email import Email, Register
from mentorly.emails.envelope import Answer, Envelope, State
from mentorly.mentoring.arrays import is_among

MOST_AWAITED = 10
GONE = (State.SENT, State.UNCERTAIN, State.FOLDED)


class Awaited(NamedTuple):
    """A mail whose answer is awaited. resumed_at: when its relationship was last resumed after a pause."""

    id: int
    kind: str
    thing_id: int
    reader_id: int
    occasion: str
    sent_at: datetime
    resumed_at: datetime | None = None

    @property
    def waits_since(self) -> datetime:
        """Since when it has waited without a pause: nobody is expected to answer in one."""
        return max(self.sent_at, self.resumed_at or self.sent_at)

    def subject(self, register: Register) -> tuple[str, int]:
        """What its whole thread is about: later mails of it ask the same."""
        return register[self.kind].thread or self.kind, self.thing_id


def awaited(session: Session, register: Register, readers: Collection[int], now: datetime) -> dict[int, list[Awaited]]:
    """The mails to some readers whose answer is awaited, by reader; of each thread the last one, the oldest first."""
    asking = [kind for kind in register.values() if kind.due.awaited is not None]
    found = waiting(session, register, asking, readers, now)
    return {reader: ones[-MOST_AWAITED:] for reader, ones in found.items()}


def waiting(
    session: Session, register: Register, asking: Collection[Email], readers: Collection[int], now: datetime
) -> dict[int, list[Awaited]]:
    """The mails of some kinds to some readers that still wait for them; of each thread the last, the oldest first."""
    found: dict[int, dict[tuple[str, int], Awaited]] = {}
    for one in sorted(_open(session, asking, readers, now), key=lambda one: one.id):
        found.setdefault(one.reader_id, {})[one.subject(register)] = one
    return {reader: list(ones.values()) for reader, ones in found.items()}


def unanswered() -> ColumnElement[bool]:
    """Whether an envelope has gone and nobody has answered it."""
    answered = exists().where(Answer.envelope_id == Envelope.id, Answer.undone_at.is_(None))
    return and_(Envelope.state.in_(GONE), ~answered)


def _open(session: Session, asking: Collection[Email], readers: Collection[int], now: datetime) -> Iterator[Awaited]:
    if not (asking and readers):
        return
    query = (
        select(*(getattr(Envelope, name) for name in Awaited._fields if name != "resumed_at"))
        .where(is_among(Envelope.reader_id, list(readers)), Envelope.kind.in_([kind.name for kind in asking]))
        .where(Envelope.sent_at > now - max(kind.button_life for kind in asking), unanswered())
    )
    rows = [Awaited(*row) for row in session.execute(query)]
    for kind in asking:
        own = [row for row in rows if row.kind == kind.name and now < row.sent_at + kind.button_life]
        true = _true(session, kind, {row.thing_id for row in own}, now) if own else {}
        keys = ((row, (row.thing_id, row.reader_id, row.occasion)) for row in own)
        yield from (row._replace(resumed_at=true[key]) for row, key in keys if key in true)


def _true(
    session: Session, kind: Email, things: Collection[int], now: datetime
) -> Mapping[tuple[Any, ...], datetime | None]:
    """What is still true of some things, and when the relationship of each was resumed."""
    due = kind.due
    query = (due.among(things) if due.awaited is None else due.awaited_among(things)).params(now=now)
    rows = session.execute(query.add_columns(due.resumed_at.label("resumed_at")))
    return {(row.thing_id, row.reader_id, row.occasion): row.resumed_at for row in rows}
