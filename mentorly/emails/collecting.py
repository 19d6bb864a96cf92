"""Collecting: what has fallen due goes into envelopes, one INSERT … SELECT for each kind (rules A2, A9)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Insert,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from mentorly.emails.email import LANES, NOW, Email, Register
from mentorly.emails.envelope import REVIVABLE, Envelope, Round, State, random_mark
from mentorly.emails.lanes import horizon, stretches
from mentorly.mentoring.organizations import Organization, working_days
from mentorly.mentoring.people import Person, rhythm_of
from mentorly.mentoring.suppressions import Suppression

EPOCH = datetime(1970, 1, 2, tzinfo=UTC)
# A mail about Friday evening is fresh on Monday morning, also when what it is about was stored late.
LONG_WEEKEND = timedelta(days=4)
LONG_WEEK = timedelta(days=7)
# What goes on a morning is in envelopes before it begins, so that none of it comes too late for the one mail.
AHEAD = timedelta(minutes=5)
INSTANT = timedelta(microseconds=1)
# Written out, so that both databases see that the small index of these rows serves.
ZERO: ColumnElement[int] = literal_column("0")
CLOSED_FOR_NOW: list[ColumnElement[str]] = [literal_column(f"'{state.value}'") for state in REVIVABLE]
# What two readers have in common whose mails go at the same moments.
RHYTHM = (
    Person.timezone,
    Person.quiet_from,
    Person.quiet_until,
    Organization.weekdays,
    Organization.days_off,
    Person.weekly,
)
NOT_TRUE = "no longer true"
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
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(model)


def introduced(session: Session, register: Register, now: datetime) -> dict[str, Round]:
    """What is remembered of each kind, without writing: unknown kinds as introduce() would make them known."""
    known = {row.kind: row for row in session.scalars(select(Round))}
    since = now if known else EPOCH
    return {name: known.get(name) or Round(kind=name, known_since=since, collected_to=since) for name in register}


def suppresses(kind: Email) -> ColumnElement[bool]:
    """Which suppressions hold a kind back."""
    return Suppression.holds(kind.family if kind.stoppable else None)


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
    """One round's collecting. counts: envelopes by what became of them."""

    def __init__(self, session: Session, register: Register, now: datetime) -> None:
        self.session = session
        self.register = register
        self.now = now
        self.counts: Counter[str] = Counter()
        self.faults: list[tuple[str, str]] = []

    def run(self, kinds: Iterable[Email]) -> Counter[str]:
        """Collect these kinds, each in a transaction of its own."""
        introduce(self.session, self.register, self.now)
        self.session.commit()
        collected = []
        for kind in kinds:
            try:
                self._collect(kind)
                self.session.commit()
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

    def _collect(self, kind: Email) -> None:
        round_ = self.session.get_one(Round, kind.name, populate_existing=True)
        due = kind.due.within(*window(kind, round_, self.now)).params(now=self.now)
        self._revive(kind, due)
        collected = self._count(self._insert(kind, due).execution_options(preserve_rowcount=True))
        self.counts["collected"] += collected
        if (self._schedule(kind) or collected) and kind.fresh_for is not None:
            self.counts["missed"] += self._miss(kind, kind.fresh_for)

    def _insert(self, kind: Email, due: Select[Any]) -> Insert:
        rows = due.subquery()
        # An envelope is looked up by its kind and thing, of which there are few, and never among all of a reader's.
        known = exists().where(
            Envelope.kind == kind.name,
            Envelope.thing_id == rows.c.thing_id,
            Envelope.reader_id + ZERO == rows.c.reader_id,
            Envelope.occasion == rows.c.occasion,
        )
        new = select(
            literal(kind.name),
            rows.c.thing_id,
            rows.c.reader_id,
            rows.c.occasion,
            literal(0),
            rows.c.moment,
            literal(LANES.index(kind.lane)),
            random_mark(),
            literal(State.WAITING.value),
            literal(self.now, Envelope.collected_at.type),
            *self._at_once(kind, rows),
        )
        new = new.select_from(rows).join(Person, Person.id == rows.c.reader_id)
        new = new.where(~known).order_by(rows.c.thing_id, rows.c.reader_id)
        columns = [
            "kind",
            "thing_id",
            "reader_id",
            "occasion",
            "again",
            "moment",
            "lane",
            "mark",
            "state",
            "collected_at",
            "send_at",
            "ready_at",
        ]
        statement: Insert = (
            insert_of(self.session, Envelope).from_select(columns, new, include_defaults=False).on_conflict_do_nothing()
        )
        return statement

    @staticmethod
    def _at_once(kind: Email, rows: Any) -> tuple[Any, Any]:
        """When a new envelope may go and is ready, where that is plain: at its moment, if nothing can hold it up."""
        if not kind.timing.is_instant:
            return null(), null()
        at = rows.c.moment if kind.through_quiet else case((Person.quiet_from.is_(None), rows.c.moment))
        return at, at

    def _revive(self, kind: Email, due: Select[Any]) -> None:
        rows = due.subquery()
        still_suppressed = exists().where(Suppression.person_id == Envelope.reader_id, suppresses(kind))
        moved = Envelope.moment != rows.c.moment
        again = or_(
            and_(Envelope.state == State.MISSED, moved),
            and_(Envelope.state == State.WITHDRAWN, or_(Envelope.why_not == NOT_TRUE, moved)),
            and_(Envelope.state == State.SUPPRESSED, ~still_suppressed),
        )
        # A subquery for each row lets both databases begin with the few rows that are due, not with the envelopes.
        closed = (
            select(Envelope.id)
            .where(
                Envelope.kind == kind.name,
                Envelope.thing_id == rows.c.thing_id,
                Envelope.reader_id == rows.c.reader_id,
                Envelope.occasion == rows.c.occasion,
                Envelope.again == 0,
                Envelope.state.in_(CLOSED_FOR_NOW),
                again,
            )
            .scalar_subquery()
        )
        found = self.session.execute(select(closed, rows.c.moment).where(closed.is_not(None))).all()
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

    def _schedule(self, kind: Email) -> bool:
        """Write send_at where it is not plain, one UPDATE for each distinct rhythm and stretch; whether any was not."""
        unscheduled = and_(Envelope.kind == kind.name, Envelope.send_at.is_(None), Envelope.state == State.WAITING)
        groups = self.session.execute(
            select(*RHYTHM, func.min(Envelope.moment), func.max(Envelope.moment))
            .select_from(Envelope)
            .join(Person, Person.id == Envelope.reader_id)
            .outerjoin(Organization, Organization.id == Person.organization_id)
            .where(unscheduled)
            .group_by(*RHYTHM)
        ).all()
        for zone, quiet_from, quiet_until, weekdays, days_off, weekly, first, last in groups:
            readers = _readers_of((zone, quiet_from, quiet_until, weekdays, days_off, weekly))
            mine = and_(unscheduled, Envelope.reader_id.in_(readers))
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

    def _count(self, statement: Any) -> int:
        return max(0, cast("CursorResult[Any]", self.session.execute(statement)).rowcount)


def _readers_of(own: Sequence[Any]) -> Select[int]:
    """The numbers of the people of one rhythm."""
    alike = (column.is_not_distinct_from(value) for column, value in zip(RHYTHM, own, strict=True))
    return select(Person.id).outerjoin(Organization, Organization.id == Person.organization_id).where(and_(*alike))
