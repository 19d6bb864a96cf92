"""Received times, as they are written: what clocks show, days, lengths (RFC 5545 3.3)."""

import re
from datetime import date, datetime, time, timedelta

from icalendar.prop import vDuration

from mentorly.calendars.received_lines import Unreadable

TIME = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ](\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?\s*(Z)?)?", re.IGNORECASE)
OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)(?::?(\d\d))?")
LONGEST = timedelta(days=366)

Moment = datetime | date


def shown(value: str) -> tuple[Moment, bool]:
    """What clocks show, or a day, and whether it is said in UTC. Raises Unreadable."""
    found = TIME.fullmatch(value.strip())
    try:
        year, month, day, hour, minute, second, in_utc = found.groups() if found else ("",) * 7
        whole = date(int(year), int(month), int(day))
        if hour is None:
            return whole, False
        return datetime.combine(whole, time(int(hour), int(minute), min(int(second or 0), 59))), bool(in_utc)
    except ValueError:
        raise Unreadable("It has a time that is none.") from None


def on_clocks(value: str) -> datetime:
    """What clocks show, of a day its beginning. Raises Unreadable."""
    moment, _ = shown(value)
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time())


def length_of(words: str) -> timedelta | None:
    """A length of time (RFC 5545 3.3.6); None if it is none, or longer than a year."""
    try:
        length: timedelta = vDuration.from_ical(words.strip())  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001 - what the library raises for a length that it refuses is its own affair
        return None
    return length if timedelta() <= length <= LONGEST else None


def ahead_of_utc(words: str) -> timedelta:
    """How far clocks are ahead of UTC (RFC 5545 3.3.14). Raises Unreadable."""
    found = OFFSET.fullmatch(words.strip())
    if not found or int(found[2]) > 23:
        raise Unreadable("It has a distance from UTC that is none.")
    amount = timedelta(hours=int(found[2]), minutes=int(found[3]), seconds=int(found[4] or 0))
    return -amount if found[1] == "-" else amount
