"""Concerns: raised by who is in a relationship, looked after by administrators who are not, and sealed."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.concerns import KEPT_FOR, Concern, Kind, concerns_by_kind, concerns_for
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import part
from mentorly.mentoring.relationships import Relationship
from tests.cast import Cast, cast_of

DAY = timedelta(days=1)
WORDS = "He is late each time."


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    return cast.propose(now).accept(cast.alice, now)


def raised(cast: Cast, together: Relationship, now: datetime, kind: Kind = Kind.SCHEDULING) -> Concern:
    return Concern.raise_one(together, kind, WORDS, cast.bob, now)


def test_administrators_alone_read_a_concern_and_the_database_holds_no_word_of_it(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    one = raised(cast, together, now)
    cast.session.commit()
    assert (one.words_for(cast.dave), one.words_for(cast.bob)) == (WORDS, WORDS)
    for other in (cast.alice, cast.carol, cast.eve):
        with pytest.raises(Refused, match="Only an administrator who is not in the relationship"):
            one.words_for(other)
    (kept,) = cast.session.execute(text("SELECT sealed FROM concern")).one()
    assert WORDS.encode() not in bytes(kept)
    assert Concern.raise_one(together, Kind.OTHER, " ", cast.alice, now).words_for(cast.dave) == "", "words are no must"


def test_an_administrator_in_the_relationship_knows_of_no_concern_about_it(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    cast.alice.make_administrator(now)
    cast.program.contact_id = cast.alice.id
    one = raised(cast, together, now)
    assert (one.contact, one.is_for(cast.alice), one.is_for(cast.dave)) == (None, False, True)
    assert cast.session.scalars(concerns_for(cast.alice)).all() == []
    assert cast.session.scalars(concerns_for(cast.dave)).all() == [one]
    assert concerns_by_kind(cast.alice) == {}
    assert concerns_by_kind(cast.dave) == {(cast.program.id, "scheduling"): 1}
    with pytest.raises(Refused, match="who is not in the relationship"):
        one.close(cast.alice, now)
    cast.dave.is_administrator = False
    with pytest.raises(Refused, match="no administrator who could look after this"):
        raised(cast, together, now, Kind.OTHER)


def test_only_its_members_raise_one_and_not_after_the_end(cast: Cast, together: Relationship, now: datetime) -> None:
    for by in (cast.carol, cast.dave, cast.eve):
        with pytest.raises(Refused, match="Only its members"):
            Concern.raise_one(together, Kind.OTHER, WORDS, by, now)
    with pytest.raises(Refused, match="at most 2000 characters"):
        Concern.raise_one(together, Kind.OTHER, "x" * 2001, cast.bob, now)
    part(together, cast.dave, now)
    with pytest.raises(Refused, match="answer any mail by “help”"):
        raised(cast, together, now)


def test_it_is_looked_after_closed_opened_again_and_its_words_are_deleted_later(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    one = raised(cast, together, now)
    one.look_after(cast.dave, now)
    assert (one.looked_after_by, one.is_open) == (cast.dave, True)
    one.close(cast.dave, now + DAY)
    with pytest.raises(Refused, match="looked after this concern already"):
        one.close(cast.dave, now)
    one.reopen(cast.dave, now)
    one.close(cast.dave, now + DAY)
    with pytest.raises(Refused, match="looked after this already"):
        one.withdraw(cast.bob, now)
    Concern.forget(cast.session, now + KEPT_FOR)
    cast.session.expire_all()
    assert one.words_for(cast.dave) == WORDS
    Concern.forget(cast.session, now + DAY + KEPT_FOR)
    cast.session.expire_all()
    assert one.words_for(cast.dave) == ""
    assert concerns_by_kind(cast.dave) == {(cast.program.id, "scheduling"): 1}, "it stays counted"


def test_it_is_taken_back_by_who_raised_it_and_counts_no_more(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    one = raised(cast, together, now)
    with pytest.raises(Refused, match="Only Bob Tremblay"):
        one.withdraw(cast.alice, now)
    one.withdraw(cast.bob, now)
    assert (one.is_open, one.words_for(cast.dave), concerns_by_kind(cast.dave)) == (False, "", {})
    with pytest.raises(Refused, match="has been taken back"):
        one.look_after(cast.dave, now)


def test_who_asks_to_end_is_parted_by_an_administrator_without_blame(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    one = raised(cast, together, now, Kind.ENDING)
    assert one.asks_to_end
    assert together.is_active, "asking alone ends nothing"
    with pytest.raises(Refused, match="Only an administrator"):
        one.end_relationship(cast.carol, now)
    one.end_relationship(cast.dave, now)
    assert (together.ended_at, together.ended_early, one.closed_by) == (now, True, cast.dave)


def test_what_waits_already_is_not_said_twice(cast: Cast, together: Relationship, now: datetime) -> None:
    one = raised(cast, together, now)
    assert raised(cast, together, now) is one
    assert raised(cast, together, now, Kind.OTHER) is not one
    one.close(cast.dave, now)
    assert raised(cast, together, now) is not one


def test_in_a_group_the_next_administrator_is_found(cast: Cast, together: Relationship, now: datetime) -> None:
    grace = Person.register(cast.session, "grace@example.org", "Grace Hall", now, by=None)
    grace.make_administrator(now)
    cast.program.contact_id = grace.id
    assert raised(cast, together, now).contact is grace
