"""Days by a rule are those that another library finds, where it finds any."""

from datetime import date, datetime, timedelta
from itertools import takewhile

from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorly.calendars.recurrence import Recurrence

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MONTHS = st.one_of(st.just(()), st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True))
# Every month has these.
MONTH_DAYS = st.one_of(st.just(()), st.lists(st.sampled_from([1, 2, 13, 15, 28, -1, -2, -28]), max_size=2))
POSITIONS = st.sampled_from(["", "", "1", "-1", "1,-1"])


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules that yield a day now and then: that library follows one that yields none to the year 9999.

    With and without a number in one rule it takes for both at once, and it cuts the first week of a start within it.
    """
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    interval = 1 if frequency == "DAILY" else draw(st.integers(1, 3))
    parts = [f"FREQ={frequency}", f"INTERVAL={interval}", f"WKST={draw(st.sampled_from(DAYS))}"]
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    is_wide = frequency in {"MONTHLY", "YEARLY"}
    which = draw(st.sampled_from(["", "1", "2", "-1"])) if is_wide else ""
    weekdays = draw(st.lists(st.sampled_from(DAYS), max_size=3, unique=True))
    months = () if frequency == "MONTHLY" and interval > 1 else draw(MONTHS)
    month_days = draw(MONTH_DAYS) if frequency != "WEEKLY" and not weekdays else ()
    for name, values in (("BYMONTH", months), ("BYMONTHDAY", month_days), ("BYDAY", [which + day for day in weekdays])):
        if values:
            parts.append(f"{name}={','.join(map(str, values))}")
    positions = draw(POSITIONS) if is_wide and (months or month_days or weekdays) else ""
    return ";".join([*parts, f"BYSETPOS={positions}"] if positions else parts)


@settings(max_examples=100)
@given(rules(), st.dates(date(2024, 1, 1), date(2027, 12, 28)))
def test_days_are_those_that_another_library_finds(rule: str, start: date) -> None:
    begins = datetime.combine(start, datetime.min.time())
    end = start + timedelta(days=900)
    bound = "" if "COUNT" in rule else f";UNTIL={end:%Y%m%d}T000000"
    theirs = takewhile(lambda day: day < end, (day.date() for day in rrulestr(rule + bound, dtstart=begins)))
    assert list(Recurrence.read(rule).days(start, end)) == list(theirs)
