from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import aliased

from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.kept_moments import read_moment, written
from mentorly.emails.meeting.answering_meetings import OTHER_TIME, REASON
from mentorly.emails.meeting.meeting_values import ATTENDANCE, meeting_values, sample_attendance
from mentorly.mentoring.attendances import Coming
from mentorly.mentoring.base import Refused
from mentorly.mentoring.countering import counter
from mentorly.mentoring.meetings import FEWEST, Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

Other = aliased(Attendance)


class MeetingDeclined(Email):
    """You get this because somebody cannot come to a mentoring meeting of yours."""

    due = Due(
        Attendance,
        reader=Other.person_id,
        moment=Attendance.declined_at,
        occasion=Attendance.declined_at,
        joins=(
            (Meeting, Attendance.meeting_id == Meeting.id),
            (Relationship, Meeting.relationship_id == Relationship.id),
            (Other, (Other.meeting_id == Meeting.id) & Other.left_at.is_(None) & (Other.id != Attendance.id)),
        ),
        while_=Attendance.is_present
        & Attendance.has_declined
        & Meeting.is_planned
        & (Meeting.starts_at > AT_THIS_MOMENT)
        & Relationship.is_active,
        awaited=Attendance.has_declined & Relationship.goes_on,
    )
    lane = NOW
    fresh_for = timedelta(days=14)
    loads = ATTENDANCE
    buttons = {"other_time": (OTHER_TIME,), "call_off": (REASON,)}
    read_as = ("other_time",)

    def held(self, thing: Attendance) -> Meeting:
        return thing.meeting

    def values(self, thing: Attendance, reader: Person, now: datetime) -> Mapping[str, Any]:
        meeting = thing.meeting
        return {
            **meeting_values(meeting, reader),
            "by": thing.person.name,
            "elsewhere": meeting.event_owner.name if meeting.event_owner else "",
            "is_mine": meeting.event_owner is not None and meeting.event_owner_id == reader.id,
        }

    def sample(self, reader: Person, now: datetime) -> Attendance:
        other = sample_attendance(reader, now).meeting.attendances[0]
        other.coming, other.declined_at = Coming.NO, now
        return other

    def settled(self, thing: Attendance, now: datetime) -> Refused | None:
        if thing.has_declined and thing.meeting.is_upcoming(now):
            return None
        return Refused("This meeting has been moved or called off, or everybody comes after all.")

    def before(self, thing: Attendance, now: datetime) -> dict[str, Any]:
        return {"at": written(thing.meeting.starts_at)}

    def answered(self, thing: Attendance, by: Person, given: Given, now: datetime) -> None:
        meeting = thing.meeting
        if given.button == "call_off":
            meeting.call_off(by, given.said["reason"], now)
        elif len(meeting.present) > FEWEST:
            counter(meeting, by, given.said["at"], now, stamp=given.at)
        else:
            meeting.change(by, now, starts_at=given.said["at"])

    def can_undo(self, thing: Attendance, button: str) -> bool:
        return button == "other_time" and len(thing.meeting.present) <= FEWEST

    def undone(self, thing: Attendance, by: Person, given: Given, now: datetime) -> None:
        thing.meeting.change(by, now, starts_at=read_moment(given.before["at"]))
