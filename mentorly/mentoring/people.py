"""People: who they are, and what they are in each program."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_, false, select
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from mentorly.clock import Rhythm
from mentorly.mentoring.arrays import is_among
from mentorly.mentoring.base import ROOM, Base, Private, Refused, partial_index
from mentorly.mentoring.naming import name_of_nobody
from mentorly.mentoring.organizations import Organization, working_days
from mentorly.mentoring.particulars import checked_language, checked_name, checked_role, checked_timezone
from mentorly.mentoring.preferences import Preferences, rhythm_of
from mentorly.mentoring.programs import Program


class Person(Preferences, Base):
    """Somebody who is written to.

    generation: raised when the address changes, which voids every token (rules B1). feed_generation: raised when they
    ask for another address of their calendar feed. erased_at: when what was known of them was erased; the row stays, so
    that what others did with them has somebody to point at. kept_name: '' then. is_outside: they
    have no role in anything (rules A10): they are not welcomed, and cannot sign in, until they get one.
    """

    __tablename__ = "person"
    __table_args__ = (
        partial_index("ix_person_unwelcomed", "registered_at", where="welcomed_at IS NULL AND unreached_at IS NULL"),
        partial_index("ix_person_unreached", "unreached_at", where="unreached_at IS NOT NULL"),
        partial_index("ix_person_erased", "id", where="erased_at IS NOT NULL"),
        Index("ix_person_rhythm", "timezone", "quiet_from", "quiet_until", "organization_id"),
        ROOM,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    kept_name: Mapped[str] = mapped_column("name")
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    manager_email: Mapped[str] = mapped_column(default="")
    is_administrator: Mapped[bool] = mapped_column(default=False)
    is_outside: Mapped[bool] = mapped_column(default=False, server_default=false())
    generation: Mapped[int] = mapped_column(default=0)
    feed_generation: Mapped[int] = mapped_column(default=0, server_default="0")
    registered_at: Mapped[datetime]
    registered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    welcomed_at: Mapped[datetime | None]
    unreached_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    signed_in_at: Mapped[datetime | None]
    password_hash: Mapped[str] = mapped_column(default="")
    temporary_hash: Mapped[str] = mapped_column(default="")
    temporary_until: Mapped[datetime | None]
    password_changed_at: Mapped[datetime | None] = mapped_column(index=True)
    sessions: Mapped[int] = mapped_column(default=0)
    erased_at: Mapped[datetime | None]

    organization: Mapped[Organization | None] = relationship()
    participations: Mapped[list["Participation"]] = relationship(
        back_populates="person", foreign_keys="Participation.person_id"
    )

    @classmethod
    def register(
        cls,
        session: Session,
        email: str,
        name: str,
        now: datetime,
        *,
        by: "Person | None",
        organization: Organization | None = None,
        language: str = "en",
        timezone: str = "America/Toronto",
    ) -> "Person":
        """Register a person, who is welcomed by mail. by: None is the terminal. Raises Refused."""
        if by is not None:
            by.check_registers(organization)
        if cls.of_address(session, email):
            raise Refused("Somebody with this address is registered already.")
        person = cls(
            email=email.lower(),
            name=checked_name(name),
            organization=organization,
            language=checked_language(language),
            timezone=checked_timezone(timezone),
            registered_at=now,
            registered_by_id=by.id if by else None,
            phone="",
            manager_email="",
            weekly=False,
            is_administrator=False,
            is_outside=False,
            generation=0,
            sessions=0,
            password_hash="",
            temporary_hash="",
        )
        session.add(person)
        session.flush()
        return person

    @classmethod
    def of_address(cls, session: Session, email: str) -> "Person | None":
        """The person who has this address."""
        address = email.strip().lower()
        return None if "\x00" in address else session.scalar(select(cls).where(cls.email == address))

    @classmethod
    def called(cls, session: Session, email: str) -> "Person":
        """The person who has this address. Raises Refused if nobody has, and where its row is of who was erased."""
        if not email.strip():
            raise Refused("The address is missing.")
        person = cls.of_address(session, email)
        if person is None:
            raise Refused("Nobody is registered with the address {email}.", email=email[:120])
        if person.erased_at is not None:
            raise Refused("What was held about this person has been erased already.")
        return person

    @hybrid_property
    def name(self) -> str:
        """The name; of a person who was erased, what all such are called, in the language of who reads it."""
        return self.kept_name or name_of_nobody()

    @name.inplace.setter
    def _set_name(self, name: str) -> None:
        self.kept_name = name

    @name.inplace.expression
    @classmethod
    def _name(cls) -> ColumnElement[str]:
        return cls.kept_name.expression

    @hybrid_property
    def is_unanswering(self) -> bool:
        """Whether its owner never answered or signed in: the address is not proven yet."""
        return self.answered_at is None and self.signed_in_at is None

    @is_unanswering.inplace.expression
    @classmethod
    def _is_unanswering(cls) -> ColumnElement[bool]:
        return and_(cls.answered_at.is_(None), cls.signed_in_at.is_(None))

    @property
    def first_name(self) -> str:
        """What a letter calls the person."""
        return self.name.split()[0]

    @property
    def rhythm(self) -> Rhythm:
        """The person's zone, working days and quiet hours."""
        organization = self.organization
        days = working_days(organization.weekdays, organization.days_off) if organization else working_days(None, None)
        return rhythm_of(self.timezone, days, self.quiet_from, self.quiet_until)

    @property
    def is_participant(self) -> bool:
        """Whether the person has a role in any program."""
        return any(part.left_at is None for part in self.participations)

    def led_organizations(self, program: Program | None = None) -> set[int]:
        """The ids of the organizations that this person leads (in one program)."""
        return {
            part.organization_id
            for part in self.participations
            if part.role == "lead" and part.left_at is None and part.organization_id is not None
            if program is None or part.program_id == program.id
        }

    def may_register(self, organization: Organization | None) -> bool:
        """Whether this person may register people of the organization, and look after them."""
        own = organization is not None and organization.id in self.led_organizations()
        return self.is_administrator or own

    def check_registers(self, organization: Organization | None) -> None:
        """Raise Refused unless this person may register people of the organization."""
        if self.may_register(organization):
            return
        if not self.led_organizations():
            raise Refused("Only an administrator or a project lead registers people.")
        raise Refused("You can register people of your own organization only.")

    def make_administrator(self, now: datetime) -> None:
        """Let the person run the whole service."""
        del now
        self.is_administrator, self.is_outside = True, False

    def correct_address(self, email: str, by: "Person", now: datetime) -> None:
        """Correct an address that its owner never used (rules B4); the welcome falls due again. Raises Refused."""
        if by.id != self.id:
            by.check_registers(self.organization)
        if not self.is_unanswering:
            raise Refused("{name} has used this address, so only {name} can change it.", name=self.name)
        if Person.of_address(self.session, email):
            raise Refused("Somebody with this address is registered already.")
        self.email = email.strip().lower()
        self.generation += 1
        self.feed_generation += 1
        self.welcomed_at = None
        self.unreached_at = None
        self.registered_at = now
        self.temporary_hash = ""

    def change_feed_address(self, now: datetime) -> None:
        """Have the feed of their meetings at another address; the one before is none any more."""
        del now
        self.feed_generation += 1

    def has_temporary_password(self, now: datetime) -> bool:
        """Whether the temporary password still opens the way to an own one."""
        return bool(self.temporary_hash) and self.temporary_until is not None and now < self.temporary_until

    def signed_in(self, now: datetime) -> None:
        """Keep that the person came in with their own password."""
        self.signed_in_at = now


