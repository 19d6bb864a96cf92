"""Planning meetings: one at a time or among several, a series; and calling off what is left of them."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.asking import ask_members
from mentorly.mentoring.base import Refused
from mentorly.mentoring.choosing import offer_times
from mentorly.mentoring.course_changes import close_asking, move_asking, stop_asking
from mentorly.mentoring.meetings import FEWEST, Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import months_later
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.whereabouts import Where

MINUTES = 60
MOST_IN_A_SERIES = 12
NOWHERE = Where()


def propose(
    together: Relationship, by: Person, times: Sequence[datetime], now: datetime, *,
    minutes: int = MINUTES, where: Where = NOWHERE, people: Collection[Person] = (),
) -> Meeting:  # fmt: skip
    """Propose a meeting: at one time it is planned and everybody is invited, among two or three one is chosen.

    people: who is in it, if it is not the whole relationship; by is one of them. Raises Refused.
    """
    _check_may_plan(together, by)
    meeting = Meeting.begin(together, by, _people(together, by, people), minutes, where, now)
    offer_times(meeting, times, now)
    return added(meeting)


def propose_series(
    together: Relationship, by: Person, first: datetime, number: int, now: datetime, *,
    minutes: int = MINUTES, where: Where = NOWHERE, people: Collection[Person] = (),
) -> list[Meeting]:  # fmt: skip
    """Plan so many meetings, one a month at the same time on the proposer's clock, while the relationship lasts.

    Raises Refused.
    """
    if not FEWEST <= number <= MOST_IN_A_SERIES:
        raise Refused("A series has 2 to {most} meetings.", most=MOST_IN_A_SERIES)
    local = first.astimezone(ZoneInfo(by.timezone))
    days = [months_later(local.date(), month) for month in range(number)]
    later = [datetime.combine(day, local.timetz()).astimezone(UTC) for day in days[1:]]
    times = [first, *filter(together.lasts_until, later)]
    return [propose(together, by, [time], now, minutes=minutes, where=where, people=people) for time in times]


def part(together: Relationship, by: Person, now: datetime, *, early: bool = True) -> None:
    """End a relationship, and call off what is planned in it. Raises Refused."""
    together.end(by, now, early=early)
    _call_off_all(together, by, now)


def depart(together: Relationship, person: Person, now: datetime) -> None:
    """Let somebody leave for good: a group goes on while it has a mentor and a mentee, anything else ends early."""
    others = [member for member in together.present if member.person_id != person.id]
    if len(together.present) > FEWEST and any(one.is_mentor for one in others) and any(one.is_mentee for one in others):
        take_out(together, person, now)
        for member in together.present:
            if member.person_id == person.id:
                member.left_at = now
        together.revision += 1
    else:
        together.break_off(now)
        _call_off_all(together, person, now)


def _call_off_all(together: Relationship, by: Person, now: datetime) -> None:
    for meeting in open_ones(together, now):
        meeting.end(by, "", now)
    close_asking(together, now)


def extend(together: Relationship, until: date, by: Person, now: datetime) -> None:
    """Move the end of a relationship to a later day, and what is asked with it. Raises Refused."""
    together.extend(until, by, now)
    move_asking(together)


def take_in(together: Relationship, person: Person, now: datetime) -> None:
    """Let who has just joined a relationship be in the meetings of all, and be asked what its members are."""
    for meeting in open_ones(together, now):
        if meeting.is_for_all and not meeting.attendance(person):
            meeting.take_in(person, now)
    ask_members(together, now)


def take_out(together: Relationship, person: Person, now: datetime) -> None:
    """Let who has left a relationship be in none of its meetings that are to come, and be asked nothing more."""
    for meeting in open_ones(together, now):
        meeting.take_out(person, now)
    stop_asking(together, person, now)


def open_ones(together: Relationship, now: datetime) -> list[Meeting]:
    """What is proposed, or planned and not over, in the order of its time, what has none at the end.

    Nobody else changes it meanwhile.
    """
    rows = together.session.scalars(
        select(Meeting)
        .where(Meeting.relationship_id == together.id, Meeting.stage != Stage.OFF, Meeting.held.is_(None))
        .options(selectinload(Meeting.attendances).joinedload(Attendance.person), selectinload(Meeting.proposed_times))
        .order_by(Meeting.starts_at.is_(None), Meeting.starts_at, Meeting.id)
        .with_for_update(of=Meeting)
        .execution_options(populate_existing=True)
    )
    return [meeting for meeting in rows if not meeting.is_over(now)]


def added(meeting: Meeting) -> Meeting:
    """Keep a meeting that was begun."""
    session = meeting.relationship.session
    session.add(meeting)
    session.flush()
    return meeting


def _people(together: Relationship, by: Person, people: Collection[Person]) -> list[Person]:
    present = [member.person for member in together.present]
    if any(person not in present for person in people):
        raise Refused("Only members of the relationship are in its meetings.")
    inside = [person for person in present if not people or person in people or person is by]
    if len(inside) < FEWEST:
        raise Refused("A meeting is of two people at least.")
    return inside


def _check_may_plan(together: Relationship, by: Person) -> None:
    if together.ended_at is not None:
        raise Refused("This relationship has ended, so no meeting can be planned.")
    together.check_not_paused()
    if not together.member(by):
        raise Refused("Only its members plan the meetings of a relationship.")
