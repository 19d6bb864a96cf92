"""Objectives: what a mentee wants to reach, and how. The mentee and the mentors see them, nobody else (rules A11)."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ForeignKey, Index, func, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Private, Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

MOST_OPEN = 3
MOST_IN_ALL = 50
TITLE_LENGTH, WORDS_LENGTH = 200, 2000


class Category(StrEnum):
    """What an objective is about."""

    COMMUNICATION = "communication"
    LEADERSHIP = "leadership"
    NETWORKING = "networking"
    SKILLS = "skills"
    OTHER = "other"


class Horizon(StrEnum):
    """How far away an objective is."""

    SHORT = "short"
    LONG = "long"


class Ending(StrEnum):
    """What became of an objective."""

    REACHED = "reached"
    DROPPED = "dropped"


class Plan(NamedTuple):
    """What an objective says. why: what it matters for. support: what is needed. barriers: what may stand in the way.

    success: how one will know that it is reached.
    """

    title: str
    category: Category = Category.OTHER
    horizon: Horizon = Horizon.SHORT
    why: str = ""
    support: str = ""
    barriers: str = ""
    success: str = ""

    def checked(self) -> "Plan":
        """The same, tidied. Raises Refused."""
        title, *others = " ".join(self.title.split()), *(words.strip() for words in self[3:])
        if not title:
            raise Refused("An objective needs a title.")
        if len(title) > TITLE_LENGTH or any(len(words) > WORDS_LENGTH for words in others):
            raise Refused(
                "A title has at most {title} characters, and the rest {most}.", title=TITLE_LENGTH, most=WORDS_LENGTH
            )
        return Plan(title, Category(self.category), Horizon(self.horizon), *others)


class Objective(Base):
    """An objective of one mentee in a relationship.

    number: which one of the mentee's it is there, from 1. Its words are private to the mentee and the mentors, and so
    is its category (rules C11). closed_at: when it was reached or dropped; ending: which. revision: goes up with every
    change.
    """

    __tablename__ = "objective"
    __table_args__ = (Index("uq_objective_number", "relationship_id", "mentee_id", "number", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"))
    mentee_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    number: Mapped[int]
    category: Mapped[str]
    horizon: Mapped[str]
    title: Mapped[str] = mapped_column(Private)
    why: Mapped[str] = mapped_column(Private, default="")
    support: Mapped[str] = mapped_column(Private, default="")
    barriers: Mapped[str] = mapped_column(Private, default="")
    success: Mapped[str] = mapped_column(Private, default="")
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_at: Mapped[datetime | None]
    ending: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=0)

    relationship: Mapped[Relationship] = linked()
    mentee: Mapped[Person] = linked(foreign_keys=[mentee_id])
    opened_by: Mapped[Person] = linked(foreign_keys=[opened_by_id])
    closed_by: Mapped[Person | None] = linked(foreign_keys=[closed_by_id])

    @classmethod
    def open(cls, together: Relationship, mentee: Person, plan: Plan, by: Person, now: datetime) -> "Objective":
        """Open an objective of a mentee's, whose relationship nobody else changes meanwhile; once if it is said twice.

        Raises Refused.
        """
        check_may_begin(by, together, mentee)
        together.check_not_paused()
        plan = plan.checked()
        same = cls._last_of(together, mentee)
        if same and same.is_open and (same.plan, same.opened_by_id) == (plan, by.id):
            return same
        _check_room(together, mentee)
        known = _count(together, mentee)
        if known >= MOST_IN_ALL:
            raise Refused(
                "There are {most} objectives here already, which is as many as can be kept.", most=MOST_IN_ALL
            )
        one = cls(
            relationship=together, mentee=mentee, number=known + 1, opened_by=by, opened_at=now, ending="", revision=0,
            **plan._asdict(),
        )  # fmt: skip
        together.session.add(one)
        together.session.flush()
        return one

    @classmethod
    def _last_of(cls, together: Relationship, mentee: Person) -> "Objective | None":
        own = select(cls).where(cls.relationship_id == together.id, cls.mentee_id == mentee.id)
        return together.session.scalar(own.order_by(cls.number.desc()).limit(1))

    @hybrid_property
    def is_open(self) -> bool:
        """Whether it is neither reached nor dropped."""
        return self.closed_at is None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return cls.closed_at.is_(None)

    @property
    def plan(self) -> Plan:
        """What it says."""
        words = (self.why, self.support, self.barriers, self.success)
        return Plan(self.title, Category(self.category), Horizon(self.horizon), *words)

    def change(self, plan: Plan, by: Person, now: datetime) -> None:
        """Let it say something else. Raises Refused."""
        del now
        self.check_open(by)
        for name, value in plan.checked()._asdict().items():
            setattr(self, name, value)
        self.revision += 1

    def close(self, ending: Ending, by: Person, now: datetime) -> None:
        """Close it, as reached or dropped; what is left of its tasks is asked for no more. Raises Refused."""
        self.check_may_change(by, now)
        if self.closed_at is not None:
            raise Refused("This objective is closed already.")
        self.closed_at, self.closed_by, self.ending = now, by, Ending(ending)
        self.revision += 1

    def reopen(self, by: Person, now: datetime) -> None:
        """Open it again. Raises Refused."""
        del now
        check_may_begin(by, self.relationship, self.mentee)
        if self.closed_at is None:
            raise Refused("This objective is open already.")
        _check_room(self.relationship, self.mentee)
        self.closed_at, self.closed_by, self.ending = None, None, ""
        self.revision += 1

    def check_open(self, by: Person) -> None:
        """Refuse to begin anything for this objective by this person, or because it is closed."""
        check_may_begin(by, self.relationship, self.mentee)
        if self.closed_at is not None:
            raise Refused("This objective is closed. Open it again first.")

    def check_may_change(self, by: Person, now: datetime) -> None:
        """Refuse to go on with what was begun: for others, and once all can only be read (rules C10)."""
        check_shares(by, self.relationship, self.mentee)
        self.relationship.check_open(now)


def shares(person: Person, together: Relationship, mentee: Person) -> bool:
    """Whether a person sees the objectives, tasks and shared notes of a mentee in a relationship (rules A11)."""
    own, theirs = together.member(person), together.member(mentee)
    return bool(own and theirs and theirs.is_mentee and (own is theirs or own.is_mentor))


def mentees_for(person: Person, together: Relationship) -> list[Person]:
    """The mentees of a relationship whose objectives a person sees, oneself first."""
    seen = [mentee for mentee in together.mentees if shares(person, together, mentee)]
    return sorted(seen, key=lambda mentee: mentee.id != person.id)


def sharers(together: Relationship, mentee: Person) -> list[Person]:
    """Who sees the objectives of a mentee: the mentee, then the mentors."""
    return [mentee, *(mentor for mentor in together.mentors if mentor.id != mentee.id)]


def check_shares(by: Person, together: Relationship, mentee: Person) -> None:
    """Refuse a person who is neither the mentee nor a mentor."""
    if not shares(by, together, mentee):
        raise Refused("Only a mentee and their mentors have to do with these objectives.")


def check_may_begin(by: Person, together: Relationship, mentee: Person) -> None:
    """Refuse to begin anything new: for others, and after the end (rules C10)."""
    check_shares(by, together, mentee)
    if together.ended_at is not None:
        raise Refused("This relationship has ended, so nothing new can be begun in it.")


def _check_room(together: Relationship, mentee: Person) -> None:
    if _count(together, mentee, Objective.is_open) >= MOST_OPEN:
        raise Refused("Three objectives are open already. Close one before you open another.")


def _count(together: Relationship, mentee: Person, *conditions: Any) -> int:
    own = select(func.count()).select_from(Objective)
    own = own.where(Objective.relationship_id == together.id, Objective.mentee_id == mentee.id, *conditions)
    return together.session.scalar(own) or 0
