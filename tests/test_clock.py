from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mentorly.clock import DAY, HOUR, NONE, UTC, WORKING_DAY, Distance, QuietHours, Rhythm, WorkingDays
from mentorly.timing import Lane, Timing

INSTANT = timedelta.resolution
FRIDAY, SATURDAY, SUNDAY, MONDAY = date(2026, 6, 5), date(2026, 6, 6), date(2026, 6, 7), date(2026, 6, 8)
NIGHT = QuietHours(time(22), time(7))
LONG_NIGHT = QuietHours(time(22), time(10, 30))
MORNING, NOW = Lane.MORNING, Lane.NOW

alice = Rhythm("America/Toronto")
bob = Rhythm("Europe/Berlin")


def shown(text: str, zone: str, fold: int = 0) -> datetime:
    """The moment at which the clock of a zone shows `text`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def midnight_utc(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


# Distances


def test_distances_are_counted_in_working_days_or_in_real_time() -> None:
    assert (2 * WORKING_DAY).working_days == 2
    assert (3 * DAY).span == timedelta(days=3)
    assert 24 * HOUR == DAY
    assert 0 * DAY == NONE
    assert {2 * HOUR, 2 * HOUR} == {2 * HOUR}


@pytest.mark.parametrize("wrong", [lambda: -1 * DAY, lambda: -2 * WORKING_DAY, lambda: Distance(1, timedelta(1))])
def test_a_distance_is_neither_negative_nor_mixed(wrong: Callable[[], Distance]) -> None:
    with pytest.raises(ValueError, match="A distance is"):
        wrong()


def test_the_widest_of_working_days_outlasts_a_long_closing_in_a_week_of_one_day() -> None:
    mondays = WorkingDays(frozenset({0}), frozenset(MONDAY - timedelta(days=n) for n in range(1, 43)))
    assert timedelta(days=42) < MONDAY - mondays.back(MONDAY, 3) <= (3 * WORKING_DAY).widest()
    assert (3 * DAY).widest() == timedelta(days=3)
    assert NONE.widest() == timedelta()


# Working days


def test_a_weekend_and_a_day_off_are_not_working_days() -> None:
    days = WorkingDays(off=frozenset({MONDAY}))
    assert [days.is_working(day) for day in (FRIDAY, SATURDAY, SUNDAY, MONDAY)] == [True, False, False, False]
    assert days.on_or_after(FRIDAY) == FRIDAY
    assert days.on_or_after(SATURDAY) == date(2026, 6, 9)
    assert days.on_or_before(MONDAY) == FRIDAY


def test_working_days_are_counted_strictly_before_and_after() -> None:
    days = WorkingDays()
    assert days.back(MONDAY, 1) == FRIDAY
    assert days.back(SUNDAY, 2) == date(2026, 6, 4)
    assert days.forward(FRIDAY, 1) == MONDAY
    assert days.forward(SATURDAY, 6) == date(2026, 6, 15)


def test_an_organization_may_work_from_sunday_to_thursday() -> None:
    days = WorkingDays(frozenset({6, 0, 1, 2, 3}))
    assert days.on_or_after(FRIDAY) == SUNDAY
    assert days.back(SUNDAY, 1) == date(2026, 6, 4)


@pytest.mark.parametrize("weekdays", [frozenset(), frozenset({7}), frozenset({0, -1})])
def test_a_week_without_a_working_day_is_refused(weekdays: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="at least one working day"):
        WorkingDays(weekdays)


# Quiet hours


def test_quiet_hours_include_their_start_and_not_their_end() -> None:
    noon = QuietHours(time(12), time(13))
    assert [noon.covers(time(11, 59)), noon.covers(time(12)), noon.covers(time(13))] == [False, True, False]


def test_quiet_hours_may_wrap_midnight() -> None:
    assert [NIGHT.covers(time(hour)) for hour in (21, 22, 0, 6, 7, 12)] == [False, True, True, True, False, False]


def test_quiet_hours_that_end_where_they_start_are_refused() -> None:
    with pytest.raises(ValueError, match="differs from their start"):
        QuietHours(time(22), time(22))


def test_a_moment_in_quiet_hours_moves_to_their_end() -> None:
    quiet = Rhythm("Europe/Berlin", quiet=NIGHT)
    end = shown("2026-06-06 07:00", "Europe/Berlin")
    assert quiet.out_of_quiet(shown("2026-06-05 22:00", "Europe/Berlin")) == end
    assert quiet.out_of_quiet(shown("2026-06-06 06:59:59.999999", "Europe/Berlin")) == end
    assert quiet.out_of_quiet(end) == end
    before = shown("2026-06-05 21:59:59.999999", "Europe/Berlin")
    assert quiet.out_of_quiet(before) == before
    assert bob.out_of_quiet(end - 2 * INSTANT) == end - 2 * INSTANT


def test_quiet_hours_that_end_in_the_skipped_hour_end_with_the_gap() -> None:
    quiet = Rhythm("America/Toronto", quiet=QuietHours(time(22), time(2, 30)))
    assert quiet.out_of_quiet(shown("2026-03-08 01:30", "America/Toronto")) == utc("2026-03-08 07:00")


def test_quiet_hours_that_lie_in_the_skipped_hour_do_not_take_place() -> None:
    quiet = Rhythm("America/Toronto", quiet=QuietHours(time(2, 15), time(2, 45)))
    gap = utc("2026-03-08 07:00")
    assert [quiet.out_of_quiet(gap + n * INSTANT) for n in (-1, 0, 1)] == [gap + n * INSTANT for n in (-1, 0, 1)]


def test_quiet_hours_whose_pause_is_skipped_last_until_the_next_day() -> None:
    nearly_always = Rhythm("America/Toronto", quiet=QuietHours(time(2, 45), time(2, 15)))
    noon = shown("2026-03-07 12:00", "America/Toronto")
    assert nearly_always.out_of_quiet(noon) == shown("2026-03-09 02:15", "America/Toronto")


def test_quiet_hours_that_end_in_the_repeated_hour_end_once() -> None:
    quiet = Rhythm("America/Toronto", quiet=QuietHours(time(22), time(1, 30)))
    first, second = (shown("2026-11-01 01:10", "America/Toronto", fold) for fold in (0, 1))
    assert quiet.out_of_quiet(first) == shown("2026-11-01 01:30", "America/Toronto")
    assert quiet.out_of_quiet(second) == second


# Rhythm: the reader's clock


def test_a_rhythm_is_the_same_by_key_or_by_zone_and_can_be_a_key() -> None:
    by_zone = Rhythm(ZoneInfo("America/Toronto"), WorkingDays(), None)
    assert by_zone == alice
    assert {alice: "one"}[by_zone] == "one"
    assert Rhythm("America/Toronto", quiet=NIGHT) != alice


def test_a_rhythm_in_an_unknown_zone_is_refused_when_made() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        Rhythm("Europe/Atlantis")


@pytest.mark.parametrize(
    ("zone", "day", "morning"),
    [
        ("America/Toronto", date(2026, 3, 6), "2026-03-06 14:00"),
        ("America/Toronto", date(2026, 3, 9), "2026-03-09 13:00"),
        ("America/Toronto", date(2026, 10, 30), "2026-10-30 13:00"),
        ("America/Toronto", date(2026, 11, 2), "2026-11-02 14:00"),
        ("Europe/Berlin", date(2026, 3, 27), "2026-03-27 08:00"),
        ("Europe/Berlin", date(2026, 3, 30), "2026-03-30 07:00"),
        ("Europe/Berlin", date(2026, 10, 26), "2026-10-26 08:00"),
        ("Australia/Lord_Howe", date(2026, 4, 3), "2026-04-02 22:00"),
        ("Australia/Lord_Howe", date(2026, 4, 6), "2026-04-05 22:30"),
        ("Australia/Lord_Howe", date(2026, 10, 5), "2026-10-04 22:00"),
        ("Pacific/Kiritimati", date(2026, 6, 8), "2026-06-07 19:00"),
        ("Pacific/Pago_Pago", date(2026, 6, 8), "2026-06-08 20:00"),
        ("Asia/Kolkata", date(2026, 6, 8), "2026-06-08 03:30"),
        ("America/St_Johns", date(2026, 6, 8), "2026-06-08 11:30"),
    ],
)
def test_a_morning_is_nine_o_clock_where_the_reader_lives(zone: str, day: date, morning: str) -> None:
    assert Rhythm(zone).morning(day) == utc(morning)


def test_a_morning_waits_for_the_end_of_quiet_hours_that_cover_it() -> None:
    assert Rhythm("Europe/Berlin", quiet=LONG_NIGHT).morning(FRIDAY) == shown("2026-06-05 10:30", "Europe/Berlin")
    assert Rhythm("Europe/Berlin", quiet=NIGHT).morning(FRIDAY) == shown("2026-06-05 09:00", "Europe/Berlin")
    day_sleeper = QuietHours(time(8), time(16))
    assert Rhythm("Europe/Berlin", quiet=day_sleeper).morning(FRIDAY) == shown("2026-06-05 16:00", "Europe/Berlin")


def test_a_morning_of_one_who_is_quiet_from_nine_until_after_midnight_stays_on_its_day() -> None:
    owl = Rhythm("Europe/Berlin", quiet=QuietHours(time(9), time(1)))
    assert owl.morning(FRIDAY) == shown("2026-06-05 01:00", "Europe/Berlin")


def test_a_time_that_the_clock_skips_is_the_end_of_the_gap() -> None:
    assert alice.at(date(2026, 3, 8), time(2, 30)) == utc("2026-03-08 07:00")
    assert Rhythm("Australia/Lord_Howe").at(date(2026, 10, 4), time(2, 10)) == utc("2026-10-03 15:30")
    assert Rhythm("Pacific/Apia").at(date(2011, 12, 30), time(9)) == utc("2011-12-30 10:00")


def test_a_time_that_the_clock_shows_twice_is_the_first() -> None:
    assert alice.at(date(2026, 11, 1), time(1, 30)) == utc("2026-11-01 05:30")
    assert Rhythm("Australia/Lord_Howe").at(date(2026, 4, 5), time(1, 45)) == utc("2026-04-04 14:45")


@pytest.mark.parametrize(
    ("zone", "day", "begins"),
    [
        ("America/Sao_Paulo", date(2018, 11, 4), "2018-11-04 03:00"),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23 22:00"),
    ],
)
def test_a_day_without_a_midnight_begins_after_the_gap(zone: str, day: date, begins: str) -> None:
    rhythm = Rhythm(zone)
    assert rhythm.midnight(day) == utc(begins)
    assert rhythm.local(utc(begins)).time() == time(1)
    assert rhythm.day(utc(begins)) == day
    assert rhythm.day(utc(begins) - INSTANT) == day - timedelta(days=1)


def test_a_day_has_begun_once_even_if_the_clock_goes_back_over_midnight() -> None:
    """Until 2011 Newfoundland set its clocks back at one minute past midnight."""
    rhythm = Rhythm("America/St_Johns")
    repeated = shown("2010-11-06 23:30", "America/St_Johns", fold=1)
    assert rhythm.local(repeated).date() == date(2010, 11, 6)
    assert rhythm.day(repeated) == date(2010, 11, 7)


# Rhythm: mornings around a moment


def test_the_next_morning_passes_the_weekend_and_days_off() -> None:
    monday_off = Rhythm("America/Toronto", WorkingDays(off=frozenset({MONDAY})))
    friday_morning = shown("2026-06-05 09:00", "America/Toronto")
    assert alice.next_morning(friday_morning) == friday_morning
    assert alice.next_morning(friday_morning + INSTANT) == shown("2026-06-08 09:00", "America/Toronto")
    assert monday_off.next_morning(friday_morning + INSTANT) == shown("2026-06-09 09:00", "America/Toronto")


def test_the_last_morning_goes_back_over_the_weekend_and_days_off() -> None:
    friday_off = Rhythm("Europe/Berlin", WorkingDays(off=frozenset({FRIDAY})))
    monday_morning = shown("2026-06-08 09:00", "Europe/Berlin")
    assert bob.last_morning(monday_morning) == monday_morning
    assert bob.last_morning(monday_morning - INSTANT) == shown("2026-06-05 09:00", "Europe/Berlin")
    assert friday_off.last_morning(monday_morning - INSTANT) == shown("2026-06-04 09:00", "Europe/Berlin")


def test_the_morning_of_a_day_that_never_was_is_the_beginning_of_the_next() -> None:
    """Samoa went from the end of Thursday, 29 December 2011, to Saturday."""
    rhythm = Rhythm("Pacific/Apia")
    saturday = utc("2011-12-30 10:00")
    assert rhythm.next_morning(saturday - INSTANT) == rhythm.next_morning(saturday) == saturday


def test_the_same_moment_has_another_morning_on_each_side_of_the_date_line() -> None:
    sunday_noon = utc("2026-06-07 12:00")
    assert Rhythm("Pacific/Kiritimati").next_morning(sunday_noon) == utc("2026-06-07 19:00")
    assert Rhythm("Pacific/Pago_Pago").next_morning(sunday_noon) == utc("2026-06-08 20:00")


# Timing: when a mail may go


def test_a_mail_of_the_now_lane_goes_at_once_or_when_quiet_hours_end() -> None:
    quiet = Rhythm("Europe/Berlin", quiet=NIGHT)
    saturday_night = shown("2026-06-06 23:00", "Europe/Berlin")
    sunday = shown("2026-06-07 07:00", "Europe/Berlin")
    assert Timing(NOW).send_at(saturday_night, bob) == saturday_night
    assert Timing(NOW).send_at(saturday_night, quiet) == sunday
    assert Timing(NOW, through_quiet=True).send_at(saturday_night, quiet) == saturday_night
    assert Timing(NOW, after=7 * HOUR).send_at(saturday_night - timedelta(hours=2), quiet) == sunday
    assert Timing(NOW, after=9 * HOUR).send_at(saturday_night, quiet) == sunday + timedelta(hours=1)


def test_a_reminder_two_working_days_before_a_date_goes_on_that_morning() -> None:
    reminder = Timing(MORNING, before=2 * WORKING_DAY, by_day=True)
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"):
        rhythm = Rhythm(zone)
        assert reminder.send_at(midnight_utc(date(2026, 6, 9)), rhythm) == rhythm.morning(FRIDAY)
        assert reminder.send_at(midnight_utc(SUNDAY), rhythm) == rhythm.morning(date(2026, 6, 4))


def test_a_reminder_a_working_day_before_an_instant_counts_from_the_readers_own_date() -> None:
    reminder = Timing(MORNING, before=WORKING_DAY)
    meeting = utc("2026-06-09 11:00")
    assert reminder.send_at(meeting, Rhythm("Pacific/Kiritimati")) == Rhythm("Pacific/Kiritimati").morning(
        date(2026, 6, 9)
    )
    assert reminder.send_at(meeting, bob) == bob.morning(MONDAY)
    assert reminder.send_at(meeting, Rhythm("Pacific/Pago_Pago")) == Rhythm("Pacific/Pago_Pago").morning(MONDAY)


def test_a_mail_a_stretch_of_time_before_its_moment_rolls_back_to_a_working_morning() -> None:
    meeting = shown("2026-06-08 08:00", "Europe/Berlin")
    assert Timing(MORNING, before=DAY).send_at(meeting, bob) == bob.morning(FRIDAY)
    assert Timing(MORNING, before=3 * DAY, by_day=True).send_at(midnight_utc(MONDAY), bob) == bob.morning(
        date(2026, 6, 4)
    )


def test_a_mail_after_its_moment_rolls_forward_to_a_working_morning() -> None:
    friday_evening = shown("2026-06-05 18:00", "Europe/Berlin")
    assert Timing(MORNING).send_at(friday_evening, bob) == bob.morning(MONDAY)
    assert Timing(MORNING, after=3 * DAY).send_at(friday_evening, bob) == bob.morning(date(2026, 6, 9))
    assert Timing(MORNING, after=WORKING_DAY).send_at(friday_evening, bob) == bob.morning(MONDAY)
    assert Timing(MORNING, after=2 * WORKING_DAY, by_day=True).send_at(midnight_utc(SATURDAY), bob) == bob.morning(
        date(2026, 6, 9)
    )


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/St_Johns"])
def test_a_mail_on_a_date_goes_on_the_morning_of_that_date_or_of_the_next_working_day(zone: str) -> None:
    rhythm = Rhythm(zone)
    assert Timing(MORNING, by_day=True).send_at(midnight_utc(FRIDAY), rhythm) == rhythm.morning(FRIDAY)
    assert Timing(MORNING, by_day=True).send_at(midnight_utc(SATURDAY), rhythm) == rhythm.morning(MONDAY)


def test_a_weekly_mail_goes_on_mondays_or_on_the_first_working_day_of_the_week() -> None:
    tuesday = date(2026, 6, 9)
    after, before = Timing(Lane.WEEKLY, after=DAY), Timing(Lane.WEEKLY, before=WORKING_DAY)
    assert after.send_at(shown("2026-06-04 18:00", "Europe/Berlin"), bob) == bob.morning(MONDAY)
    assert before.send_at(shown("2026-06-12 18:00", "Europe/Berlin"), bob) == bob.morning(MONDAY)
    closed = Rhythm("Europe/Berlin", WorkingDays(off=frozenset({MONDAY})))
    assert after.send_at(shown("2026-06-04 18:00", "Europe/Berlin"), closed) == closed.morning(tuesday)
    assert before.send_at(shown("2026-06-12 18:00", "Europe/Berlin"), closed) == closed.morning(tuesday)


def test_a_week_off_has_no_morning_of_its_own() -> None:
    off = frozenset(MONDAY + timedelta(days=n) for n in range(5))
    closed = Rhythm("America/Toronto", WorkingDays(off=off))
    next_monday = MONDAY + timedelta(days=7)
    assert closed.next_week_morning(closed.midnight(MONDAY)) == closed.morning(next_monday)
    assert closed.last_week_morning(closed.midnight(next_monday)) == closed.morning(date(2026, 6, 1))


def test_a_year_of_weeks_has_no_more_pieces_than_weeks() -> None:
    low, high = utc("2026-01-01"), utc("2027-01-01")
    assert len(list(Timing(Lane.WEEKLY, after=DAY).segments(low, high, alice))) <= 54


def test_a_mail_cannot_come_both_before_and_after_its_moment() -> None:
    with pytest.raises(ValueError, match="not both"):
        Timing(MORNING, before=DAY, after=HOUR)


@pytest.mark.parametrize("wrong", [{"before": HOUR}, {"after": WORKING_DAY}, {"by_day": True}])
def test_the_now_lane_knows_no_mornings(wrong: dict[str, Distance | bool]) -> None:
    with pytest.raises(ValueError, match="need a morning"):
        Timing(NOW, **wrong)  # type: ignore[arg-type]


# Pieces and bounds


def test_without_quiet_hours_all_time_is_one_piece_of_the_now_lane() -> None:
    low, high = utc("2020-01-01"), utc("2030-01-01")
    assert list(Timing(NOW).segments(low, high, alice)) == [(low, high, None)]
    quiet = Rhythm("America/Toronto", quiet=NIGHT)
    assert list(Timing(NOW, through_quiet=True).segments(low, high, quiet)) == [(low, high, None)]


def test_quiet_hours_cut_a_day_of_the_now_lane_in_two() -> None:
    quiet = Rhythm("Europe/Berlin", quiet=NIGHT)
    low, high = shown("2026-06-05 12:00", "Europe/Berlin"), shown("2026-06-06 12:00", "Europe/Berlin")
    last = shown("2026-06-05 22:00", "Europe/Berlin") - INSTANT
    end = shown("2026-06-06 07:00", "Europe/Berlin")
    assert list(Timing(NOW).segments(low, high, quiet)) == [(low, last, None), (last, end, end), (end, high, None)]


def test_quiet_hours_that_the_clock_skips_hold_nothing() -> None:
    quiet = Rhythm("America/Toronto", quiet=QuietHours(time(2, 15), time(2, 45)))
    low, high = utc("2026-03-08 05:00"), utc("2026-03-09 05:00")
    pieces = list(Timing(NOW).segments(low, high, quiet))
    assert {piece.send_at for piece in pieces} == {None}
    assert (pieces[0].low, pieces[-1].high) == (low, high)


def test_no_time_has_no_pieces() -> None:
    now = utc("2026-06-05 12:00")
    assert list(Timing(MORNING).segments(now, now, bob)) == []


def test_a_year_of_mornings_has_no_more_pieces_than_working_days() -> None:
    low, high = utc("2026-01-01"), utc("2027-01-01")
    quiet = Rhythm("America/Toronto", quiet=LONG_NIGHT)
    for timing in (
        Timing(MORNING, before=2 * WORKING_DAY),
        Timing(MORNING, after=3 * DAY),
        Timing(MORNING, by_day=True),
    ):
        assert 200 < len(list(timing.segments(low, high, quiet))) <= 262
    assert len(list(Timing(NOW).segments(low, high, quiet))) <= 2 * 365 + 1


def test_a_distance_in_the_now_lane_has_no_pieces() -> None:
    with pytest.raises(ValueError, match="Store the moment"):
        Timing(NOW, after=HOUR).segments(utc("2026-06-05"), utc("2026-06-06"), bob)


def test_the_horizon_of_what_comes_after_an_instant_is_exact() -> None:
    now = utc("2026-06-05 12:00")
    assert Timing(NOW).horizon(now) == now
    assert Timing(MORNING, after=3 * DAY).horizon(now) == now - timedelta(days=3)
    assert Timing(MORNING, after=WORKING_DAY).horizon(now) == now


def test_the_horizon_holds_for_the_longest_break_and_the_longest_day() -> None:
    """Mondays only, six weeks off, a morning at midnight, and a meeting as a day ends after clocks went back."""
    monday = date(2026, 11, 2)
    off = frozenset(monday - timedelta(days=n) for n in range(1, 43))
    rhythm = Rhythm("America/Toronto", WorkingDays(frozenset({0}), off), QuietHours(time(8), time(0)))
    timing = Timing(MORNING, before=WORKING_DAY)
    meeting = rhythm.midnight(monday + timedelta(days=1)) - INSTANT
    reminded = shown("2026-09-14 00:00", "America/Toronto")
    assert timing.send_at(meeting, rhythm) == reminded
    assert meeting <= timing.horizon(reminded)


# Properties

PLACES = [
    ("America/Toronto", date(2026, 3, 8)),
    ("America/Toronto", date(2026, 11, 1)),
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Kiritimati", date(2026, 6, 7)),
    ("Pacific/Pago_Pago", date(2026, 6, 7)),
    ("Asia/Kolkata", date(2026, 6, 7)),
    ("America/St_Johns", date(2010, 3, 14)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
]
A_DAY_THAT_NEVER_WAS = ("Pacific/Apia", date(2011, 12, 30))

steady = settings(deadline=None)
quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
nights = st.tuples(quarters, quarters).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: QuietHours(*pair))
weeks = st.frozensets(st.integers(0, 6), min_size=1) | st.just(WorkingDays().weekdays)
morning_timings = st.builds(
    Timing,
    st.sampled_from([MORNING, Lane.WEEKLY]),
    before=st.integers(1, 5).map(lambda n: n * WORKING_DAY) | st.integers(1, 200).map(lambda n: n * HOUR),
    by_day=st.booleans(),
) | st.builds(
    Timing,
    st.sampled_from([MORNING, Lane.WEEKLY]),
    after=st.integers(0, 5).map(lambda n: n * WORKING_DAY) | st.integers(0, 200).map(lambda n: n * HOUR),
    by_day=st.booleans(),
)
now_timings = st.builds(Timing, st.just(NOW), through_quiet=st.booleans())


@st.composite
def moments(draw: st.DrawFn, day: date) -> datetime:
    """A moment within four days of a date, often at a round time or next to one."""
    beside = draw(st.sampled_from([-1, 0, 1]) | st.integers(0, 900_000_000))
    return midnight_utc(day) + draw(st.integers(-4 * 96, 4 * 96)) * timedelta(minutes=15) + beside * INSTANT


@st.composite
def days_lived(draw: st.DrawFn, places: list[tuple[str, date]] = PLACES) -> tuple[Rhythm, date]:
    """A reader's rhythm with at most one break of up to six weeks, and a date on which its clock may change."""
    zone, day = draw(st.sampled_from(places))
    first = day + timedelta(days=draw(st.integers(-45, 5)))
    off = frozenset(first + timedelta(days=n) for n in range(draw(st.just(0) | st.integers(0, 42))))
    return Rhythm(zone, WorkingDays(draw(weeks), off), draw(st.none() | nights)), day


