"""Mornings: what the clock started for a reader is claimed all at once, by one worker (rules A4)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, literal_column, select
from sqlalchemy.orm import Session, aliased

from mentorly.emails.envelope import Envelope
from mentorly.emails.lanes import CLOCK_LANES
from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.people import Person

# Written out, so that both databases see which small index serves.
WAITING: ColumnElement[str] = literal_column("'waiting'")
SENDING: ColumnElement[str] = literal_column("'sending'")
ZERO: ColumnElement[int] = literal_column("0")


def ready_mornings(session: Session, now: datetime, most: int) -> list[int]:
    """The envelopes of the clock that are ready, of up to so many readers: all that one of them has, or none.

    The readers stay locked until the end of the transaction, so that no other worker takes what becomes ready for them
    in the meantime; one who has such a mail in a worker's hands, or whom somebody else has locked, is left for later.
    """
    readers: set[int] = set()
    for lane in CLOCK_LANES:
        if len(readers) < most:
            readers.update(session.scalars(_readers(lane, now, most - len(readers))))
    return list(session.scalars(_all_of(sorted(readers), now))) if readers else []


def _readers(lane: int, now: datetime, most: int) -> Select[int]:
    """Who has something ready. The lane of what is in hands is hidden from the planner: it is to read that alone."""
    other = aliased(Envelope)
    in_hands = select(other.reader_id).where(other.state == SENDING, other.lane + ZERO > ZERO)
    return (
        select(Envelope.reader_id)
        .join(Person, Person.id == Envelope.reader_id)
        .where(Envelope.state == WAITING, Envelope.lane == lane, Envelope.ready_at <= now)
        .where(Envelope.crashes == ZERO, Envelope.reader_id.not_in(in_hands))
        .order_by(Envelope.ready_at)
        .limit(most)
        .with_for_update(of=Person, key_share=True, skip_locked=True)
    )


def _all_of(readers: Sequence[int], now: datetime) -> Select[int]:
    return (
        select(Envelope.id)
        .where(is_among(Envelope.reader_id, readers), Envelope.lane > ZERO, Envelope.closed_at.is_(None))
        .where(Envelope.state == WAITING, Envelope.ready_at <= now, Envelope.crashes == ZERO)
        .order_by(Envelope.ready_at, Envelope.id)
        .with_for_update(skip_locked=True)
    )
