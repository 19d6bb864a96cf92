from datetime import datetime

from mentorly.calendars.invitation import Invitation as CalendarInvitation
from mentorly.emails.meeting.answering_meetings import BETTER, OTHER_TIME, AskingWhoComes, on_change
from mentorly.emails.meeting.meeting_values import invitation_of, membership, sample_attendance
from mentorly.mentoring.meetings import Attendance
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member


class Invitation(AskingWhoComes):
    """You get this because a mentoring meeting of yours was planned or changed."""

    due = on_change(Attendance.is_invited)
    buttons = {"accept": (), "maybe": (), "decline": (BETTER,), "other_time": (OTHER_TIME,)}
    read_as = ("other_time",)

    def organizer(self, thing: Attendance, reader: Person) -> Member | None:
        return membership(thing.meeting, reader)

    def invitation(self, thing: Attendance, reader: Person, organizer: str) -> CalendarInvitation | None:
        return invitation_of(thing, reader, organizer)

    def sample(self, reader: Person, now: datetime) -> Attendance:
        return sample_attendance(reader, now)
