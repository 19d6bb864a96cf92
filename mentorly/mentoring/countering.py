"""Somebody would rather meet at another time, and the others take it or keep the one that is planned."""

from datetime import datetime

from mentorly.mentoring.appointments import ONE_SECOND, Stage
from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meeting_times import check_length, check_time
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.people import Person


def counter(
    meeting: Meeting, by: Person, at: datetime, now: datetime, *,
    minutes: int | None = None, sequence: int | None = None, stamp: datetime | None = None,
) -> bool:  # fmt: skip
    """Say that one would rather meet at another time; the others are asked; returns whether that counts.

    sequence, stamp: of an answer by a calendar, as of `answer_meeting`. Raises Refused.
    """
    own = meeting.own(by)
    meeting.check_movable(by, now)
    if at == meeting.starts_at and minutes in {None, meeting.minutes}:
        raise Refused("That is when the meeting is planned already.")
    check_time(meeting.relationship, at, now)
    if minutes is not None:
        check_length(minutes)
    if not own.is_latest(sequence, stamp, now) or (sequence is not None and sequence < own.sequence):
        return False
    meeting.counter_at, meeting.counter_minutes, meeting.counter_by = at, minutes, by
    meeting.countered_at = max(now, meeting.countered_at + ONE_SECOND) if meeting.countered_at else now
    meeting.kept_at = None
    own.coming, own.answered_at, own.declined_at = Coming.MAYBE, now, None
    meeting.revision += 1
    return True


def take_counter(meeting: Meeting, by: Person, now: datetime) -> None:
    """Move it to the time that another would rather have. Raises Refused."""
    own = meeting.own(by)
    at, other = _countered(meeting, by)
    meeting.alter(other, now, starts_at=at, minutes=meeting.counter_minutes)
    own.coming = Coming.YES


def keep_time(meeting: Meeting, by: Person, now: datetime) -> None:
    """Leave it at its time, and let who would rather have another know. Raises Refused."""
    meeting.own(by)
    _, other = _countered(meeting, by)
    meeting.kept_at, meeting.kept_for = now, other
    meeting.drop_counter()
    meeting.revision += 1


def put_counter_back(
    meeting: Meeting,
    by: Person,
    other: Person,
    at: datetime,
    minutes: int | None,
    countered_at: datetime,
    now: datetime,
) -> None:
    """Ask once more about the time that another would rather have, which was refused before. Raises Refused.

    countered_at: when it was asked about first.
    """
    meeting.own(by)
    meeting.check_planned(now)
    check_time(meeting.relationship, at, now)
    meeting.counter_at, meeting.counter_minutes, meeting.counter_by, meeting.countered_at = (
        at,
        minutes,
        other,
        countered_at,
    )
    meeting.kept_at = meeting.kept_for = None
    meeting.revision += 1


def _countered(meeting: Meeting, by: Person) -> tuple[datetime, Person]:
    if meeting.stage != Stage.PLANNED or meeting.counter_at is None or meeting.counter_by is None:
        raise Refused("Nobody asks for another time of this meeting any more.")
    if meeting.counter_by is by:
        raise Refused("The others answer to the time that you would rather have.")
    return meeting.counter_at, meeting.counter_by