class Participation(Base):
    """What a person is in a program. organization_id: for a lead, the organization they lead."""

    __tablename__ = "participation"
    __table_args__ = (
        UniqueConstraint("program_id", "person_id", "role", "organization_id"),
        partial_index(
            "ix_participation_lead", "program_id", "organization_id", where="role = 'lead' AND left_at IS NULL"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    fields: Mapped[tuple[str, ...]]
    skills: Mapped[tuple[str, ...]]
    wants: Mapped[tuple[str, ...]]
    capacity: Mapped[int] = mapped_column(default=1)
    notes: Mapped[str] = mapped_column(Private, default="")
    helps_with_language: Mapped[bool] = mapped_column(default=False)
    needs_language_help: Mapped[bool] = mapped_column(default=False)
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(back_populates="participations", foreign_keys=[person_id])
    program: Mapped[Program] = relationship()
    organization: Mapped[Organization | None] = relationship()

    @property
    def places(self) -> int:
        """How many mentees a mentor has room for; in a group program one place means a group."""
        return self.program.most if self.program.is_group and self.capacity == 1 else self.capacity

    @classmethod
    def of(cls, person: Person, program: Program, role: str) -> "Participation | None":
        """What this person is in this program in this role, if anything."""
        for part in person.participations:
            if part.program_id == program.id and part.role == role and part.left_at is None:
                return part
        return None

    @classmethod
    def told_of(cls, session: Session, people: Collection[int]) -> dict[int, list[tuple[str, str]]]:
        """The roles of these people and the names of the programs, by the person's number; one query for all."""
        own = select(cls.person_id, cls.role, Program.name).join(Program, cls.program_id == Program.id)
        told: dict[int, list[tuple[str, str]]] = {number: [] for number in people}
        for number, role, program in session.execute(own.where(is_among(cls.person_id, people), cls.left_at.is_(None))):
            told[number].append((role, program))
        return told

    @classmethod
    def join(cls, person: Person, program: Program, role: str, now: datetime, *, by: Person | None) -> "Participation":
        """Give a person a role in a program, or return the one they have. Raises Refused."""
        role = checked_role(role)
        if by is not None:
            by.check_registers(person.organization)
            if role == "lead" and not by.is_administrator:
                raise Refused("Only an administrator makes somebody a project lead.")
        if role == "lead" and person.organization is None:
            raise Refused("A project lead needs an organization.")
        person.is_outside = False
        known = next(
            (part for part in person.participations if part.program_id == program.id and part.role == role), None
        )
        if known:
            known.left_at = None
            return known
        part = cls(
            program=program,
            person=person,
            role=role,
            organization_id=person.organization_id if role == "lead" else None,
            fields=(),
            skills=(),
            wants=(),
            capacity=1,
            notes="",
            joined_at=now,
        )
        person.session.add(part)
        person.session.flush()
        return part
