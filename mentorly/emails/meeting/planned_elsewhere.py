from datetime import datetime

from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.meeting.answering_meetings import AskingWhoComes
from mentorly.emails.meeting.meeting_values import sample_attendance
from mentorly.mentoring.meetings import Attendance, Meeting, Told
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship


class PlannedElsewhere(AskingWhoComes):
    """You get this because somebody put a mentoring meeting with you into their own calendar, or changed it there."""

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
        & Attendance.is_written_to
        & Meeting.is_planned
        & (Meeting.starts_at > AT_THIS_MOMENT)
        & Relationship.is_active,
        unsent=Attendance.told_at.is_(None),
        awaited=Attendance.is_unsaid,
    )
    buttons = {"accept": (), "maybe": (), "decline": ()}

    def sample(self, reader: Person, now: datetime) -> Attendance:
        one = sample_attendance(reader, now)
        one.told, one.meeting.event_owner = Told.WRITTEN_TO, one.meeting.proposed_by
        return one
