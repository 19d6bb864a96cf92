"""Collecting: what has fallen due goes into envelopes, one INSERT … SELECT for each kind (rules A2, A9)."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, null, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from mentorly.emails.email import NOW, Email, Register
from mentorly.emails.envelope import REVIVABLE, Envelope, Round, State
from mentorly.emails.gleaning import (
    KINDS_REVIVABLE,
    KINDS_UNSCHEDULED,
    RHYTHM,
    Gleaning,
    gleaning,
    unscheduled,
)
from mentorly.emails.lanes import horizon, stretches
from mentorly.mentoring.base import insert_by
from mentorly.mentoring.organizations import Organization, working_days
from mentorly.mentoring.people import Person
from mentorly.mentoring.preferences import rhythm_of

EPOCH = datetime(1970, 1, 2, tzinfo=UTC)
# A mail about Friday evening is fresh on Monday morning, also when what it is about was stored late.
LONG_WEEKEND = timedelta(days=4)
LONG_WEEK = timedelta(days=7)
# What goes on a morning is in envelopes before it begins, so that none of it comes too late for the one mail.
AHEAD = timedelta(minutes=5)
INSTANT = timedelta(microseconds=1)
# More mails than this of one kind are work for another worker at once, before all is collected.
CROWD = 400
TOO_LATE = "too late"
SUPPRESSED = "suppressed"


def introduce(session: Session, register: Register, now: datetime) -> None:
    """Make every kind known.

    A kind seen for the first time starts with now; a database that knows no kind is new itself.
    """
    known = {row.kind: row for row in session.scalars(select(Round))}
    since = now if known else EPOCH
    for kind in register.values():
        if kind.name not in known:
            earlier = next((known[name] for name in kind.formerly if name in known), None)
            start = earlier.known_since if earlier else since
            to = earlier.collected_to if earlier else start
            new = insert_of(session, Round).values(kind=kind.name, known_since=start, collected_to=to)
            session.execute(new.on_conflict_do_nothing())
            for name in kind.formerly:
                session.execute(update(Envelope).where(Envelope.kind == name).values(kind=kind.name))
    session.flush()


def insert_of(session: Session, model: Any) -> Any:
    """An INSERT of the session's own database, which knows ON CONFLICT DO NOTHING."""
    return insert_by(session.get_bind().dialect.name, model)


def introduced(session: Session, register: Register, now: datetime) -> dict[str, Round]:
    """What is remembered of each kind, without writing: unknown kinds as introduce() would make them known."""
    known = {row.kind: row for row in session.scalars(select(Round))}
    since = now if known else EPOCH
    return {name: known.get(name) or Round(kind=name, known_since=since, collected_to=since) for name in register}


def window(kind: Email, round_: Round, now: datetime) -> tuple[datetime, datetime]:
    """The moments (low, high] that a round looks at (rules A2)."""
    high = horizon(kind, now if kind.lane is NOW else now + AHEAD)
    if kind.fresh_for is None:
        return round_.known_since, high
    low = min(round_.collected_to, now - kind.fresh_for)
    if not kind.comes_before:
        waits = timedelta() if kind.lane is NOW else LONG_WEEKEND
        low = horizon(kind, low) - waits - (LONG_WEEK if kind.may_wait else timedelta())
    return max(low, round_.known_since), high


