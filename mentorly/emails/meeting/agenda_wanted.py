from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.clock import WORKING_DAY
from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email, Given
from mentorly.emails.meeting.meeting_values import MEETING, meeting_values, sample_attendance
from mentorly.mentoring.agendas import add_to_agenda, cut_agenda
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.questions import Text
from mentorly.mentoring.relationships import Member, Relationship

AGENDA = Text(
    "agenda",
    {
        "en": "What it is going to be about, a line for each point",
        "fr": "De quoi il sera question, une ligne par point",
    },
    {"en": "Everybody in the meeting sees this.", "fr": "Toutes les personnes de la rencontre le voient."},
    required=True,
)


class AgendaWanted(Email):
    """You get this because a mentoring meeting of yours is near, and it is for you to say what it is about."""

    due = Due(
        Meeting,
        reader=Attendance.person_id,
        moment=Meeting.starts_at,
        before=3 * WORKING_DAY,
        occasion=Meeting.starts_at,
        joins=(
            (Attendance, (Attendance.meeting_id == Meeting.id) & Attendance.is_present & ~Attendance.has_declined),
            (Relationship, Meeting.relationship_id == Relationship.id),
            (
                Member,
                (Member.relationship_id == Relationship.id)
                & (Member.person_id == Attendance.person_id)
                & Member.is_present
                & Member.is_mentee,
            ),
        ),
        while_=Meeting.is_planned & (Meeting.agenda == "") & Relationship.goes_on,
        awaited=Meeting.is_planned & (Meeting.agenda == "") & (Meeting.starts_at > AT_THIS_MOMENT),
    )
    lane = MORNING
    fresh_for = timedelta(days=2)
    stoppable = True
    thread = "a meeting"
    noted = "agenda_asked_at"
    loads = MEETING
    buttons = {"agenda": (AGENDA,)}
    read_as = ("agenda",)

    def values(self, thing: Meeting, reader: Person, now: datetime) -> Mapping[str, Any]:
        return meeting_values(thing, reader)

    def sample(self, reader: Person, now: datetime) -> Meeting:
        return sample_attendance(reader, now).meeting

    def settled(self, thing: Meeting, now: datetime) -> Refused | None:
        return None if thing.is_upcoming(now) else Refused("This meeting is over or off, so it needs no agenda.")

    def before(self, thing: Meeting, now: datetime) -> dict[str, Any]:
        return {"lines": len(thing.agenda.splitlines())}

    def answered(self, thing: Meeting, by: Person, given: Given, now: datetime) -> None:
        add_to_agenda(thing, by, given.said["agenda"], now)

    def undone(self, thing: Meeting, by: Person, given: Given, now: datetime) -> None:
        cut_agenda(thing, by, given.before["lines"], now)
