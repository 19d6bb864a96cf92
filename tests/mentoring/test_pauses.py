"""Pauses: who pauses and resumes, what cannot be begun meanwhile, and what moves by as much (rules C10)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from mentorly.mentoring.asked import asked_of
from mentorly.mentoring.base import Refused
from mentorly.mentoring.first_meetings import plan_first
from mentorly.mentoring.objectives import Category, Horizon, Objective, Plan
from mentorly.mentoring.pauses import Pause, may_pause, pause, resume
from mentorly.mentoring.planning import extend, part, propose
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.tasks import Task
from tests.cast import Cast, cast_of

DAY = timedelta(days=1)
PLAN = Plan("Lead a team", Category.LEADERSHIP, Horizon.LONG, "", "", "", "")


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    return cast.propose(now).accept(cast.alice, now)


def test_either_the_lead_or_an_administrator_pauses_and_any_of_them_resumes(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    for one, other in ((cast.alice, cast.bob), (cast.carol, cast.alice), (cast.bob, cast.dave)):
        pause(together, one, now)
        assert together.is_paused
        with pytest.raises(Refused, match="paused already"):
            pause(together, other, now)
        resume(together, other, now)
        assert together.goes_on
    with pytest.raises(Refused, match="not paused"):
        resume(together, cast.alice, now)
    with pytest.raises(Refused, match="Only its members"):
        pause(together, cast.eve, now)


def test_a_group_is_paused_by_its_mentors_and_by_none_of_its_mentees(session: Session, now: datetime) -> None:
    cast = cast_of(session, now, kind="group")
    together = cast.propose(now).accept(cast.alice, now)
    assert may_pause(cast.bob, together), "as long as they are two"
    together.join(cast.eve, "mentee", now)
    assert [may_pause(one, together) for one in (cast.alice, cast.bob, cast.eve)] == [True, False, False]
    with pytest.raises(Refused, match="A group is paused"):
        pause(together, cast.bob, now)


def test_nothing_new_is_begun_meanwhile_and_what_there_is_goes_on(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    objective = Objective.open(together, cast.bob, PLAN, cast.bob, now)
    task = Task.add(objective, "Read", date(2027, 3, 20), cast.bob, cast.alice, now)
    meeting = propose(together, cast.bob, [now + 9 * DAY], now)
    pause(together, cast.bob, now)
    for begin in (
        lambda: propose(together, cast.alice, [now + 20 * DAY], now),
        lambda: plan_first(together, now + 20 * DAY, cast.carol, now),
        lambda: Objective.open(together, cast.bob, PLAN, cast.alice, now),
        lambda: Task.add(objective, "Write", date(2027, 3, 21), cast.bob, cast.alice, now),
    ):
        with pytest.raises(Refused, match="paused"):
            begin()
    task.finish(cast.bob, now)
    meeting.call_off(cast.alice, "", now)
    assert task.is_complete
    assert not meeting.is_planned


def test_its_end_its_midway_its_open_tasks_and_what_is_asked_move_by_as_much(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    objective = Objective.open(together, cast.bob, PLAN, cast.bob, now)
    due = [date(2027, 3, 9), date(2027, 3, 20), date(2027, 3, 21)]
    late, soon, done = (Task.add(objective, f"Read {day}", day, cast.bob, cast.alice, now) for day in due)
    done.finish(cast.bob, now)
    baseline, end = (
        next(one for one in asked_of(cast.bob, together) if one.name == name)
        for name in ("mentee_baseline", "mentee_end")
    )
    baseline.was_asked(now + 9 * DAY)
    reminded, opens, midway = baseline.remind_at, end.opens_at, together.midway_at
    assert opens
    assert midway
    pause(together, cast.bob, now + 10 * DAY)
    ended = resume(together, cast.alice, now + 31 * DAY)
    assert ended.days == 21
    assert together.ends_on == date(2027, 9, 22)
    assert together.midway_at == midway + 21 * DAY
    assert [one.target_on for one in (late, soon, done)] == [due[0], due[1] + 21 * DAY, due[2]]
    assert soon.reminds_on == soon.target_on
    assert (reminded, baseline.remind_at) == (
        datetime(2027, 3, 13, 5, tzinfo=UTC), datetime(2027, 4, 3, 4, tzinfo=UTC),
    ), "midnights in Toronto, in winter and in summer"  # fmt: skip
    assert end.opens_at == opens + 21 * DAY
    assert together.quiet_since == now + 31 * DAY


def test_a_pause_after_the_midway_leaves_it_and_an_extension_counts_no_days_of_pauses(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    for first, last in ((10, 40), (130, 140)):
        pause(together, cast.bob, now + first * DAY)
        resume(together, cast.bob, now + last * DAY)
    assert (together.ends_on, together.midway_on) == (date(2027, 10, 11), date(2027, 7, 1))
    extend(together, date(2027, 10, 31), cast.dave, now + 150 * DAY)
    assert together.midway_on == date(2027, 7, 11), "half of the days in which it went on"
    assert together.midway_at == datetime(2027, 7, 11, 4, tzinfo=UTC)


def test_a_paused_relationship_can_end_and_is_not_paused_then(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    pause(together, cast.bob, now)
    part(together, cast.dave, now + DAY)
    assert (together.is_paused, together.goes_on) == (False, False)
    for change in (pause, resume):
        with pytest.raises(Refused):
            change(together, cast.bob, now + DAY)
    assert cast.session.query(Pause).one().is_open
