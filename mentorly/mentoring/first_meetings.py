"""The first meeting of a relationship: whoever is in it or looks after it may set its date."""

from datetime import datetime

from sqlalchemy import select

from mentorly.mentoring.base import Refused
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import MINUTES, NOWHERE, added
from mentorly.mentoring.relationships import Relationship, leads


def plan_first(together: Relationship, at: datetime, by: Person, now: datetime) -> Meeting:
    """Plan the first meeting of everybody, as a member, their project lead or an administrator may.

    One that was planned already is moved, unless it is over. Raises Refused.
    """
    held = select(Meeting.id).where(Meeting.relationship_id == together.id, Meeting.held.is_(True))
    if together.session.scalar(held.limit(1)):
        raise Refused("Their first meeting has taken place: from now on they plan their meetings themselves.")
    known = first_of(together)
    if known and not known.is_upcoming(now):
        known = None
    if known:
        known.check_movable(by, now)
    set_first_meeting(together, at, by, now)
    if known:
        known.alter(by, now, starts_at=at)
        return known
    meeting = Meeting.begin(together, by, [member.person for member in together.present], MINUTES, NOWHERE, now)
    meeting.plan(at, now)
    return added(meeting)


def set_first_meeting(together: Relationship, at: datetime, by: Person, now: datetime) -> None:
    """Say when the first meeting is. Raises Refused."""
    _check_may_set(together, by)
    if at <= now:
        raise Refused("The first meeting has to be in the future.")
    if not together.lasts_until(at):
        raise Refused("This relationship ends on {day}: the first meeting has to be before that.", day=together.ends_on)
    together.first_meeting_at = at
    together.first_meeting_set_at = now
    together.first_meeting_set_by = by
    together.first_meeting_told_at = None
    together.revision += 1


def put_first_back(
    together: Relationship, at: datetime | None, set_at: datetime | None, by: Person, now: datetime
) -> None:
    """Take the date of the first meeting back to what it was, while nobody was told the new one. Raises Refused.

    set_at: when the earlier date was set.
    """
    known = first_of(together)
    _check_may_set(together, by)
    if together.first_meeting_told_at is not None:
        raise Refused("The members have been told this date already. Set another one instead, and they are told that.")
    together.first_meeting_at = at
    together.first_meeting_set_at = set_at
    together.first_meeting_set_by = by if at else None
    together.revision += 1
    if known and at:
        known.alter(by, now, starts_at=at)
    elif known:
        known.end(by, "", now)


def first_of(together: Relationship) -> Meeting | None:
    """The meeting that is planned for the moment of the relationship's first one, changed by nobody else meanwhile."""
    return together.session.scalar(
        select(Meeting)
        .where(Meeting.relationship_id == together.id, Meeting.is_planned)
        .where(Meeting.starts_at == together.first_meeting_at)
        .order_by(Meeting.id)
        .limit(1)
        .with_for_update(of=Meeting)
        .execution_options(populate_existing=True)
    )


def _check_may_set(together: Relationship, by: Person) -> None:
    if together.ended_at is not None:
        raise Refused("This relationship has ended, so no meeting can be planned.")
    together.check_not_paused()
    if not (together.member(by) or by.is_administrator or leads(by, together)):
        raise Refused("Only its members, their project lead or an administrator set the date of the first meeting.")
