"""Aliases: further addresses from which a person's replies count, confirmed from the known one (rules B4)."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from mentorly.mentoring.base import Base, Refused
from mentorly.mentoring.people import Person


class Alias(Base):
    """An address that may speak for a person. generation: the person's, so that it ends when the known address does."""

    __tablename__ = "alias"
    __table_args__ = (UniqueConstraint("person_id", "email", "generation"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    email: Mapped[str]
    generation: Mapped[int]
    confirmed_at: Mapped[datetime]

    @classmethod
    def speaks_for(cls, email: str, person: Person) -> bool:
        """Whether a mail from this address is the person's."""
        query = select(cls.id).where(cls.person_id == person.id, cls.generation == person.generation)
        return email == person.email or person.session.scalar(query.where(cls.email == email)) is not None

    @classmethod
    def speak_for(cls, emails: Collection[str], person: Person) -> set[str]:
        """Those of some addresses that are the person's."""
        query = select(cls.email).where(cls.person_id == person.id, cls.generation == person.generation)
        return {person.email, *person.session.scalars(query)} & set(emails)

    @classmethod
    def of(cls, person: Person) -> Sequence["Alias"]:
        """The further addresses from which a person's replies count now."""
        own = select(cls).where(cls.person_id == person.id, cls.generation == person.generation)
        return person.session.scalars(own.order_by(cls.email)).all()

    @classmethod
    def one_of(cls, person: Person, number: int) -> "Alias":
        """One of a person's own by its number. Raises Refused."""
        found = next((alias for alias in cls.of(person) if alias.id == number), None)
        if found is None:
            raise Refused("This address is not one of yours any more.")
        return found

    def remove(self, by: Person, now: datetime) -> None:
        """Let an address speak for its person no more; a reply from it is asked about again. Raises Refused."""
        del now
        if by.id != self.person_id:
            raise Refused("Only its owner removes an address.")
        self.session.delete(self)
        self.session.flush()

    @classmethod
    def confirm(cls, person: Person, email: str, by: Person, now: datetime) -> None:
        """Let an address speak for a person. Raises Refused.

        One that somebody else is registered with never does, which is not told: nobody learns here who is registered.
        """
        if by.id != person.id:
            raise Refused("Only {name} says which addresses are theirs.", name=person.name)
        if cls.speaks_for(email, person) or Person.of_address(person.session, email):
            return
        person.session.add(cls(person_id=person.id, email=email, generation=person.generation, confirmed_at=now))
        person.session.flush()
