"""What somebody finds of the objectives of a mentee: theirs, or of one whom they are a mentor of."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.base import HOLD
from mentorly.mentoring.notes import Note
from mentorly.mentoring.objectives import Objective, mentees_for, shares
from mentorly.mentoring.people import Person
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.tasks import Task

MOST_SHOWN = 10


@dataclass(frozen=True)
class OwnObjectives:
    """The objectives of one mentee in a relationship with their tasks; the open ones first.

    Those whose words were deleted are not among them.
    """

    objectives: Sequence[Objective]
    tasks: Sequence[Task]

    @classmethod
    def of(cls, together: Relationship, mentee: Person) -> "OwnObjectives":
        """Read them; two questions, however many there are."""
        inside = (Objective.relationship_id == together.id, Objective.mentee_id == mentee.id, Objective.title != "")
        order = (Objective.closed_at.is_not(None), Objective.number)
        objectives = together.session.scalars(select(Objective).where(*inside).order_by(*order)).all()
        tasks = select(Task).join(Task.objective).where(*inside, Task.removed_at.is_(None), Task.words != "")
        tasks = tasks.options(joinedload(Task.owner)).order_by(Task.done_at.is_not(None), Task.target_on, Task.number)
        return cls(objectives, together.session.scalars(tasks).all())

    @property
    def open(self) -> list[Objective]:
        """Those that are open."""
        return [one for one in self.objectives if one.is_open]

    @property
    def closed(self) -> list[Objective]:
        """Those that were reached or dropped."""
        return [one for one in self.objectives if not one.is_open]

    def tasks_of(self, objective: Objective) -> list[Task]:
        """The tasks of one, the next one first, then those that are done."""
        return [task for task in self.tasks if task.objective_id == objective.id]

    def progress(self, objective: Objective) -> Progress:
        """How far one is."""
        return Progress.of(self.tasks_of(objective))

    @property
    def overall(self) -> Progress:
        """How far all are; what was left open in a closed one is asked for no more."""
        still = {one.id for one in self.open}
        return Progress.of(task for task in self.tasks if task.is_complete or task.objective_id in still)


def open_tasks_between(person: Person, together: Relationship) -> Sequence[Task]:
    """The open tasks of a relationship that a person sees, the next one first."""
    return open_tasks_of([(person, together)])[person.id, together.id]


def open_tasks_of(pairs: Collection[tuple[Person, Relationship]]) -> dict[tuple[int, int], list[Task]]:
    """The same of several people and relationships, by the numbers of both; one question, however many there are."""
    numbers = {together.id for _, together in pairs}
    session = next(iter(pairs))[1].session
    tasks = session.scalars(
        select(Task)
        .join(Task.objective)
        .where(is_among(Objective.relationship_id, sorted(numbers)), Task.is_open, Objective.is_open)
        .options(contains_eager(Task.objective).joinedload(Objective.mentee), joinedload(Task.owner))
        .order_by(Task.target_on, Task.id)
    ).all()
    found: dict[tuple[int, int], list[Task]] = {}
    for person, together in pairs:
        mentees = {mentee.id for mentee in mentees_for(person, together)}
        own = [task for task in tasks if task.objective.relationship_id == together.id]
        found[person.id, together.id] = [task for task in own if task.objective.mentee_id in mentees][:MOST_SHOWN]
    return found


def tasks_in_calendar(person: Person, since: date) -> Sequence[Task]:
    """The tasks that were for a person, with a day from this one on, also those that are done or removed since."""
    return person.session.scalars(
        select(Task)
        .where(Task.owner_id == person.id, Task.target_on >= since)
        .options(joinedload(Task.objective).joinedload(Objective.relationship).selectinload(Relationship.members))
        .order_by(Task.target_on, Task.id)
    ).all()


def objective_of(person: Person, number: int, *, to_change: bool = False) -> Objective | None:
    """An objective that a person sees, by its number, or None. to_change: nobody else changes anything beside it."""
    found = person.session.get(Objective, number)
    return found if _seen(person, found, to_change=to_change) else None


def task_of(person: Person, number: int, *, to_change: bool = False) -> Task | None:
    """A task that a person sees and that was not removed, by its number, or None. to_change: as of an objective."""
    found = person.session.get(Task, number)
    seen = found and _seen(person, found.objective, to_change=to_change)
    if found and seen and to_change:
        person.session.refresh(found, with_for_update=HOLD)
    return found if found and seen and found.words and found.removed_at is None else None


def note_of(person: Person, number: int, *, to_change: bool = False) -> Note | None:
    """A note that a person may read, by its number, or None."""
    found = person.session.get(Note, number, with_for_update=HOLD if to_change else None)
    return found if found and found.is_seen_by(person) else None


def _seen(person: Person, objective: Objective | None, *, to_change: bool) -> bool:
    if objective is None or not objective.title or not shares(person, objective.relationship, objective.mentee):
        return False
    if to_change:
        person.session.refresh(objective.relationship, with_for_update=HOLD)
        person.session.refresh(objective, with_for_update=HOLD)
    return True
