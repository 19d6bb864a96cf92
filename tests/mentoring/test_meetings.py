"""Meetings: what each may do to one, what becomes of it, and that no order of events makes it impossible."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from mentorly.mentoring.acceptance import answer_meeting
from mentorly.mentoring.agendas import write_agenda
from mentorly.mentoring.appointments import Stage
from mentorly.mentoring.attendances import Coming, Told
from mentorly.mentoring.base import Refused, prepare
from mentorly.mentoring.choosing import pick_time, propose_other_times, put_proposal_back
from mentorly.mentoring.countering import counter, keep_time, take_counter
from mentorly.mentoring.first_meetings import plan_first, put_first_back
from mentorly.mentoring.meetings import Meeting
from mentorly.mentoring.outcomes import say_not_held, take_not_held_back
from mentorly.mentoring.own_events import OwnEvent, follow
from mentorly.mentoring.own_meetings import Ask, ask_of
from mentorly.mentoring.people import Person
from mentorly.mentoring.planning import open_ones, part, propose, propose_series, take_in, take_out
from mentorly.mentoring.programs import months_later
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.sessions import SessionLog, Way, minutes_of
from mentorly.mentoring.whereabouts import Where
from tests.cast import MONDAY, Cast, cast_of
from tests.conftest import lay_tables

DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return cast_of(session, now)


@pytest.fixture
def together(cast: Cast, now: datetime) -> Relationship:
    return cast.propose(now).accept(cast.alice, now)


def test_one_time_is_planned_at_once_and_everybody_is_invited(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    meeting = propose(together, cast.bob, [now + 8 * DAY], now, minutes=90)
    assert meeting.is_planned
    assert meeting.ends_at == now + 8 * DAY + timedelta(minutes=90)
    assert {one.person for one in meeting.present} == {cast.alice, cast.bob}
    assert {one.coming for one in meeting.present} == {Coming.YES, Coming.UNSAID}
    assert all(one.due_at and one.told == Told.INVITED for one in meeting.present)
    assert together.first_meeting_at == meeting.starts_at


def test_of_several_times_the_other_chooses_one(cast: Cast, together: Relationship, now: datetime) -> None:
    meeting = propose(together, cast.bob, [now + 9 * DAY, now + 8 * DAY], now)
    assert meeting.is_proposed
    assert [time.starts_at for time in meeting.proposed_times] == [now + 8 * DAY, now + 9 * DAY]
    assert not any(one.due_at for one in meeting.present)
    with pytest.raises(Refused, match="The others choose"):
        pick_time(meeting, cast.bob, 1, now)
    with pytest.raises(Refused, match="There is no time 3"):
        pick_time(meeting, cast.alice, 3, now)
    pick_time(meeting, cast.alice, 2, now + HOUR)
    assert meeting.starts_at == now + 9 * DAY
    assert {one.coming for one in meeting.present} == {Coming.YES}
    assert meeting.sequence == 0


def test_who_finds_none_of_the_times_proposes_others(cast: Cast, together: Relationship, now: datetime) -> None:
    meeting = propose(together, cast.bob, [now + 9 * DAY, now + 8 * DAY], now)
    propose_other_times(meeting, cast.alice, [now + 10 * DAY, now + 11 * DAY], now + HOUR)
    assert meeting.is_proposed
    assert meeting.proposed_by is cast.alice
    pick_time(meeting, cast.bob, 1, now + 2 * HOUR)
    assert meeting.starts_at == now + 10 * DAY


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda cast, together, now: propose(together, cast.bob, [now], now), "in the future"),
        (lambda cast, together, now: propose(together, cast.bob, [], now), "one, two or three times"),
        (lambda cast, together, now: propose(together, cast.bob, [now + n * DAY for n in range(1, 5)], now), "three"),
        (lambda cast, together, now: propose(together, cast.eve, [now + DAY], now), "Only its members"),
        (lambda cast, together, now: propose(together, cast.carol, [now + DAY], now), "Only its members"),
        (lambda cast, together, now: propose(together, cast.bob, [now + 400 * DAY], now), "ends on"),
        (lambda cast, together, now: propose(together, cast.bob, [now + DAY], now, minutes=5), "between 10 and 480"),
        (lambda cast, together, now: propose(together, cast.bob, [now + DAY], now, people=[cast.eve]), "Only members"),
        (lambda cast, together, now: propose(together, cast.bob, [now + DAY], now, people=[cast.bob]), "of two people"),
        (
            lambda cast, together, now: propose(together, cast.bob, [now + DAY], now, where=Where(link="zoom.us")),
            "begins with https",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_with_a_sentence(
    cast: Cast, together: Relationship, now: datetime, change: Callable[[Cast, Relationship, datetime], object],
    sentence: str,
) -> None:  # fmt: skip
    with pytest.raises(Refused, match=sentence):
        change(cast, together, now)


def test_a_change_that_people_are_told_of_raises_the_sequence_and_asks_again(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    meeting = propose(together, cast.bob, [now + 8 * DAY], now)
    assert answer_meeting(meeting, cast.alice, Coming.YES, now + HOUR)
    meeting.change(cast.bob, now + HOUR, starts_at=now + 9 * DAY)
    assert meeting.sequence == 1
    assert meeting.changed_at == (now + HOUR).replace(microsecond=0)
    own = meeting.attendance(cast.alice)
    assert own
    assert own.coming == Coming.UNSAID
    answer_meeting(meeting, cast.alice, Coming.YES, now + 2 * HOUR)
    meeting.change(cast.bob, now + HOUR, where=Where(place="Room 4"))
    assert meeting.sequence == 2
    assert meeting.changed_at == (now + HOUR).replace(microsecond=0) + SECOND
    assert own.coming == Coming.YES, "another room asks nobody again"
    meeting.change(cast.bob, now + 3 * HOUR, where=Where(place=" Room  4 "))
    assert meeting.sequence == 2, "what changes nothing tells nobody"


def test_an_answer_to_an_earlier_time_is_kept_and_accepts_nothing(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    meeting = propose(together, cast.bob, [now + 8 * DAY], now)
    meeting.change(cast.bob, now + HOUR, starts_at=now + 9 * DAY)
    assert not answer_meeting(meeting, cast.alice, Coming.YES, now + 2 * HOUR, sequence=0, stamp=now + 30 * SECOND)
    own = meeting.attendance(cast.alice)
    assert own
    assert (own.coming, own.said_to_earlier) == (Coming.UNSAID, Coming.YES)


def test_the_later_answer_counts_in_whatever_order_they_arrive(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    meeting = propose(together, cast.bob, [now + 8 * DAY], now)
    assert answer_meeting(meeting, cast.alice, Coming.NO, now + HOUR, sequence=0, stamp=now + 2 * SECOND)
    assert not answer_meeting(meeting, cast.alice, Coming.YES, now + HOUR, sequence=0, stamp=now + SECOND)
    assert not answer_meeting(meeting, cast.alice, Coming.NO, now + HOUR, sequence=0, stamp=now + 2 * SECOND)
    assert [one.person for one in meeting.present if one.has_declined] == [cast.alice]


def test_a_place_is_changed_without_answering_for_another_time(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    meeting = propose(together, cast.bob, [now + 8 * DAY], now)
    counter(meeting, cast.alice, now + 9 * DAY, now)
    meeting.change(cast.bob, now, where=Where(link="https://meet.example.org/room"))
    assert meeting.counter_at == now + 9 * DAY
    take_counter(meeting, cast.bob, now)
    assert meeting.starts_at == now + 9 * DAY


def test_a_choice_that_is_taken_back_and_made_again_is_another_change_for_calendars(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    times = [now + 8 * DAY, now + 9 * DAY]
    meeting = propose(together, cast.bob, times, now)
    pick_time(meeting, cast.alice, 1, now)
    before = meeting.sequence, meeting.changed_at
    put_proposal_back(meeting, cast.alice, cast.bob, now, times, now)
    pick_time(meeting, cast.alice, 2, now)
    assert (meeting.sequence, meeting.changed_at) > before
    assert meeting.changed_at > before[1]


def test_the_first_meeting_in_somebodys_own_calendar_is_moved_by_nobody_else(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    (meeting,) = follow(together, cast.bob, [own(now, cast)], now, is_whole=True)
    assert together.first_meeting_at == meeting.starts_at
    with pytest.raises(Refused, match="in the calendar of"):
        plan_first(together, now + 9 * DAY, cast.carol, now)
    assert together.first_meeting_at == meeting.starts_at


def test_a_first_meeting_that_is_over_is_moved_no_more(cast: Cast, together: Relationship, now: datetime) -> None:
    meeting = plan_first(together, now + DAY, cast.carol, now)
    SessionLog.of_meeting(meeting, cast.bob, None, "", now + 2 * DAY)
    with pytest.raises(Refused, match="has taken place"):
        plan_first(together, now + 9 * DAY, cast.carol, now + 2 * DAY)
    assert meeting.starts_at == together.first_meeting_at == now + DAY


def test_thirty_days_after_the_end_the_session_log_can_only_be_read(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    log = SessionLog.add(together, cast.bob, Way.PHONE, now, 30, "", now)
    over = propose(together, cast.bob, [now + DAY], now)
    part(together, cast.dave, now + 2 * DAY)
    log.confirm(cast.alice, now + 31 * DAY)
    late = now + 32 * DAY
    changes: list[Callable[[], object]] = [
        lambda: log.unconfirm(cast.alice, late),
        lambda: log.correct(cast.alice, 40, "", late),
        lambda: log.strike(cast.bob, late),
        lambda: SessionLog.of_meeting(over, cast.bob, None, "", late),
        lambda: say_not_held(over, cast.alice, late),
    ]
    for change in changes:
        with pytest.raises(Refused, match="more than 30 days ago"):
            change()
    assert ask_of(over, cast.bob, late - DAY) is Ask.HELD
    assert ask_of(over, cast.bob, late) is None
    assert minutes_of(cast.alice, together) == 30


def test_what_is_in_the_log_is_not_open_again(cast: Cast, together: Relationship, now: datetime) -> None:
    meeting = propose(together, cast.bob, [now + DAY], now)
    SessionLog.of_meeting(meeting, cast.bob, None, "", now + 2 * DAY)
    with pytest.raises(Refused, match="in the session log already"):
        take_not_held_back(meeting, cast.alice, now + 2 * DAY)
    assert meeting.held


def test_a_series_ends_with_the_last_day_of_the_program_wherever_its_proposer_is(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    cast.bob.timezone = "Pacific/Honolulu"
    late = datetime.combine(months_later(together.ends_on, -5), time(23), ZoneInfo("Pacific/Honolulu"))
    first = max(late.astimezone(UTC), now + DAY)
    planned = propose_series(together, cast.bob, first, 12, now)
    assert planned
    assert all(one.starts_at and together.lasts_until(one.starts_at) for one in planned)


def test_another_time_is_proposed_and_taken_or_not(cast: Cast, together: Relationship, now: datetime) -> None:
    meeting = propose(together, cast.bob, [now + 8 * DAY], now)
    counter(meeting, cast.alice, now + 9 * DAY, now + HOUR)
    with pytest.raises(Refused, match="The others answer"):
        take_counter(meeting, cast.alice, now + HOUR)
    keep_time(meeting, cast.bob, now + HOUR)
    assert meeting.kept_for is cast.alice
    assert meeting.starts_at == now + 8 * DAY
    counter(meeting, cast.alice, now + 10 * DAY, now + 2 * HOUR, minutes=30)
    take_counter(meeting, cast.bob, now + 3 * HOUR)
    assert (meeting.starts_at, meeting.minutes, meeting.sequence) == (now + 10 * DAY, 30, 1)
    assert {one.coming for one in meeting.present} == {Coming.YES}


def test_a_meeting_is_called_off_once_and_before_it_is_over(cast: Cast, together: Relationship, now: datetime) -> None:
    meeting = propose(together, cast.bob, [now + 8 * DAY], now)
    with pytest.raises(Refused, match="Only who is in a meeting"):
        meeting.call_off(cast.eve, "", now)
    meeting.call_off(cast.alice, "I am ill", now + HOUR)
    assert (meeting.stage, meeting.sequence, together.first_meeting_at) == (Stage.OFF, 1, None)
    with pytest.raises(Refused, match="called off already"):
        meeting.call_off(cast.alice, "", now + HOUR)
    late = propose(together, cast.bob, [now + 8 * DAY], now)
    with pytest.raises(Refused, match="is over"):
        late.call_off(cast.alice, "", now + 9 * DAY)


def test_the_end_of_a_relationship_calls_off_what_is_planned(cast: Cast, together: Relationship, now: datetime) -> None:
    planned, proposed = (propose(together, cast.bob, [now + n * DAY for n in days], now) for days in ((8,), (9, 10)))
    part(together, cast.dave, now + DAY)
    assert {planned.stage, proposed.stage} == {Stage.OFF}
    assert not open_ones(together, now + DAY)


def test_a_series_keeps_its_hour_across_the_change_of_the_clocks(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    cast.bob.timezone = "America/Toronto"
    first = datetime(2027, 3, 9, 20, tzinfo=UTC)  # 15:00 in Toronto, in winter time until March 14
    meetings = propose_series(together, cast.bob, first, 6, datetime(2027, 3, 2, tzinfo=UTC))
    assert [meeting.starts_at.hour for meeting in meetings if meeting.starts_at] == [20, 19, 19, 19, 19, 19]
    assert len({meeting.uid for meeting in meetings}) == 6
    with pytest.raises(Refused, match="2 to 12"):
        propose_series(together, cast.bob, first, 13, datetime(2027, 3, 2, tzinfo=UTC))


def test_a_lead_plans_the_first_meeting_and_is_not_in_it(cast: Cast, together: Relationship, now: datetime) -> None:
    meeting = plan_first(together, now + 8 * DAY, cast.carol, now)
    assert {one.person for one in meeting.present} == {cast.alice, cast.bob}
    assert {one.coming for one in meeting.present} == {Coming.UNSAID}
    assert plan_first(together, now + 9 * DAY, cast.carol, now + HOUR) is meeting
    assert meeting.starts_at == together.first_meeting_at == now + 9 * DAY
    with pytest.raises(Refused, match="Only its members, their project lead"):
        plan_first(together, now + 9 * DAY, cast.eve, now)


def test_a_first_meeting_that_took_place_is_set_by_nobody_any_more(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    meeting = plan_first(together, now + DAY, cast.carol, now)
    missed = plan_first(together, now + 9 * DAY, cast.carol, now + 2 * DAY)
    assert missed is not meeting, "what is over is not moved"
    SessionLog.of_meeting(meeting, cast.bob, 45, "", now + 2 * DAY)
    with pytest.raises(Refused, match="has taken place"):
        plan_first(together, now + 10 * DAY, cast.carol, now + 2 * DAY)


def test_a_first_meeting_that_nobody_was_told_of_is_put_back(cast: Cast, together: Relationship, now: datetime) -> None:
    meeting = plan_first(together, now + 8 * DAY, cast.carol, now)
    put_first_back(together, None, None, cast.carol, now)
    assert meeting.stage == Stage.OFF
    assert together.first_meeting_at is None


def test_what_took_place_is_logged_and_confirmed(cast: Cast, together: Relationship, now: datetime) -> None:
    meeting = propose(together, cast.bob, [now + DAY], now)
    with pytest.raises(Refused, match="has not begun"):
        SessionLog.of_meeting(meeting, cast.bob, 45, "", now)
    log = SessionLog.of_meeting(meeting, cast.bob, 45, "interview practice", now + 2 * DAY)
    assert (meeting.held, log.minutes, log.is_confirmed) == (True, 45, False)
    with pytest.raises(Refused, match="in the session log already"):
        SessionLog.of_meeting(meeting, cast.alice, 60, "", now + 2 * DAY)
    assert (minutes_of(cast.bob, together), minutes_of(cast.alice, together)) == (45, 0)
    log.confirm(cast.alice, now + 3 * DAY)
    assert log.is_confirmed
    assert log.said_by is cast.bob
    log.correct(cast.alice, 50, "interview practice", now + 3 * DAY)
    assert (minutes_of(cast.bob, together), minutes_of(cast.alice, together)) == (0, 50)
    assert log.said_by is cast.alice
    log.strike(cast.alice, now + 3 * DAY)
    assert meeting.held is None
    assert minutes_of(cast.alice, together) == 0


def test_a_call_in_place_of_a_meeting_is_logged_too(cast: Cast, together: Relationship, now: datetime) -> None:
    log = SessionLog.add(together, cast.alice, Way.PHONE, now - DAY, 20, "a quick question", now)
    assert log.way == Way.PHONE
    with pytest.raises(Refused, match="once it has taken place"):
        SessionLog.add(together, cast.alice, Way.PHONE, now + DAY, 20, "", now)
    with pytest.raises(Refused, match="Only its members"):
        SessionLog.add(together, cast.eve, Way.MAIL, now - DAY, 20, "", now)


def test_an_unanswered_meeting_is_not_confirmed_and_never_held(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    meeting = propose(together, cast.bob, [now + DAY], now)
    assert not meeting.is_unconfirmed(now + 9 * DAY), "nobody was asked"
    meeting.held_asked_at, meeting.held_asked_again_at = now + 2 * DAY, now + 5 * DAY
    assert meeting.is_unconfirmed(now + 9 * DAY)
    assert meeting.held is None


def test_who_joins_a_group_is_invited_to_its_meetings_and_who_leaves_is_taken_out(
    session: Session, now: datetime
) -> None:
    cast = cast_of(session, now, kind="group")
    together = cast.propose(now).accept(cast.alice, now)
    meeting = propose(together, cast.alice, [now + 8 * DAY], now)
    of_two = propose(together, cast.bob, [now + 9 * DAY], now, people=[cast.alice])
    together.join(cast.eve, "mentee", now)
    take_in(together, cast.eve, now + HOUR)
    assert {one.person for one in meeting.present} == {cast.alice, cast.bob, cast.eve}
    apart = propose(together, cast.eve, [now + 10 * DAY], now, people=[cast.alice])
    assert not apart.is_for_all
    take_out(together, cast.eve, now + 2 * HOUR)
    assert {one.person for one in meeting.present} == {cast.alice, cast.bob}
    assert (meeting.stage, apart.stage) == (Stage.PLANNED, Stage.OFF)
    assert [one.person for one in meeting.attendances if one.off_at] == [cast.eve]
    assert answer_meeting(meeting, cast.bob, Coming.YES, now + 3 * HOUR, sequence=0, stamp=now + 3 * HOUR), (
        "it is not moved"
    )
    assert of_two.is_planned
    cancelled = meeting.sequence
    take_in(together, cast.eve, now + 3 * HOUR)
    again = meeting.attendance(cast.eve)
    assert again
    assert again.sequence == meeting.sequence > cancelled, "calendars believe only what is newer than a cancellation"


def test_what_somebody_asked_for_or_planned_elsewhere_does_not_outlast_their_leaving(
    session: Session, now: datetime
) -> None:
    cast = cast_of(session, now, kind="group")
    together = cast.propose(now).accept(cast.alice, now)
    together.join(cast.eve, "mentee", now)
    meeting = propose(together, cast.alice, [now + 8 * DAY], now)
    counter(meeting, cast.eve, now + 9 * DAY, now)
    (elsewhere,) = follow(together, cast.eve, [own(now, cast)], now, is_whole=True)
    take_out(together, cast.eve, now + HOUR)
    assert meeting.counter_at is None
    assert meeting.is_planned
    assert elsewhere.stage == Stage.OFF, "nobody else could move it"


def own(now: datetime, cast: Cast, **changes: object) -> OwnEvent:
    """Bob's event."""
    event = OwnEvent("bobs", "", now + 8 * DAY, 60, Where("Café"), 0, now, frozenset({cast.bob.email}))
    return event._replace(**changes)