class Collection:
    """One round's collecting. counts: envelopes by what became of them.

    ask_hands: asks for one more worker, which may deliver while the rest is collected. revivable, unscheduled: the
    kinds of which there is a mail that may wait again, or one that waits without a moment; no others are asked about.
    """

    def __init__(
        self, session: Session, register: Register, now: datetime, ask_hands: Callable[[], object] = bool
    ) -> None:
        self.session = session
        self.register = register
        self.now = now
        self.ask_hands = ask_hands
        self.counts: Counter[str] = Counter()
        self.faults: list[tuple[str, str]] = []
        self.revivable: frozenset[str] = frozenset()
        self.unscheduled: frozenset[str] = frozenset()

    def run(self, kinds: Iterable[Email]) -> Counter[str]:
        """Collect these kinds, each in a transaction of its own.

        What goes on mornings comes first: it is all there, to become one mail, before anybody begins to deliver.
        """
        introduce(self.session, self.register, self.now)
        self.session.commit()
        rounds = introduced(self.session, self.register, self.now)
        self.revivable = frozenset(self.session.scalars(KINDS_REVIVABLE))
        self.unscheduled = frozenset(self.session.scalars(KINDS_UNSCHEDULED))
        windows = [(kind, window(kind, rounds[kind.name], self.now)) for kind in sorted(kinds, key=_at_any_time)]
        collected = []
        for kind, (low, high) in windows:
            before = self.counts["collected"]
            try:
                self._collect(kind, {**kind.due.bounds(low, high), "now": self.now})
                self.session.commit()
                if _at_any_time(kind) and self.counts["collected"] > before + CROWD:
                    self.ask_hands()
                collected.append(kind.name)
            except Exception as fault:  # noqa: BLE001 - one kind's fault keeps no other from being collected
                self.session.rollback()
                self.faults.append((kind.name, type(fault).__name__))
        self.session.execute(
            update(Round)
            .where(Round.kind.in_(collected), Round.collected_to < self.now)
            .values(collected_to=self.now)
            .execution_options(synchronize_session=False)
        )
        self.session.commit()
        return self.counts

    def _collect(self, kind: Email, when: dict[str, Any]) -> None:
        """Collect one kind. when: its window, and now."""
        own = gleaning(kind, self.session.get_bind().dialect.name)
        revived = kind.name in self.revivable and self._revive(own, when)
        collected = self._count(own.new, when)
        self.counts["collected"] += collected
        if not (revived or collected or kind.name in self.unscheduled):
            return
        if (self._schedule(kind, own) or collected) and kind.fresh_for is not None:
            self.counts["missed"] += self._miss(kind, kind.fresh_for)

    def _revive(self, own: Gleaning, when: dict[str, Any]) -> bool:
        """Let wait again what was closed and is due again; whether anything was."""
        found = self.session.execute(own.closed_again, when).all()
        for number, moment in found:
            self.session.execute(
                update(Envelope)
                .where(Envelope.id == number, Envelope.state.in_(REVIVABLE))
                .values(
                    state=State.WAITING,
                    moment=moment,
                    send_at=null(),
                    ready_at=null(),
                    closed_at=null(),
                    why_not="",
                    tries=0,
                    tried_since=null(),
                    doubts=0,
                    crashes=0,
                    collected_at=self.now,
                )
            )
        return bool(found)

    def _schedule(self, kind: Email, own: Gleaning) -> bool:
        """Write send_at where it is not plain, one UPDATE for each distinct rhythm and stretch; whether any was not."""
        groups = self.session.execute(own.unscheduled).all()
        for zone, quiet_from, quiet_until, weekdays, days_off, weekly, first, last in groups:
            readers = _readers_of((zone, quiet_from, quiet_until, weekdays, days_off, weekly))
            mine = and_(unscheduled(kind), Envelope.reader_id.in_(readers))
            try:
                rhythm = rhythm_of(zone, working_days(weekdays, days_off), quiet_from, quiet_until)
                pieces = list(stretches(kind, first - INSTANT, last, rhythm, weekly=weekly, since=self.now))
            except (ValueError, LookupError) as fault:
                self._fail(mine, kind, type(fault).__name__)
                continue
            for low, high, send_at, lane in pieces:
                moment = Envelope.moment if send_at is None else send_at
                self.session.execute(
                    update(Envelope)
                    .where(mine, Envelope.moment > low, Envelope.moment <= high)
                    .values(send_at=moment, ready_at=moment, lane=lane)
                    .execution_options(synchronize_session=False)
                )
        if groups and kind.begins is not None:
            self._hurry(kind)
        return bool(groups)

    def _hurry(self, kind: Email) -> None:
        """Let go at once what quiet hours would hold until what it is about has begun."""
        self.session.execute(
            update(Envelope)
            .where(Envelope.kind == kind.name, Envelope.closed_at.is_(None), Envelope.state == State.WAITING)
            .where(Envelope.collected_at == self.now)
            .where(Envelope.send_at > Envelope.moment, Envelope.send_at >= kind.begins)
            .values(send_at=Envelope.moment, ready_at=Envelope.moment)
            .execution_options(synchronize_session=False)
        )

    def _fail(self, which: ColumnElement[bool], kind: Email, fault: str) -> None:
        """Close the envelopes of readers whose rhythm cannot be read; it keeps nobody else's from being sent."""
        self.faults.append((kind.name, fault))
        self.counts["failed"] += self._count(
            update(Envelope)
            .where(which)
            .values(state=State.FAILED, why_not=fault, send_at=Envelope.moment, closed_at=self.now)
            .execution_options(synchronize_session=False)
        )

    def _miss(self, kind: Email, fresh_for: timedelta) -> int:
        return self._count(
            update(Envelope)
            .where(
                Envelope.kind == kind.name,
                Envelope.closed_at.is_(None),
                Envelope.state == State.WAITING,
                Envelope.collected_at == self.now,
                Envelope.send_at <= self.now - fresh_for,
            )
            .values(state=State.MISSED, why_not=TOO_LATE, closed_at=self.now)
            .execution_options(synchronize_session=False)
        )

    def _count(self, statement: Any, values: dict[str, Any] | None = None) -> int:
        return max(0, cast("CursorResult[Any]", self.session.execute(statement, values)).rowcount)


def _at_any_time(kind: Email) -> bool:
    return kind.lane is NOW


def _readers_of(own: Sequence[Any]) -> Select[int]:
    """The numbers of the people of one rhythm."""
    alike = (column.is_not_distinct_from(value) for column, value in zip(RHYTHM, own, strict=True))
    return select(Person.id).outerjoin(Organization, Organization.id == Person.organization_id).where(and_(*alike))
