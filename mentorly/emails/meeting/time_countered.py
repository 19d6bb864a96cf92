from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.kept_moments import read_moment, written
from mentorly.emails.meeting.meeting_values import (
    MEETING,
    meeting_values,
    name_of,
    sample_attendance,
)
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.countering import keep_time, put_counter_back, take_counter
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship


class TimeCountered(Email):
    """You get this because somebody would rather have a mentoring meeting of yours at another time."""

    due = Due(
        Meeting,
        reader=Attendance.person_id,
        moment=Meeting.countered_at,
        occasion=Meeting.countered_at,
        joins=(
            (
                Attendance,
                (Attendance.meeting_id == Meeting.id)
                & Attendance.is_present
                & (Attendance.person_id != Meeting.counter_by_id),
            ),
            (Relationship, Meeting.relationship_id == Relationship.id),
        ),
        while_=Meeting.is_planned & (Meeting.starts_at > AT_THIS_MOMENT) & Relationship.is_active,
        awaited=Meeting.countered_at.is_not(None) & Relationship.goes_on,
    )
    lane = NOW
    fresh_for = timedelta(days=14)
    thread = "a meeting"
    loads = MEETING
    buttons = {"take": (), "keep": ()}
    replies = {Meaning.YES: "take", Meaning.NO: "keep"}

    def values(self, thing: Meeting, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            **meeting_values(thing, reader),
            "by": name_of(thing.counter_by, reader),
            "wanted": thing.counter_at,
            "wanted_minutes": thing.counter_minutes or thing.minutes,
        }

    def sample(self, reader: Person, now: datetime) -> Meeting:
        meeting = sample_attendance(reader, now).meeting
        meeting.counter_by, meeting.counter_at = meeting.proposed_by, now + timedelta(days=9, hours=2)
        meeting.countered_at = now
        return meeting

    def settled(self, thing: Meeting, now: datetime) -> Refused | None:
        if thing.counter_at is not None and thing.is_upcoming(now):
            return None
        return Refused("Nobody asks for another time of this meeting any more.")

    def before(self, thing: Meeting, now: datetime) -> dict[str, Any]:
        return {
            "at": written(thing.starts_at),
            "minutes": thing.minutes,
            "by": thing.counter_by_id,
            "wanted": written(thing.counter_at),
            "wanted_minutes": thing.counter_minutes,
            "countered_at": written(thing.countered_at),
        }

    def answered(self, thing: Meeting, by: Person, given: Given, now: datetime) -> None:
        if given.button == "take":
            take_counter(thing, by, now)
        else:
            keep_time(thing, by, now)

    def undone(self, thing: Meeting, by: Person, given: Given, now: datetime) -> None:
        before = given.before
        if given.button == "take":
            thing.change(by, now, starts_at=read_moment(before["at"]), minutes=before["minutes"])
            return
        wanted, asked = read_moment(before["wanted"]), read_moment(before["countered_at"])
        if wanted is None or asked is None:
            raise Refused("Nobody asks for another time of this meeting any more.")
        other = thing.relationship.session.get_one(Person, before["by"])
        put_counter_back(thing, by, other, wanted, before["wanted_minutes"], asked, now)