@steady
@given(st.data(), days_lived([*PLACES, A_DAY_THAT_NEVER_WAS]), morning_timings | now_timings)
def test_pieces_are_contiguous_and_agree_with_send_at_everywhere(
    data: st.DataObject, lived: tuple[Rhythm, date], timing: Timing
) -> None:
    rhythm, day = lived
    low = data.draw(moments(day))
    high = low + data.draw(st.integers(1, 14 * 24 * 60)) * timedelta(minutes=1)
    pieces = list(timing.segments(low, high, rhythm))
    assert [low, *(piece.high for piece in pieces)] == [*(piece.low for piece in pieces), high]
    for piece in pieces:
        assert piece.low < piece.high
        inside = piece.low + (piece.high - piece.low) * data.draw(st.floats(0, 1))
        for moment in (piece.low + INSTANT, max(inside, piece.low + INSTANT), piece.high):
            assert timing.send_at(moment, rhythm) == (piece.send_at or moment)


@steady
@given(st.data(), days_lived(), morning_timings)
def test_a_later_moment_never_has_an_earlier_mail(
    data: st.DataObject, lived: tuple[Rhythm, date], timing: Timing
) -> None:
    rhythm, day = lived
    earlier, later = sorted(data.draw(st.tuples(moments(day), moments(day))))
    assert timing.send_at(earlier, rhythm) <= timing.send_at(later, rhythm)