def test_an_event_of_ones_own_calendar_becomes_a_meeting_that_nobody_is_invited_to(
    cast: Cast, together: Relationship, now: datetime
) -> None:
    (meeting,) = follow(together, cast.bob, [own(now, cast)], now, is_whole=True)
    assert {one.person: one.told for one in meeting.present} == {cast.bob: Told.KNOWS, cast.alice: Told.WRITTEN_TO}
    with pytest.raises(Refused, match="in your own calendar"):
        meeting.change(cast.bob, now, starts_at=now + 9 * DAY)
    with pytest.raises(Refused, match="in the calendar of Bob Tremblay"):
        meeting.call_off(cast.alice, "", now)
    both = frozenset({cast.bob.email, cast.alice.email})
    (other,) = follow(together, cast.bob, [own(now, cast, uid="other", addresses=both)], now, is_whole=True)
    assert {one.told for one in other.present} == {Told.KNOWS}


def test_it_follows_its_calendar_and_nothing_older(cast: Cast, together: Relationship, now: datetime) -> None:
    (meeting,) = follow(together, cast.bob, [own(now, cast, sequence=1)], now, is_whole=True)
    assert not follow(together, cast.bob, [own(now, cast, starts_at=now + 5 * DAY)], now, is_whole=True)
    moved = own(now, cast, sequence=2, starts_at=now + 9 * DAY)
    assert follow(together, cast.bob, [moved], now, is_whole=True) == [meeting]
    assert meeting.starts_at == now + 9 * DAY
    assert follow(together, cast.bob, [moved._replace(sequence=3, is_off=True)], now, is_whole=True) == [meeting]
    assert meeting.stage == Stage.OFF
    again = follow(together, cast.bob, [moved._replace(sequence=4)], now, is_whole=True)
    assert again
    assert again != [meeting]


