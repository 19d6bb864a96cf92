"""Remarks: words that answered nothing. They are kept sealed until their author says who gets them (rules C6)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, joinedload, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Private, Refused, partial_index
from mentorly.mentoring.homes import relationships_of
from mentorly.mentoring.people import Person
from mentorly.mentoring.privacy import contacts

SEALED_FOR = timedelta(days=14)


class Remark(Base):
    """What a person wrote to us, and nobody has read before the author says who gets it.

    words: '' once they are deleted, after 14 days. decided_at: when the author said so. receiver: a mentor or mentee of
    the author's, if it is for one; passed_on_at: when it went to them.
    """

    __tablename__ = "remark"
    __table_args__ = (
        partial_index("ix_remark_sealed", "forget_at", where="words <> ''"),
        partial_index("ix_remark_passed_on", "passed_on_at", where="receiver_id IS NOT NULL"),
        partial_index("ix_remark_receiver_id", "receiver_id", where="receiver_id IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    words: Mapped[str] = mapped_column(Private)
    kept_at: Mapped[datetime]
    forget_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    passed_on_at: Mapped[datetime | None]

    receiver: Mapped[Person | None] = linked(foreign_keys=[receiver_id])
    author: Mapped[Person] = linked(foreign_keys=[author_id])

    @classmethod
    def keep(cls, author: Person, words: str, now: datetime) -> "Remark":
        """Seal what a person wrote."""
        return cls(author=author, words=words, kept_at=now, forget_at=now + SEALED_FOR)

    def unseal(self, by: Person) -> str:
        """The words, for their author alone. Raises Refused once they are deleted."""
        if by.id != self.author_id:
            raise Refused("Only {name} decides about these words.", name=self.author.name)
        if not self.words:
            raise Refused("What you wrote has been deleted, as it is after 14 days. Please write it once more.")
        return self.words

    def pass_on(self, receiver: Person, by: Person, now: datetime) -> None:
        """Let a mentor or mentee of the author's have it. Raises Refused."""
        self._decide(by, now)
        if receiver not in partners(by):
            raise Refused("You are not in a relationship with {name} now.", name=receiver.name)
        self.receiver, self.passed_on_at = receiver, now
        self.forget_at = now + SEALED_FOR

    def take_out(self, by: Person, now: datetime) -> str:
        """Give the words away, to be sent elsewhere. Raises Refused."""
        self._decide(by, now)
        words, self.words = self.words, ""
        return words

    def _decide(self, by: Person, now: datetime) -> None:
        if self.decided_at:
            raise Refused("You have decided already who gets this.")
        self.unseal(by)
        self.decided_at = now

    @classmethod
    def forget(cls, session: Session, now: datetime) -> None:
        """Delete the words that were kept for long enough."""
        old = update(cls).where(cls.words != "", cls.forget_at <= now).values(words="")
        session.execute(old.execution_options(synchronize_session=False))


def partners(person: Person) -> dict[Person, str]:
    """The mentors and mentees that a person has now, each with what they are to the person: mentor or mentee."""
    together = [one for one in relationships_of(person) if one.is_active]
    return {
        other: "mentor" if own.is_mentee and member.is_mentor else "mentee"
        for one in together
        for member in one.present
        for other in contacts(person, one)
        if (own := one.member(person)) and member.person is other
    }


def passed_on_to(receiver: Person) -> Sequence[Remark]:
    """What others wrote to a person, the latest first, until it is deleted."""
    query = select(Remark).where(Remark.receiver_id == receiver.id, Remark.words != "")
    return receiver.session.scalars(query.options(joinedload(Remark.author)).order_by(Remark.id.desc())).all()
