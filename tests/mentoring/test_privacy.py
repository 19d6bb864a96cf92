"""The one table of who may see what, with several hats (rules C3, C4, C9)."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from mentorly.mentoring.counts import Meetings
from mentorly.mentoring.pauses import pause
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import part
from mentorly.mentoring.privacy import (
    Hat,
    What,
    contacts,
    hat,
    lead_row,
    may_see,
    may_see_answers,
    may_see_person,
    may_see_reason,
)
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from tests.cast import Cast, cast_of

DAY = timedelta(days=1)
EVERYTHING = set(What)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    return cast.propose(now).accept(cast.alice, now)


def seen_by(person: Person, together: Relationship) -> set[What]:
    return {what for what in What if may_see(person, what, together)}


def test_each_hat_sees_its_column(cast: Cast, together: Relationship) -> None:
    assert seen_by(cast.dave, together) == EVERYTHING
    assert seen_by(cast.carol, together) == EVERYTHING
    assert seen_by(cast.alice, together) == EVERYTHING
    assert seen_by(cast.bob, together) == EVERYTHING - {What.REPORT_DATES}
    assert seen_by(cast.eve, together) == set()


def test_a_lead_of_the_mentors_organization_sees_that_it_exists_and_the_meetings_held(
    cast: Cast, now: datetime
) -> None:
    together = propose_match(cast.session, cast.program, cast.alice, cast.eve, now, by=cast.dave).accept(
        cast.alice, now
    )
    assert hat(cast.carol, together) is Hat.MENTORS_LEAD
    assert seen_by(cast.carol, together) == {What.EXISTENCE, What.MEETINGS_HELD}


def test_the_row_tells_the_state_and_the_day_it_ends_or_ended(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    def row() -> object:
        return lead_row(cast.bob, together, Meetings(), Progress(), [])[What.EXISTENCE]

    assert row() == (True, False, now, together.ends_on)
    pause(together, cast.bob, now)
    assert row() == (True, True, now, together.ends_on)
    part(together, cast.dave, now + DAY)
    assert row() == (False, False, now, now + DAY)


def test_who_is_in_it_wears_that_hat_and_no_other(cast: Cast, now: datetime) -> None:
    Participation.join(cast.carol, cast.program, "mentee", now, by=None)
    Participation.join(cast.dave, cast.program, "mentor", now, by=None)
    own = propose_match(cast.session, cast.program, cast.dave, cast.carol, now, by=None).accept(cast.dave, now)
    assert hat(cast.carol, own) is Hat.MENTEE
    assert hat(cast.dave, own) is Hat.MENTOR
    assert not may_see(cast.carol, What.REPORT_DATES, own)


def test_in_a_mutual_relationship_nobody_sees_dates_of_reports_about_themselves(
    session: Session, now: datetime
) -> None:
    cast = cast_of(session, now, kind="reverse")
    together = cast.propose(now).accept(cast.alice, now)
    for person in (cast.alice, cast.bob):
        assert not may_see(person, What.REPORT_DATES, together)


def test_a_lead_sees_the_profiles_of_the_own_organization(cast: Cast) -> None:
    assert may_see_person(cast.carol, cast.bob)
    assert not may_see_person(cast.carol, cast.eve)
    assert may_see_person(cast.dave, cast.eve)
    assert not may_see_person(cast.alice, cast.bob)


def test_nobody_sees_the_profile_of_who_was_erased(cast: Cast, now: datetime) -> None:
    cast.bob.erased_at = now
    assert not may_see_person(cast.carol, cast.bob)
    assert not may_see_person(cast.dave, cast.bob)


def test_a_reservations_reason_is_for_who_proposed_and_its_author(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now, by=cast.carol)
    seeing = [
        person.name.split()[0]
        for person in (cast.alice, cast.bob, cast.carol, cast.dave, cast.eve)
        if may_see_reason(person, proposal)
    ]
    assert seeing == ["Alice", "Carol"]
    assert may_see_answers(cast.carol, proposal)
    assert not may_see_answers(cast.dave, proposal)


def test_contact_details_go_from_mentor_to_mentee_and_back_alone(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    """Not among mentors, and not to who is outside."""
    together.join(cast.carol, "mentor", now)
    assert contacts(cast.alice, together) == [cast.bob]
    assert contacts(cast.bob, together) == [cast.alice, cast.carol]
    assert contacts(cast.dave, together) == []


def test_in_a_mutual_relationship_nobody_is_their_own_contact(session: Session, now: datetime) -> None:
    cast = cast_of(session, now, kind="reverse")
    assert contacts(cast.alice, cast.propose(now).accept(cast.alice, now)) == [cast.bob]
