"""What the mails about tasks have in common: who is told, and what they speak of."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import aliased, selectinload

from mentorly.emails.matching.match_values import sample_match
from mentorly.mentoring.objectives import Category, Horizon, Objective, sharers
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.tasks import Task, TaskRemark

SHORT = 80
Mentee = aliased(Member)
TASK = (
    selectinload(Task.objective).options(
        selectinload(Objective.mentee),
        selectinload(Objective.relationship).options(
            selectinload(Relationship.program), selectinload(Relationship.members).selectinload(Member.person)
        ),
    ),
    selectinload(Task.owner),
    selectinload(Task.given_by),
    selectinload(Task.remarks).selectinload(TaskRemark.author),
)
# What a task belongs to, while its mentee is there; then its owner, or the others who see it (rules A11).
INSIDE: tuple[tuple[Any, Any], ...] = (
    (Objective, Task.objective_id == Objective.id),
    (Relationship, Objective.relationship_id == Relationship.id),
    (
        Mentee,
        (Mentee.relationship_id == Relationship.id)
        & (Mentee.person_id == Objective.mentee_id)
        & Mentee.left_at.is_(None),
    ),
)
SEES = (
    (Member.relationship_id == Relationship.id)
    & Member.is_present
    & or_(Member.is_mentor, Member.person_id == Objective.mentee_id)
)
OWNED = (*INSIDE, (Member, SEES & (Member.person_id == Task.owner_id)))
OTHERS = (*INSIDE, (Member, SEES & (Member.person_id != Task.owner_id)))
IS_ASKED = Task.is_open & Objective.is_open & Relationship.is_active
IS_DUE = IS_ASKED & Relationship.goes_on
TASKS = {
    "en": "Call three people who hold the position that I would like to have",
    "fr": "Appeler trois personnes qui occupent le poste que j’aimerais avoir",
}
REMARKS = {
    "en": "I have talked with two of them.\nThe third is away until Monday.",
    "fr": "J’ai parlé avec deux d’entre elles.\nLa troisième est absente jusqu’à lundi.",
}


def task_values(task: Task, reader: Person) -> dict[str, Any]:
    """Which task it is, whose and for when, and what it is about."""
    objective = task.objective
    people = sharers(objective.relationship, objective.mentee)
    return {
        "task_id": task.id,
        "number": task.number,
        "on": task.target_on,
        "words": task.words,
        "short": shortened(task.words),
        "is_own": task.owner_id == reader.id,
        "owner": task.owner.name,
        "mentee": objective.mentee.name if objective.mentee_id != reader.id else "",
        "others": [person.name for person in people if person.id != reader.id],
    }


def shortened(words: str) -> str:
    """Words on one line, and not too many of them."""
    line = " ".join(words.split())
    return line if len(line) <= SHORT else line[: SHORT - 1].rstrip() + "…"


def sample_task(reader: Person, now: datetime, *, is_own: bool) -> Task:
    """An invented task in no session, of the reader or of somebody whose mentor the reader is."""
    match = sample_match(now, mentee=reader) if is_own else sample_match(now, mentor=reader)
    mentor, mentee = (member.person for member in match.relationship.members)
    other = mentor if is_own else mentee
    other.id = (reader.id or 0) + 1
    objective = Objective(
        id=1, relationship=match.relationship, mentee=mentee, mentee_id=mentee.id, number=1, title="", why="",
        category=Category.NETWORKING, horizon=Horizon.SHORT, support="", barriers="", success="", revision=0,
    )  # fmt: skip
    return Task(
        id=1, objective=objective, number=2, uid="", owner=mentee, owner_id=mentee.id, words=TASKS[reader.language],
        target_on=now.date() + timedelta(days=10), added_by=mentor, added_at=now, given_by=mentor, given_at=now,
        changed_at=now, revision=0, remarks=[],
    )  # fmt: skip
