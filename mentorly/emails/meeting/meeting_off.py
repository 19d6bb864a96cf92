from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal_column, or_

from mentorly.calendars.invitation import Invitation as CalendarInvitation
from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.envelope import Envelope, State
from mentorly.emails.meeting.meeting_values import (
    ATTENDANCE,
    BEGINS,
    invitation_of,
    meeting_values,
    membership,
    name_of,
    sample_attendance,
)
from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member

# Who was invited, written to, or asked for a time; what is waiting, or failed, has told nobody (rules A11).
HEARD: list[ColumnElement[str]] = [
    literal_column(f"'{state.value}'") for state in (State.SENDING, State.SENT, State.UNCERTAIN)
]
OF_ATTENDANCES: list[ColumnElement[str]] = [literal_column(f"'{kind}'") for kind in ("invitation", "planned_elsewhere")]
OF_MEETINGS: list[ColumnElement[str]] = [literal_column("'meeting_times'")]
HAS_HEARD = exists().where(
    or_(
        and_(Envelope.kind.in_(OF_ATTENDANCES), Envelope.thing_id == Attendance.id),
        and_(Envelope.kind.in_(OF_MEETINGS), Envelope.thing_id == Attendance.meeting_id),
    ),
    Envelope.reader_id == Attendance.person_id,
    Envelope.state.in_(HEARD),
)


class MeetingOff(Email):
    """You get this because a mentoring meeting that you were told of was called off, or is no longer yours."""

    due = Due(
        Attendance,
        reader=Attendance.person_id,
        moment=Attendance.off_at,
        occasion=Attendance.off_at,
        joins=((Meeting, Attendance.meeting_id == Meeting.id),),
        while_=or_(Meeting.starts_at.is_(None), Meeting.starts_at > AT_THIS_MOMENT) & HAS_HEARD,
        unsent=Attendance.off_told_at.is_(None),
    )
    lane = NOW
    begins = BEGINS
    fresh_for = None
    told_if_lost = True
    thread = "meeting"
    noted = "off_told_at"
    loads = ATTENDANCE

    def values(self, thing: Attendance, reader: Person, now: datetime) -> Mapping[str, Any]:
        meeting = thing.meeting
        is_off = meeting.stage == Stage.OFF and thing.left_at is None  # who left is told nothing of what came later
        ended_at = meeting.relationship.ended_at
        by_end = is_off and ended_at is not None and thing.off_at is not None and ended_at <= thing.off_at
        return {
            **meeting_values(meeting, reader),
            "is_off": is_off,
            "is_mine": is_off and meeting.changed_by_id is not None and meeting.changed_by_id == reader.id,
            "by": name_of(meeting.changed_by, reader) if is_off and not by_end else "",
            "by_end": by_end,
            "has_ended": ended_at is not None,
            "reason": meeting.reason if is_off else "",
            "in_own_calendars": is_off and thing.is_written_to,
            "in_calendar": thing.is_invited and meeting.starts_at is not None,
        }

    def organizer(self, thing: Attendance, reader: Person) -> Member | None:
        return membership(thing.meeting, reader)

    def invitation(self, thing: Attendance, reader: Person, organizer: str) -> CalendarInvitation | None:
        return invitation_of(thing, reader, organizer)

    def sample(self, reader: Person, now: datetime) -> Attendance:
        one = sample_attendance(reader, now)
        meeting = one.meeting
        meeting.stage, meeting.sequence, meeting.changed_by = Stage.OFF, 1, meeting.proposed_by
        meeting.reason = {"en": "I am travelling that week.", "fr": "Je serai en voyage cette semaine-là."}[
            reader.language
        ]
        meeting.changed_at, meeting.off_at, one.off_at = meeting.changed_at + timedelta(hours=1), now, now
        return one
