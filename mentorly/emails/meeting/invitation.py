from datetime import datetime

from mentorly.calendars.invitation import Invitation as CalendarInvitation
from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.meeting.answering_meetings import BETTER, OTHER_TIME, AskingWhoComes
from mentorly.emails.meeting.meeting_values import invitation_of, membership, sample_attendance
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class Invitation(AskingWhoComes):
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
    buttons = {"accept": (), "maybe": (), "decline": (BETTER,), "other_time": (OTHER_TIME,)}
    read_as = ("other_time",)

    def organizer(self, thing: Attendance, reader: Person) -> Member | None:
        return membership(thing.meeting, reader)

    def invitation(self, thing: Attendance, reader: Person, organizer: str) -> CalendarInvitation | None:
        return invitation_of(thing, reader, organizer)

    def sample(self, reader: Person, now: datetime) -> Attendance:
        return sample_attendance(reader, now)
