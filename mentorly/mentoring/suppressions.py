"""Suppressions: the mails that are held back from a person, and why. What is needed to take part is never optional."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import ColumnElement, ForeignKey, String, UniqueConstraint, and_, delete, exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from mentorly.mentoring.base import Base, Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.sealing import Seal

Owner = aliased(Person)


class Family(StrEnum):
    """The families of optional mails: each is stopped as a whole, and no other with it."""

    REMINDERS = "reminders"
    FIGURES = "figures"
    NEWS = "news"
    EVENTS = "events"
    ALUMNI = "alumni"


EVERY = frozenset(Family)
CALLED = {
    Family.REMINDERS: {"en": "reminders", "fr": "les rappels"},
    Family.FIGURES: {"en": "monthly figures", "fr": "les chiffres du mois"},
    Family.NEWS: {"en": "the newsletter", "fr": "l’infolettre"},
    Family.EVENTS: {"en": "invitations to events", "fr": "les invitations aux activités"},
    Family.ALUMNI: {"en": "mails to former participants", "fr": "les courriels aux anciens participants"},
}


class Why(StrEnum):
    """Why mails are held back: the person chose so, complained of a mail, or the address does not work."""

    CHOSEN = "chosen"
    COMPLAINT = "complaint"
    BOUNCE = "bounce"


class Suppression(Base):
    """That mails are held back from a person.

    optional_only: what is needed to take part still goes. family: of the optional mails, the only ones that it holds
    back; '' for all. address: where it is the address's fault, that address; another one of the person's gets them;
    of a person who was erased, the hash of theirs. evidence: the code or the kind of complaint that was told, never a
    text.
    """

    __tablename__ = "suppression"
    __table_args__ = (UniqueConstraint("person_id", "reason", "family", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    optional_only: Mapped[bool] = mapped_column(default=True)
    reason: Mapped[str]
    family: Mapped[str] = mapped_column(String, default="", server_default="")
    address: Mapped[str] = mapped_column(String, default="", server_default="")
    evidence: Mapped[str] = mapped_column(String, default="", server_default="")
    since: Mapped[datetime]

    @classmethod
    def holds(cls, family: Family | None) -> ColumnElement[bool]:
        """Which suppressions hold back the optional mails of a family; None: those that are needed to take part."""
        if family is None:
            return ~cls.optional_only
        own = exists().where(Owner.id == cls.person_id, Owner.email == cls.address)
        return and_(cls.family.in_(["", family]), or_(cls.address == "", own))

    @classmethod
    def put(
        cls, person: Person, why: Why, now: datetime, *, family: str = "", address: str = "", evidence: str = ""
    ) -> bool:
        """Hold optional mails back, and tell whether that is new."""
        session, key = person.session, {"reason": why, "family": family, "address": address}
        if session.scalar(select(cls.id).filter_by(person_id=person.id, **key)):
            return False
        row = cls(person_id=person.id, optional_only=True, evidence=evidence, since=now, **key)
        with suppress(IntegrityError), session.begin_nested():
            session.add(row)
            return True
        return False

    @classmethod
    def complained_at(cls, person: Person) -> datetime | None:
        """When a person marked a mail as unwanted, if that still ends their optional mails."""
        return person.session.scalar(select(cls.since).where(cls.person_id == person.id, cls.reason == Why.COMPLAINT))

    @classmethod
    def stopped(cls, person: Person) -> frozenset[Family]:
        """The families that a person stopped, or all after a complaint; an address that does not work stops none."""
        rows = person.session.scalars(
            select(cls.family).where(cls.person_id == person.id, cls.reason.in_([Why.CHOSEN, Why.COMPLAINT]))
        ).all()
        return EVERY if "" in rows else frozenset(map(Family, rows))

    @classmethod
    def stop(cls, person: Person, families: Collection[Family], by: Person, now: datetime) -> frozenset[Family]:
        """Stop optional mails, and return the families that were not stopped before. Raises Refused."""
        cls._check_own(person, by)
        new = frozenset(families) - cls.stopped(person)
        for family in sorted(new):
            cls.put(person, Why.CHOSEN, now, family=family)
        return new

    @classmethod
    def resume(cls, person: Person, families: Collection[Family], by: Person, now: datetime) -> None:
        """Let optional mails come again, also after a complaint: the others stay stopped. Raises Refused."""
        cls._check_own(person, by)
        if not families:
            return
        others = cls.stopped(person) - frozenset(families)
        own = delete(cls).where(cls.person_id == person.id, cls.reason.in_([Why.CHOSEN, Why.COMPLAINT]))
        person.session.execute(own.where(or_(cls.reason == Why.COMPLAINT, cls.family.in_(families))))
        cls.stop(person, others, by, now)

    @classmethod
    def choose(
        cls, person: Person, wanted: Collection[Family], offered: Collection[Family], by: Person, now: datetime
    ) -> None:
        """Take a choice among the families that were offered; what was not stays as it was. Raises Refused."""
        cls.resume(person, frozenset(wanted) & frozenset(offered) & cls.stopped(person), by, now)
        cls.stop(person, frozenset(offered) - frozenset(wanted), by, now)

    @classmethod
    def keep_mark(cls, person: Person, now: datetime) -> None:
        """Of a person who is erased keep which mails they had stopped, under a mark of the address (rules A10)."""
        stopped = sorted(cls.stopped(person))
        person.session.execute(delete(cls).where(cls.person_id == person.id))
        for family in stopped:
            cls.put(person, Why.CHOSEN, now, family=family, address=Seal.of(person.session).marks(person.email)[0])

    @classmethod
    def recall(cls, session: Session, numbers: Mapping[str, int], now: datetime) -> None:
        """Stop what was stopped under these addresses before their people were erased, who are registered anew.

        numbers: the people's, by address.
        """
        kept = select(cls.address, cls.family).join(Person, Person.id == cls.person_id)
        rows = session.execute(kept.where(Person.erased_at.is_not(None))).all()
        if not rows:
            return
        seal = Seal.of(session)
        marks = {
            mark: number for address, number in numbers.items() for mark in (*seal.marks(address), _early_mark(address))
        }
        for mark, family in rows:
            if mark in marks:
                cls.put(session.get_one(Person, marks[mark]), Why.CHOSEN, now, family=family)

    @staticmethod
    def _check_own(person: Person, by: Person) -> None:
        if by.id != person.id:
            raise Refused("Only {name} chooses which mails {name} gets.", name=person.name)


def _early_mark(address: str) -> str:
    """What stood for the address of who was erased before marks needed the service's secret."""
    return sha256(address.strip().lower().encode()).hexdigest()
