"""The cast: Alice the mentor, Bob the mentee, Carol the lead, Dave the administrator, Eve from elsewhere."""

from collections.abc import Generator, Iterable
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import exists, func, insert, or_, select
from sqlalchemy.orm import Session

from mentorly.config import Settings
from mentorly.emails.carrying import STOPS, Came, Outcome, Outgoing
from mentorly.emails.email import Register
from mentorly.emails.post_office import PostOffice
from mentorly.emails.scanning import find_mails
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.passwords import offer_temporary_passwords
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.sealing import KEPT_AS, Seal

MONDAY = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
REGISTER = find_mails()
MENTORLY_ORG = {
    "MENTORLY_PUBLIC_URL": "https://mentorly.example.org",
    "MENTORLY_SECRET_KEY": "a key for tests",
    "MENTORLY_CONTACT": "Mentorly <help@mentorly.example.org>",
    "MENTORLY_MAIL_FROM": "Mentorly <mentorly@mentorly.example.org>",
    "MENTORLY_REPLY_ADDRESS": "r.{token}@in.mentorly.example.org",
    "MENTORLY_CALENDAR_ADDRESS": "m.{token}@in.mentorly.example.org",
    "MENTORLY_SMTP_URL": "smtp://127.0.0.1:9",
}


@dataclass
class Cast:
    """The people of the tests, of two organizations and one program."""

    session: Session
    program: Program
    boreal: Organization
    prairie: Organization
    alice: Person
    bob: Person
    carol: Person
    dave: Person
    eve: Person

    def propose(self, now: datetime = MONDAY, by: Person | None = None) -> Proposal:
        """Carol proposes Alice to Bob."""
        proposal = propose_match(self.session, self.program, self.alice, self.bob, now, by=by or self.carol)
        self.session.commit()
        return proposal


# The rows of each cast by the kind of its program, as they were when its people were registered at a moment.
ROOMS = (Organization, Person, Program, Participation)
_registered: dict[str, tuple[datetime, list[list[dict[str, Any]]]]] = {}


def cast_of(session: Session, now: datetime = MONDAY, kind: str = "one-on-one") -> Cast:
    """Register everybody and give them their roles; all have been welcomed a week ago.

    Once a worker has done so, a database without rows is given the same rows: most tests do less than this does.
    """
    if KEPT_AS not in session.info:
        Seal([MENTORLY_ORG["MENTORLY_SECRET_KEY"]]).give_to(session)
    if session.scalar(select(or_(*(exists(select(room.id)) for room in ROOMS)))):
        return _register(session, now, kind)
    if kind in _registered:
        return _lay(session, now, kind)
    cast = _register(session, now, kind)
    rows = [
        [dict(row) for row in session.execute(select(room.__table__).order_by(room.id)).mappings()] for room in ROOMS
    ]
    _registered[kind] = now, rows
    session.commit()
    return cast


def _register(session: Session, now: datetime, kind: str) -> Cast:
    program = Program.add(session, "Pilot", kind, date(2027, 3, 1), now)
    boreal = Organization.add(session, "Boréal Robotique", now)
    prairie = Organization.add(session, "Prairie Genomics", now)

    def person(name: str, organization: Organization | None, role: str | None, language: str = "en") -> Person:
        address = f"{name.split(maxsplit=1)[0].lower()}@{'boreal' if organization is boreal else 'prairie'}.example.org"
        one = Person.register(
            session, address, name, now - timedelta(days=7), by=None, organization=organization, language=language
        )
        one.welcomed_at = now - timedelta(days=7)
        if role:
            Participation.join(one, program, role, now, by=None)
        return one

    alice = person("Alice Gagnon", boreal, "mentor")
    bob = person("Bob Tremblay", boreal, "mentee", "fr")
    carol = person("Carol Roy", boreal, "lead")
    dave = person("Dave Okoye", None, None)
    eve = person("Eve Marchand", prairie, "mentee")
    dave.make_administrator(now)
    session.commit()
    return Cast(session, program, boreal, prairie, alice, bob, carol, dave, eve)


def _lay(session: Session, now: datetime, kind: str) -> Cast:
    """Give a database the rows of a cast that was registered before, by as much later as it is later now."""
    then, kept = _registered[kind]
    later = now - then
    for room, rows in zip(ROOMS, kept, strict=True):
        moved = [
            {name: value + later if isinstance(value, datetime) else value for name, value in row.items()}
            for row in rows
        ]
        session.execute(insert(room.__table__), moved)
        if session.get_bind().dialect.name == "postgresql":
            last = func.pg_get_serial_sequence(room.__tablename__, "id")
            session.execute(select(func.setval(last, moved[-1]["id"])))
    found = [session.scalars(select(room).order_by(room.id)).all() for room in ROOMS]
    session.commit()
    (boreal, prairie), people, (program,), _ = found
    return Cast(session, program, boreal, prairie, *people)


class Keeper:
    """A carrier that keeps what it is given, and answers what it is told to."""

    def __init__(self) -> None:
        self.carried: list[tuple[str, str, bytes]] = []
        self.answers: list[Outcome] = []

    def carry(self, mails: Iterable[Outgoing]) -> Generator[Outcome]:
        """Keep them."""
        for mail in mails:
            outcome = self.answers.pop(0) if self.answers else Outcome(Came.ACCEPTED, "250 kept")
            if outcome.came in {Came.ACCEPTED, Came.UNCERTAIN}:
                self.carried.append((mail.sender, mail.recipient, mail.data))
            yield outcome
            if outcome.came in STOPS:
                return


class Clock:
    """A clock that shows what it is set to."""

    def __init__(self, moment: datetime = MONDAY) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        """Show the moment."""
        return self.moment


@cache
def register_of(*names: str) -> Register:
    """A register of some kinds alone, made once: a round asks the database six times for each that it knows."""
    return Register(copy(REGISTER[name]) for name in names)


def office_of(session: Session, register: Register = REGISTER, **settings: str) -> PostOffice:
    """A post office over a session."""
    return PostOffice(session, register, Settings.load(MENTORLY_ORG | {"MENTORLY_INSTANCE": "/nonexistent"} | settings))


def offer(person: Person, password: str, now: datetime) -> None:
    """Give somebody a temporary password, as a welcome does."""
    offer_temporary_passwords(person.session, {person.id: password}, now)
    person.session.refresh(person)
