"""The zones of a received calendar: by their names, by what the calendar itself says of them, by their titles."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from mentorly.calendars.received_lines import Component, Unreadable
from mentorly.calendars.received_times import ahead_of_utc, on_clocks
from mentorly.calendars.recurrence import Recurrence

# (UTC-05:00) Eastern Time (US & Canada)
TITLE = re.compile(r"\((?:UTC|GMT)(?:([+-]\d\d)[:.]?(\d\d))?\)")
MICROSOFT_UTC = "tzone://microsoft/utc"
LONG_AGO = "19700101T000000"
MOST_OBSERVANCES = 60
MOST_WORDS = 6


@dataclass(frozen=True)
class Zone:
    """A zone: its IANA name if it has one, and what its clocks mean: a time without a zone becomes one in UTC."""

    name: str
    instant: Callable[[datetime], datetime]


@dataclass(frozen=True)
class Observance:
    """A part of a written zone (RFC 5545 3.6.5): since when on clocks, which were `before` and are `after` ahead."""

    start: datetime
    before: timedelta
    after: timedelta
    rule: Recurrence | None
    others: tuple[datetime, ...]
    known: dict[int, list[datetime]] = field(default_factory=dict, compare=False)

    @classmethod
    def read(cls, part: Component) -> "Observance | None":
        """Read one; None for one that says nothing that can be followed."""
        line = part.first("RRULE")
        try:
            rule = Recurrence.read(line.value) if line else None
            dates = [value for line in part.all("RDATE") for value in line.value.split(",")]
            start, *others = (on_clocks(value) for value in (part.text("DTSTART") or LONG_AGO, *dates))
            before, after = (ahead_of_utc(part.text(name)) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
        except Unreadable:
            return None
        is_yearly = rule is not None and rule.frequency == "YEARLY" and rule.interval == 1
        return cls(start, before, after, rule if is_yearly else None, tuple(others))

    def last(self, clock: datetime) -> datetime | None:
        """When it began last, on the clocks before."""
        begun = [self.start, *self.others, *self._in_year(clock.year - 1), *self._in_year(clock.year)]
        return max((one for one in begun if self.start <= one <= clock), default=None)

    def _in_year(self, year: int) -> list[datetime]:
        if year not in self.known:
            days = self.rule.in_year(year, self.start.date()) if self.rule else []
            begun = [datetime.combine(day, self.start.time()) for day in days]
            self.known[year] = [one for one in begun if not self._is_over(one)]
        return self.known[year]

    def _is_over(self, clock: datetime) -> bool:
        until = self.rule.until if self.rule else None
        if not isinstance(until, datetime):
            return False
        return clock > (until.replace(tzinfo=None) + self.before if until.tzinfo else until)


def zone_of(tz: tzinfo) -> Zone:
    """A zone whose clocks are known."""
    name = tz.key if isinstance(tz, ZoneInfo) else ""
    return Zone(name, lambda clock: clock.replace(tzinfo=tz).astimezone(UTC))


def zone_named(name: str, written: Mapping[str, Component]) -> Zone | None:
    """The zone of a name, or None. written: the zones that the calendar describes, by their names in it.

    A name of the IANA's goes before the description, and the description before a name of Windows', which is shown.
    """
    known = iana(name)
    if known:
        return zone_of(known)
    windows = iana(WINDOWS_TO_OLSON.get(name.strip(), ""))
    described = _described(written[name], windows.key if windows else "") if name in written else None
    if described or windows:
        return described or (zone_of(windows) if windows else None)
    title = TITLE.match(name)
    return zone_of(timezone(ahead_of_utc(f"{title[1] or '+00'}{title[2] or '00'}"))) if title else None


def _described(component: Component, shown_as: str) -> Zone | None:
    place = iana(component.text("X-LIC-LOCATION"))
    if place:
        return zone_of(place)
    parts = component.within("STANDARD", "DAYLIGHT")[:MOST_OBSERVANCES]
    observances = [one for one in map(Observance.read, parts) if one]
    return Zone(shown_as, lambda clock: _instant(observances, clock)) if observances else None


def _instant(observances: Sequence[Observance], clock: datetime) -> datetime:
    begun = [(one.last(clock), one.after) for one in observances]
    ahead = max(((when, after) for when, after in begun if when), default=(None, observances[0].before))[1]
    return (clock - ahead).replace(tzinfo=UTC)


def iana(name: str) -> ZoneInfo | None:
    """A zone by its IANA name, also behind what some programs write before it, or as Microsoft writes UTC."""
    if name.strip().lower() == MICROSOFT_UTC:
        return ZoneInfo("UTC")
    words = [word for word in name.strip().split("/") if word]
    for start in range(min(len(words), MOST_WORDS)):
        try:
            return ZoneInfo("/".join(words[start:]))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
    return None
