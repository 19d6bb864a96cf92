"""Monthly figures: who is told them by mail, and for which month."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Date, ForeignKey, Select, UniqueConstraint, insert, literal, or_, select
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program, months_later
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.sponsors import Sponsor, are_told

LATELY = timedelta(days=62)


class MonthlyFigures(Base):
    """That somebody is told the figures of a program on the first working morning of a month. month: its first day."""

    __tablename__ = "monthly_figures"
    __table_args__ = (UniqueConstraint("month", "program_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[date]
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)

    program: Mapped[Program] = linked()
    person: Mapped[Person] = linked()

    @classmethod
    def prepare(cls, session: Session, now: datetime) -> None:
        """Let the figures of next month be told to all leads, administrators and sponsors who have something to hear.

        That is where a relationship lasts, or ended within two months.
        """
        month = months_later(now.date().replace(day=1), 1)
        for readers in (_leads(now), _administrators(now), _sponsors(now)):
            own = readers.subquery()
            known = select(cls.id).where(
                cls.month == month, cls.program_id == own.c.program_id, cls.person_id == own.c.person_id
            )
            rows = select(literal(month, Date()), own.c.program_id, own.c.person_id).where(~known.exists())
            session.execute(insert(cls).from_select(["month", "program_id", "person_id"], rows))


def is_told() -> ColumnElement[bool]:
    """Whether the person of a row still is an administrator or a project lead of the program."""
    own = aliased(Participation)
    leads = select(own.id).where(
        own.person_id == MonthlyFigures.person_id, own.program_id == MonthlyFigures.program_id,
        own.role == "lead", own.left_at.is_(None),
    )  # fmt: skip
    return or_(Person.is_administrator, leads.exists())


def _leads(now: datetime) -> Select[int, int]:
    mentee = aliased(Person)
    told = _lasting(now).join(mentee, Member.person_id == mentee.id)
    told = told.where(
        Relationship.program_id == Participation.program_id, mentee.organization_id == Participation.organization_id
    )
    readers = select(Participation.program_id, Participation.person_id).distinct()
    return readers.where(Participation.role == "lead", Participation.left_at.is_(None), told.exists())


def _administrators(now: datetime) -> Select[int, int]:
    told = _lasting(now).where(Relationship.program_id == Program.id)
    readers = select(Program.id.label("program_id"), Person.id.label("person_id"))
    return readers.join_from(Program, Person, Person.is_administrator.is_(True)).where(told.exists())


def _sponsors(now: datetime) -> Select[int, int]:
    told = _lasting(now).where(Relationship.program_id == Sponsor.program_id)
    return select(Sponsor.program_id, Sponsor.person_id).where(are_told(Sponsor.program_id), told.exists())


def _lasting(now: datetime) -> Select[int]:
    """Relationships that last, or ended lately."""
    return (
        select(Relationship.id)
        .join(Member, Member.relationship_id == Relationship.id)
        .where(Member.matched_as == "mentee", Member.left_at.is_(None))
        .where(or_(Relationship.ended_at.is_(None), Relationship.ended_at > now - LATELY))
    )
