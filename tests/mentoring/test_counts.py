"""How many meetings there are: counted at once for many relationships, and shown to each hat as the table says."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from mentorly.mentoring import privacy
from mentorly.mentoring.counts import Meetings, meetings_in
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.planning import propose
from mentorly.mentoring.privacy import What
from mentorly.mentoring.progress import Progress
from mentorly.mentoring.proposing import propose_match
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog, Way
from tests.cast import Cast, cast_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    return cast.propose(now).accept(cast.alice, now)


def counted(together: Relationship, now: datetime) -> Meetings:
    return meetings_in(together.session, [together.id], now)[together.id]


def test_held_is_what_stands_in_the_log_and_planned_is_what_is_to_come(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    assert counted(together, now) == (0, 0)
    first, second, off = (propose(together, cast.bob, [now + days * DAY], now) for days in (1, 2, 3))
    propose(together, cast.bob, [now + 4 * DAY, now + 5 * DAY], now)
    off.call_off(cast.bob, "", now)
    together.session.flush()
    assert counted(together, now) == (0, 2), "what is off or has no time yet is not planned"
    assert first.starts_at
    later = first.starts_at + 2 * HOUR
    assert counted(together, later) == (0, 1), "what is over and not confirmed is not held"
    log = SessionLog.of_meeting(first, cast.bob, 50, "", later)
    SessionLog.add(together, cast.alice, Way.PHONE, later - HOUR, 20, "", later)
    assert counted(together, later) == (2, 1)
    log.strike(cast.alice, later)
    together.session.flush()
    assert counted(together, later) == (1, 1)
    assert second.is_upcoming(later)


def test_each_hat_is_shown_the_counts_that_the_table_gives_it(cast: Cast, now: datetime) -> None:
    frank = Person.register(cast.session, "frank@prairie.example.org", "Frank Petit", now, by=None)
    frank.organization = cast.prairie
    Participation.join(frank, cast.program, "mentor", now, by=None)
    grace = Person.register(cast.session, "grace@prairie.example.org", "Grace Chen", now, by=None)
    grace.organization = cast.prairie
    Participation.join(grace, cast.program, "lead", now, by=None)
    together = propose_match(cast.session, cast.program, frank, cast.bob, now, by=cast.dave).accept(frank, now)
    both = {What.MEETINGS_HELD, What.MEETINGS_PLANNED}
    seen = {
        person.first_name: {what for what in both if privacy.may_see(person, what, together)}
        for person in (cast.dave, cast.carol, grace, frank, cast.bob, cast.alice, cast.eve)
    }
    assert seen == {
        "Dave": both, "Carol": both, "Grace": {What.MEETINGS_HELD}, "Frank": both, "Bob": both, "Alice": set(),
        "Eve": set(),
    }  # fmt: skip
    row = privacy.lead_row(cast.bob, together, Meetings(3, 2), Progress(), [])
    assert (row[What.MEETINGS_HELD], row[What.MEETINGS_PLANNED]) == (3, 2)
    assert privacy.lead_row(frank, together, Meetings(3, 2), Progress(), []).keys() == {
        What.EXISTENCE,
        What.MEETINGS_HELD,
    }


def test_a_hundred_relationships_are_counted_by_two_questions(
    cast: Cast, together: Relationship, now: datetime, engine: Engine,
    count_queries: Callable[[Engine], AbstractContextManager[list[str]]],
) -> None:  # fmt: skip
    cast.session.flush()
    with count_queries(engine) as queries:
        assert len(meetings_in(cast.session, [together.id, *range(100, 199)], now)) == 100
    assert len(queries) == 2
