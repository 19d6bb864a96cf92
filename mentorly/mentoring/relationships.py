"""Mentoring relationships: who is in them, who leads their mentees, how they end."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, and_, literal, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column
from sqlalchemy.orm import relationship as linked

from mentorly.mentoring.base import Base, Refused, partial_index
from mentorly.mentoring.courses import Course
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program

LONGEST_EXTENSION = timedelta(days=730)
GOES_ON = "ended_at IS NULL"
OVER = "ended_at IS NOT NULL"


class Relationship(Course, Base):
    """A mentor and a mentee, or a group: the same thing with more members.

    words_gone_at, record_gone_at: when what its people wrote was deleted, and their session log and signatures.
    """

    __tablename__ = "relationship"
    __table_args__ = (
        partial_index("ix_relationship_midway", "midway_at", where=GOES_ON),
        partial_index("ix_relationship_nudge", "nudge_at", where=GOES_ON),
        partial_index("ix_relationship_nudge_again", "nudge_again_at", where=GOES_ON),
        partial_index("ix_relationship_tell_leads", "tell_leads_at", where=GOES_ON),
        partial_index("ix_relationship_ended", "ended_at", where=OVER),
        partial_index("ix_relationship_words", "program_id", "ended_at", where=f"words_gone_at IS NULL AND {OVER}"),
        partial_index("ix_relationship_record", "program_id", "ended_at", where=f"record_gone_at IS NULL AND {OVER}"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_meeting_at: Mapped[datetime | None]
    first_meeting_set_at: Mapped[datetime | None] = mapped_column(index=True)
    first_meeting_told_at: Mapped[datetime | None]
    first_meeting_set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    words_gone_at: Mapped[datetime | None]
    record_gone_at: Mapped[datetime | None]

    members: Mapped[list["Member"]] = linked(back_populates="relationship", order_by="Member.id")
    first_meeting_set_by: Mapped[Person | None] = linked(foreign_keys=[first_meeting_set_by_id])

    @classmethod
    def begin(cls, program: Program, mentor: Person, mentee: Person, now: datetime) -> "Relationship":
        """Begin a relationship of two; in a program of groups the mentee joins the mentor's. Raises Refused."""
        session = mentor.session
        found = cls._group_with_room(session, program, mentor) if program.is_group else None
        if found is None:
            found = cls(
                program=program, began_at=now, ends_on=program.ends_on, revision=0, ended_early=False, members=[],
                paused_days=0, paused_before_midway=0,
            )  # fmt: skip
            session.add(found)
            found.keep_midway()
            found.count_silence()
            found.join(mentor, "mentor", now)
        found.join(mentee, "mentee", now)
        session.flush()
        return found

    @classmethod
    def _group_with_room(cls, session: Session, program: Program, mentor: Person) -> "Relationship | None":
        groups = session.scalars(
            select(cls)
            .join(Member)
            .where(cls.program_id == program.id, cls.is_active, Member.person_id == mentor.id, Member.is_present)
            .where(Member.is_mentor)
            .order_by(cls.id)
        )
        return next((group for group in groups if len(group.mentees) < program.most), None)

    @hybrid_property
    def awaits_first_meeting(self) -> bool:
        """Whether nobody has said when the first meeting is."""
        return self.ended_at is None and self.first_meeting_at is None

    @awaits_first_meeting.inplace.expression
    @classmethod
    def _awaits_first_meeting(cls) -> ColumnElement[bool]:
        return and_(cls.ended_at.is_(None), cls.first_meeting_at.is_(None))

    @property
    def present(self) -> list["Member"]:
        """Its members now."""
        return [member for member in self.members if member.left_at is None]

    @property
    def mentors(self) -> list[Person]:
        """Its mentors now."""
        return [member.person for member in self.present if member.is_mentor]

    @property
    def mentees(self) -> list[Person]:
        """Its mentees now."""
        return [member.person for member in self.present if member.is_mentee]

    def member(self, person: Person) -> "Member | None":
        """Return a person's membership, if they are in it now."""
        return next((member for member in self.present if member.person_id == person.id), None)

    def join(self, person: Person, role: str, now: datetime) -> "Member":
        """Let a person join as mentor or mentee; in a mutual program everybody is both. Raises Refused."""
        if self.ended_at is not None:
            raise Refused("This relationship has ended, so nobody can join it.")
        if any(member.person is person for member in self.present):
            raise Refused("{name} is in this relationship already.", name=person.name)
        mutual = self.program.mutual
        member = Member(
            person=person,
            matched_as=role,
            is_mentor=mutual or role == "mentor",
            is_mentee=mutual or role == "mentee",
            joined_at=now,
        )
        if role == "mentor":
            member.nobody_is_told(now)
        self.members.append(member)
        self.revision = (self.revision or 0) + 1
        return member

    def _check_outside(self, by: Person) -> None:
        """Refuse who runs the program and is in it: there they are a member and nothing else (rules C4)."""
        if self.member(by):
            raise Refused("You are in this relationship yourself, so another administrator has to do this.")

    def end(self, by: Person, now: datetime, *, early: bool = True) -> None:
        """End it; from its last day on that is not early. Raises Refused."""
        self._check_outside(by)
        if not (by.is_administrator or leads(by, self)):
            raise Refused("Only an administrator or the project lead ends a relationship here.")
        if self.ended_at is not None:
            raise Refused("This relationship has ended already.")
        self.ended_at, self.ended_early = now, early and self.ends_early(now)
        self.revision += 1

    def extend(self, until: date, by: Person, now: datetime) -> None:
        """Move its end to a later day. Raises Refused."""
        del now
        self._check_outside(by)
        if not by.is_administrator:
            raise Refused("Only an administrator extends a relationship.")
        if self.ended_at is not None:
            raise Refused("This relationship has ended, so it cannot be extended.")
        if until <= self.ends_on:
            raise Refused("It ends on {day} already: choose a later day.", day=self.ends_on)
        if until - self.ends_on > LONGEST_EXTENSION:
            raise Refused("A relationship is extended by two years at most.")
        self.ends_on = until
        self.keep_midway()
        self.count_silence()
        self.revision += 1


