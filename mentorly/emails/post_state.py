"""The state of the post: what waits and why, what was sent and refused, and whether anything moves at all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from mentorly.emails.envelope import Envelope, State
from mentorly.emails.standing import Standing
from mentorly.emails.tally import HOUR, Tally, hour_of
from mentorly.mentoring.base import Moment

DAY = 24
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """How many mails wait for one reason, and when the next of them is tried. tries: the most that one of them had."""

    number: int
    next_at: datetime | None
    tries: int = 0


@dataclass(frozen=True)
class Hour:
    """What became of mails in one hour. other: failed, uncertain, missed, suppressed, withdrawn."""

    began: datetime
    sent: int = 0
    refused: int = 0
    other: int = 0


@dataclass(frozen=True)
class Queue:
    """What is not closed yet.

    sending: in the hands of a worker. ready: could go now; ready_since: since when the first of them. held: for a later
    moment that we chose, such as the reader's morning. put_off: the recipient's mail server asked us to come back.
    lost: the connection broke before it had answered.
    """

    sending: int
    ready: int
    ready_since: datetime | None
    held: Waiting
    put_off: Waiting
    lost: Waiting

    @property
    def later(self) -> int:
        """How many wait for a later moment, for whatever reason."""
        return self.held.number + self.put_off.number + self.lost.number

    def oldest(self, now: datetime) -> timedelta:
        """How long the first of those that could go has been ready; zero if there is none."""
        return max(now - self.ready_since, timedelta()) if self.ready_since else timedelta()

    @classmethod
    def read(cls, session: Session, now: datetime) -> "Queue":
        """Count them, in one query."""
        waits = Envelope.state == State.WAITING
        ready = waits & (Envelope.ready_at <= now)
        later = waits & or_(Envelope.ready_at.is_(None), Envelope.ready_at > now)
        lost = later & (Envelope.doubts > 0)
        put_off = later & (Envelope.doubts == 0) & (Envelope.tries > 0)
        held = later & (Envelope.doubts == 0) & (Envelope.tries == 0)
        row = session.execute(
            select(
                func.count(case((Envelope.state == State.SENDING, 1))),
                *(part for which in (ready, held, put_off, lost) for part in _waiting(which)),
            ).where(Envelope.closed_at.is_(None), Envelope.state.in_((State.WAITING, State.SENDING)))
        ).one()
        first, *others = (Waiting(*row[at : at + 3]) for at in range(1, 13, 3))
        return cls(row[0], first.number, first.next_at, *others)


@dataclass(frozen=True)
class PostState:
    """The state of the post at a moment.

    totals: mails by (state, kind), since the beginning. refused: mails by the server's code, since the beginning;
    refused_lately: in the last seven days. hours: the last 24, the oldest first; the last one is not over.
    """

    now: datetime
    queue: Queue
    standing: Standing
    totals: Mapping[tuple[str, str], int]
    refused: Mapping[str, int]
    refused_lately: Mapping[str, int]
    hours: Sequence[Hour]

    @property
    def is_alarming(self) -> bool:
        """Whether somebody has to look."""
        return self.standing.is_alarming(self.now)

    @classmethod
    def read(cls, session: Session, now: datetime) -> "PostState":
        """Ask for all of it, in five queries however much there is."""
        totals, refused = _totals(session)
        return cls(
            now=now,
            queue=Queue.read(session, now),
            standing=Standing.of(session),
            totals=totals,
            refused=refused,
            refused_lately=_refused_since(session, now - WEEK),
            hours=_hours(session, now),
        )


def _waiting(which: ColumnElement[bool]) -> tuple[ColumnElement[Any], ...]:
    return (
        func.count(case((which, 1))),
        func.min(case((which, Envelope.ready_at)), type_=Moment()),
        func.coalesce(func.max(case((which, Envelope.tries))), 0),
    )


def _totals(session: Session) -> tuple[Counter[tuple[str, str]], Counter[str]]:
    totals: Counter[tuple[str, str]] = Counter()
    refused: Counter[str] = Counter()
    keys = (Tally.state, Tally.kind, Tally.reason)
    for state, kind, reason, number in session.execute(select(*keys, func.sum(Tally.count)).group_by(*keys)):
        totals[state, kind] += int(number)
        if state == State.REFUSED:
            refused[reason] += int(number)
    return totals, refused


def _refused_since(session: Session, moment: datetime) -> Counter[str]:
    found = session.execute(
        select(Tally.reason, func.sum(Tally.count))
        .where(Tally.hour >= hour_of(moment), Tally.state == State.REFUSED)
        .group_by(Tally.reason)
    )
    return Counter({reason: int(number) for reason, number in found})


def _hours(session: Session, now: datetime) -> list[Hour]:
    first = hour_of(now) - (DAY - 1) * HOUR
    counts: Counter[tuple[datetime, str]] = Counter()
    for hour, state, number in session.execute(
        select(Tally.hour, Tally.state, func.sum(Tally.count))
        .where(Tally.hour >= first, Tally.state != State.FOLDED)
        .group_by(Tally.hour, Tally.state)
    ):
        counts[hour, state if state in {State.SENT, State.REFUSED} else "other"] += int(number)
    return [
        Hour(began, counts[began, State.SENT], counts[began, State.REFUSED], counts[began, "other"])
        for began in (first + number * HOUR for number in range(DAY))
    ]
