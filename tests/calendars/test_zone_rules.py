"""The yearly rule of a zone is its own, and where it is not, the zone has none."""

import zoneinfo
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from mentorly.calendars.zone_rules import ZoneRule, zone_rule

ZONES = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"})
RULES = [rule for rule in map(zone_rule, ZONES) if rule]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2035, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001


def test_nearly_every_zone_has_a_rule() -> None:
    assert len(RULES) > 0.95 * len(ZONES)
    assert {"Africa/Cairo", "Asia/Jerusalem", "America/Santiago"} & {rule.key for rule in RULES} == set()


@pytest.mark.parametrize(
    "name", ["", "UTC", "Etc/UTC", "Nowhere/At_All", "../../etc/passwd", "/etc/passwd", "a\0b", "x" * 300]
)
def test_what_is_no_zone_has_no_rule(name: str) -> None:
    assert zone_rule(name) is None


@given(st.sampled_from(RULES), MOMENTS)
def test_another_library_reads_from_a_rule_that_holds_what_the_zone_says(rule: ZoneRule, moment: datetime) -> None:
    if not rule.holds(moment, moment + timedelta(hours=1)):
        return
    written = "\r\n".join(["BEGIN:VCALENDAR", *rule.lines, "END:VCALENDAR", ""])
    read = Calendar.from_ical(written).walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    assert moment.astimezone(read).utcoffset() == moment.astimezone(zoneinfo.ZoneInfo(rule.key)).utcoffset()


def test_a_rule_that_the_zone_did_not_keep_to_does_not_hold() -> None:
    toronto = zone_rule("America/Toronto")
    assert toronto is not None
    in_a_war = datetime(1944, 1, 15, 12, 0, tzinfo=UTC)
    assert not toronto.holds(in_a_war, in_a_war)
    today = datetime(2027, 1, 15, 12, 0, tzinfo=UTC)
    assert toronto.holds(today, today)


def test_summer_is_called_daylight_also_where_the_law_calls_winter_so() -> None:
    dublin = zone_rule("Europe/Dublin")
    assert dublin is not None
    daylight = dublin.lines[dublin.lines.index("BEGIN:DAYLIGHT") :]
    assert "TZOFFSETTO:+0100" in daylight[: daylight.index("END:DAYLIGHT")]
