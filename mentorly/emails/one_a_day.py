"""One a day: which mails of the clock have been the one mail of their reader's day (rules A4)."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, literal_column, or_, select
from sqlalchemy.orm import Session

from mentorly.clock import ONE_DAY, Rhythm
from mentorly.emails.email import Register
from mentorly.emails.envelope import Envelope, State
from mentorly.mentoring.arrays import is_among

ZERO: ColumnElement[int] = literal_column("0")
# A day lasts at most 26 hours, where clocks change by two.
LONGEST_DAY = timedelta(hours=26)
GONE = (State.SENT, State.UNCERTAIN)


def is_digest(register: Register) -> ColumnElement[bool]:
    """Which envelopes are those of digests."""
    return Envelope.kind.in_([kind.name for kind in register.values() if kind.carries])


def lately(
    session: Session, register: Register, readers: Collection[int], now: datetime
) -> Iterator[tuple[int, datetime, bool]]:
    """The mails of the clock that went to these readers in the last day or so: reader, when, and whether it went.

    A digest that failed counts too, or it would be tried again all day.
    """
    went = or_(Envelope.state.in_(GONE), and_(Envelope.state == State.FAILED, is_digest(register)))
    rows = session.execute(
        select(Envelope.reader_id, Envelope.closed_at, Envelope.state)
        .where(is_among(Envelope.reader_id, readers), Envelope.lane > ZERO)
        .where(Envelope.closed_at > now - LONGEST_DAY, went)
    )
    return ((reader, closed_at, state != State.FAILED) for reader, closed_at, state in rows if closed_at is not None)


def under_way(session: Session, register: Register, readers: Collection[int], but: Collection[int]) -> set[int]:
    """Those of these readers to whom a mail of the clock is under way. but: envelopes that do not count."""
    begun = or_(Envelope.tries > ZERO, Envelope.doubts > ZERO, Envelope.crashes > ZERO, is_digest(register))
    rows = session.scalars(
        select(Envelope.reader_id)
        .where(is_among(Envelope.reader_id, readers), Envelope.lane > ZERO, Envelope.closed_at.is_(None))
        .where(or_(Envelope.state == State.SENDING, and_(Envelope.state == State.WAITING, begun)))
        .where(~is_among(Envelope.id, but))
    )
    return set(rows)


def next_day(rhythm: Rhythm, now: datetime) -> datetime:
    """The next working morning on another day of the reader's."""
    return rhythm.next_morning(rhythm.midnight(rhythm.day(now) + ONE_DAY))
