"""Conflicts: that two people must not be paired."""

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from mentorly.mentoring.base import Base
from mentorly.mentoring.people import Person


class Conflict(Base):
    """That two people must not be paired, as one of them said. Private to who said it (rules C7)."""

    __tablename__ = "conflict"
    __table_args__ = (UniqueConstraint("person_id", "other_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    declared_at: Mapped[datetime]

    @classmethod
    def declare(cls, person: Person, other: Person, now: datetime) -> bool:
        """Keep that these two must not be paired; return whether that is new."""
        session = person.session
        if session.scalar(select(cls.id).where(cls.person_id == person.id, cls.other_id == other.id)):
            return False
        session.add(cls(person_id=person.id, other_id=other.id, declared_at=now))
        session.flush()
        return True

    @classmethod
    def unsay(cls, person: Person, other: Person) -> None:
        """Take a declared conflict back."""
        person.session.execute(delete(cls).where(cls.person_id == person.id, cls.other_id == other.id))
