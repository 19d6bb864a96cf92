"""Notes about the work with one mentee: private to their author, or shared with the mentee and the mentors."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, or_, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Private, Refused
from mentorly.mentoring.objectives import check_may_begin, check_shares, shares
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship

NOTE_LENGTH = 5000


class Note(Base):
    """A note. is_shared: whether the mentee and the mentors see it, or its author alone; once shared, it stays so."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_mentee", "relationship_id", "mentee_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"))
    mentee_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    is_shared: Mapped[bool]
    words: Mapped[str] = mapped_column(Private)
    written_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(default=0)

    relationship: Mapped[Relationship] = linked()
    mentee: Mapped[Person] = linked(foreign_keys=[mentee_id])
    author: Mapped[Person] = linked(foreign_keys=[author_id])

    @classmethod
    def write(
        cls, together: Relationship, mentee: Person, words: str, by: Person, now: datetime, *, is_shared: bool
    ) -> "Note":
        """Write a note; what one wrote last is not written twice. Raises Refused."""
        check_may_begin(by, together, mentee)
        words = _checked(words)
        own = select(cls).where(cls.relationship_id == together.id, cls.mentee_id == mentee.id, cls.author_id == by.id)
        last = together.session.scalar(own.order_by(cls.id.desc()).limit(1))
        if last and (last.words, last.is_shared) == (words, is_shared):
            return last
        note = cls(
            relationship=together, mentee=mentee, author=by, is_shared=is_shared, words=words, written_at=now,
            changed_at=now, revision=0,
        )  # fmt: skip
        together.session.add(note)
        together.session.flush()
        return note

    def change(self, words: str, by: Person, now: datetime, *, is_shared: bool) -> None:
        """Let it say something else, or let others see it. Raises Refused."""
        self._check_own(by)
        check_may_begin(by, self.relationship, self.mentee)
        if self.is_shared and not is_shared:
            raise Refused("Others may have read this note, so it cannot be made private. Remove it instead.")
        self.words, self.is_shared, self.changed_at = _checked(words), is_shared, now
        self.revision += 1

    def remove(self, by: Person, now: datetime) -> None:
        """Delete it. Raises Refused."""
        self._check_own(by)
        check_shares(by, self.relationship, self.mentee)
        self.relationship.check_open(now)
        self.session.delete(self)
        self.session.flush()

    def is_seen_by(self, person: Person) -> bool:
        """Whether a person may read it."""
        return shares(person, self.relationship, self.mentee) and (self.is_shared or self.author_id == person.id)

    def _check_own(self, by: Person) -> None:
        if by.id != self.author_id:
            raise Refused("Only {name} changes this note.", name=self.author.name)


def notes_of(person: Person, together: Relationship, mentee: Person) -> Select[Note]:
    """The notes about the work with a mentee that a person sees, the latest first."""
    seen: ColumnElement[bool] = or_(Note.is_shared, Note.author_id == person.id)
    return (
        select(Note)
        .where(Note.relationship_id == together.id, Note.mentee_id == mentee.id, seen)
        .options(joinedload(Note.author))
        .order_by(Note.written_at.desc(), Note.id.desc())
    )


def _checked(words: str) -> str:
    words = words.strip()
    if not words:
        raise Refused("Write a few words.")
    if len(words) > NOTE_LENGTH:
        raise Refused("A note has at most {most} characters; yours has {length}.", most=NOTE_LENGTH, length=len(words))
    return words