@steady
@given(st.data(), days_lived())
def test_mornings_around_a_moment_are_the_nearest_and_on_working_days(
    data: st.DataObject, lived: tuple[Rhythm, date]
) -> None:
    rhythm, day = lived
    moment = data.draw(moments(day))
    last, following = rhythm.last_morning(moment), rhythm.next_morning(moment)
    assert last <= moment <= following
    for morning in (last, following):
        date_shown = rhythm.local(morning).date()
        assert rhythm.days.is_working(date_shown)
        assert morning == rhythm.morning(date_shown)
        assert rhythm.last_morning(morning) == morning == rhythm.next_morning(morning)
    if last < moment < following:
        assert rhythm.next_morning(last + INSTANT) == following
        assert rhythm.last_morning(following - INSTANT) == last


@steady
@given(st.data(), days_lived(), nights)
def test_leaving_quiet_hours_is_never_early_never_late_and_never_quiet(
    data: st.DataObject, lived: tuple[Rhythm, date], quiet: QuietHours
) -> None:
    rhythm, day = Rhythm(lived[0].zone, quiet=quiet), lived[1]
    moment = data.draw(moments(day))
    free = rhythm.out_of_quiet(moment)
    assert free >= moment
    assert rhythm.out_of_quiet(free) == free
    if free > moment:
        assert rhythm.out_of_quiet(free - INSTANT) == free
    clock = rhythm.local(moment)
    assume(clock.replace(fold=0).utcoffset() == clock.replace(fold=1).utcoffset())
    assert quiet.covers(clock.time()) == (free > moment)


@steady
@given(st.data(), days_lived(), morning_timings | now_timings)
def test_no_mail_may_go_before_the_horizon_has_reached_its_moment(
    data: st.DataObject, lived: tuple[Rhythm, date], timing: Timing
) -> None:
    rhythm, day = lived
    moment = data.draw(moments(day))
    if timing.by_day:
        moment = midnight_utc(moment.date())
    assert moment <= timing.horizon(timing.send_at(moment, rhythm))