class Member(Base):
    """A person in a relationship: matched as mentor or mentee; in a mutual one everybody is both.

    told_at, mentors_told_at, leads_told_at: when they, the mentors and the project leads heard of a mentee's match.
    unfinished_at: from when the project lead may hear that something they were asked is unfinished.
    """

    __tablename__ = "member"
    __table_args__ = (
        partial_index("uq_member_present", "relationship_id", "person_id", unique=True, where="left_at IS NULL"),
        partial_index(
            "ix_member_untold", "joined_at", where="told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL"
        ),
        partial_index(
            "ix_member_mentors_untold",
            "joined_at",
            where="mentors_told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL",
        ),
        partial_index(
            "ix_member_leads_untold",
            "joined_at",
            where="leads_told_at IS NULL AND matched_as = 'mentee' AND left_at IS NULL",
        ),
        partial_index("ix_member_unfinished", "unfinished_at", where="unfinished_at IS NOT NULL"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    relationship_id: Mapped[int] = mapped_column(ForeignKey("relationship.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    matched_as: Mapped[str]
    is_mentor: Mapped[bool]
    is_mentee: Mapped[bool]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    mentors_told_at: Mapped[datetime | None]
    leads_told_at: Mapped[datetime | None]
    unfinished_at: Mapped[datetime | None]

    relationship: Mapped[Relationship] = linked(back_populates="members")
    person: Mapped[Person] = linked()

    @hybrid_property
    def is_present(self) -> bool:
        """Whether the person is in it now."""
        return self.left_at is None

    @is_present.inplace.expression
    @classmethod
    def _is_present(cls) -> ColumnElement[bool]:
        return cls.left_at.is_(None)

    @hybrid_property
    def is_matched_mentee(self) -> bool:
        """Whether the person is in it now and was matched as its mentee."""
        return self.left_at is None and self.matched_as == "mentee"

    @is_matched_mentee.inplace.expression
    @classmethod
    def _is_matched_mentee(cls) -> ColumnElement[bool]:
        return and_(cls.left_at.is_(None), cls.matched_as == literal("mentee", literal_execute=True))

    @property
    def has_been_told(self) -> bool:
        """Whether anybody heard of this match, so that it cannot be taken back any more."""
        return bool(self.told_at or self.mentors_told_at or self.leads_told_at)

    def nobody_is_told(self, now: datetime) -> None:
        """Keep that nobody is to hear of this membership by itself: a match is told of by the mentee's.

        So that "not told yet" is as rare in the table as it is in life, and an index finds it.
        """
        self.told_at = self.mentors_told_at = self.leads_told_at = now


def leads(person: Person, relationship: Relationship) -> bool:
    """Whether a person is project lead of the organization of a mentee of it, and not in it themself (rules C3, C4)."""
    if relationship.member(person):
        return False
    led = person.led_organizations(relationship.program)
    return any(mentee.organization_id in led for mentee in relationship.mentees)


def leads_of(relationship: Relationship, about: Person | None = None, but: Person | None = None) -> Sequence[Person]:
    """The active project leads of its mentees' organizations who are not in it (rules C4).

    about: who they hear about; of a mentee the leads of their own organization do, and no others. but: a mentee whose
    organization does not count.
    """
    inside = {member.person_id for member in relationship.present}
    own = [mentee for mentee in relationship.mentees if mentee is about]
    mentees = own or [mentee for mentee in relationship.mentees if but is None or mentee.id != but.id]
    return relationship.session.scalars(
        select(Person)
        .distinct()
        .join(Participation, Participation.person_id == Person.id)
        .where(
            Participation.program_id == relationship.program_id,
            Participation.role == "lead",
            Participation.left_at.is_(None),
            Participation.organization_id.in_([mentee.organization_id for mentee in mentees]),
            Person.id.not_in(inside),
        )
        .order_by(Person.id)
    ).all()
