"""Requests to be erased: somebody asks for it on their profile, and says it once more from their mailbox."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from mentorly.mentoring.base import HOLD, Base, Refused
from mentorly.mentoring.erasing import check_erasable
from mentorly.mentoring.people import Person

ERASURE_LINK_LIFE = timedelta(hours=24)
NOT_AGAIN_FOR = timedelta(minutes=5)


class ErasureRequest(Base):
    """That a person asked to be erased. used_at: when they said it once more, or asked anew."""

    __tablename__ = "erasure_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()

    @classmethod
    def ask(cls, person: Person, now: datetime) -> "ErasureRequest":
        """Ask for the mail whose button erases; one that has just been asked for is not asked for twice.

        Raises Refused.
        """
        person.session.refresh(person, with_for_update=HOLD)
        check_erasable(person, person)
        waiting = select(cls).where(cls.person_id == person.id, cls.is_open).order_by(cls.id.desc())
        for earlier in person.session.scalars(waiting):
            if earlier.asked_at > now - NOT_AGAIN_FOR:
                return earlier
            earlier.used_at = now
        made = cls(person=person, asked_at=now)
        person.session.add(made)
        person.session.flush()
        return made

    @hybrid_property
    def is_open(self) -> bool:
        """Whether its button still erases (but for its age)."""
        return self.used_at is None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return cls.used_at.is_(None)

    def use(self, now: datetime) -> None:
        """Keep that it was said once more. Raises Refused."""
        if self.used_at is not None or now >= self.asked_at + ERASURE_LINK_LIFE:
            raise Refused("This link was used already or has expired. You can ask for another one on your profile.")
        self.used_at = now
