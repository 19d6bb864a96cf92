"""Proposals: a mentor is asked for a mentee, and accepts, reserves or lets it lapse."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Index, and_, exists, select
from sqlalchemy.ext.hybrid import hybrid_method, hybrid_property
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import HOLD, Base, Private, Refused, partial_index
from mentorly.mentoring.conflicts import Conflict
from mentorly.mentoring.course_changes import stop_asking
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import take_in, take_out
from mentorly.mentoring.programs import Program
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.reservations import RESERVATION

OPEN = "accepted_at IS NULL AND reserved_at IS NULL AND withdrawn_at IS NULL"


class Proposal(Base):
    """That somebody proposed a mentor and a mentee to each other.

    asked_at, chase_at, answer_by: set when the mail that asks the mentor has left, so that silence starts with being
    asked (rules A7). Lapsed is never stored: it is open, and answer_by has passed. revision: goes up with every change.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        Index("ix_proposal_mentee", "mentee_id", "program_id"),
        partial_index("ix_proposal_unasked", "proposed_at", where=f"asked_at IS NULL AND {OPEN}"),
        partial_index("ix_proposal_reserved", "reserved_at", where="reserved_at IS NOT NULL"),
        partial_index("ix_proposal_chase_at", "chase_at", where=OPEN),
        partial_index("ix_proposal_answer_by", "answer_by", where=OPEN),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    mentee_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    told_to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    relationship_id: Mapped[int | None] = mapped_column(ForeignKey("relationship.id"))
    proposed_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    chase_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    reserved_at: Mapped[datetime | None]
    reservation: Mapped[str] = mapped_column(Private, default="")
    reservation_words: Mapped[str] = mapped_column(Private, default="")
    withdrawn_at: Mapped[datetime | None]
    declared_conflict: Mapped[bool] = mapped_column(default=False)
    over_capacity: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)

    program: Mapped[Program] = linked()
    mentor: Mapped[Person] = linked(foreign_keys=[mentor_id])
    mentee: Mapped[Person] = linked(foreign_keys=[mentee_id])
    proposed_by: Mapped[Person | None] = linked(foreign_keys=[proposed_by_id])
    told_to: Mapped[Person | None] = linked(foreign_keys=[told_to_id])
    relationship: Mapped[Relationship | None] = linked()

    @hybrid_property
    def is_open(self) -> bool:
        """Whether it was neither accepted, nor reserved, nor withdrawn; it may have lapsed."""
        return self.accepted_at is None and self.reserved_at is None and self.withdrawn_at is None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return and_(cls.accepted_at.is_(None), cls.reserved_at.is_(None), cls.withdrawn_at.is_(None))

    @hybrid_property
    def is_reserved(self) -> bool:
        """Whether the mentor raised a reservation that still stands."""
        return self.reserved_at is not None

    @is_reserved.inplace.expression
    @classmethod
    def _is_reserved(cls) -> ColumnElement[bool]:
        return cls.reserved_at.is_not(None)

    @hybrid_method
    def has_lapsed(self, now: datetime) -> bool:
        """Whether the mentor was asked and let the time pass (rules A7)."""
        return self.is_open and self.answer_by is not None and self.answer_by <= now

    @has_lapsed.inplace.expression  # type: ignore[attr-defined, untyped-decorator]
    @classmethod
    def _has_lapsed(cls, now: datetime) -> ColumnElement[bool]:
        return and_(cls.is_open, cls.answer_by.is_not(None), cls.answer_by <= now)

    @property
    def is_undeliverable(self) -> bool:
        """Whether the mail that asks the mentor did not reach them: nobody was silent."""
        return self.asked_at is not None and self.asked_at == self.answer_by

    def asked(self, now: datetime) -> None:
        """Keep that the mentor was asked: from now on their silence counts (rules A7)."""
        if self.asked_at is None or self.is_undeliverable:
            self.asked_at = now
            self.chase_at = now + timedelta(days=self.program.chase_days)
            self.answer_by = now + timedelta(days=self.program.answer_days)

    def not_deliverable(self, now: datetime) -> None:
        """Keep that the mail that asks the mentor cannot reach them: it lapses at once to who proposed it."""
        if self.is_open and not self.has_lapsed(now):
            self.asked_at = self.answer_by = now
            self.chase_at = None

    def accept(self, by: Person, now: datetime) -> Relationship:
        """Accept it: the relationship begins. A late yes is taken while the mentee is still free. Raises Refused."""
        hold(self.mentee)
        self._check_answerable(by)
        if is_matched(self.session, self.program, self.mentee):
            raise Refused(
                "{name} has found another mentor in the meantime. Thank you all the same.", name=self.mentee.name
            )
        self.accepted_at = now
        self.revision += 1
        self.relationship = Relationship.begin(self.program, self.mentor, self.mentee, now)
        take_in(self.relationship, self.mentee, now)
        return self.relationship

    @property
    def can_be_unaccepted(self) -> bool:
        """Whether it is accepted, and nobody has heard of it."""
        member = self.relationship.member(self.mentee) if self.relationship else None
        return member is not None and not member.has_been_told

    def unaccept(self, by: Person, now: datetime) -> None:
        """Take an acceptance back, while nobody was told. Raises Refused."""
        self._check_mentor(by)
        if self.accepted_at is None or self.relationship is None:
            raise Refused("This proposal is not accepted, so there is nothing to take back.")
        member = self.relationship.member(self.mentee)
        if member is None or member.has_been_told:
            raise Refused(
                "{name} has been told already, so this cannot be undone here. Write to us if it was a mistake.",
                name=self.mentee.name,
            )
        self._undo_match(member, now)
        self.accepted_at = None
        self.relationship = None
        self.revision += 1

    def _undo_match(self, member: Member, now: datetime) -> None:
        together = member.relationship
        member.left_at = now
        take_out(together, member.person, now)
        if not together.mentees or len(together.present) < 2:
            together.ended_at = now
            for one in together.present:
                one.left_at = now
                stop_asking(together, one.person, now)

    def reserve(self, kind: str, words: str, by: Person, now: datetime) -> None:
        """Raise a reservation, which the person who proposed sees alone. Raises Refused.

        kind: an option of RESERVATION. words: the reason in the mentor's own words, may be empty.
        """
        self._check_answerable(by)
        if kind not in RESERVATION.options:
            raise Refused("Choose what kind of reservation it is.")
        if len(words) > 2000:
            raise Refused("A reason has at most 2000 characters.")
        self.reserved_at = now
        self.reservation = kind
        self.reservation_words = words.strip()
        self.revision += 1
        if kind in {"conflict", "relationship"}:
            self.declared_conflict = Conflict.declare(self.mentor, self.mentee, now)

    def unreserve(self, by: Person, now: datetime) -> None:
        """Take a reservation back, while nothing else was decided. Raises Refused."""
        del now
        self._check_mentor(by)
        if self.reserved_at is None:
            raise Refused("There is no reservation to take back.")
        if is_matched(self.session, self.program, self.mentee) or self.is_followed:
            raise Refused("{name} has been proposed to somebody else since then.", name=self.mentee.name)
        if self.declared_conflict:
            Conflict.unsay(self.mentor, self.mentee)
        self.declared_conflict = False
        self.reserved_at = None
        self.reservation = ""
        self.reservation_words = ""
        self.revision += 1

    def passed_by(self, now: datetime) -> Refused | None:
        """Why nobody needs to be asked next for this mentee; None while somebody does."""
        waiting = select(Proposal.id).where(
            Proposal.program_id == self.program_id, Proposal.mentee_id == self.mentee_id, Proposal.is_open
        )
        asked = self.session.scalar(waiting.where(~Proposal.has_lapsed(now)).limit(1)) is not None
        if asked or is_matched(self.session, self.program, self.mentee):
            sentence = "{name} is matched or has been proposed to somebody since then, so there is nothing more to do."
            return Refused(sentence, name=self.mentee.name)
        return None

    def followed_by(self, mentor_id: int, by: Person) -> "Proposal":
        """The proposal by which a person asked a mentor next for the same mentee. Raises Refused if there is none."""
        later = select(Proposal).where(
            Proposal.program_id == self.program_id,
            Proposal.mentee_id == self.mentee_id,
            Proposal.proposed_by_id == by.id,
            Proposal.mentor_id == mentor_id,
            Proposal.id > self.id,
        )
        found = self.session.scalar(later.order_by(Proposal.id).limit(1))
        if found is None:
            raise Refused("Nothing was proposed since then, so there is nothing to take back.")
        return found

    @hybrid_property
    def is_followed(self) -> bool:
        """Whether somebody was asked for the same mentee since."""
        later = select(Proposal.id).where(
            Proposal.program_id == self.program_id, Proposal.mentee_id == self.mentee_id, Proposal.id > self.id
        )
        return self.session.scalar(later.limit(1)) is not None

    @is_followed.inplace.expression
    @classmethod
    def _is_followed(cls) -> ColumnElement[bool]:
        later = aliased(cls)
        return exists().where(later.program_id == cls.program_id, later.mentee_id == cls.mentee_id, later.id > cls.id)

    def withdraw(self, by: Person, now: datetime) -> None:
        """Take the proposal itself back. Raises Refused."""
        if not (by.is_administrator or by.id == self.proposed_by_id):
            raise Refused("Only who proposed a match, or an administrator, takes it back.")
        if not self.is_open:
            raise Refused("This proposal has been answered, so it cannot be taken back.")
        self.withdrawn_at = now
        self.revision += 1

    def state(self, now: datetime) -> str:
        """One of: proposed, asked, accepted, reserved, withdrawn, lapsed."""
        if self.accepted_at:
            return "accepted"
        if self.reserved_at:
            return "reserved"
        if self.withdrawn_at:
            return "withdrawn"
        if self.has_lapsed(now):
            return "lapsed"
        return "asked" if self.asked_at else "proposed"

    def _check_mentor(self, by: Person) -> None:
        if by.id != self.mentor_id:
            raise Refused("This question was put to {name} alone.", name=self.mentor.name)

    def _check_answerable(self, by: Person) -> None:
        self._check_mentor(by)
        if self.accepted_at:
            raise Refused("You have accepted this match already.")
        if self.reserved_at:
            raise Refused("You have raised a reservation about this match already.")
        if self.withdrawn_at:
            raise Refused(
                "This proposal has been taken back, so there is nothing more to answer. Thank you all the same."
            )


def hold(mentee: Person) -> None:
    """Let one transaction at a time decide about a mentee, until it ends."""
    mentee.session.execute(select(Person.id).where(Person.id == mentee.id).with_for_update(**HOLD))


def is_matched(session: Session, program: Program, mentee: Person) -> bool:
    """Whether a person is mentee of an active relationship of a program."""
    found = session.scalar(
        select(Member.id)
        .join(Relationship)
        .where(Relationship.program_id == program.id, Relationship.is_active)
        .where(Member.person_id == mentee.id, Member.matched_as == "mentee", Member.is_present)
        .limit(1)
    )
    return found is not None
