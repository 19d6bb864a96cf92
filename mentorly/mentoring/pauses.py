"""Pauses: in a paused relationship nothing falls due, and its end moves by as much (rules C10)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Select, exists, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, selectinload
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Refused, partial_index
from mentorly.mentoring.course_changes import put_off_asking
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship, leads
from mentorly.mentoring.tasks import Task

OPEN = "ended_at IS NULL"
PAIR = 2


class Pause(Base):
    """A pause of a relationship. ended_at: None while it lasts. days: by how many it moved the end.

    ask_at: when it has lasted for so long, as its program says, that its members are asked whether they go on.
    """

    __tablename__ = "pause"
    __table_args__ = (
        partial_index("uq_pause_open", "relationship_id", unique=True, where=OPEN),
        partial_index("ix_pause_began", "began_at", where=OPEN),
        partial_index("ix_pause_ask", "ask_at", where=OPEN),
        partial_index("ix_pause_ended", "ended_at", where="ended_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"), index=True)
    began_at: Mapped[datetime]
    began_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ask_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    days: Mapped[int] = mapped_column(default=0)

    relationship: Mapped[Relationship] = linked()
    began_by: Mapped[Person] = linked(foreign_keys=[began_by_id])
    ended_by: Mapped[Person | None] = linked(foreign_keys=[ended_by_id])

    @hybrid_property
    def is_open(self) -> bool:
        """Whether it lasts."""
        return self.ended_at is None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return cls.ended_at.is_(None)

    @hybrid_property
    def is_over(self) -> bool:
        """Whether the relationship was resumed."""
        return self.ended_at is not None

    @is_over.inplace.expression
    @classmethod
    def _is_over(cls) -> ColumnElement[bool]:
        return cls.ended_at.is_not(None)

    def ask_after(self, days: int) -> None:
        """Keep that its members are asked whether they go on once it has lasted for so many days."""
        self.ask_at = self.began_at + timedelta(days=days)

    @property
    def revision(self) -> int:
        """That of its relationship."""
        return self.relationship.revision


def may_pause(person: Person, together: Relationship) -> bool:
    """Whether a person pauses and resumes a relationship: either of two, a group's mentors, or who runs it."""
    own = together.member(person)
    if own:
        return own.is_mentor or len(together.present) <= PAIR
    return person.is_administrator or leads(person, together)


def pause(together: Relationship, by: Person, now: datetime) -> Pause:
    """Pause a relationship: from now on nothing falls due, and what is planned stays. Raises Refused."""
    _check_may_pause(together, by)
    if together.ended_at is not None:
        raise Refused("This relationship has ended, so it cannot be paused.")
    if together.is_paused:
        raise Refused("This relationship is paused already.")
    made = Pause(relationship=together, began_at=now, began_by=by, days=0)
    made.ask_after(together.program.pause_days)
    together.paused_at = now
    together.revision += 1
    together.session.add(made)
    together.session.flush()
    return made


def resume(together: Relationship, by: Person, now: datetime) -> Pause:
    """Let a paused relationship go on: its end, and the days of what is asked and open, move by as much.

    Raises Refused.
    """
    _check_may_pause(together, by)
    if not together.is_paused:
        raise Refused("This relationship is not paused.")
    last = select(Pause).where(Pause.relationship_id == together.id, Pause.is_open)
    ended = together.session.scalars(last).one()
    ended.ended_at, ended.ended_by = now, by
    ended.days = (together.day(now) - together.day(ended.began_at)).days
    together.go_on(ended.days, now)
    put_off_asking(together, ended.began_at, ended.days)
    for task in _open_tasks(ended):
        task.put_off(ended.days, now)
    for meeting in _asked_if_held(together):
        meeting.put_off_asking(ended.days)
    together.session.flush()
    return ended


def long_pauses(viewer: Person, now: datetime) -> Select[Pause]:
    """Pauses that have lasted for longer than their program says, the longest first; none of one's own (rules C4)."""
    own = exists().where(
        Member.relationship_id == Pause.relationship_id, Member.person_id == viewer.id, Member.is_present
    )
    people = selectinload(Relationship.members).selectinload(Member.person)
    return (
        select(Pause)
        .join(Pause.relationship)
        .where(Pause.is_open, Pause.ask_at <= now, Relationship.is_active, ~own)
        .options(selectinload(Pause.relationship).options(selectinload(Relationship.program), people))
        .order_by(Pause.began_at, Pause.id)
    )


def _open_tasks(ended: Pause) -> list[Task]:
    """The tasks that were not due when it began."""
    together = ended.relationship
    due_later = select(Task).join(Task.objective).where(Objective.relationship_id == together.id, Objective.is_open)
    began = together.day(ended.began_at)
    return list(together.session.scalars(due_later.where(Task.is_open, Task.target_on >= began).order_by(Task.id)))


def _asked_if_held(together: Relationship) -> Sequence[Meeting]:
    """The meetings of which it was asked whether they took place, and nobody has said."""
    asked = select(Meeting).where(Meeting.relationship_id == together.id, Meeting.held.is_(None))
    return together.session.scalars(asked.where(Meeting.held_asked_at.is_not(None)).order_by(Meeting.id)).all()


def _check_may_pause(together: Relationship, by: Person) -> None:
    if may_pause(by, together):
        return
    if together.member(by):
        raise Refused("A group is paused and resumed by its mentors, their project lead or an administrator.")
    raise Refused("Only its members, their project lead or an administrator pause and resume a relationship.")
