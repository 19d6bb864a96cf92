from datetime import datetime

from mentorly.emails.meeting.answering_meetings import AskingWhoComes, on_change
from mentorly.emails.meeting.meeting_values import sample_attendance
from mentorly.mentoring.attendances import Told
from mentorly.mentoring.meetings import Attendance
from mentorly.mentoring.people import Person


class PlannedElsewhere(AskingWhoComes):
    """You get this because somebody put a mentoring meeting with you into their own calendar, or changed it there."""

    due = on_change(Attendance.is_written_to)
    buttons = {"accept": (), "maybe": (), "decline": ()}

    def sample(self, reader: Person, now: datetime) -> Attendance:
        one = sample_attendance(reader, now)
        one.told, one.meeting.event_owner = Told.WRITTEN_TO, one.meeting.proposed_by
        return one
