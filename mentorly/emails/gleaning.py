"""Gleaning: what a round asks of the database for one kind of mail, in statements that are built once.

Building them anew for each round took longer than running those that find nothing.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

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
)

from mentorly.emails.due import NOW
from mentorly.emails.email import LANES, Email
from mentorly.emails.envelope import REVIVABLE, Envelope, Round, State, random_mark
from mentorly.mentoring.base import insert_by
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import Suppression

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
# Of most kinds there is nothing to revive or to schedule, and two questions about all of them find that out.
KINDS_REVIVABLE: Select[str] = select(Round.kind).where(
    exists().where(Envelope.kind == Round.kind, Envelope.state.in_(CLOSED_FOR_NOW))
)
KINDS_UNSCHEDULED: Select[str] = (
    select(Envelope.kind).where(Envelope.send_at.is_(None), Envelope.state == literal_column("'waiting'")).distinct()
)
COLUMNS = [
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


def suppresses(kind: Email) -> ColumnElement[bool]:
    """Which suppressions hold a kind back."""
    return Suppression.holds(kind.family if kind.stoppable else None)


@dataclass(frozen=True, eq=False)
class Gleaning:
    """The statements of one kind; those about what is due take the parameters low, high and now.

    closed_again: the number and the moment of each envelope that was closed and is due again. new: makes an envelope of
    all that has none. unscheduled: the rhythms of those who wait for mails without a moment at which these may go, with
    the first and the last moment of what these are about.
    """

    closed_again: Select[Any]
    new: Insert
    unscheduled: Select[Any]


@cache
def gleaning(kind: Email, dialect: str) -> Gleaning:
    """The statements of a kind, for databases of one name."""
    due = kind.due.in_window()
    new = insert_by(dialect, Envelope.__table__).from_select(COLUMNS, _unknown(kind, due), include_defaults=False)
    return Gleaning(
        _closed_again(kind, due),
        new.on_conflict_do_nothing().execution_options(preserve_rowcount=True),
        _rhythms(unscheduled(kind)),
    )


def unscheduled(kind: Email) -> ColumnElement[bool]:
    """Which of a kind's envelopes wait without a moment at which they may go."""
    return and_(Envelope.kind == kind.name, Envelope.send_at.is_(None), Envelope.state == State.WAITING)


def _unknown(kind: Email, due: Select[Any]) -> Select[Any]:
    """What is due and has no envelope, as the columns of a new one."""
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
        NOW,
        *_at_once(kind, rows),
    )
    new = new.select_from(rows).join(Person, Person.id == rows.c.reader_id)
    return new.where(~known).order_by(rows.c.thing_id, rows.c.reader_id)


def _at_once(kind: Email, rows: Any) -> tuple[Any, Any]:
    """When a new envelope may go and is ready, where that is plain: at its moment, if nothing can hold it up."""
    if not kind.timing.is_instant:
        return null(), null()
    at = rows.c.moment if kind.through_quiet else case((Person.quiet_from.is_(None), rows.c.moment))
    return at, at


def _closed_again(kind: Email, due: Select[Any]) -> Select[Any]:
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
    return select(closed, rows.c.moment).where(closed.is_not(None))


def _rhythms(those: ColumnElement[bool]) -> Select[Any]:
    columns: list[Any] = [*RHYTHM, func.min(Envelope.moment), func.max(Envelope.moment)]
    return (
        select(*columns)
        .select_from(Envelope)
        .join(Person, Person.id == Envelope.reader_id)
        .outerjoin(Organization, Organization.id == Person.organization_id)
        .where(those)
        .group_by(*RHYTHM)
    )
