from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.meeting.answering_meetings import ANSWERS
from mentorly.emails.meeting.meeting_values import MEETING, meeting_values, sample_attendance
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.acceptance import answer_meeting, take_answer_back
from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship


class TimeKept(Email):
    """You get this because you would rather have had a mentoring meeting at another time."""

    due = Due(
        Meeting,
        reader=Meeting.kept_for_id,
        moment=Meeting.kept_at,
        occasion=Meeting.kept_at,
        joins=((Relationship, Meeting.relationship_id == Relationship.id),),
        while_=Meeting.is_planned & (Meeting.starts_at > AT_THIS_MOMENT) & Relationship.is_active,
    )
    lane = NOW
    fresh_for = timedelta(days=14)
    thread = "a meeting"
    loads = MEETING
    buttons = {"accept": (), "decline": ()}
    replies = {Meaning.YES: "accept", Meaning.NO: "decline"}

    def values(self, thing: Meeting, reader: Person, now: datetime) -> Mapping[str, Any]:
        return meeting_values(thing, reader)

    def sample(self, reader: Person, now: datetime) -> Meeting:
        meeting = sample_attendance(reader, now).meeting
        meeting.kept_at, meeting.kept_for = now, reader
        return meeting

    def settled(self, thing: Meeting, now: datetime) -> Refused | None:
        return None if thing.is_upcoming(now) else Refused("This meeting is over, or was called off.")

    def before(self, thing: Meeting, now: datetime) -> dict[str, Any]:
        own = thing.attendance(thing.kept_for) if thing.kept_for else None
        return {"coming": own.coming if own else Coming.UNSAID}

    def answered(self, thing: Meeting, by: Person, given: Given, now: datetime) -> None:
        answer_meeting(thing, by, ANSWERS[given.button], now, stamp=given.at)

    def undone(self, thing: Meeting, by: Person, given: Given, now: datetime) -> None:
        take_answer_back(thing, by, Coming(given.before["coming"]), now)
