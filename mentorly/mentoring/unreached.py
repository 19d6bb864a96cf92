"""Unreached: the addresses at which mails do not arrive, what the mail servers say of them, and who is told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, UniqueConstraint, and_, delete, exists, func, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorly.mentoring.base import Base, partial_index
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.suppressions import Owner, Suppression, Why

COUNTED_FOR = timedelta(days=30)
MOST_COUNTED = 3


class Verdict(StrEnum):
    """What a mail that did not arrive says of its address (inbox T8), the gravest first.

    Only PERMANENT holds mails back. FULL and POLICY count. TRANSIENT was given up, DELAYED is still being tried.
    """

    PERMANENT = "permanent"
    FULL = "full"
    POLICY = "policy"
    TRANSIENT = "transient"
    DELAYED = "delayed"


GRAVEST_FIRST = list(Verdict)
COUNTED = (Verdict.FULL, Verdict.POLICY)


def is_graver(verdict: str, than: str) -> bool:
    """Whether a verdict says worse of an address than another; anything is graver than ''."""
    return than == "" or GRAVEST_FIRST.index(Verdict(verdict)) < GRAVEST_FIRST.index(Verdict(than))


@dataclass(frozen=True)
class Loss:
    """A mail that did not arrive.

    code: as the mail server gave it (RFC 3463, or three digits), or ''. matters: whether a person misses something
    without it. counted: how many mails of late came back to the same address for a full mailbox or a policy, with it.
    """

    verdict: Verdict
    code: str
    matters: bool
    counted: int = 0

    @property
    def is_lasting(self) -> bool:
        """Whether the address needs somebody: it is dead, or one mail after the other comes back."""
        return self.verdict is Verdict.PERMANENT or (self.verdict in COUNTED and self.counted >= MOST_COUNTED)


class Unreached(Base):
    """That a person is not reached at an address: one row for each person and address, however many mails come back.

    since: when that was first told. lost_at: when a mail that matters did not arrive; told: who is told of it, because
    they look after the person. lasting_at: when it was clear that it will not pass by itself; administrator: who is
    told what to do about it. over_at: when somebody said that the address is to be tried again, or the person answered
    a later mail.
    """

    __tablename__ = "unreached"
    __table_args__ = (
        UniqueConstraint("person_id", "address"),
        partial_index("ix_unreached_lost", "lost_at", where="lost_at IS NOT NULL"),
        partial_index("ix_unreached_lasting", "lasting_at", where="lasting_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    address: Mapped[str]
    verdict: Mapped[str]
    code: Mapped[str]
    since: Mapped[datetime]
    lost_at: Mapped[datetime | None]
    told_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    lasting_at: Mapped[datetime | None]
    administrator_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    over_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])

    @hybrid_property
    def stands(self) -> bool:
        """Whether the person still has this address, and nobody said that it is to be tried again."""
        return self.over_at is None and self.person.email == self.address

    @stands.inplace.expression
    @classmethod
    def _stands(cls) -> ColumnElement[bool]:
        own = exists().where(Owner.id == cls.person_id, Owner.email == cls.address)
        return and_(cls.over_at.is_(None), own)

    @classmethod
    def of(cls, person: Person) -> "Unreached | None":
        """Why a person is not reached at the address they have; None if they are."""
        return person.session.scalar(select(cls).where(cls.person_id == person.id, cls.stands))

    @classmethod
    def lost(cls, person: Person, loss: Loss, now: datetime) -> "Unreached | None":
        """Keep that a mail to a person's address did not arrive; None where that says nothing of the person yet.

        An address that is dead gets no optional mails any more.
        """
        if loss.verdict is Verdict.DELAYED or not (loss.matters or loss.is_lasting):
            return None
        row = cls._opened(person, now)
        if is_graver(loss.verdict, row.verdict):
            row.verdict, row.code = loss.verdict, loss.code
        if loss.verdict is Verdict.PERMANENT:
            Suppression.put(person, Why.BOUNCE, now, address=person.email, evidence=loss.code)
        if loss.matters and row.lost_at is None:
            row.lost_at, row.told_id = now, _looks_after(person)
        if loss.is_lasting and row.lasting_at is None:
            row.lasting_at, row.administrator_id = now, _administrator(person)
            if row.lost_at == now and row.told_id == row.administrator_id:
                row.administrator_id = None
        person.unreached_at = person.unreached_at or now
        person.session.flush()
        return row

    @classmethod
    def _opened(cls, person: Person, now: datetime) -> "Unreached":
        person.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
        row = person.session.scalar(select(cls).where(cls.person_id == person.id, cls.address == person.email))
        if row is None:
            row = cls(person=person, address=person.email)
            person.session.add(row)
        if row.since is None or row.over_at is not None:
            row.since, row.verdict, row.code, row.over_at = now, "", "", None
            row.lost_at = row.lasting_at = row.told_id = row.administrator_id = None
        return row

    @classmethod
    def try_again(cls, person: Person, by: Person, now: datetime) -> None:
        """Take a person's address for one that works, until a mail comes back again. Raises Refused."""
        if by.id != person.id:
            by.check_registers(person.organization)
        cls._over(person, now)

    @classmethod
    def heard(cls, person: Person, sent_at: datetime | None, now: datetime) -> None:
        """Take an address for one that works: the person answered a mail, and it had left after others came back."""
        if person.unreached_at is not None and sent_at is not None and sent_at > person.unreached_at:
            cls._over(person, now)

    @classmethod
    def _over(cls, person: Person, now: datetime) -> None:
        row = cls.of(person)
        if row is not None:
            row.over_at = now
        held = Suppression.person_id == person.id, Suppression.reason == Why.BOUNCE, Suppression.address == person.email
        person.session.execute(delete(Suppression).where(*held))
        person.unreached_at = None
        person.session.flush()


def _looks_after(person: Person) -> int | None:
    """Who registered a person and still may, else a project lead of their organization, else an administrator."""
    by = person.session.get(Person, person.registered_by_id) if person.registered_by_id else None
    if by is not None and by.id != person.id and by.may_register(person.organization):
        return by.id
    lead = select(func.min(Participation.person_id)).where(
        Participation.role == "lead",
        Participation.left_at.is_(None),
        Participation.organization_id == person.organization_id,
        Participation.person_id != person.id,
    )
    return person.session.scalar(lead) or _administrator(person)


def _administrator(person: Person) -> int | None:
    """Which administrator is told of a person: the first of the others."""
    return person.session.scalar(select(func.min(Person.id)).where(Person.is_administrator, Person.id != person.id))
