from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.calendars.invitation import Invitation as CalendarInvitation
from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.meeting.meeting_values import ATTENDANCE, invitation_of, meeting_values, sample_attendance
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meetings import Attendance, Coming, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import DayAndTime
from mentorly.mentoring.relationships import Member, Relationship

ANSWERS = {"accept": Coming.YES, "maybe": Coming.MAYBE, "decline": Coming.NO}
OTHER_TIME = DayAndTime(
    "at", {"en": "Day and time that suit you better", "fr": "Date et heure qui vous conviennent mieux"}, required=True
)


class Invitation(Email):
    """You get this because a mentoring meeting of yours was planned or changed."""

    due = Due(
        Attendance,
        reader=Attendance.person_id,
        moment=Attendance.due_at,
        occasion=Attendance.sequence,
        joins=(
            (Meeting, Attendance.meeting_id == Meeting.id),
            (Relationship, Meeting.relationship_id == Relationship.id),
        ),
        while_=Attendance.is_present
        & Attendance.is_invited
        & Meeting.is_planned
        & (Meeting.starts_at > AT_THIS_MOMENT)
        & Relationship.is_active,
        unsent=Attendance.told_at.is_(None),
        awaited=Attendance.is_unsaid,
    )
    lane = NOW
    fresh_for = None
    told_if_lost = True
    thread = "meeting"
    loads = ATTENDANCE
    buttons = {
        "accept": (),
        "maybe": (),
        "decline": (),
        "other_time": (OTHER_TIME,),
    }
    replies = {Meaning.YES: "accept", Meaning.NO: "decline"}
    read_as = "other_time"

    def values(self, thing: Attendance, reader: Person, now: datetime) -> Mapping[str, Any]:
        meeting = thing.meeting
        by = meeting.changed_by if meeting.sequence else meeting.proposed_by
        return {
            **meeting_values(meeting, reader),
            "is_change": meeting.sequence > 0,
            "by": by.name if by and by.id != reader.id else "",
        }

    def organizer(self, thing: Attendance, reader: Person) -> Member | None:
        return thing.meeting.relationship.member(reader)

    def invitation(self, thing: Attendance, reader: Person, organizer: str) -> CalendarInvitation | None:
        return invitation_of(thing, reader, organizer)

    def sample(self, reader: Person, now: datetime) -> Attendance:
        return sample_attendance(reader, now)

    def settled(self, thing: Attendance, now: datetime) -> Refused | None:
        if thing.meeting.is_upcoming(now):
            return None
        return Refused("This meeting is over, or was called off.")

    def sent(self, thing: Attendance, reader: Person, now: datetime) -> None:
        thing.told_at = now
        together = thing.meeting.relationship
        if together.first_meeting_at == thing.meeting.starts_at:
            together.first_meeting_told_at = now

    def before(self, thing: Attendance, now: datetime) -> dict[str, Any]:
        return {"coming": thing.coming}

    def answered(self, thing: Attendance, by: Person, given: Given, now: datetime) -> None:
        if given.button == "other_time":
            thing.meeting.counter(by, given.said["at"], now)
        else:
            thing.meeting.answer(by, ANSWERS[given.button], now)

    def undone(self, thing: Attendance, by: Person, given: Given, now: datetime) -> None:
        thing.meeting.take_back(by, Coming(given.before["coming"]), now)
