"""People: who they are, what they are in each program, and how they prove who they are."""

import hashlib
import hmac
import unicodedata
from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from functools import cache
from secrets import token_hex
from zoneinfo import available_timezones

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, and_, delete, func, select, update
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from mentorly.clock import QuietHours, Rhythm, WorkingDays
from mentorly.mentoring.arrays import is_among, text_for
from mentorly.mentoring.base import ROOM, Base, Private, Refused, partial_index
from mentorly.mentoring.organizations import Organization, working_days
from mentorly.mentoring.programs import Program

LANGUAGES = {"en": "English", "fr": "français"}
ROLES = ("mentor", "mentee", "lead")
NAME_LENGTH = 80
JOINERS = "\u200c\u200d"  # some scripts write names with them
PASSWORD_LENGTH = 10
TEMPORARY_PASSWORD_LIFE = timedelta(days=14)
PASSWORD_LINK_LIFE = timedelta(hours=1)
LINKS_AN_HOUR = 3

_hasher = PasswordHasher()


@cache
def _nobodys_hash() -> str:
    """A hash that no password opens, so that an unknown address takes as long as a known one."""
    return _hasher.hash(token_hex())


def checked_name(name: str) -> str:
    """Return a person's name, tidied; raises Refused if it could be more than a name (rules B6)."""
    if any(unicodedata.category(letter) in {"Cc", "Zl", "Zp"} for letter in name):
        raise Refused("A name cannot hold a line break or another control character.")
    if any(unicodedata.category(letter) == "Cf" and letter not in JOINERS for letter in name):
        raise Refused("A name cannot hold invisible characters or ones that turn the direction of text.")
    name = " ".join(name.split())
    if not name:
        raise Refused("The name is missing.")
    if len(name) > NAME_LENGTH:
        raise Refused("A name has at most {most} characters.", most=NAME_LENGTH)
    if any(part in name.casefold() for part in ("://", "www.", "@")):
        raise Refused("A name cannot hold a web or mail address.")
    return name


@cache
def zones() -> frozenset[str]:
    """The names of all time zones, read once."""
    return frozenset(available_timezones())


def checked_timezone(timezone: str) -> str:
    """Return the name of a time zone; raises Refused if there is no such zone."""
    if timezone not in zones():
        raise Refused("“{timezone}” is no time zone: write one such as America/Toronto.", timezone=timezone[:40])
    return timezone


def checked_role(role: str) -> str:
    """Return a role; raises Refused if nobody can have it."""
    role = role.strip().casefold()
    if role not in ROLES:
        raise Refused("“{role}” is no role: choose one of mentor, mentee, lead.", role=role[:40])
    return role


def checked_language(language: str) -> str:
    """Return a language's code; raises Refused if Mentorly does not write it."""
    if language not in LANGUAGES:
        raise Refused("“{language}” is no language we write: choose en or fr.", language=language[:40])
    return language


