"""What somebody finds at a glance: for each relationship what is next, how far it is, and what waits for them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.courses import ANSWERED_AFTERWARDS
from mentorly.mentoring.documents import Document
from mentorly.mentoring.instruments import Opening
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.own_meetings import OwnMeetings
from mentorly.mentoring.people import Person
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.sessions import SessionLog, SessionShare
from mentorly.mentoring.tasks import Task

Mentee = aliased(Member)
SHOWN = and_(
    Mentee.relationship_id == Objective.relationship_id,
    Mentee.person_id == Objective.mentee_id,
    Mentee.left_at.is_(None),
)
"""That the mentee of an objective is in its relationship now."""


class Held(NamedTuple):
    """Somebody's share of a session log. minutes: those they confirmed. last: when the latest began."""

    number: int = 0
    minutes: int = 0
    last: datetime | None = None


@dataclass(frozen=True)
class Glance:
    """All that somebody finds on their first page. asked: what is open and not finished, as it opened.

    tasks: their own that are open, the next one first. shared: sheets that others let them read.
    """

    person: Person
    own: OwnMeetings
    asked: Sequence[Asked]
    shared: Sequence[Asked]
    tasks: Sequence[Task]
    objectives: Sequence[Objective]
    progress: Mapping[int, Progress]
    held: Mapping[int, Held] = field(default_factory=dict)
    documents: Sequence[Document] = ()

    @classmethod
    def of(cls, person: Person, together: Iterable[Relationship], now: datetime) -> "Glance":
        """Read it; as many questions for one relationship as for many."""
        together = list(together)
        numbers = [one.id for one in together]
        objectives = open_objectives(person.session, [person.id])[person.id]
        asked, shared = _asked(person, numbers, now)
        return cls(
            person=person,
            own=OwnMeetings.of(person, now),
            asked=asked,
            shared=shared,
            tasks=_tasks(person, numbers),
            objectives=[one for one, _ in objectives],
            progress={one.id: progress for one, progress in objectives},
            held=held(person.session, [person.id])[person.id],
            documents=_documents(person, {one.program_id for one in together}),
        )

    @property
    def next(self) -> Meeting | None:
        """The next meeting of all."""
        return next(iter(self.own.upcoming), None)

    @property
    def waits(self) -> bool:
        """Whether anything waits for this person."""
        return bool(self.own.waiting or self.own.unconfirmed or self.asked or self.tasks)

    def held_in(self, together: Relationship) -> Held:
        """Their share of the session log of a relationship."""
        return self.held.get(together.id, Held())

    def documents_in(self, together: Relationship) -> list[Document]:
        """What the program of a relationship shares."""
        return [one for one in self.documents if one.program_id == together.program_id]

    def objectives_in(self, together: Relationship) -> list[Objective]:
        """The open objectives that they see in a relationship."""
        return [one for one in self.objectives if one.relationship_id == together.id]

    def shared_in(self, together: Relationship) -> list[Asked]:
        """The sheets of a relationship that others let them read."""
        return [one for one in self.shared if one.relationship_id == together.id]


def _asked(person: Person, numbers: Sequence[int], now: datetime) -> tuple[list[Asked], list[Asked]]:
    """What is asked of them and can be answered, and the sheets of others that they may read."""
    can_be_answered = or_(
        Relationship.ended_at.is_(None),
        Relationship.ended_at > now - ANSWERED_AFTERWARDS,
        Asked.occasion.startswith(Opening.ENDED),
    )
    own = and_(Asked.person_id == person.id, Asked.is_open, Asked.opens_at <= now, can_be_answered)
    own = and_(own, ~Asked.occasion.startswith(Opening.OWN))
    shared = and_(Asked.relationship_id.in_(numbers), Asked.shared_at.is_not(None), Asked.withdrawn_at.is_(None))
    shared = and_(shared, Asked.finished_at.is_not(None), Asked.person_id != person.id)
    query = select(Asked).outerjoin(Asked.relationship).where(or_(own, shared))
    query = query.options(joinedload(Asked.text), joinedload(Asked.person)).order_by(Asked.opens_at, Asked.id)
    found = person.session.scalars(query).all()
    return (
        [one for one in found if one.person_id == person.id],
        sorted((one for one in found if one.person_id != person.id), key=lambda one: (one.shared_at or now, one.id)),
    )


def _tasks(person: Person, numbers: Sequence[int]) -> Sequence[Task]:
    query = select(Task).join(Task.objective).where(Task.owner_id == person.id, Task.is_open, Objective.is_open)
    query = query.where(Objective.relationship_id.in_(numbers)).options(joinedload(Task.objective))
    return person.session.scalars(query.order_by(Task.target_on, Task.id)).all()


def _documents(person: Person, programs: Collection[int]) -> Sequence[Document]:
    query = select(Document).where(Document.program_id.in_(programs), Document.retired_at.is_(None))
    return person.session.scalars(query.order_by(Document.place, Document.id)).all()


def open_objectives(session: Session, people: Collection[int]) -> dict[int, list[tuple[Objective, Progress]]]:
    """The open objectives that each of some people sees as the mentee or a mentor (rules A11), and how far they are.

    Asked at once for all; with the relationship of each.
    """
    done, left = func.count(case((Task.is_complete, Task.id))), func.count(case((Task.is_open, Task.id)))
    rows = session.execute(
        select(Member.person_id, Objective, done, left)
        .join(Objective, Objective.relationship_id == Member.relationship_id)
        .join(Relationship, Relationship.id == Member.relationship_id)
        .join(Mentee, SHOWN)
        .outerjoin(Task, Task.objective_id == Objective.id)
        .where(is_among(Member.person_id, sorted(people)), Member.is_present, Objective.is_open)
        .where(or_(Member.is_mentor, Member.person_id == Objective.mentee_id))
        .group_by(Member.person_id, Objective.id, Relationship.id, Person.id)
        .join(Person, Person.id == Objective.mentee_id)
        .order_by(Objective.relationship_id, Objective.mentee_id, Objective.number)
        .options(contains_eager(Objective.relationship), contains_eager(Objective.mentee))
    ).all()
    found: dict[int, list[tuple[Objective, Progress]]] = {number: [] for number in people}
    for number, one, complete, still in rows:
        found[number].append((one, Progress(complete, still)))
    return found


def held(session: Session, people: Collection[int]) -> dict[int, dict[int, Held]]:
    """The share of the session logs of each of some people, by the relationship; asked at once for all."""
    minutes = func.coalesce(SessionShare.minutes, SessionLog.minutes)
    confirmed = func.sum(minutes).filter(SessionShare.confirmed_at.is_not(None))
    counted = (
        select(
            SessionShare.person_id, SessionLog.relationship_id, func.count(), confirmed, func.max(SessionLog.began_at)
        )
        .join(SessionLog, SessionShare.session_log_id == SessionLog.id)
        .where(is_among(SessionShare.person_id, sorted(people)), SessionLog.stands)
        .group_by(SessionShare.person_id, SessionLog.relationship_id)
    )
    found: dict[int, dict[int, Held]] = {number: {} for number in people}
    for person, together, number, confirmed_minutes, last in session.execute(counted):
        found[person][together] = Held(number, confirmed_minutes or 0, last)
    return found
