"""Which project leads hear about somebody: a mentee's own, and where there is none, the people of the program."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.mentoring.asked import Asked
from mentorly.mentoring.calls import CallForHelp
from mentorly.mentoring.filling_in import take_answer
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import take_in
from mentorly.mentoring.relationships import Relationship
from tests.cast import MONDAY, REGISTER, Cast, cast_of

DAY = timedelta(days=1)


@pytest.fixture
def cast(session: Session) -> Cast:
    return cast_of(session)


@pytest.fixture
def group(cast: Cast) -> Relationship:
    """Alice with Bob of the one organization and Eve of the other, each of which has its own lead."""
    together = cast.propose().accept(cast.alice, MONDAY)
    together.join(cast.eve, "mentee", MONDAY)
    take_in(together, cast.eve, MONDAY)
    nora = Person.register(
        cast.session, "nora@prairie.example.org", "Nora Lee", MONDAY, by=None, organization=cast.prairie
    )
    Participation.join(nora, cast.program, "lead", MONDAY, by=None)
    cast.session.commit()
    return together


def told(kind: str, number: int, session: Session) -> set[str]:
    """Who hears of a thing by a kind of mail."""
    due = REGISTER[kind].due.among([number]).subquery()
    return set(session.scalars(select(Person.name).join(due, due.c.reader_id == Person.id)))


def test_a_mentee_in_a_group_is_told_of_to_the_leads_of_their_own_organization_alone(
    cast: Cast, group: Relationship
) -> None:
    hears = {cast.bob: {"Carol Roy"}, cast.eve: {"Nora Lee"}, cast.alice: {"Carol Roy", "Nora Lee"}}
    for person, leads in hears.items():
        member = group.member(person)
        assert member
        member.unfinished_at = MONDAY + DAY
        one = cast.session.scalars(select(Asked).where(Asked.person_id == person.id)).first()
        assert one
        one.call_at = MONDAY
        cast.session.flush()
        assert told("something_unfinished", member.id, cast.session) == leads
        assert told("call_wanted", one.id, cast.session) == leads


def test_who_asks_to_be_called_where_nobody_leads_reaches_the_people_of_the_program(cast: Cast) -> None:
    together = cast.propose().accept(cast.alice, MONDAY)
    for part in cast.carol.participations:
        part.left_at = MONDAY
    cast.session.flush()
    midway = cast.session.scalars(select(Asked).where(Asked.name == "midway_mentee")).one()
    call = next(iter(midway.instrument.calls))
    later = together.began_at + 100 * DAY
    for _ in range(2):
        take_answer(midway, cast.bob, {call: "yes"}, later)
    (made,) = cast.session.scalars(select(CallForHelp))
    assert (made.caller, made.words, made.is_open) == (cast.bob, "", True)
    assert told("call_wanted", midway.id, cast.session) == set()
