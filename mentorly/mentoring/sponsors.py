"""Sponsors: who funds a program is told its figures as a whole by a monthly mail and its file (rules C8).

A sponsor is a person without a role, who cannot sign in and is asked once whether they want the mail.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Select, UniqueConstraint, and_, func, or_, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column, selectinload
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Refused, partial_index
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program

# Of fewer people nothing is told outside.
FEWEST_PARTICIPANTS = 10
# How long somebody outside is known who said nothing, or is told nothing more (rules A10).
KNOWN_FOR = timedelta(days=90)


class Sponsor(Base):
    """That a person funds a program.

    asked_at: when they were asked; agreed_at: when they said that they want its figures. ended_at: from when
    they are told no more.
    """

    __tablename__ = "sponsor"
    __table_args__ = (
        UniqueConstraint("program_id", "person_id"),
        partial_index("ix_sponsor_unasked", "added_at", where="asked_at IS NULL AND ended_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    agreed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    program: Mapped[Program] = linked()
    person: Mapped[Person] = linked(foreign_keys=[person_id])

    @classmethod
    def add(cls, program: Program, email: str, name: str, language: str, by: Person | None, now: datetime) -> "Sponsor":
        """Register who funds a program; they are asked by mail whether they want its figures. by: None: the terminal.

        Raises Refused.
        """
        _check_administrator(by)
        person = Person.of_address(program.session, email)
        if person is not None and not person.is_outside:
            raise Refused("{name} takes part already, and a sponsor looks on from outside.", name=person.name)
        if person is None:
            person = Person.register(
                program.session, email, name, now, by=by, language=language, timezone=program.timezone
            )
            person.is_outside = True
        known = cls.of(person, program)
        if known is not None and known.stands:
            raise Refused("{name} is a sponsor of this program already.", name=person.name)
        one = known or cls(program=program, person=person, program_id=program.id, person_id=person.id)
        one.added_by_id, one.added_at = by.id if by else None, now
        one.asked_at = one.agreed_at = one.ended_at = None
        program.session.add(one)
        program.session.flush()
        return one

    @classmethod
    def of(cls, person: Person, program: Program) -> "Sponsor | None":
        """What a person is to a program as its sponsor, or was."""
        return person.session.scalar(select(cls).where(cls.person_id == person.id, cls.program_id == program.id))

    @hybrid_property
    def stands(self) -> bool:
        """Whether it has not ended."""
        return self.ended_at is None

    @stands.inplace.expression
    @classmethod
    def _stands(cls) -> ColumnElement[bool]:
        return cls.ended_at.is_(None)

    def agree(self, by: Person, now: datetime) -> None:
        """Say that one wants the figures. Raises Refused."""
        if by.id != self.person_id:
            raise Refused("Only {name} answers this.", name=self.person.name)
        if self.ended_at is not None:
            raise Refused("You are a sponsor of this program no more.")
        self.agreed_at = self.agreed_at or now

    def disagree(self, by: Person, now: datetime) -> None:
        """Take that back. Raises Refused."""
        del now
        if by.id != self.person_id:
            raise Refused("Only {name} answers this.", name=self.person.name)
        self.agreed_at = None

    def end(self, by: Person | None, now: datetime) -> None:
        """Tell them no more. by: None is the terminal. Raises Refused."""
        _check_administrator(by)
        if self.ended_at is not None:
            raise Refused("{name} is a sponsor of this program no more.", name=self.person.name)
        self.ended_at = now


def ask_anew(person: Person, now: datetime) -> None:
    """Let a sponsor who has not agreed be asked once more, at the address that they have now."""
    own = select(Sponsor).where(Sponsor.person_id == person.id, Sponsor.stands, Sponsor.agreed_at.is_(None))
    for one in person.session.scalars(own):
        one.added_at, one.asked_at = now, None


def sponsors_of(program: Program) -> Sequence[Sponsor]:
    """Who funds a program, in the order in which they were registered."""
    query = select(Sponsor).where(Sponsor.program_id == program.id, Sponsor.stands)
    return program.session.scalars(query.options(selectinload(Sponsor.person)).order_by(Sponsor.id)).all()


def forgotten(now: datetime) -> Select[Person]:
    """The people outside who fund nothing any more, or never said that they want to hear of it, for long enough."""
    heard = or_(Sponsor.agreed_at.is_not(None), Sponsor.asked_at.is_(None), Sponsor.asked_at > now - KNOWN_FOR)
    known = or_(and_(Sponsor.stands, heard), Sponsor.ended_at > now - KNOWN_FOR)
    own = select(Sponsor.id).where(Sponsor.person_id == Person.id)
    outside = select(Person).where(Person.is_outside, Person.erased_at.is_(None), own.exists())
    return outside.where(~own.where(known).exists()).order_by(Person.id)


def are_told(program: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether the row of a sponsor is told the figures of a program: they agreed, and enough people take part."""
    own = and_(Sponsor.program_id == program, Sponsor.stands, Sponsor.agreed_at.is_not(None))
    return and_(own, _participants(program) >= FEWEST_PARTICIPANTS)


def has_enough(program: Program) -> bool:
    """Whether enough people take part in a program to tell its sponsors anything."""
    return (program.session.scalar(select(_participants(program.id))) or 0) >= FEWEST_PARTICIPANTS


def _participants(program: Any) -> Any:
    """How many people are or were mentors or mentees of a program."""
    counted = select(func.count(Participation.person_id.distinct())).where(
        Participation.program_id == program, Participation.role.in_(("mentor", "mentee"))
    )
    return counted.scalar_subquery()


def _check_administrator(by: Person | None) -> None:
    if by is not None and not by.is_administrator:
        raise Refused("Only an administrator looks after the sponsors of a program.")
