"""Tasks: what somebody is to do for an objective, by which day; and what is said about them."""

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, and_, func, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Private, Refused, partial_index
from mentorly.mentoring.objectives import Objective
from mentorly.mentoring.people import Person
from mentorly.mentoring.task_terms import check_day, check_owner, checked_words, reminded_of

MOST_TASKS = 30
ONE_SECOND = timedelta(seconds=1)
OPEN = "done_at IS NULL AND removed_at IS NULL"


class Task(Base):
    """A task of an objective, and of one owner: the mentee as a rule, or a mentor.

    number: which one of the mentee's tasks in the relationship it is, from 1, for good. uid: its name in calendars.
    words: private to the mentee and the mentors. target_on: a day of the owner's. reminds_on: the same day, if it was
    so far away that the owner is reminded before it. given_at: when the owner is to hear of it, or of a change that
    another made; given_by: who. changed_at, revision: of the last change.
    """

    __tablename__ = "task"
    __table_args__ = (
        partial_index("ix_task_given", "given_at", where=OPEN),
        partial_index("ix_task_reminds", "reminds_on", where=OPEN),
        partial_index("ix_task_target", "target_on", where=OPEN),
        partial_index("ix_task_done", "done_at", where="done_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    objective_id: Mapped[int] = mapped_column(ForeignKey("objective.id"), index=True)
    number: Mapped[int]
    uid: Mapped[str] = mapped_column(unique=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    words: Mapped[str] = mapped_column(Private)
    target_on: Mapped[date]
    reminds_on: Mapped[date | None]
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0)

    objective: Mapped[Objective] = linked()
    owner: Mapped[Person] = linked(foreign_keys=[owner_id])
    added_by: Mapped[Person] = linked(foreign_keys=[added_by_id])
    given_by: Mapped[Person | None] = linked(foreign_keys=[given_by_id])
    remarks: Mapped[list["TaskRemark"]] = linked(back_populates="task", order_by="TaskRemark.id")

    @classmethod
    def add(cls, objective: Objective, words: str, target_on: date, owner: Person, by: Person, now: datetime) -> "Task":
        """Add a task to an objective, whose relationship nobody else changes meanwhile; once if it is said twice.

        Raises Refused.
        """
        objective.check_open(by)
        objective.relationship.check_not_paused()
        session = objective.session
        words = checked_words(words)
        last = session.scalar(select(cls).where(cls.objective_id == objective.id).order_by(cls.id.desc()).limit(1))
        if last and last.is_open and last.is_same(words, target_on, owner, by):
            return last
        inside = select(func.count()).where(Task.objective_id == objective.id, Task.removed_at.is_(None))
        if (session.scalar(inside) or 0) >= MOST_TASKS:
            raise Refused("An objective has at most {most} tasks.", most=MOST_TASKS)
        check_owner(objective, owner)
        check_day(objective, target_on, owner, now)
        one = cls(
            objective=objective, number=cls._next_number(objective), uid=str(uuid.uuid4()), owner=owner, words=words,
            target_on=target_on, reminds_on=reminded_of(target_on, owner, now), added_by=by, added_at=now,
            changed_at=now,
            given_by=None if owner is by else by, given_at=None if owner is by else now, revision=0, remarks=[],
        )  # fmt: skip
        session.add(one)
        session.flush()
        return one

    @classmethod
    def _next_number(cls, objective: Objective) -> int:
        known = select(func.count()).select_from(cls).join(cls.objective)
        known = known.where(
            Objective.relationship_id == objective.relationship_id, Objective.mentee_id == objective.mentee_id
        )
        return (objective.session.scalar(known) or 0) + 1

    @hybrid_property
    def is_open(self) -> bool:
        """Whether it is neither done nor removed."""
        return self.done_at is None and self.removed_at is None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return and_(cls.done_at.is_(None), cls.removed_at.is_(None))

    @hybrid_property
    def is_complete(self) -> bool:
        """Whether it is done, and was not removed."""
        return self.done_at is not None and self.removed_at is None

    @is_complete.inplace.expression
    @classmethod
    def _is_complete(cls) -> ColumnElement[bool]:
        return and_(cls.done_at.is_not(None), cls.removed_at.is_(None))

    @property
    def is_awaited(self) -> bool:
        """Whether its owner is still to do it: also not, once the objective or the relationship is at its end."""
        objective = self.objective
        together = objective.relationship
        present = {member.person_id for member in together.present}
        return (
            self.is_open
            and objective.is_open
            and together.is_active
            and {self.owner_id, objective.mentee_id} <= present
        )

    @property
    def is_changed(self) -> bool:
        """Whether the owner was given it as a change, and not as something new."""
        return self.given_at is not None and self.given_at != self.added_at

    @property
    def said(self) -> list["TaskRemark"]:
        """The remarks that stand."""
        return [remark for remark in self.remarks if remark.stands]

    def is_same(self, words: str, target_on: date, owner: Person, by: Person) -> bool:
        """Whether a person would add the very same again."""
        same = (self.words, self.target_on, self.owner_id, self.added_by_id)
        return same == (words, target_on, owner.id, by.id)

    def is_late(self, now: datetime) -> bool:
        """Whether it is open, and its day is over for its owner."""
        return self.is_open and self.target_on < self.owner.rhythm.day(now)

    def change(self, words: str, target_on: date, owner: Person, by: Person, now: datetime) -> None:
        """Let it be another task, for another day or owner; who is given it by another hears of it. Raises Refused."""
        self.objective.check_open(by)
        self.objective.relationship.check_not_paused()
        self.check_stays()
        if self.done_at is not None:
            raise Refused("This task is done. Take that back before you change it.")
        words = checked_words(words)
        if owner is not self.owner:
            check_owner(self.objective, owner)
        if (target_on, owner) != (self.target_on, self.owner):
            check_day(self.objective, target_on, owner, now)
            self.reminds_on = reminded_of(target_on, owner, now)
            self.given_by, self.given_at = (None, None) if owner is by else (by, self._later(now))
        self.words, self.target_on, self.owner = words, target_on, owner
        self._changed(now)

    def put_off(self, days: int, now: datetime) -> None:
        """Move its day by as many days as its relationship was paused."""
        self.target_on += timedelta(days=days)
        self.reminds_on = reminded_of(self.target_on, self.owner, now)
        self._changed(now)

    def finish(self, by: Person, now: datetime) -> None:
        """Keep that it is done; said twice, it is done since the first time. Raises Refused."""
        self._check_owned(by, now)
        if self.done_at is None:
            self.done_at = now
            self._changed(now)

    def unfinish(self, by: Person, now: datetime) -> None:
        """Take back that it is done. Raises Refused."""
        self._check_owned(by, now)
        if self.done_at is None:
            raise Refused("This task is open already.")
        self.done_at = None
        self._changed(now)

    def remark(self, by: Person, words: str, now: datetime) -> "TaskRemark":
        """Say something about it to the others; what one said last is not said twice. Raises Refused."""
        self.objective.check_may_change(by, now)
        self.check_stays()
        words = checked_words(words)
        last = self.said[-1] if self.said else None
        if last and (last.author, last.words) == (by, words):
            return last
        made = TaskRemark(task=self, author=by, words=words, said_at=now)
        self.session.add(made)
        self.session.flush()
        return made

    def unsay(self, by: Person, since: int, now: datetime) -> None:
        """Take back one's last remark that came after so many. Raises Refused."""
        own = [remark for remark in self.remarks[since:] if remark.author_id == by.id and remark.stands]
        if not own:
            raise Refused("There is nothing to take back.")
        own[-1].take_back(by, now)

    def remove(self, by: Person, now: datetime) -> None:
        """Take it out; it is asked for and counted no more. Raises Refused."""
        self.objective.check_may_change(by, now)
        self.check_stays()
        if self.done_at is not None:
            raise Refused("This task is done, so it stays.")
        self.removed_at = now
        self._changed(now)

    def put_back(self, by: Person, now: datetime) -> None:
        """Take back that it was removed. Raises Refused."""
        self.objective.check_open(by)
        self.removed_at = None
        self._changed(now)

    def check_stays(self) -> None:
        """Refuse what was removed."""
        if self.removed_at is not None:
            raise Refused("This task has been removed.")

    def _check_owned(self, by: Person, now: datetime) -> None:
        self.objective.check_may_change(by, now)
        self.check_stays()
        if by.id != self.owner_id:
            raise Refused("Only {name} says whether this task is done.", name=self.owner.name)

    def _later(self, now: datetime) -> datetime:
        return max(now, self.given_at + ONE_SECOND) if self.given_at else max(now, self.added_at + ONE_SECOND)

    def _changed(self, now: datetime) -> None:
        self.changed_at = max(now, self.changed_at)
        self.revision += 1


class TaskRemark(Base):
    """What somebody said about a task. words: private to the mentee and the mentors; '' once they are taken back."""

    __tablename__ = "task_remark"
    __table_args__ = (partial_index("ix_task_remark_said", "said_at", where="taken_back_at IS NULL"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[int] = mapped_column(ForeignKey("task.id"), index=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(Private)
    said_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]

    task: Mapped[Task] = linked(back_populates="remarks")
    author: Mapped[Person] = linked()

    @hybrid_property
    def stands(self) -> bool:
        """Whether it was not taken back."""
        return self.taken_back_at is None

    @stands.inplace.expression
    @classmethod
    def _stands(cls) -> ColumnElement[bool]:
        return cls.taken_back_at.is_(None)

    @property
    def revision(self) -> int:
        """That of its task."""
        return self.task.revision

    def take_back(self, by: Person, now: datetime) -> None:
        """Take it back: its words are deleted. Raises Refused."""
        self.task.objective.check_may_change(by, now)
        if by.id != self.author_id:
            raise Refused("Only {name} takes this back.", name=self.author.name)
        self.words, self.taken_back_at = "", now
