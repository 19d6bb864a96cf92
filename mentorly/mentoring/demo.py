"""The demo program: five invented organizations, so that a newcomer has somebody to be."""

from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.mentoring.people import Person
from mentorly.mentoring.programs import Program
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.roster import Roster
from mentorly.mentoring.suggestions import suggestions_of

NAME = "Demo"
ADMINISTRATOR = ("dave.okoye@mentorly.example.org", "Dave Okoye")
PAIR = ("alice.gagnon@mapleridge.example.com", "bob.tremblay@mapleridge.example.com")
PROPOSED = 5
ROSTER = Path(__file__).parent / "demo.csv"


def make_demo(session: Session, now: datetime) -> None:
    """Make the demo program, with its people and a few proposals of a lead; does nothing where it is there already."""
    if Program.named(session, NAME):
        return
    administrator = Person.register(session, *ADMINISTRATOR, now, by=None)
    administrator.make_administrator(now)
    program = Program.add(session, NAME, "one-on-one", _next_monday(now), now)
    program.contact_id = administrator.id
    Roster.read(ROSTER.read_bytes(), ROSTER.name).import_into(session, program, now, by=None, new_organizations=True)
    session.expire_all()
    _propose(session, program, now)


def _next_monday(now: datetime) -> date:
    return now.date() + timedelta(days=7 - now.weekday())


def _propose(session: Session, program: Program, now: datetime) -> None:
    """Let the lead of the first organization propose the best mentor for a few mentees."""
    alice, bob = Person.called(session, PAIR[0]), Person.called(session, PAIR[1])
    lead = next(
        person for person in session.scalars(select(Person).order_by(Person.id)) if person.led_organizations(program)
    )
    propose_match(session, program, alice, bob, now, by=lead)
    for _ in range(PROPOSED):
        found = suggestions_of(session, program, now, most=1, by=lead)
        if found:
            propose_match(session, program, found[0].mentor, found[0].mentee, now, by=lead)
