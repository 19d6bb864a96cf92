"""What lists show: the same people, relationships and proposals that privacy.py allows, on both databases."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.emails import records
from mentorly.emails.envelope import Envelope, State
from mentorly.mentoring import playground_sights, sights
from mentorly.mentoring.leaves import Leaf
from mentorly.mentoring.organizations import Organization
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.privacy import What, may_see, may_see_person
from mentorly.mentoring.program_glances import program_glances
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from tests.cast import MONDAY, Cast, cast_of


@pytest.fixture
def cast(session: Session) -> Cast:
    """Everybody."""
    return cast_of(session)


def join(cast: Cast, name: str, role: str, organization: Organization) -> Person:
    address = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    person = Person.register(cast.session, address, name, MONDAY, by=None, organization=organization)
    Participation.join(person, cast.program, role, MONDAY, by=None)
    return person


def match(cast: Cast, mentor: Person, mentee: Person, now: datetime = MONDAY) -> Relationship:
    return propose_match(cast.session, cast.program, mentor, mentee, now, by=cast.dave).accept(mentor, now)


def lapse(cast: Cast, mentee: Person, by: Person) -> Proposal:
    proposal = propose_match(cast.session, cast.program, cast.alice, mentee, MONDAY - timedelta(days=20), by=by)
    proposal.asked(MONDAY - timedelta(days=20))
    cast.session.flush()
    return proposal


def test_lists_hold_just_what_privacy_allows(cast: Cast) -> None:
    frank, grace = join(cast, "Frank Petit", "mentor", cast.prairie), join(cast, "Grace Chen", "lead", cast.prairie)
    heidi = join(cast, "Heidi Roy", "mentee", cast.boreal)
    for mentor, mentee in ((cast.alice, cast.bob), (frank, cast.eve), (frank, heidi)):
        match(cast, mentor, mentee)
    everybody = cast.session.scalars(select(Person)).all()
    relationships = cast.session.scalars(select(Relationship)).all()
    for viewer in (cast.alice, cast.bob, cast.carol, cast.dave, cast.eve, grace):
        seen = set(cast.session.scalars(sights.people(viewer)))
        assert seen == {one for one in everybody if may_see_person(viewer, one)}
        known = set(cast.session.scalars(sights.relationships(viewer)))
        assert known == {one for one in relationships if may_see(viewer, What.EXISTENCE, one)}


def test_a_match_that_was_undone_is_no_relationship(cast: Cast) -> None:
    proposal = cast.propose()
    proposal.accept(cast.alice, MONDAY)
    assert len(cast.session.scalars(sights.relationships(cast.dave)).all()) == 1
    proposal.unaccept(cast.alice, MONDAY)
    cast.session.flush()
    assert cast.session.scalars(sights.relationships(cast.dave)).all() == []


def test_a_search_finds_parts_of_names_and_addresses_and_takes_signs_as_they_are(cast: Cast) -> None:
    def found(sought: str) -> list[str]:
        return [one.first_name for one in cast.session.scalars(sights.people(cast.dave, sought))]

    assert found("gAgN") == ["Alice"]
    assert found("@prairie") == ["Dave", "Eve"]
    assert found("%") == []
    assert found("_") == []


def test_a_lead_of_one_organization_sees_no_proposals_of_another(cast: Cast) -> None:
    grace = join(cast, "Grace Chen", "lead", cast.prairie)
    own = lapse(cast, cast.bob, cast.carol)
    other = propose_match(cast.session, cast.program, cast.alice, cast.eve, MONDAY, by=cast.dave)
    cast.session.flush()
    assert cast.session.scalars(sights.proposals(cast.carol)).all() == [own]
    assert cast.session.scalars(sights.proposals(grace)).all() == [other]
    assert cast.session.scalars(sights.proposals(cast.dave)).all() == [other, own]
    assert cast.session.scalars(sights.proposals(cast.dave, "marchand")).all() == [other]
    assert cast.session.scalars(sights.proposals(cast.bob)).all() == []


def test_nobody_sees_a_proposal_of_themself_before_it_is_accepted(cast: Cast) -> None:
    cast.bob.make_administrator(MONDAY)
    lapse(cast, cast.bob, cast.carol)
    assert cast.session.scalars(sights.proposals(cast.bob)).all() == []


def test_what_came_back_waits_until_somebody_else_is_asked(cast: Cast) -> None:
    proposal = lapse(cast, cast.bob, cast.carol)
    assert cast.session.scalars(sights.stranded(cast.carol, MONDAY)).all() == [proposal]
    assert cast.session.scalars(sights.stranded(cast.dave, MONDAY)).all() == []
    assert playground_sights.first_asked(cast.session, MONDAY, lapsed=True) is proposal
    assert playground_sights.first_asked(cast.session, MONDAY, lapsed=False) is None
    propose_match(cast.session, cast.program, cast.alice, cast.bob, MONDAY, by=cast.carol)
    cast.session.flush()
    assert cast.session.scalars(sights.stranded(cast.carol, MONDAY)).all() == []


def test_a_glance_counts_what_the_viewer_sees(cast: Cast) -> None:
    grace, heidi = join(cast, "Grace Chen", "lead", cast.prairie), join(cast, "Heidi Roy", "mentee", cast.boreal)
    match(cast, cast.alice, cast.bob)
    propose_match(cast.session, cast.program, cast.alice, heidi, MONDAY, by=cast.carol)
    cast.session.flush()

    def glance(viewer: Person) -> tuple[int, ...]:
        (seen,) = program_glances(cast.session, viewer, [cast.program], MONDAY)
        return seen.mentors, seen.mentees, seen.leads, seen.free, seen.waiting, seen.active

    assert glance(cast.dave) == (1, 3, 2, 2, 1, 1)
    assert glance(cast.carol) == (1, 2, 1, 1, 1, 1)
    assert glance(grace) == (0, 1, 1, 1, 0, 0)


def test_a_lead_runs_the_programs_in_which_they_lead(cast: Cast) -> None:
    assert cast.session.scalars(sights.programs(cast.carol)).all() == [cast.program]
    assert cast.session.scalars(sights.programs(cast.bob)).all() == []


def test_the_playground_shows_who_runs_mentorly_first(cast: Cast) -> None:
    names = [one.first_name for one in cast.session.scalars(playground_sights.everybody())]
    assert names == ["Dave", "Alice", "Bob", "Carol", "Eve"]


def test_a_leaf_holds_a_page_and_knows_how_many_there_are(cast: Cast) -> None:
    query = sights.people(cast.dave)
    first = Leaf.read(cast.session, query, 1, 2)
    assert ([one.first_name for one in first.rows], first.total, first.pages) == (["Alice", "Bob"], 5, 3)
    for number, names in ((3, ["Eve"]), (99, ["Eve"]), (0, ["Alice", "Bob"])):
        assert [one.first_name for one in Leaf.read(cast.session, query, number, 2).rows] == names
    assert Leaf.cut([], 5).pages == 1


def test_a_trouble_is_over_when_the_mail_was_sent_again(cast: Cast) -> None:
    def envelope(state: State, again: int = 0, occasion: str = "") -> None:
        key = {"kind": "welcome", "thing_id": cast.bob.id, "reader_id": cast.bob.id, "occasion": occasion}
        more = {"moment": MONDAY, "lane": 0, "collected_at": MONDAY, "mark": f"{state}{again}{occasion}"}
        cast.session.add(Envelope(state=state, again=again, **key, **more))
        cast.session.flush()

    envelope(State.REFUSED)
    envelope(State.SENT, occasion="another")
    envelope(State.FAILED, occasion="a third")
    assert records.troubles(cast.session) == {State.REFUSED: 1, State.FAILED: 1}
    envelope(State.WAITING, again=1)
    assert records.troubles(cast.session) == {State.FAILED: 1}
    assert [one.state for one in cast.session.scalars(records.troubled(State.REFUSED))] == []
    assert len(cast.session.scalars(records.written_to(cast.bob)).all()) == 4
