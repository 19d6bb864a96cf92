"""Remarks: words that answered nothing. They are kept sealed until their author says who gets them (rules C6)."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, update
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Private, Refused, partial_index
from mentorly.mentoring.people import Person

SEALED_FOR = timedelta(days=14)


class Remark(Base):
    """What a person wrote to us and nobody has read. words: '' once they are deleted, after 14 days."""

    __tablename__ = "remark"
    __table_args__ = (partial_index("ix_remark_sealed", "forget_at", where="words <> ''"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    words: Mapped[str] = mapped_column(Private)
    kept_at: Mapped[datetime]
    forget_at: Mapped[datetime]

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

    @classmethod
    def forget(cls, session: Session, now: datetime) -> None:
        """Delete the words that were kept for long enough."""
        old = update(cls).where(cls.words != "", cls.forget_at <= now).values(words="")
        session.execute(old.execution_options(synchronize_session=False))
