from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import object_session, selectinload

from mentorly.clock import WORKING_DAY
from mentorly.emails.attachment import Attachment
from mentorly.emails.dashboard import told_task
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email, Going
from mentorly.emails.enclosing import enclosed, useful
from mentorly.emails.meeting.meeting_values import MEETING, meeting_values, sample_attendance
from mentorly.emails.working.working_values import sample_task
from mentorly.mentoring.document_terms import Purpose
from mentorly.mentoring.documents import SHARED
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.opening_questions import opening_question
from mentorly.mentoring.own_objectives import open_tasks_between, open_tasks_of
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

# Where a session keeps the tasks that were read for a whole batch, until its mails are written.
AHEAD = "tasks of the next reminders"


class MeetingReminder(Email):
    """You get this because a mentoring meeting of yours is on the next working day."""

    due = Due(
        Meeting,
        reader=Attendance.person_id,
        moment=Meeting.starts_at,
        before=WORKING_DAY,
        occasion=Meeting.starts_at,
        joins=(
            (Attendance, (Attendance.meeting_id == Meeting.id) & Attendance.is_present & ~Attendance.has_declined),
            (Relationship, Meeting.relationship_id == Relationship.id),
        ),
        while_=Meeting.is_planned & Relationship.goes_on,
    )
    lane = MORNING
    fresh_for = timedelta(days=1)
    urgent = True
    stoppable = True
    thread = "a meeting"
    loads = (*MEETING, selectinload(Meeting.relationship).selectinload(Relationship.program).options(SHARED))

    def read_ahead(self, going: Sequence[Going], now: datetime) -> None:
        if going:
            pairs = [(one.reader, one.thing.relationship) for one in going]
            going[0].thing.session.info[AHEAD] = open_tasks_of(pairs)

    def line_values(self, thing: Meeting, reader: Person, now: datetime) -> Mapping[str, Any]:
        return meeting_values(thing, reader)

    def values(self, thing: Meeting, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            **meeting_values(thing, reader),
            "agenda": [line.strip() for line in thing.agenda.splitlines() if line.strip()],
            "tasks": tasks_between(thing, reader, now),
            "question": opening_question(thing.number, reader.language),
            "documents": useful(thing.relationship.program, Purpose.MEETING, reader.language),
        }

    def attachments(self, thing: Meeting, reader: Person, now: datetime) -> Sequence[Attachment]:
        return enclosed(thing.relationship.program, Purpose.MEETING, reader.language)

    def sample_values(self, thing: Meeting, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            **self.values(thing, reader, now),
            "tasks": [told_task(sample_task(reader, now, is_own=True), reader, now)],
        }

    def sample(self, reader: Person, now: datetime) -> Meeting:
        return sample_attendance(reader, now).meeting


def tasks_between(meeting: Meeting, reader: Person, now: datetime) -> list[Mapping[str, Any]]:
    """The open tasks of the reader and of who else is in a meeting, as far as the reader sees them."""
    session = object_session(meeting)
    if session is None:
        return []
    people, together = {one.person_id for one in meeting.present}, meeting.relationship
    ahead = session.info.get(AHEAD, {}).pop((reader.id, together.id), None)
    tasks = open_tasks_between(reader, together) if ahead is None else ahead
    return [told_task(task, reader, now) for task in tasks if task.objective.mentee_id in people]
