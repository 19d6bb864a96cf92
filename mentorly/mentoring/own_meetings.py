"""What somebody finds of their own meetings: what is to come, what waits for their word, and the session log."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.base import HOLD
from mentorly.mentoring.courses import ANSWERED_AFTERWARDS
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.sessions import SessionLog, SessionShare

SHOWN_AFTERWARDS = timedelta(days=60)


class Ask(StrEnum):
    """What a meeting asks of somebody."""

    PICK = "pick"
    COUNTER = "counter"
    COMING = "coming"
    HELD = "held"


def ask_of(meeting: Meeting, person: Person, now: datetime) -> Ask | None:
    """What waits for the word of somebody who is in a meeting; None if nothing does."""
    own = meeting.attendance(person)
    if own is None or meeting.stage == Stage.OFF or meeting.starts_at is None:
        return Ask.PICK if own and meeting.is_proposed and meeting.proposed_by is not person else None
    if meeting.starts_at <= now:
        return Ask.HELD if meeting.held is None and not meeting.relationship.is_closed(now) else None
    if meeting.counter_at is not None and meeting.counter_by is not person:
        return Ask.COUNTER
    return Ask.COMING if own.coming == Coming.UNSAID else None


@dataclass(frozen=True)
class OwnMeetings:
    """Somebody's meetings, in the order of their times, and the lines of the session log that wait for them."""

    person: Person
    now: datetime
    meetings: Sequence[Meeting]
    unconfirmed: Sequence[SessionLog]

    @classmethod
    def of(cls, person: Person, now: datetime, together: Relationship | None = None) -> "OwnMeetings":
        """Those of all their relationships, or of one. What is settled is among them for 60 days."""
        own = person.session.scalars(_own(person, now, together)).unique().all()
        waiting = person.session.scalars(_unconfirmed(person, now, together)).unique().all()
        return cls(person, now, own, waiting)

    @property
    def upcoming(self) -> list[Meeting]:
        """What is planned and not over, the next one first."""
        return [one for one in self.meetings if one.is_upcoming(self.now)]

    @property
    def proposed(self) -> list[Meeting]:
        """What has no time yet."""
        return [one for one in self.meetings if one.is_proposed]

    @property
    def past(self) -> list[Meeting]:
        """What is over and not in the session log, the latest first."""
        return [one for one in reversed(self.meetings) if one.is_over(self.now)]

    @property
    def off(self) -> list[Meeting]:
        """What was called off lately."""
        return [one for one in self.meetings if one.stage == Stage.OFF]

    @property
    def waiting(self) -> list[tuple[Ask, Meeting]]:
        """What waits for this person's word."""
        asks = [(ask_of(one, self.person, self.now), one) for one in self.meetings]
        return [(ask, one) for ask, one in asks if ask]


def relationship_of(person: Person, number: int, *, to_change: bool = False) -> Relationship | None:
    """A relationship that somebody is in, by its number, with its members; None if they are not in it.

    to_change: it does not end meanwhile.
    """
    query = select(Relationship).where(Relationship.id == number)
    if to_change:
        query = query.with_for_update(of=Relationship, **HOLD).execution_options(populate_existing=True)
    found = person.session.scalar(
        query.options(joinedload(Relationship.program), selectinload(Relationship.members).joinedload(Member.person))
    )
    return found if found and found.member(person) else None


def meeting_of(person: Person, number: int, *, to_change: bool = False) -> Meeting | None:
    """A meeting that somebody is in, by its number, or None. to_change: nobody else changes it meanwhile."""
    found = person.session.get(Meeting, number, with_for_update=to_change or None)
    inside = found is not None and found.attendance(person) and found.relationship.member(person)
    return found if inside else None


def log_line_of(person: Person, number: int, *, to_change: bool = False) -> SessionLog | None:
    """A line of the session log that somebody is in, and that stands, by its number."""
    found = person.session.get(SessionLog, number, with_for_update=to_change or None)
    inside = found is not None and found.stands and found.share(person) and found.relationship.member(person)
    return found if inside else None


def log_of_sessions(person: Person, together: Relationship) -> Select[SessionLog]:
    """The session log of a relationship as far as somebody is in it, the latest first."""
    return (
        _own_lines(person)
        .where(SessionLog.relationship_id == together.id)
        .order_by(SessionLog.began_at.desc(), SessionLog.id.desc())
    )


def sessions_held(person: Person, together: Relationship) -> int:
    """How many lines of the session log somebody is in."""
    return person.session.scalar(
        select(func.count())
        .select_from(SessionLog)
        .join(SessionShare, SessionShare.session_log_id == SessionLog.id)
        .where(SessionLog.relationship_id == together.id, SessionLog.stands, SessionShare.person_id == person.id)
    ) or 0  # fmt: skip


def _own(person: Person, now: datetime, together: Relationship | None) -> Select[Meeting]:
    since = now - SHOWN_AFTERWARDS
    shown = or_(
        and_(Meeting.stage != Stage.OFF, Meeting.held.is_(None)),
        and_(Meeting.held.is_(False), Meeting.ends_at > since),
        and_(Meeting.stage == Stage.OFF, Meeting.off_at > since),
    )
    return (
        select(Meeting)
        .join(Attendance)
        .where(Attendance.person_id == person.id, Attendance.is_present, shown, *_within(Meeting, person, together))
        .options(selectinload(Meeting.attendances).joinedload(Attendance.person), selectinload(Meeting.proposed_times))
        .options(joinedload(Meeting.proposed_by), joinedload(Meeting.counter_by), joinedload(Meeting.changed_by))
        .order_by(Meeting.starts_at.is_(None), Meeting.starts_at, Meeting.id)
    )


def _unconfirmed(person: Person, now: datetime, together: Relationship | None) -> Select[SessionLog]:
    is_open = or_(Relationship.ended_at.is_(None), Relationship.ended_at > now - ANSWERED_AFTERWARDS)
    return (
        _own_lines(person)
        .join(Relationship, Relationship.id == SessionLog.relationship_id)
        .where(is_open)
        .where(SessionShare.awaits_confirmation, *_within(SessionLog, person, together))
        .order_by(SessionLog.began_at, SessionLog.id)
    )


def _own_lines(person: Person) -> Select[SessionLog]:
    return (
        select(SessionLog)
        .join(SessionShare, SessionShare.session_log_id == SessionLog.id)
        .where(SessionShare.person_id == person.id, SessionLog.stands)
        .options(
            selectinload(SessionLog.shares).joinedload(SessionShare.person),
            joinedload(SessionLog.logged_by),
            joinedload(SessionLog.corrected_by),
        )
    )


def _within(
    table: type[Meeting] | type[SessionLog], person: Person, together: Relationship | None
) -> Iterable[ColumnElement[bool]]:
    """Of one relationship, or of all that the person is in now."""
    if together is not None:
        return (table.relationship_id == together.id,)
    own = select(Member.relationship_id).where(Member.person_id == person.id, Member.is_present)
    return (table.relationship_id.in_(own),)
