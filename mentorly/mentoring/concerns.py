"""Concerns: that a relationship needs attention, or that somebody asks to end it. Administrators alone hear (C6)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, ForeignKey, Select, and_, exists, func, select, update
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column, selectinload
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Refused, partial_index
from mentorly.mentoring.looking_after import administrators_over, looks_after
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import part
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.sealing import Seal, Sealed

WORDS_LENGTH = 2000
# How long its words are kept once nobody has to look after it any more.
KEPT_FOR = timedelta(days=90)
OPEN = "closed_at IS NULL AND withdrawn_at IS NULL"


class Kind(StrEnum):
    """What a concern is about."""

    LANGUAGE = "language"
    SCHEDULING = "scheduling"
    EXPECTATIONS = "expectations"
    CONDUCT = "conduct"
    OTHER = "other"
    ENDING = "ending"


class Concern(Base):
    """What somebody told the administrators about their relationship.

    contact: whom it reaches; None: every administrator who is not in the relationship. sealed: the words; b'' if there
    are none, or once they are deleted. looked_after_by: the administrator who took it on.
    """

    __tablename__ = "concern"
    __table_args__ = (
        partial_index("ix_concern_open", "raised_at", where=OPEN),
        partial_index("ix_concern_stands", "raised_at", where="withdrawn_at IS NULL"),
        partial_index("ix_concern_forget", "forget_at", where="forget_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"), index=True)
    raised_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    sealed: Mapped[bytes] = mapped_column(Sealed)
    raised_at: Mapped[datetime]
    looked_after_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    looked_after_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    withdrawn_at: Mapped[datetime | None]
    forget_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)

    relationship: Mapped[Relationship] = linked()
    raised_by: Mapped[Person] = linked(foreign_keys=[raised_by_id])
    contact: Mapped[Person | None] = linked(foreign_keys=[contact_id])
    looked_after_by: Mapped[Person | None] = linked(foreign_keys=[looked_after_by_id])
    closed_by: Mapped[Person | None] = linked(foreign_keys=[closed_by_id])

    @classmethod
    def raise_one(cls, together: Relationship, kind: Kind, words: str, by: Person, now: datetime) -> "Concern":
        """Tell the administrators that a relationship needs attention, or ask to end it. Raises Refused.

        What waits already is not said twice.
        """
        check_may_raise(together, by)
        said = (one for one in own_concerns(by, together) if one.is_open and one.kind == kind)
        known = next((one for one in said if one.words_for(by) == words.strip()), None)
        if known:
            return known
        contact = looks_after(together)
        if contact is None and not administrators_over(together):
            raise Refused("There is no administrator who could look after this. Please answer a mail by “help”.")
        words = words.strip()
        if len(words) > WORDS_LENGTH:
            raise Refused(
                "This has at most {most} characters; yours has {length}.", most=WORDS_LENGTH, length=len(words)
            )
        one = cls(
            relationship=together, relationship_id=together.id, raised_by=by, raised_by_id=by.id, contact=contact,
            kind=Kind(kind), raised_at=now, sealed=b"", revision=0,
        )  # fmt: skip
        together.session.add(one)
        if words:
            one.sealed = Seal.of(together.session).close(words, one._about)
        together.session.flush()
        return one

    @hybrid_property
    def is_open(self) -> bool:
        """Whether somebody still has to look after it."""
        return self.closed_at is None and self.withdrawn_at is None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return and_(cls.closed_at.is_(None), cls.withdrawn_at.is_(None))

    @hybrid_property
    def stands(self) -> bool:
        """Whether it was not taken back."""
        return self.withdrawn_at is None

    @stands.inplace.expression
    @classmethod
    def _stands(cls) -> ColumnElement[bool]:
        return cls.withdrawn_at.is_(None)

    @property
    def asks_to_end(self) -> bool:
        """Whether it asks to end the relationship."""
        return self.kind == Kind.ENDING

    def is_for(self, viewer: Person) -> bool:
        """Whether a person looks after it: an administrator who is not in the relationship."""
        return viewer.is_administrator and not self.relationship.member(viewer)

    def words_for(self, viewer: Person) -> str:
        """The words, for who raised it and for administrators; '' if there are none any more. Raises Refused."""
        if viewer.id != self.raised_by_id and not self.is_for(viewer):
            raise Refused("Only an administrator who is not in the relationship looks after a concern.")
        return Seal.of(self.session).open(self.sealed, self._about) if self.sealed else ""

    @property
    def has_words(self) -> bool:
        """Whether there are words, which were not deleted yet."""
        return bool(self.sealed)

    def read(self, by: Person) -> str:
        """The words, for an administrator who asks to read them. Raises Refused."""
        words = self.words_for(by)
        if not words:
            raise Refused("There are no words here any more.")
        return words

    def look_after(self, by: Person, now: datetime) -> None:
        """Take it on, from whoever had it. Raises Refused."""
        self._check_open(by)
        self.looked_after_by, self.looked_after_at = by, now
        self.revision += 1

    def close(self, by: Person, now: datetime) -> None:
        """Keep that it was looked after. Raises Refused."""
        self._check_open(by)
        self.closed_at, self.closed_by, self.forget_at = now, by, now + KEPT_FOR
        self.looked_after_by = self.looked_after_by or by
        self.looked_after_at = self.looked_after_at or now
        self.revision += 1

    def reopen(self, by: Person, now: datetime) -> None:
        """Let it wait again, for whoever takes it on. Raises Refused."""
        del now
        if not self.is_for(by) or self.closed_at is None:
            raise Refused("This concern is not closed.")
        self.closed_at = self.closed_by = self.forget_at = self.looked_after_by = self.looked_after_at = None
        self.revision += 1

    def end_relationship(self, by: Person, now: datetime) -> None:
        """End the relationship that it is about, early and without blame, and close it. Raises Refused."""
        self._check_open(by)
        part(self.relationship, by, now)
        self.close(by, now)

    def withdraw(self, by: Person, now: datetime) -> None:
        """Take it back: its words are deleted. Raises Refused."""
        if by.id != self.raised_by_id:
            raise Refused("Only {name} takes this back.", name=self.raised_by.name)
        if not self.is_open:
            raise Refused("Somebody has looked after this already, or you took it back.")
        self.withdrawn_at, self.sealed = now, b""
        self.revision += 1

    @property
    def _about(self) -> str:
        return f"concern|{self.relationship_id}|{self.raised_by_id}"

    def _check_open(self, by: Person) -> None:
        if not self.is_for(by):
            raise Refused("Only an administrator who is not in the relationship looks after a concern.")
        if self.withdrawn_at is not None:
            raise Refused("This concern has been taken back.")
        if self.closed_at is not None:
            raise Refused("Somebody has looked after this concern already.")

    @classmethod
    def forget(cls, session: Session, now: datetime) -> None:
        """Delete the words of those that were over for long enough; the kinds stay, to be counted."""
        old = update(cls).where(cls.forget_at <= now).values(sealed=b"", forget_at=None)
        session.execute(old.execution_options(synchronize_session=False))


def check_may_raise(together: Relationship, by: Person) -> None:
    """Refuse who is not in it, and after its end."""
    if not together.member(by):
        raise Refused("Only its members raise a concern about a relationship.")
    if together.ended_at is not None:
        raise Refused("This relationship has ended. To reach the people of the program, answer any mail by “help”.")


def concerns_for(viewer: Person) -> Select[Concern]:
    """The concerns that an administrator looks after, those that wait first, then the newest; none of one's own."""
    shown = (Concern.raised_by, Concern.contact, Concern.looked_after_by, Concern.closed_by)
    return (
        select(Concern)
        .where(~_is_inside(viewer))
        .options(
            *map(selectinload, shown),
            selectinload(Concern.relationship).options(
                selectinload(Relationship.program), selectinload(Relationship.members).selectinload(Member.person)
            ),
        )
        .order_by(~Concern.is_open, Concern.raised_at.desc(), Concern.id.desc())
    )


def concerns_by_kind(viewer: Person) -> Mapping[tuple[int, str], int]:
    """How many concerns stand, by the program's number and the kind; those about oneself are not counted in."""
    counted = (
        select(Relationship.program_id, Concern.kind, func.count())
        .join(Concern.relationship)
        .where(Concern.stands, ~_is_inside(viewer))
        .group_by(Relationship.program_id, Concern.kind)
    )
    return {(program, kind): count for program, kind, count in viewer.session.execute(counted)}


def _is_inside(viewer: Person) -> ColumnElement[bool]:
    return exists().where(
        Member.relationship_id == Concern.relationship_id, Member.person_id == viewer.id, Member.left_at.is_(None)
    )


def own_concerns(person: Person, together: Relationship) -> Sequence[Concern]:
    """What a person has said of a relationship and not taken back, the latest first."""
    query = select(Concern).where(Concern.relationship_id == together.id, Concern.raised_by_id == person.id)
    return person.session.scalars(query.where(Concern.stands).order_by(Concern.id.desc())).all()
