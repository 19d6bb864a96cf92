"""What somebody finds at a glance: for each relationship what is next, how far it is, and what waits for them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.instruments import Opening
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.own_meetings import OwnMeetings
from mentorly.mentoring.people import Person
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.relationships import ANSWERED_AFTERWARDS, Member, Relationship
from mentorly.mentoring.sessions import SessionLog, SessionShare
from mentorly.mentoring.tasks import Task


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

    @classmethod
    def of(cls, person: Person, together: Iterable[Relationship], now: datetime) -> "Glance":
        """Read it; as many questions for one relationship as for many."""
        numbers = [one.id for one in together]
        objectives = _objectives(person, numbers)
        return cls(
            person=person,
            own=OwnMeetings.of(person, now),
            asked=_asked(person, now),
            shared=_shared(person, numbers),
            tasks=_tasks(person, numbers),
            objectives=objectives,
            progress=_progress(person, [one.id for one in objectives]),
            held=held(person.session, [person.id])[person.id],
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

    def objectives_in(self, together: Relationship) -> list[Objective]:
        """The open objectives that they see in a relationship."""
        return [one for one in self.objectives if one.relationship_id == together.id]

    def shared_in(self, together: Relationship) -> list[Asked]:
        """The sheets of a relationship that others let them read."""
        return [one for one in self.shared if one.relationship_id == together.id]


def _asked(person: Person, now: datetime) -> Sequence[Asked]:
    query = select(Asked).where(Asked.person_id == person.id, Asked.is_open, Asked.opens_at <= now)
    query = query.outerjoin(Asked.relationship).where(~Asked.occasion.startswith(Opening.OWN))
    can_be_answered = or_(
        Relationship.ended_at.is_(None),
        Relationship.ended_at > now - ANSWERED_AFTERWARDS,
        Asked.occasion.startswith(Opening.ENDED),
    )
    query = query.where(can_be_answered).options(joinedload(Asked.text))
    return person.session.scalars(query.order_by(Asked.opens_at, Asked.id)).all()


def _shared(person: Person, numbers: Sequence[int]) -> Sequence[Asked]:
    query = select(Asked).where(Asked.relationship_id.in_(numbers), Asked.shared_at.is_not(None))
    query = query.where(Asked.finished_at.is_not(None), Asked.withdrawn_at.is_(None), Asked.person_id != person.id)
    query = query.options(joinedload(Asked.text), joinedload(Asked.person))
    return person.session.scalars(query.order_by(Asked.shared_at)).all()


def _tasks(person: Person, numbers: Sequence[int]) -> Sequence[Task]:
    query = select(Task).join(Task.objective).where(Task.owner_id == person.id, Task.is_open, Objective.is_open)
    query = query.where(Objective.relationship_id.in_(numbers)).options(joinedload(Task.objective))
    return person.session.scalars(query.order_by(Task.target_on, Task.id)).all()


def _objectives(person: Person, numbers: Sequence[int]) -> Sequence[Objective]:
    """The open ones of which they are the mentee or a mentor (rules A11)."""
    own = Member.is_mentor | (Objective.mentee_id == person.id)
    query = select(Objective).join(Member, Member.relationship_id == Objective.relationship_id)
    query = query.where(Member.person_id == person.id, Member.is_present, own, Objective.is_open)
    query = query.where(Objective.relationship_id.in_(numbers)).options(joinedload(Objective.mentee))
    return person.session.scalars(query.order_by(Objective.mentee_id, Objective.number)).all()


def _progress(person: Person, objectives: Sequence[int]) -> dict[int, Progress]:
    counted = (
        select(Task.objective_id, func.count(Task.done_at), func.count())
        .where(Task.objective_id.in_(objectives), Task.removed_at.is_(None))
        .group_by(Task.objective_id)
    )
    found = {number: Progress(done, total - done) for number, done, total in person.session.execute(counted)}
    return {number: found.get(number, Progress()) for number in objectives}


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
