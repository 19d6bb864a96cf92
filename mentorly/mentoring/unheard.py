"""Unheard: mentors and project leads who leave one mail after another unanswered.

They are nudged once; if nothing comes, an administrator hears that they do not answer, and never what was asked.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Select, and_, delete, or_, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column, selectinload
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Refused, partial_index
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import UNHEARD_DAYS, UNHEARD_MAILS, Program

GOES_ON = "over_at IS NULL"
STANDS = "over_at IS NULL AND settled_at IS NULL"
# How long it is kept that somebody did not answer for a while, once they did.
KEPT_FOR = timedelta(days=180)
ASKED = ("mentor", "lead")


class Unheard(Base):
    """That somebody answers nothing: one row for each such time, with ids and moments alone.

    role: as what they are asked. mails: how many wait for their answer. since: when the first of them left. nudge_at:
    when they are nudged; nudged_at: when that mail left. tell_at: when an administrator hears. contact: who; None:
    every administrator but themself. settled_at: when somebody looked after it. over_at: when they were heard of again,
    or nothing waited for them any more.
    """

    __tablename__ = "unheard"
    __table_args__ = (
        partial_index("uq_unheard_person", "person_id", unique=True, where=GOES_ON),
        partial_index("ix_unheard_nudge", "nudge_at", where=STANDS),
        partial_index("ix_unheard_tell", "tell_at", where=STANDS),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"))
    role: Mapped[str]
    mails: Mapped[int]
    since: Mapped[datetime]
    nudge_at: Mapped[datetime]
    nudged_at: Mapped[datetime | None]
    tell_at: Mapped[datetime]
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    over_at: Mapped[datetime | None]

    person: Mapped[Person] = linked(foreign_keys=[person_id])
    program: Mapped[Program] = linked()
    settled_by: Mapped[Person | None] = linked(foreign_keys=[settled_by_id])

    @classmethod
    def notice(
        cls, part: Participation, waiting: Sequence[datetime], known: "Unheard | None", now: datetime
    ) -> "Unheard | None":
        """Keep that somebody has left so many mails unanswered, or that there are others now.

        waiting: when each of them left, the oldest first. known: what is kept of it, while they were not nudged yet.
        """
        program = part.program
        if len(waiting) < program.unheard_mails:
            return None
        row = known or cls(person=part.person, person_id=part.person_id)
        row.program, row.program_id, row.role = program, program.id, part.role
        row.mails, row.since, row.contact_id = len(waiting), waiting[0], _contact(part)
        if known is None or known.nudge_at > now:
            enough = waiting[program.unheard_mails - 1] + timedelta(days=program.unheard_days)
            row.nudge_at = max(enough, now)
        row.tell_at = row.nudge_at + timedelta(days=program.unheard_told_days)
        part.session.add(row)
        return row

    @hybrid_property
    def stands(self) -> bool:
        """Whether it goes on, and nobody has looked after it."""
        return self.over_at is None and self.settled_at is None

    @stands.inplace.expression
    @classmethod
    def _stands(cls) -> ColumnElement[bool]:
        return and_(cls.over_at.is_(None), cls.settled_at.is_(None))

    def nudged(self, now: datetime) -> None:
        """Keep that they were nudged, which gives them time until an administrator hears (rules A7)."""
        self.nudged_at = now
        self.tell_at = max(self.tell_at, now + timedelta(days=self.program.unheard_told_days))

    def answer(self, by: Person, now: datetime) -> None:
        """Say that one is there. Raises Refused."""
        if by.id != self.person_id:
            raise Refused("Only {name} answers this.", name=self.person.name)
        self.over_at = self.over_at or now

    def settle(self, by: Person, now: datetime) -> None:
        """Keep that somebody looked after it. Raises Refused."""
        self._check_looks_after(by)
        if not self.stands:
            raise Refused("Somebody has looked after this already, or {name} has answered.", name=self.person.name)
        self.settled_at, self.settled_by = now, by

    def reopen(self, by: Person, now: datetime) -> None:
        """Let it wait again. Raises Refused."""
        del now
        self._check_looks_after(by)
        if self.settled_at is None or self.over_at is not None:
            raise Refused("There is nothing to look after any more.")
        self.settled_at = self.settled_by = None

    def _check_looks_after(self, by: Person) -> None:
        if not by.is_administrator or by.id == self.person_id:
            raise Refused("Only another administrator looks after this.")

    @classmethod
    def forget(cls, session: Session, now: datetime) -> None:
        """Delete those that were over for long enough."""
        session.execute(delete(cls).where(cls.over_at <= now - KEPT_FOR))


def told_of(contact: InstrumentedAttribute[int | None], person: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whom of all persons it is told: the contact, or else every administrator, and never themself (rules C4)."""
    return and_(Person.is_administrator, Person.id != person, or_(contact == Person.id, contact.is_(None)))


def unheard(viewer: Person) -> Select[Unheard]:
    """Those who do not answer, for an administrator: the longest silence first; not oneself."""
    return (
        select(Unheard)
        .where(Unheard.over_at.is_(None), Unheard.person_id != viewer.id)
        .options(
            selectinload(Unheard.person).selectinload(Person.organization), selectinload(Unheard.program),
            selectinload(Unheard.settled_by),
        )
        .order_by(Unheard.settled_at.is_not(None), Unheard.since, Unheard.id)
    )  # fmt: skip


def set_unheard(
    program: Program, by: Person, now: datetime, *, mails: int | None, days: int | None, told_days: int | None
) -> None:
    """Set how many unanswered mails are too many, and for how long; who was not nudged yet follows. Raises Refused."""
    del now
    if not by.is_administrator:
        raise Refused("Only an administrator changes the settings of a program.")
    if mails is None or mails not in UNHEARD_MAILS:
        raise Refused("From {least} to {most} mails can be left unanswered.", least=1, most=UNHEARD_MAILS[-1])
    if days is None or told_days is None or not {days, told_days} <= set(UNHEARD_DAYS):
        raise Refused("Each step takes from {least} to {most} days.", least=UNHEARD_DAYS[0], most=UNHEARD_DAYS[-1])
    program.unheard_mails, program.unheard_days, program.unheard_told_days = mails, days, told_days


def _contact(part: Participation) -> int | None:
    contact = part.session.get(Person, part.program.contact_id) if part.program.contact_id else None
    return contact.id if contact and contact.is_administrator and contact.id != part.person_id else None
