"""Two who plan, accept, write and edit at the same moment: PostgreSQL holds up nobody for the other's sake."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.instrument_use import use
from mentorly.mentoring.own_asked import asked_of_oneself
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.program_instruments import InstrumentText
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import propose_match
from tests.cast import MONDAY, Cast, cast_of

PATIENCE = text("SET lock_timeout = '200ms'")


@pytest.fixture
def cast(session: Session) -> Cast:
    return cast_of(session)


def second_pair(cast: Cast) -> Proposal:
    """Another mentor is asked for another mentee."""
    people = []
    for name, role in (("Anna", "mentor"), ("Ben", "mentee")):
        email = f"{name}@boreal.example.org"
        person = Person.register(cast.session, email, f"{name} Roy", MONDAY, by=None, organization=cast.boreal)
        Participation.join(person, cast.program, role, MONDAY, by=None)
        people.append(person)
    return propose_match(cast.session, cast.program, *people, MONDAY, by=None)


def test_who_accepts_or_writes_while_a_survey_is_put_to_use_waits_for_nobody(cast: Cast, engine: Engine) -> None:
    """A lock that keeps others from naming the row in rows of theirs would end in a deadlock, and in lost words."""
    cast.propose().accept(cast.alice, MONDAY)
    proposal = second_pair(cast)
    cast.session.commit()
    if engine.dialect.name == "sqlite":
        assert use(cast.program, "competencies", cast.dave, MONDAY).asked == 2
        return
    with Session(engine) as console:
        cast.session.execute(PATIENCE)
        agreement = cast.session.scalars(select(Asked).where(Asked.name == "mentorship_agreement")).first()
        assert agreement
        assert asked_of_oneself(agreement.person, agreement.id)
        console.execute(PATIENCE)
        dave = console.get_one(Person, cast.dave.id)
        assert use(console.get_one(type(cast.program), cast.program.id), "competencies", dave, MONDAY).asked == 2
        proposal.accept(proposal.mentor, MONDAY + timedelta(hours=1))
        cast.session.commit()
        console.commit()


def test_two_matches_at_the_same_moment_ask_the_lead_once(cast: Cast, engine: Engine) -> None:
    first, second = cast.propose(), second_pair(cast)
    InstrumentText.shipped(cast.session, MONDAY)
    cast.session.commit()
    first.accept(cast.alice, MONDAY)
    with Session(engine) as other:
        late = other.get_one(Proposal, second.id) if engine.dialect.name == "postgresql" else second
        thread = Thread(target=lambda: (late.accept(late.mentor, MONDAY), other.commit()))
        thread.start()
        if engine.dialect.name == "sqlite":
            thread.join()
        else:
            thread.join(1)
        cast.session.commit()
        thread.join()
    view = select(Asked).where(Asked.name == "organization_view", Asked.person_id == cast.carol.id)
    assert len(cast.session.scalars(view).all()) == 1
    assert len(cast.session.scalars(select(Proposal).where(Proposal.accepted_at.is_not(None))).all()) == 2
