"""Silence: since when nobody has met or planned to, and when that has lasted for long enough to say something."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from mentorly.mentoring.base import Refused
from mentorly.mentoring.choosing import pick_time, put_proposal_back
from mentorly.mentoring.first_meetings import plan_first
from mentorly.mentoring.outcomes import say_not_held
from mentorly.mentoring.planning import extend, propose
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog, Way
from mentorly.mentoring.silence import set_silence
from tests.cast import Cast, cast_of

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    return cast.propose(now).accept(cast.alice, now)


def test_it_begins_with_the_match_and_has_three_steps(together: Relationship, now: datetime) -> None:
    assert together.quiet_since == now
    assert (together.nudge_at, together.nudge_again_at, together.tell_leads_at) == (
        now + 35 * DAY, now + 42 * DAY, now + 49 * DAY,
    )  # fmt: skip
    assert together.midway_at == datetime(2027, 6, 1, 4, 0, tzinfo=UTC), "a midnight in Toronto"


def test_what_is_planned_held_moved_called_off_or_struck_is_its_cause(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    at = now + 20 * DAY
    meeting = propose(together, cast.bob, [at], now)
    assert together.quiet_since == at + HOUR
    meeting.change(cast.bob, now, starts_at=now + 10 * DAY)
    assert together.quiet_since == now + 10 * DAY + HOUR
    later = propose(together, cast.bob, [now + 30 * DAY], now)
    later.call_off(cast.alice, "", now + 12 * DAY)
    assert together.quiet_since == now + 12 * DAY, "a meeting was planned until then"
    say_not_held(meeting, cast.bob, now + 13 * DAY)
    assert together.quiet_since == now + 12 * DAY
    log = SessionLog.add(together, cast.bob, Way.PHONE, now + 15 * DAY, 20, "", now + 16 * DAY)
    assert together.quiet_since == now + 15 * DAY
    log.strike(cast.bob, now + 17 * DAY)
    assert together.quiet_since == now + 12 * DAY


def test_asking_about_times_is_no_plan_and_neither_is_one_that_was_taken_back(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    times = [now + 5 * DAY, now + 6 * DAY]
    meeting = propose(together, cast.bob, times, now)
    assert together.quiet_since == now
    pick_time(meeting, cast.alice, 2, now)
    assert together.quiet_since == now + 6 * DAY + HOUR
    put_proposal_back(meeting, cast.alice, cast.bob, now, times, now)
    assert together.quiet_since == now
    plan_first(together, now + 8 * DAY, cast.carol, now)
    assert together.quiet_since == now + 8 * DAY + HOUR


def test_nothing_is_said_after_the_last_day_and_an_extension_moves_that(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    propose(together, cast.bob, [datetime(2027, 7, 26, 15, tzinfo=UTC)], now)
    assert together.nudge_at == datetime(2027, 8, 30, 16, tzinfo=UTC)
    assert (together.nudge_again_at, together.tell_leads_at) == (None, None)
    extend(together, datetime(2027, 12, 1, tzinfo=UTC).date(), cast.dave, now)
    assert together.tell_leads_at == datetime(2027, 9, 13, 16, tzinfo=UTC)
    assert together.midway_at == datetime(2027, 7, 16, 4, tzinfo=UTC)


def test_a_program_has_its_own_thresholds(cast: Cast, together: Relationship, now: datetime) -> None:
    set_silence(cast.program, cast.dave, now, quiet_days=20, nudge_days=3, leads_days=4, pause_days=90)
    assert (together.nudge_at, together.nudge_again_at, together.tell_leads_at) == (
        now + 20 * DAY, now + 23 * DAY, now + 27 * DAY,
    )  # fmt: skip
    for days in (0, 366, None):
        with pytest.raises(Refused, match="from 1 to 365 days"):
            set_silence(cast.program, cast.dave, now, quiet_days=days, nudge_days=7, leads_days=7, pause_days=90)
    with pytest.raises(Refused, match="Only an administrator"):
        set_silence(cast.program, cast.carol, now, quiet_days=9, nudge_days=7, leads_days=7, pause_days=90)