def test_of_a_series_what_is_left_out_is_off(cast: Cast, together: Relationship, now: datetime) -> None:
    events = [own(now, cast, recurrence=str(n), starts_at=now + n * DAY) for n in (8, 15, 22)]
    assert len(follow(together, cast.bob, events, now, is_whole=True)) == 3
    later = [event._replace(stamp=now + HOUR) for event in (events[0], events[2])]
    (off,) = follow(together, cast.bob, later, now, is_whole=True)
    assert (off.event_recurrence, off.stage) == ("15", Stage.OFF)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "pick",
                "others",
                "yes",
                "no",
                "maybe",
                "counter",
                "take",
                "keep",
                "move",
                "place",
                "off",
                "late",
                "held",
                "not held",
                "agenda",
                "wait",
            ]
        ),
        st.sampled_from(["alice", "bob"]),
        st.integers(1, 20),
    ),
    max_size=25,
)


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database in which Alice and Bob are matched."""
    url = f"sqlite:///{tmp_path_factory.mktemp('meetings') / 'matched.sqlite'}"
    lay_tables(url)
    engine = prepare(create_engine(url))
    with Session(engine) as session:
        cast = cast_of(session, MONDAY)
        cast.propose(MONDAY).accept(cast.alice, MONDAY)
        session.commit()
    yield engine
    engine.dispose()


@given(events=EVENTS, number=st.sampled_from([1, 2]))
def test_no_order_of_events_gives_an_impossible_meeting_or_a_lower_sequence(
    matched: Engine, events: list[tuple[str, str, int]], number: int
) -> None:
    with Session(matched) as session:
        together = session.scalars(select(Relationship)).one()
        people = {"alice": together.mentors[0], "bob": together.mentees[0]}
        times = [MONDAY + 8 * DAY, MONDAY + 9 * DAY]
        meeting = propose(together, people["bob"], times[:number], MONDAY)
        moment = MONDAY
        for event, who, amount in events:
            moment += amount * HOUR if event == "wait" else timedelta(seconds=amount)
            sequence, stamp = meeting.sequence, meeting.changed_at
            _try(meeting, event, people[who], moment, amount)
            _check(meeting, moment)
            assert meeting.sequence >= sequence
            assert meeting.changed_at > stamp if meeting.sequence > sequence else meeting.changed_at >= stamp
        session.rollback()


def _try(meeting: Meeting, event: str, person: Person, now: datetime, number: int) -> None:
    at = now + number * 12 * HOUR
    actions: dict[str, Callable[[], object]] = {
        "pick": lambda: pick_time(meeting, person, number % 4, now),
        "others": lambda: propose_other_times(meeting, person, [at, at + HOUR][: 1 + number % 2], now),
        "yes": lambda: answer_meeting(meeting, person, Coming.YES, now),
        "no": lambda: answer_meeting(meeting, person, Coming.NO, now, sequence=number % 4, stamp=now - number * SECOND),
        "maybe": lambda: answer_meeting(meeting, person, Coming.MAYBE, now, sequence=meeting.sequence, stamp=now),
        "counter": lambda: counter(meeting, person, at, now, minutes=number * 10),
        "take": lambda: take_counter(meeting, person, now),
        "keep": lambda: keep_time(meeting, person, now),
        "move": lambda: meeting.change(person, now, starts_at=at),
        "place": lambda: meeting.change(person, now, where=Where(place=f"Room {number}")),
        "off": lambda: meeting.call_off(person, "", now),
        "late": lambda: meeting.change(person, now - number * HOUR, starts_at=at),
        "held": lambda: SessionLog.of_meeting(meeting, person, 30, "", now),
        "not held": lambda: say_not_held(meeting, person, now),
        "agenda": lambda: write_agenda(meeting, person, "One point", now),
        "wait": lambda: None,
    }
    with suppress(Refused):
        actions[event]()


def _check(meeting: Meeting, now: datetime) -> None:
    if meeting.stage == Stage.PLANNED:
        assert meeting.starts_at
        assert meeting.ends_at
        assert meeting.ends_at - meeting.starts_at == timedelta(minutes=meeting.minutes)
        assert not meeting.proposed_times
        assert all(one.due_at and one.sequence == meeting.sequence for one in meeting.present)
    if meeting.stage == Stage.PROPOSED:
        assert len(meeting.proposed_times) in {2, 3}
        assert (meeting.starts_at, meeting.sequence) == (None, 0)
    if meeting.stage != Stage.PLANNED:
        assert (meeting.counter_at, meeting.held) == (None, None)
    if meeting.stage == Stage.OFF:
        assert meeting.off_at
    assert (meeting.counter_at is None) == (meeting.counter_by is None)
    assert meeting.held is None or (meeting.starts_at and meeting.starts_at <= now)
    assert len(meeting.present) == 2
