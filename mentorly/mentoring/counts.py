"""How many meetings and tasks there are in relationships. Counts alone, no words."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.reports import ProgressReport
from mentorly.mentoring.sessions import SessionLog
from mentorly.mentoring.tasks import Task

NO_TASKS = Progress()
Reports = list[tuple[datetime, int]]


class Meetings(NamedTuple):
    """held: the lines of the session log that stand. planned: meetings that have a time and are not over."""

    held: int = 0
    planned: int = 0


def meetings_in(session: Session, relationships: Iterable[int], now: datetime) -> dict[int, Meetings]:
    """The meetings of each of some relationships, by their numbers; asked at once, however many there are."""
    numbers = list(relationships)
    held = (
        select(SessionLog.relationship_id, func.count())
        .where(SessionLog.relationship_id.in_(numbers), SessionLog.stands)
        .group_by(SessionLog.relationship_id)
    )
    planned = (
        select(Meeting.relationship_id, func.count())
        .where(Meeting.relationship_id.in_(numbers), Meeting.is_planned, Meeting.ends_at > now)
        .group_by(Meeting.relationship_id)
    )
    by_number: list[dict[int, int]] = [dict(iter(session.execute(counted))) for counted in (held, planned)]
    return {number: Meetings(*(counts.get(number, 0) for counts in by_number)) for number in numbers}


def reports_in(session: Session, relationships: Iterable[int], now: datetime) -> dict[int, Reports]:
    """When a report was sent about each of some relationships, and by whom; one question, however many there are."""
    numbers = list(relationships)
    sent = (
        select(ProgressReport.relationship_id, ProgressReport.sent_at, ProgressReport.author_id)
        .where(ProgressReport.relationship_id.in_(numbers), ProgressReport.sent_at <= now)
        .order_by(ProgressReport.sent_at, ProgressReport.id)
    )
    found: dict[int, Reports] = {number: [] for number in numbers}
    for number, sent_at, author_id in session.execute(sent):
        if sent_at:
            found[number].append((sent_at, author_id))
    return found


def tasks_in(session: Session, relationships: Iterable[int]) -> dict[int, Progress]:
    """The tasks of each of some relationships, complete and incomplete; one question, however many there are.

    What was left open in an objective that is closed is neither.
    """
    numbers = list(relationships)
    done = func.count(case((Task.is_complete, 1)))
    left = func.count(case((and_(Task.is_open, Objective.is_open), 1)))
    counted = (
        select(Objective.relationship_id, done, left)
        .join(Task, Task.objective_id == Objective.id)
        .where(Objective.relationship_id.in_(numbers))
        .group_by(Objective.relationship_id)
    )
    found = {number: Progress(done, left) for number, done, left in session.execute(counted)}
    return {number: found.get(number, NO_TASKS) for number in numbers}
