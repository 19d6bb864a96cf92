"""The dashboard in the inbox: what a digest tells beside its lines, each section read for many readers at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person

MOST_MEETINGS = 3
Entries = Mapping[int, Sequence[Mapping[str, Any]]]


def upcoming_meetings(session: Session, readers: Sequence[Person], now: datetime) -> Entries:
    """The next meetings, by reader: `at`, and `others` by name."""
    numbers = {person.id for person in readers}
    rows = session.execute(
        select(Attendance.person_id, Meeting)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .where(is_among(Attendance.person_id, sorted(numbers)), Attendance.is_present, ~Attendance.has_declined)
        .where(Meeting.is_planned, Meeting.starts_at > now)
        .order_by(Meeting.starts_at, Meeting.id)
        .options(selectinload(Meeting.attendances).selectinload(Attendance.person))
    ).all()
    found: dict[int, list[Mapping[str, Any]]] = {number: [] for number in numbers}
    for number, meeting in rows:
        others = [one.person.name for one in meeting.present if one.person_id != number]
        found[number].append({"at": meeting.starts_at, "others": others})
    return {number: entries[:MOST_MEETINGS] for number, entries in found.items()}


# By the name under which the digest's text speaks of it.
SECTIONS: Mapping[str, Callable[[Session, Sequence[Person], datetime], Entries]] = {"meetings": upcoming_meetings}


def dashboard(session: Session, readers: Sequence[Person], now: datetime) -> dict[int, dict[str, Any]]:
    """All sections, by reader."""
    read = {name: section(session, readers, now) for name, section in SECTIONS.items()}
    return {person.id: {name: entries[person.id] for name, entries in read.items()} for person in readers}
