"""Proposals and relationships: what each may do, and with which sentence it is refused."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.conflicts import Conflict
from mentorly.mentoring.first_meetings import set_first_meeting
from mentorly.mentoring.homes import relationships_of
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import places_taken, propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.suggestions import best_assignment, objections_to, suggestions_for, suggestions_of
from tests.cast import Cast, cast_of

DAY = timedelta(days=1)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


def test_a_mentor_accepts_and_the_relationship_begins(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now)
    together = proposal.accept(cast.alice, now + DAY)
    assert together.mentors == [cast.alice]
    assert together.mentees == [cast.bob]
    assert together.ends_on == cast.program.ends_on
    assert proposal.state(now + DAY) == "accepted"


def test_a_lead_proposes_within_the_own_organization_only(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused, match="across organizations"):
        propose_match(cast.session, cast.program, cast.alice, cast.eve, now, by=cast.carol)
    assert propose_match(cast.session, cast.program, cast.alice, cast.eve, now, by=cast.dave).is_open


def test_a_lead_of_two_organizations_matches_within_each_alone(cast: Cast, now: datetime) -> None:
    session = cast.session
    own = Participation.of(cast.carol, cast.program, "lead")
    assert own is not None
    values = {"program": cast.program, "person": cast.carol, "role": "lead", "joined_at": now, "notes": ""}
    session.add(Participation(organization_id=cast.prairie.id, fields=(), skills=(), wants=(), **values))
    session.flush()
    with pytest.raises(Refused, match="across organizations"):
        propose_match(session, cast.program, cast.alice, cast.eve, now, by=cast.carol)


def test_who_is_in_a_proposal_is_not_told_what_became_of_it(cast: Cast, now: datetime) -> None:
    Participation.join(cast.dave, cast.program, "mentee", now, by=None)
    proposal = propose_match(cast.session, cast.program, cast.alice, cast.dave, now, by=cast.dave)
    assert proposal.told_to not in {cast.alice, cast.dave}


def test_a_conflict_declared_before_outlives_a_reservation_that_is_taken_back(cast: Cast, now: datetime) -> None:
    Conflict.declare(cast.alice, cast.bob, now)
    proposal = cast.propose(now)
    proposal.reserve("conflict", "", cast.alice, now)
    proposal.unreserve(cast.alice, now)
    assert len(cast.session.scalars(select(Conflict)).all()) == 1


def test_neither_mentor_nor_mentee_proposes(cast: Cast, now: datetime) -> None:
    for by in (cast.alice, cast.bob):
        with pytest.raises(Refused, match="Only an administrator or a project lead"):
            cast.propose(now, by=by)


def test_a_mentee_is_asked_about_once_at_a_time(cast: Cast, now: datetime) -> None:
    cast.propose(now)
    with pytest.raises(Refused, match="has not answered yet"):
        cast.propose(now + DAY)


def test_silence_counts_from_the_moment_of_being_asked(cast: Cast, now: datetime) -> None:
    """rules A7: an outage of a week lapses nothing that nobody was sent."""
    proposal = cast.propose(now)
    assert not proposal.has_lapsed(now + 100 * DAY)
    proposal.asked(now + 100 * DAY)
    assert not proposal.has_lapsed(now + 106 * DAY)
    assert proposal.has_lapsed(now + 107 * DAY)


def test_lapsed_is_the_same_in_python_and_in_sql(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now)
    proposal.asked(now)
    cast.session.flush()
    for moment in (now, now + 7 * DAY - timedelta(microseconds=1), now + 7 * DAY, now + 8 * DAY):
        found = cast.session.scalars(select(Proposal).where(Proposal.has_lapsed(moment))).all()
        assert (proposal in found) == proposal.has_lapsed(moment)


def test_a_late_yes_is_taken_while_the_mentee_is_free(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now)
    proposal.asked(now)
    assert proposal.accept(cast.alice, now + 30 * DAY).is_active


def test_a_late_yes_is_refused_once_somebody_else_was_asked(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now)
    proposal.asked(now)
    other = Person.register(cast.session, "anna@boreal.example.org", "Anna Roy", now, by=None, organization=cast.boreal)
    Participation.join(other, cast.program, "mentor", now, by=None)
    propose_match(cast.session, cast.program, other, cast.bob, now + 8 * DAY, by=cast.carol)
    with pytest.raises(Refused, match="taken back"):
        proposal.accept(cast.alice, now + 9 * DAY)


def test_nobody_answers_for_the_mentor(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now)
    for by in (cast.bob, cast.carol, cast.dave):
        with pytest.raises(Refused, match="Alice Gagnon alone"):
            proposal.accept(by, now)
        with pytest.raises(Refused, match="Alice Gagnon alone"):
            proposal.reserve("other", "", by, now)


def test_a_reservation_for_a_conflict_is_remembered_and_excludes_the_pair(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now)
    proposal.reserve("conflict", "She manages my brother.", cast.alice, now)
    assert cast.session.scalars(select(Conflict)).one().other_id == cast.bob.id
    assert suggestions_for(cast.bob, cast.program, now) == []
    sentences = [str(reason) for reason in objections_to(cast.alice, cast.bob, cast.program, now)]
    assert any("declared" in sentence for sentence in sentences)
    assert not any("brother" in sentence for sentence in sentences)


def test_a_reservation_is_taken_back_with_all_that_it_said(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now)
    proposal.reserve("conflict", "She manages my brother.", cast.alice, now)
    proposal.unreserve(cast.alice, now)
    assert (proposal.is_open, proposal.reservation, proposal.reservation_words) == (True, "", "")
    assert cast.session.scalars(select(Conflict)).all() == []


def test_an_acceptance_is_undone_until_somebody_was_told(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now)
    together = proposal.accept(cast.alice, now)
    proposal.unaccept(cast.alice, now)
    assert proposal.is_open
    assert not together.is_active
    assert not relationships_of(cast.alice), "what was undone is shown to nobody"
    again = proposal.accept(cast.alice, now)
    again.members[1].told_at = now
    with pytest.raises(Refused, match="has been told already"):
        proposal.unaccept(cast.alice, now)


def test_the_same_two_can_be_matched_again_after_an_undo(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now)
    proposal.accept(cast.alice, now)
    cast.session.flush()
    proposal.unaccept(cast.alice, now)
    cast.session.flush()
    assert proposal.accept(cast.alice, now).is_active


def test_in_a_group_program_mentees_of_one_mentor_share_a_relationship(session: Session, now: datetime) -> None:
    cast = cast_of(session, now, kind="group")
    first = cast.propose(now).accept(cast.alice, now)
    second = propose_match(session, cast.program, cast.alice, cast.eve, now, by=cast.dave).accept(cast.alice, now)
    assert second is first
    assert first.mentees == [cast.bob, cast.eve]


def test_in_a_mutual_program_both_are_both(session: Session, now: datetime) -> None:
    cast = cast_of(session, now, kind="reverse")
    together = cast.propose(now).accept(cast.alice, now)
    assert together.mentors == together.mentees == [cast.alice, cast.bob]


def test_places_are_taken_by_relationships_and_by_open_proposals(cast: Cast, now: datetime) -> None:
    proposal = cast.propose(now)
    assert places_taken(cast.session, cast.program, now) == {cast.alice.id: 1}
    proposal.accept(cast.alice, now)
    assert places_taken(cast.session, cast.program, now) == {cast.alice.id: 1}
    second = propose_match(cast.session, cast.program, cast.alice, cast.eve, now, by=cast.dave)
    assert second.over_capacity


def test_whose_relationship_ended_early_comes_first(cast: Cast, now: datetime) -> None:
    zoe = Person.register(cast.session, "zoe@boreal.example.org", "Zoe Roy", now, by=None, organization=cast.boreal)
    Participation.join(zoe, cast.program, "mentee", now, by=None)
    anna = Person.register(cast.session, "anna@boreal.example.org", "Anna Roy", now, by=None, organization=cast.boreal)
    Participation.join(anna, cast.program, "mentor", now, by=None)
    propose_match(cast.session, cast.program, cast.alice, zoe, now, by=cast.carol).accept(cast.alice, now).end(
        cast.dave, now
    )
    cast.session.flush()
    first = suggestions_of(cast.session, cast.program, now, most=1)[0]
    assert (first.mentee, first.mentor) == (zoe, anna)


def test_the_best_assignment_proposes_nothing_by_itself(cast: Cast, now: datetime) -> None:
    pairs, left = best_assignment(cast.session, cast.program, now)
    assert len(pairs) == 1
    assert len(left) == 1
    assert cast.session.scalars(select(Proposal)).all() == []


def test_a_lead_is_not_told_to_ask_a_mentor_of_elsewhere(cast: Cast, now: datetime) -> None:
    olga = Person.register(cast.session, "olga@example.org", "Olga Ruiz", now, by=None, organization=cast.prairie)
    Participation.join(olga, cast.program, "mentor", now, by=None)
    assert [one.mentor for one in suggestions_for(cast.bob, cast.program, now, by=cast.carol)] == [cast.alice]
    assert {one.mentor for one in suggestions_for(cast.bob, cast.program, now, by=cast.dave)} == {cast.alice, olga}


def test_a_lead_gets_suggestions_of_the_own_organization_alone(cast: Cast, now: datetime) -> None:
    assert {one.mentee for one in suggestions_of(cast.session, cast.program, now, by=cast.carol)} == {cast.bob}


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    return cast.propose(now).accept(cast.alice, now)


def test_the_first_meeting_is_set_by_members_their_lead_or_an_administrator(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    for by in (cast.alice, cast.bob, cast.carol, cast.dave):
        set_first_meeting(together, now + 3 * DAY, by, now)
        assert together.first_meeting_set_by is by
    with pytest.raises(Refused, match="Only its members"):
        set_first_meeting(together, now + 3 * DAY, cast.eve, now)


def test_the_first_meeting_lies_ahead_and_before_the_end(cast: Cast, together: Relationship, now: datetime) -> None:
    with pytest.raises(Refused, match="in the future"):
        set_first_meeting(together, now, cast.bob, now)
    with pytest.raises(Refused, match="ends on"):
        set_first_meeting(together, now + 400 * DAY, cast.bob, now)


def test_only_an_administrator_extends_and_only_to_a_later_day(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    with pytest.raises(Refused, match="Only an administrator"):
        together.extend(together.ends_on + DAY, cast.carol, now)
    with pytest.raises(Refused, match="choose a later day"):
        together.extend(together.ends_on, cast.dave, now)
    together.extend(together.ends_on + 30 * DAY, cast.dave, now)
    assert together.ends_on == cast.program.ends_on + 30 * DAY


def test_who_has_ended_has_ended(cast: Cast, together: Relationship, now: datetime) -> None:
    together.end(cast.carol, now)
    for act in (
        lambda: together.end(cast.dave, now),
        lambda: together.extend(together.ends_on + DAY, cast.dave, now),
        lambda: set_first_meeting(together, now + DAY, cast.bob, now),
    ):
        with pytest.raises(Refused, match="has ended"):
            act()
