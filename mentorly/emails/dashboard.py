"""The dashboard in the inbox: what a digest tells beside its lines, each section read for many readers at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.glances import SHOWN, Mentee, held, open_objectives
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.people import Person
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.tasks import Task

MOST_MEETINGS = 3
MOST_TASKS = 6
MOST_OBJECTIVES = 6
MOST_LOGS = 6
Entries = Mapping[int, Sequence[Mapping[str, Any]]]


def upcoming_meetings(session: Session, readers: Sequence[Person], now: datetime) -> Entries:
    """The next meetings, by reader: `at`, and `others` by name."""
    numbers = {person.id for person in readers}
    rows = session.execute(
        select(Attendance.person_id, Meeting)
        .join(Meeting, Meeting.id == Attendance.meeting_id)
        .where(is_among(Attendance.person_id, sorted(numbers)), Attendance.is_present, ~Attendance.has_declined)
        .where(Meeting.is_planned, Meeting.starts_at > now)
        .order_by(Meeting.starts_at, Meeting.id)
        .options(selectinload(Meeting.attendances).selectinload(Attendance.person))
    ).all()
    found: dict[int, list[Mapping[str, Any]]] = {number: [] for number in numbers}
    for number, meeting in rows:
        others = [one.person.name for one in meeting.present if one.person_id != number]
        found[number].append({"at": meeting.starts_at, "others": others})
    return {number: entries[:MOST_MEETINGS] for number, entries in found.items()}


def objectives(session: Session, readers: Sequence[Person], now: datetime) -> Entries:
    """The open objectives, by reader: `number`, `title`, whose (`mentee`, '' if one's own), how far (`progress`)."""
    del now
    seen = open_objectives(session, {person.id for person in readers})
    return {
        number: [_told_objective(*one, number) for one in ones if one[0].relationship.goes_on][:MOST_OBJECTIVES]
        for number, ones in seen.items()
    }


def _told_objective(one: Objective, progress: Progress, reader: int) -> Mapping[str, Any]:
    mentee = one.mentee.name if one.mentee_id != reader else ""
    return {"number": one.number, "title": one.title, "mentee": mentee, "progress": progress}


def open_tasks(session: Session, readers: Sequence[Person], now: datetime) -> Entries:
    """The tasks that somebody has yet to do, by reader: `number`, `words`, `on`, `is_late`, and whose objective's."""
    numbers = {person.id for person in readers}
    tasks = session.scalars(
        select(Task)
        .join(Task.objective)
        .join(Objective.relationship)
        .join(Mentee, SHOWN)
        .join(Member, (Member.relationship_id == Relationship.id) & (Member.person_id == Task.owner_id))
        .where(is_among(Task.owner_id, sorted(numbers)), Task.is_open, Objective.is_open, Relationship.goes_on)
        .where(Member.is_present)
        .order_by(Task.target_on, Task.id)
        .options(contains_eager(Task.objective).joinedload(Objective.mentee))
        .options(joinedload(Task.owner).joinedload(Person.organization))
    ).all()
    found: dict[int, list[Mapping[str, Any]]] = {number: [] for number in numbers}
    for task in tasks:
        found[task.owner_id].append(told_task(task, task.owner, now))
    return {number: entries[:MOST_TASKS] for number, entries in found.items()}


def told_task(task: Task, reader: Person, now: datetime) -> Mapping[str, Any]:
    """A task as a list of tasks tells of it."""
    mentee = task.objective.mentee
    return {
        "number": task.number,
        "words": " ".join(task.words.split()),
        "on": task.target_on,
        "is_late": task.is_late(now),
        "mentee": mentee.name if mentee.id != reader.id else "",
    }


def session_logs(session: Session, readers: Sequence[Person], now: datetime) -> Entries:
    """What took place so far, by reader: `others` by name, `number` of at `least` so many, confirmed `minutes`."""
    del now
    numbers = {person.id for person in readers}
    logs = held(session, numbers)
    rows = session.execute(
        select(Member.person_id, Relationship)
        .join(Relationship, Relationship.id == Member.relationship_id)
        .where(is_among(Member.person_id, sorted(numbers)), Member.is_present, Relationship.goes_on)
        .order_by(Relationship.began_at, Relationship.id)
        .options(joinedload(Relationship.program), selectinload(Relationship.members).joinedload(Member.person))
    ).all()
    found: dict[int, list[Mapping[str, Any]]] = {number: [] for number in numbers}
    for number, together in rows:
        log = logs[number].get(together.id)
        others = [one.person.name for one in together.present if one.person_id != number]
        if log:
            told = {"number": log.number, "least": together.program.meetings, "minutes": log.minutes}
            found[number].append({"others": others, **told})
    return {number: entries[:MOST_LOGS] for number, entries in found.items()}


# By the name under which the digest's text speaks of it.
SECTIONS: Mapping[str, Callable[[Session, Sequence[Person], datetime], Entries]] = {
    "meetings": upcoming_meetings,
    "objectives": objectives,
    "tasks": open_tasks,
    "logs": session_logs,
}


def dashboard(session: Session, readers: Sequence[Person], now: datetime) -> dict[int, dict[str, Any]]:
    """All sections, by reader."""
    read = {name: section(session, readers, now) for name, section in SECTIONS.items()}
    return {person.id: {name: entries[person.id] for name, entries in read.items()} for person in readers}
