"""Passwords: how a person proves who they are, and comes by another way in (rules B3)."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from secrets import token_hex

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, ForeignKey, and_, func, select, update
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from mentorly.mentoring.arrays import is_among, text_for
from mentorly.mentoring.base import Base, Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.sealing import Seal

PASSWORD_LENGTH = 10
TEMPORARY_PASSWORD_LIFE = timedelta(days=14)
PASSWORD_LINK_LIFE = timedelta(hours=1)
LINKS_AN_HOUR = 3

_hasher = PasswordHasher()


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
        mark = Seal.of(session).marks(email)[0]
        lately = session.scalar(
            select(func.count()).where(cls.address_mark == mark, cls.asked_at > now - timedelta(hours=1))
        )
        person = Person.of_address(session, email)
        may = person is not None and not person.is_outside and (lately or 0) < LINKS_AN_HOUR
        person_id = person.id if person and may else None
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
        set_password(self.person, password, now)


def set_password(person: Person, password: str, now: datetime) -> None:
    """Take a person's own password; other sessions and every link for a new password end. Raises Refused."""
    _check_password(person, password)
    _void_links(person, now)
    had_own = bool(person.password_hash)
    person.password_hash = _hasher.hash(password)
    person.temporary_hash = ""
    person.sessions += 1
    person.password_changed_at = now if had_own else None
    person.signed_in_at = person.signed_in_at or now


def _check_password(person: Person, password: str) -> None:
    if len(password) < PASSWORD_LENGTH:
        raise Refused("Choose a password of at least {least} characters.", least=PASSWORD_LENGTH)
    if len(password) > 1000:
        raise Refused("Choose a password of at most 1000 characters.")
    if password.casefold() in {person.email.casefold(), person.name.casefold()}:
        raise Refused("Choose a password that is not your name or address.")
    if _is_temporary(person, password):
        raise Refused("Choose a password of your own, other than the temporary one.")


def _void_links(person: Person, now: datetime) -> None:
    """Let every link that was mailed for a new password end: one of them, or another way in, was used."""
    links = update(PasswordRequest).where(PasswordRequest.person_id == person.id, PasswordRequest.used_at.is_(None))
    person.session.execute(links.values(used_at=now).execution_options(synchronize_session="fetch"))


def set_first_password(person: Person, password: str, by: Person, now: datetime) -> None:
    """Set one's own password from the welcome, once, until another way in was used (rules B3). Raises Refused."""
    if by.id != person.id:
        raise Refused("Only {name} sets this password.", name=person.name)
    if person.password_hash or not person.has_temporary_password(now):
        raise Refused("This link was used already or has expired. You can ask for a new one on the sign-in page.")
    set_password(person, password, now)


def offer_temporary_passwords(session: Session, passwords: Mapping[int, str], now: datetime) -> None:
    """Keep the hashes of passwords that are about to be mailed, by the number of the person, all at once.

    Each holds 79 random bits, so it needs no stretching, and a round of 20,000 welcomes stays quick.
    """
    hashes = {number: hashlib.sha256(password.encode()).hexdigest() for number, password in passwords.items()}
    own = update(Person).where(is_among(Person.id, hashes)).execution_options(synchronize_session=False)
    until = now + TEMPORARY_PASSWORD_LIFE
    session.execute(own.values(temporary_hash=text_for(Person.id, hashes), temporary_until=until))


def sign_in(session: Session, email: str, password: str, now: datetime) -> tuple[Person, bool]:
    """Return the person, and whether the password was the temporary one; one Refused sentence for every fault.

    Takes as long for an unknown address as for a known one.
    """
    person = Person.of_address(session, email)
    is_own = _verifies((person and person.password_hash) or _nobodys_hash(), password)
    if person and _is_temporary(person, password.strip()) and person.has_temporary_password(now):
        return person, True
    if person and person.password_hash and is_own:
        person.signed_in(now)
        return person, False
    raise Refused(
        "This address and password do not go together. Passwords from a welcome mail work for 14 days; "
        "you can ask for a new one."
    )


def _is_temporary(person: Person, password: str) -> bool:
    return hmac.compare_digest(hashlib.sha256(password.encode()).hexdigest(), person.temporary_hash)


@cache
def _nobodys_hash() -> str:
    """A hash that no password opens, so that an unknown address takes as long as a known one."""
    return _hasher.hash(token_hex())


def _verifies(own: str, password: str) -> bool:
    try:
        return _hasher.verify(own, password[:1000])
    except (VerificationError, InvalidHashError):
        return False
