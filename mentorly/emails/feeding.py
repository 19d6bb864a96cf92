"""A person's own calendar feed: their meetings, as their invitations show them, and when their tasks are due."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from mentorly.calendars.invitation import DueDay, feed
from mentorly.calendars.invitation import Meeting as Entry
from mentorly.emails.meeting.meeting_values import ATTENDANCE, calendar_entry
from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.own_objectives import tasks_in_calendar
from mentorly.mentoring.people import Person
from mentorly.mentoring.tasks import Task
from mentorly.tokens import Tokens

FEED = "feed"
KEPT = timedelta(days=366)
OFF_SHOWN = timedelta(days=60)
# Whoever sees the calendar learns that there is a task, and not what it is (rules C1).
TASK_DUE = {"en": "Mentoring task due", "fr": "Tâche de mentorat à faire"}
TITLES = {"en": "Mentoring meetings", "fr": "Rencontres de mentorat"}
NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, repr=False)
class Feed:
    """A feed as it is fetched. tag: another one for other bytes. changed_at: of what it shows, in whole seconds."""

    data: bytes
    changed_at: datetime

    @property
    def tag(self) -> str:
        """What tells two feeds apart."""
        return hashlib.sha256(self.data).hexdigest()[:32]


def feed_token(tokens: Tokens, person: Person) -> str:
    """The secret in the address of a person's feed."""
    return tokens.make(FEED, person.id, person.feed_generation)


def owner_of(session: Session, tokens: Tokens, token: str) -> Person | None:
    """Whose feed an address is; None if it is nobody's, or nobody's any more."""
    number = tokens.number(token)
    person = session.get(Person, number) if number is not None else None
    return person if person and tokens.proves(token, FEED, person.feed_generation) else None


def feed_of(person: Person, now: datetime) -> Feed:
    """What a person's feed holds: what is planned, what was in the last year, and what was called off lately."""
    attendances = _attendances(person, now)
    here = [one for one in attendances if one.left_at is None]
    meetings = [calendar_entry(one.meeting, person) for one in here if _is_shown(one, now)]
    tasks = tasks_in_calendar(person, (now - KEPT).date())
    entries: list[Entry | DueDay] = [*meetings, *(_due_day(task, person) for task in tasks if task.is_awaited)]
    moments = [max(one.meeting.changed_at, one.left_at or NEVER, one.off_at or NEVER) for one in attendances]
    moments += [max(task.changed_at, task.objective.closed_at or NEVER) for task in tasks]
    changed_at = max(moments, default=NEVER)
    return Feed(feed(TITLES[person.language], entries), changed_at.replace(microsecond=0))


def _due_day(task: Task, person: Person) -> DueDay:
    stamp = task.changed_at.replace(microsecond=0)
    return DueDay(task.uid, task.revision, stamp, TASK_DUE[person.language], task.target_on)


def _attendances(person: Person, now: datetime) -> Sequence[Attendance]:
    """What somebody is to the meetings of the last year and those to come, also those that they are not in any more.

    What was called off before they heard of it is in no calendar (rules A11).
    """
    return person.session.scalars(
        select(Attendance)
        .join(Attendance.meeting)
        .where(Attendance.person_id == person.id, Meeting.starts_at > now - KEPT)
        .where(or_(Meeting.is_planned, and_(Meeting.stage == Stage.OFF, Attendance.heard_sequence.is_not(None))))
        .options(*ATTENDANCE)
        .order_by(Meeting.starts_at, Meeting.id)
    ).all()


def _is_shown(one: Attendance, now: datetime) -> bool:
    """Whether it is planned, or off since so short a time that a calendar may not know."""
    return one.meeting.is_planned or (one.off_at is not None and one.off_at > now - OFF_SHOWN)