class Person(Base):
    """Somebody who is written to.

    generation: raised when the address changes, which voids every token (rules B1). feed_generation: raised when they
    ask for another address of their calendar feed.
    """

    __tablename__ = "person"
    __table_args__ = (
        partial_index("ix_person_unwelcomed", "registered_at", where="welcomed_at IS NULL AND unreached_at IS NULL"),
        partial_index("ix_person_unreached", "unreached_at", where="unreached_at IS NOT NULL"),
        Index("ix_person_rhythm", "timezone", "quiet_from", "quiet_until", "organization_id"),
        ROOM,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    phone: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    timezone: Mapped[str] = mapped_column(default="America/Toronto")
    manager_email: Mapped[str] = mapped_column(default="")
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    weekly: Mapped[bool] = mapped_column(default=False)
    quotes: Mapped[bool | None]
    is_administrator: Mapped[bool] = mapped_column(default=False)
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
        """The person who has this address; raises Refused if nobody has."""
        person = cls.of_address(session, email)
        if person is None:
            raise Refused("Nobody is registered with the address {email}.", email=email[:120])
        return person

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
        self.is_administrator = True

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

    @classmethod
    def offer_temporary_passwords(cls, session: Session, passwords: Mapping[int, str], now: datetime) -> None:
        """Keep the hashes of passwords that are about to be mailed, by the number of the person, all at once.

        Each holds 79 random bits, so it needs no stretching, and a round of 20,000 welcomes stays quick.
        """
        hashes = {number: hashlib.sha256(password.encode()).hexdigest() for number, password in passwords.items()}
        own = update(cls).where(is_among(cls.id, hashes)).execution_options(synchronize_session=False)
        until = now + TEMPORARY_PASSWORD_LIFE
        session.execute(own.values(temporary_hash=text_for(cls.id, hashes), temporary_until=until))

    def has_temporary_password(self, now: datetime) -> bool:
        """Whether the temporary password still opens the way to an own one."""
        return bool(self.temporary_hash) and self.temporary_until is not None and now < self.temporary_until

    def is_temporary(self, password: str, now: datetime) -> bool:
        """Whether this is the temporary password, and it still opens the way to an own one."""
        same = hmac.compare_digest(hashlib.sha256(password.encode()).hexdigest(), self.temporary_hash)
        return same and self.has_temporary_password(now)

    def set_password(self, password: str, now: datetime) -> None:
        """Take the person's own password; other sessions end. Raises Refused."""
        if len(password) < PASSWORD_LENGTH:
            raise Refused("Choose a password of at least {least} characters.", least=PASSWORD_LENGTH)
        if len(password) > 1000:
            raise Refused("Choose a password of at most 1000 characters.")
        if folded_equal(password, self.email) or folded_equal(password, self.name):
            raise Refused("Choose a password that is not your name or address.")
        if hmac.compare_digest(hashlib.sha256(password.encode()).hexdigest(), self.temporary_hash):
            raise Refused("Choose a password of your own, other than the temporary one.")
        self._void_password_links(now)
        had_own = bool(self.password_hash)
        self.password_hash = _hasher.hash(password)
        self.temporary_hash = ""
        self.sessions += 1
        self.password_changed_at = now if had_own else None
        self.signed_in_at = self.signed_in_at or now

    def _void_password_links(self, now: datetime) -> None:
        """Let every link that was mailed for a new password end: one of them, or another way in, was used."""
        links = update(PasswordRequest).where(PasswordRequest.person_id == self.id, PasswordRequest.used_at.is_(None))
        self.session.execute(links.values(used_at=now).execution_options(synchronize_session="fetch"))

    def set_first_password(self, password: str, by: "Person", now: datetime) -> None:
        """Set one's own password from the welcome, once, until another way in was used (rules B3). Raises Refused."""
        if by.id != self.id:
            raise Refused("Only {name} sets this password.", name=self.name)
        if self.password_hash or not self.has_temporary_password(now):
            raise Refused("This link was used already or has expired. You can ask for a new one on the sign-in page.")
        self.set_password(password, now)

    def signed_in(self, now: datetime) -> None:
        """Keep that the person came in with their own password."""
        self.signed_in_at = now

    def prefer(
        self,
        now: datetime,
        *,
        language: str,
        timezone: str,
        phone: str,
        quiet: tuple[time, time] | None,
        weekly: bool,
        quotes: bool | None,
    ) -> None:
        """Take the person's own profile. Raises Refused."""
        del now
        if len(phone) > 40:
            raise Refused("A phone number has at most 40 characters.")
        self.language = checked_language(language)
        self.timezone = checked_timezone(timezone)
        self.phone = " ".join(phone.split())
        if quiet and quiet[0] == quiet[1]:
            raise Refused("Quiet hours need two different times.")
        self.quiet_from, self.quiet_until = quiet or (None, None)
        self.weekly = weekly
        self.quotes = quotes

    def choose_quoting(self, *, quotes: bool, now: datetime) -> None:
        """Say whether what people write may be quoted in this person's mails (rules C1)."""
        del now
        self.quotes = quotes


def folded_equal(left: str, right: str) -> bool:
    """Whether two texts are the same but for case."""
    return left.casefold() == right.casefold()


def rhythm_of(timezone: str, days: WorkingDays, quiet_from: time | None, quiet_until: time | None) -> Rhythm:
    """The rhythm of a reader from the stored columns."""
    quiet = QuietHours(quiet_from, quiet_until) if quiet_from is not None and quiet_until is not None else None
    return Rhythm(timezone, days, quiet)


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


class PasswordRequest(Base):
    """That somebody asked for a new password. The row is the same whether the address is known or not."""

    __tablename__ = "password_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_mark: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]

    person: Mapped[Person | None] = relationship()

    @classmethod
    def ask(cls, session: Session, email: str, now: datetime) -> None:
        """Ask for a way to set a new password. Says and does the same for every address; three an hour are mailed."""
        mark = hashlib.sha256(email.strip().lower().encode()).hexdigest()
        lately = session.scalar(
            select(func.count()).where(cls.address_mark == mark, cls.asked_at > now - timedelta(hours=1))
        )
        person = Person.of_address(session, email)
        person_id = person.id if person and (lately or 0) < LINKS_AN_HOUR else None
        session.add(cls(address_mark=mark, person_id=person_id, asked_at=now))
        session.flush()

    @hybrid_property
    def is_open(self) -> bool:
        """Whether its link can still set a password (but for its age)."""
        return self.used_at is None and self.person_id is not None

    @is_open.inplace.expression
    @classmethod
    def _is_open(cls) -> ColumnElement[bool]:
        return and_(cls.used_at.is_(None), cls.person_id.is_not(None))

    def set_password(self, password: str, now: datetime) -> None:
        """Set the person's own password by this request, which is used up. Raises Refused."""
        if self.person is None or self.used_at is not None:
            raise Refused("This link was used already. Ask for a new one if you need it.")
        if now >= self.asked_at + PASSWORD_LINK_LIFE:
            raise Refused("This link has expired. Ask for a new one.")
        self.person.set_password(password, now)


def sign_in(session: Session, email: str, password: str, now: datetime) -> tuple[Person, bool]:
    """Return the person, and whether the password was the temporary one; one Refused sentence for every fault.

    Takes as long for an unknown address as for a known one.
    """
    person = Person.of_address(session, email)
    is_own = _verifies((person and person.password_hash) or _nobodys_hash(), password)
    if person and person.is_temporary(password.strip(), now):
        return person, True
    if person and person.password_hash and is_own:
        person.signed_in(now)
        return person, False
    raise Refused(
        "This address and password do not go together. Passwords from a welcome mail work for 14 days; "
        "you can ask for a new one."
    )


def _verifies(own: str, password: str) -> bool:
    try:
        return _hasher.verify(own, password[:1000])
    except (VerificationError, InvalidHashError):
        return False
