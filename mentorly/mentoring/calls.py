"""Calls for help: what somebody asks of the people of the program. They reach an administrator alone (rules C6)."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Select, SQLColumnExpression, and_, exists, or_, select, update
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column, selectinload
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Private, Refused, partial_index
from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.relationships import Member
from mentorly.mentoring.remarks import SEALED_FOR

OPEN = "settled_at IS NULL AND withdrawn_at IS NULL"


class CallForHelp(Base):
    """That somebody asked for help. contact: whom it reaches; None: every administrator who is in nothing with them.

    words: '' once they are deleted, 14 days after it was settled or withdrawn.
    """

    __tablename__ = "call_for_help"
    __table_args__ = (
        partial_index("ix_call_for_help_open", "called_at", where=OPEN),
        partial_index("ix_call_for_help_forget", "forget_at", where="words <> ''"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    caller_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    program_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(Private)
    called_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    forget_at: Mapped[datetime | None]

    caller: Mapped[Person] = linked(foreign_keys=[caller_id])
    program: Mapped[Program | None] = linked()
    contact: Mapped[Person | None] = linked(foreign_keys=[contact_id])
    settled_by: Mapped[Person | None] = linked(foreign_keys=[settled_by_id])

    @classmethod
    def make(cls, caller: Person, words: str, now: datetime) -> "CallForHelp":
        """Call the people of the program that the caller is in: its contact, or else the administrators."""
        program, contact = _who_helps(caller)
        call = cls(caller=caller, program=program, contact=contact, words=words, called_at=now)
        caller.session.add(call)
        caller.session.flush()
        return call

    @hybrid_property
    def is_open(self) -> bool:
        """Whether somebody still has to look after it."""
        return self.settled_at is None and self.withdrawn_at is None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return and_(cls.settled_at.is_(None), cls.withdrawn_at.is_(None))

    @classmethod
    def reaches(cls) -> ColumnElement[bool]:
        """Whether it reaches a person: an administrator, never one who is in a relationship with the caller (rules C6).

        Where all of them are, it reaches them rather than nobody.
        """
        other = aliased(Person)
        stands_apart = and_(other.is_administrator, other.id != cls.caller_id, ~_is_beside(other.id, cls.caller_id))
        anybody = and_(
            Person.is_administrator,
            Person.id != cls.caller_id,
            or_(~_is_beside(Person.id, cls.caller_id), ~exists().where(stands_apart)),
        )
        return or_(Person.id == cls.contact_id, and_(cls.contact_id.is_(None), anybody))

    def may_read(self, viewer: Person) -> bool:
        """Whether a person who sees it (calls_for) may read the words: whom they were sent to."""
        return viewer.id == self.contact_id or (self.contact_id is None and viewer.is_administrator)

    def read(self, by: Person) -> str:
        """The words, for somebody who asks to read them. Raises Refused."""
        if not self.may_read(by):
            raise Refused("Only those whom a call for help reached read its words.")
        if not self.words:
            raise Refused("There are no words here any more.")
        return self.words

    def settle(self, by: Person, now: datetime) -> None:
        """Keep that somebody looked after it. Raises Refused."""
        if not by.is_administrator:
            raise Refused("Only an administrator settles a call for help.")
        self._check_open()
        self.settled_at, self.settled_by = now, by
        self.forget_at = now + SEALED_FOR

    def reopen(self, by: Person, now: datetime) -> None:
        """Let it wait again. Raises Refused."""
        del now
        if not by.is_administrator or self.settled_at is None:
            raise Refused("This call for help is not settled.")
        self.settled_at = self.settled_by = self.forget_at = None

    def withdraw(self, by: Person, now: datetime) -> None:
        """Take it back, since it is needed no more. Raises Refused."""
        if by.id != self.caller_id:
            raise Refused("Only {name} takes this call for help back.", name=self.caller.name)
        self._check_open()
        self.withdrawn_at, self.forget_at = now, now + SEALED_FOR

    def _check_open(self) -> None:
        if self.settled_at:
            raise Refused("Somebody has looked after this call for help already.")
        if self.withdrawn_at:
            raise Refused("This call for help has been taken back already.")

    @classmethod
    def forget(cls, session: Session, now: datetime) -> None:
        """Delete the words of those that were over for long enough."""
        old = update(cls).where(cls.words != "", cls.forget_at <= now).values(words="")
        session.execute(old.execution_options(synchronize_session=False))


def _who_helps(caller: Person) -> tuple[Program | None, Person | None]:
    """The latest program that the caller takes part in, one with a contact before others; and its contact."""
    programs = {part.program for part in caller.participations if part.left_at is None}
    found = [(program, _contact_of(program, caller)) for program in programs]
    latest = sorted(found, key=lambda one: (one[1] is not None, one[0].starts_on, one[0].id))
    return latest[-1] if latest else (None, None)


def _contact_of(program: Program, caller: Person) -> Person | None:
    contact = caller.session.get(Person, program.contact_id) if program.contact_id else None
    if contact is None or not contact.is_administrator or contact.id == caller.id:
        return None
    return None if caller.session.scalar(select(_is_beside(contact.id, caller.id))) else contact


def calls_for(viewer: Person, now: datetime) -> Select[CallForHelp]:
    """The calls that an administrator looks after, those that wait first, then the newest; none of whom they are with.

    now: one that is not heard of yet is left out.
    """
    shown = (CallForHelp.caller, CallForHelp.program, CallForHelp.contact, CallForHelp.settled_by)
    own = select(Person.id).where(Person.id == viewer.id, CallForHelp.reaches())
    apart = and_(CallForHelp.contact_id.is_not(None), ~_is_beside(viewer.id, CallForHelp.caller_id))
    return (
        select(CallForHelp)
        .where(CallForHelp.called_at <= now, or_(apart, own.correlate(CallForHelp).exists()))
        .options(*map(selectinload, shown))
        .order_by(~CallForHelp.is_open, CallForHelp.called_at.desc(), CallForHelp.id.desc())
    )


def call_for(viewer: Person, number: int, now: datetime, *, lock: bool = False) -> CallForHelp | None:
    """One of the calls that an administrator looks after. lock: until the end of the transaction."""
    query = calls_for(viewer, now).where(CallForHelp.id == number)
    return viewer.session.scalars(query.with_for_update() if lock else query).one_or_none()


def _is_beside(one: "SQLColumnExpression[int] | int", other: "SQLColumnExpression[int] | int") -> ColumnElement[bool]:
    """Whether two people are in one relationship."""
    mine, theirs = aliased(Member), aliased(Member)
    return exists().where(
        mine.person_id == one, mine.left_at.is_(None), theirs.relationship_id == mine.relationship_id,
        theirs.person_id == other, theirs.left_at.is_(None),
    )  # fmt: skip
