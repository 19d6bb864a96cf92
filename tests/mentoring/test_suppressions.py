"""Optional mails: what a person stops, what comes again, and what nobody else decides."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.suppressions import CALLED, EVERY, Family, Suppression, Why
from tests.cast import Cast, cast_of

DAY = timedelta(days=1)
REMINDERS, NEWS = Family.REMINDERS, Family.NEWS


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


def held_back(session: Session, family: Family | None) -> set[int]:
    """The people from whom the mails of a family are held back; None: the mails that are needed."""
    return set(session.scalars(select(Suppression.person_id).where(Suppression.holds(family))))


def test_a_family_is_stopped_alone_and_once(cast: Cast, now: datetime) -> None:
    assert Suppression.stop(cast.alice, [REMINDERS], cast.alice, now) == {REMINDERS}
    assert Suppression.stop(cast.alice, [REMINDERS], cast.alice, now + DAY) == frozenset()
    assert Suppression.stopped(cast.alice) == {REMINDERS}
    assert held_back(cast.session, REMINDERS) == {cast.alice.id}
    assert held_back(cast.session, NEWS) == held_back(cast.session, None) == set()
    assert [row.since for row in cast.session.scalars(select(Suppression))] == [now]


def test_what_was_stopped_comes_again_and_the_others_stay_stopped(cast: Cast, now: datetime) -> None:
    Suppression.stop(cast.alice, EVERY, cast.alice, now)
    Suppression.resume(cast.alice, [NEWS], cast.alice, now)
    assert Suppression.stopped(cast.alice) == EVERY - {NEWS}


def test_after_a_complaint_a_person_may_choose_again(cast: Cast, now: datetime) -> None:
    Suppression.stop(cast.alice, [REMINDERS], cast.alice, now)
    Suppression.put(cast.alice, Why.COMPLAINT, now, evidence="abuse")
    assert Suppression.stopped(cast.alice) == EVERY
    Suppression.choose(cast.alice, [], [REMINDERS, NEWS], cast.alice, now)
    assert Suppression.stopped(cast.alice) == EVERY
    Suppression.choose(cast.alice, [NEWS], [REMINDERS, NEWS], cast.alice, now)
    assert Suppression.stopped(cast.alice) == EVERY - {NEWS}
    assert held_back(cast.session, NEWS) == set()


def test_a_choice_leaves_alone_what_was_not_offered(cast: Cast, now: datetime) -> None:
    Suppression.stop(cast.alice, [Family.EVENTS], cast.alice, now)
    Suppression.choose(cast.alice, [Family.EVENTS], [REMINDERS], cast.alice, now)
    assert Suppression.stopped(cast.alice) == {REMINDERS, Family.EVENTS}


def test_an_address_that_does_not_work_holds_back_its_own_mails_alone(cast: Cast, now: datetime) -> None:
    old = cast.alice.email
    Suppression.put(cast.alice, Why.BOUNCE, now, address=old, evidence="5.1.1")
    assert held_back(cast.session, NEWS) == {cast.alice.id}
    assert Suppression.stopped(cast.alice) == frozenset()
    cast.alice.correct_address("alice.gagnon@example.org", cast.carol, now)
    cast.session.flush()
    assert held_back(cast.session, NEWS) == set()


@pytest.mark.parametrize("name", ["carol", "dave", "bob"])
def test_nobody_chooses_for_somebody_else(cast: Cast, now: datetime, name: str) -> None:
    by: Person = getattr(cast, name)
    for change in (Suppression.stop, Suppression.resume):
        with pytest.raises(Refused, match="Only Alice Gagnon chooses"):
            change(cast.alice, [NEWS], by, now)


def test_every_family_has_its_words_in_both_languages() -> None:
    assert set(CALLED) == EVERY
    assert all(set(words) == {"en", "fr"} for words in CALLED.values())
