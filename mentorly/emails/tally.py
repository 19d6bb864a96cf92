"""The tally: how many mails of each kind reached which state in each hour. It outlives their envelopes."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Integer, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from mentorly.emails.collecting import EPOCH, insert_of
from mentorly.emails.envelope import Envelope, State
from mentorly.mentoring.base import Base

HOUR = timedelta(hours=1)
ONLY = 1
OTHER = "other"
MOST_HOURS = 200
# What a worker marked while the database was away or its clock was wrong.
LATE = timedelta(days=8)
# Hours older than this are only asked for in sum.
FINE = timedelta(days=100)
# RFC 3463 2, or the three digits of RFC 5321 4.2.
CODE = re.compile(r"[245]\.\d{1,3}\.\d{1,3}|[2-5]\d\d")
WORD = re.compile(r"[A-Za-z][A-Za-z ]{0,59}")

Key = tuple[datetime, str, str, str]


class Tally(Base):
    """How many envelopes of a kind reached a state in the hour that begins at `hour`.

    reason: of refused ones, the mail server's code; of others that did not go, our own short word for it. After a
    hundred days the hours of a month are summed into its first one. A count never falls: an envelope that was revived
    has been missed all the same.
    """

    __tablename__ = "tally"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(Integer)

    @classmethod
    def keep_up(cls, session: Session, now: datetime, since: datetime | None = None) -> None:
        """Count what was closed since the hour before the last time, or since a moment.

        It costs what was closed then, and nothing for hours in which nothing was. Doing it twice, or twice at once,
        counts nothing twice: a count is replaced by a larger one alone. Does not commit.
        """
        mark = TallyMark.of(session)
        settled = hour_of(now) - HOUR
        start = max(mark.summed_to, hour_of(min(settled, mark.counted_to, since or settled)))
        for done, hour in enumerate(cls._busy(session, start), 1):
            cls._count(session, hour)
            if done == MOST_HOURS:
                settled = min(settled, hour)
                break
        mark.count_to(settled)

    @classmethod
    def _busy(cls, session: Session, start: datetime) -> Iterator[datetime]:
        """The hours since `start` in which something was closed."""
        while True:
            first = session.scalar(select(func.min(Envelope.closed_at)).where(Envelope.closed_at >= start))
            if first is None:
                return
            yield hour_of(first)
            start = hour_of(first) + HOUR

    @classmethod
    def _count(cls, session: Session, hour: datetime) -> None:
        keys = (Envelope.kind, Envelope.state, Envelope.why_not)
        rows = session.execute(
            select(*keys, func.count())
            .where(Envelope.closed_at >= hour, Envelope.closed_at < hour + HOUR)
            .group_by(*keys)
        )
        counts: Counter[Key] = Counter()
        for kind, state, why_not, number in rows:
            counts[hour, kind, state, reason_of(state, why_not)] += number
        if counts:
            new = insert_of(session, cls).values(_rows(counts.items()))
            larger = cls.count < new.excluded["count"]
            session.execute(
                new.on_conflict_do_update(
                    index_elements=list(cls.__table__.primary_key),
                    set_={"count": new.excluded["count"]},
                    where=larger,
                )
            )

    @classmethod
    def sum_up(cls, session: Session, now: datetime) -> None:
        """Sum the hours of every month that ended more than a hundred days ago into one. Does not commit."""
        mark = TallyMark.of(session)
        until = month_of(min(now - FINE, mark.counted_to))
        if until <= mark.summed_to:
            return
        fine = delete(cls).where(cls.hour >= mark.summed_to, cls.hour < until)
        counts: Counter[Key] = Counter()
        for hour, kind, state, reason, number in session.execute(
            fine.returning(cls.hour, cls.kind, cls.state, cls.reason, cls.count)
        ):
            counts[month_of(hour), kind, state, reason] += number
        if counts:
            session.execute(insert_of(session, cls).values(_rows(counts.items())))
        mark.summed_to = until
        session.flush()


class TallyMark(Base):
    """How far the tally is: one row.

    counted_to: every hour before this one is counted. summed_to: the beginning of the first month that is not summed.
    """

    __tablename__ = "tally_mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    counted_to: Mapped[datetime] = mapped_column(default=EPOCH)
    summed_to: Mapped[datetime] = mapped_column(default=EPOCH)

    @classmethod
    def of(cls, session: Session) -> "TallyMark":
        """The row, which nobody else moves until the end of the transaction."""
        found = session.get(cls, ONLY, populate_existing=True, with_for_update=True)
        if found is not None:
            return found
        session.execute(insert_of(session, cls).values(id=ONLY).on_conflict_do_nothing())
        return session.get_one(cls, ONLY, populate_existing=True, with_for_update=True)

    @classmethod
    def counted(cls, session: Session) -> datetime:
        """Before which moment everything is counted."""
        return session.scalar(select(cls.counted_to)) or EPOCH

    def count_to(self, hour: datetime) -> None:
        """Move it on; it never goes back."""
        if hour > self.counted_to:
            self.counted_to = hour
            self.session.flush()


def hour_of(moment: datetime) -> datetime:
    """The beginning of a moment's hour in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def month_of(moment: datetime) -> datetime:
    """The beginning of a moment's month in UTC."""
    return hour_of(moment).replace(day=1, hour=0)


def reason_of(state: str, why_not: str) -> str:
    """Why an envelope did not go, as a code or a short word; never what somebody else may have put into it."""
    if state in {State.SENT, State.FOLDED}:
        return ""
    shape = CODE if state == State.REFUSED else WORD
    if shape.fullmatch(why_not):
        return why_not
    return OTHER if why_not or state == State.REFUSED else ""


def _rows(counts: Iterable[tuple[Key, int]]) -> list[dict[str, object]]:
    """Rows in the one order in which everybody writes them, so that two who write do not wait for each other."""
    return [
        {"hour": hour, "kind": kind, "state": state, "reason": reason, "count": number}
        for (hour, kind, state, reason), number in sorted(counts)
    ]
