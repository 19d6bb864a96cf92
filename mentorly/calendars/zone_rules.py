"""The rule by which a zone changes its clocks every year, as a VTIMEZONE (RFC 5545 3.6.5).

The rule is the last line of the zone's own data (a POSIX TZ string, RFC 9636 3.3): clients read a yearly RRULE right,
and lists of dates often wrong. A zone whose clocks follow no such rule, or did not at the moment in question, has none;
then a time is said in UTC.
"""

import re
import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path

from mentorly.calendars.content_lines import line, local, parameter, stream

NAME = r"(<[^>]+>|[A-Za-z]+)"
AMOUNT = r"([+-]?\d+(?::\d+){0,2})"
WHEN = r",M(\d+)\.(\d)\.(\d)(?:/([+-]?\d+(?::\d+){0,2}))?"
POSIX = re.compile(f"{NAME}{AMOUNT}(?:{NAME}{AMOUNT}?{WHEN}{WHEN})?")
WEEKDAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
LAST = 5
DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)
LONG_AGO = 1970
UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Zulu"})


@dataclass(frozen=True)
class Change:
    """A change of the clocks, every year. week: 1 to 4, or 5 for the month's last; weekday: 0 is Sunday.

    at: the time of day on the clocks before. before, after: how far the clocks are ahead of UTC.
    """

    name: str
    month: int
    week: int
    weekday: int
    at: timedelta
    before: timedelta
    after: timedelta

    def on_clocks(self, year: int) -> datetime:
        """When it happens in a year, on the clocks before, without a zone."""
        first = date(year, self.month, 1)
        day = first + (self.weekday - first.isoweekday()) % 7 * DAY + (self.week - 1) * 7 * DAY
        while day.month != self.month:
            day -= 7 * DAY
        return datetime(day.year, day.month, day.day) + self.at  # noqa: DTZ001 - on clocks

    def lines(self) -> Iterator[str]:
        """It, as an observance that began long ago."""
        kind = "DAYLIGHT" if self.after > self.before else "STANDARD"
        week = -1 if self.week == LAST else self.week
        yield f"BEGIN:{kind}"
        yield line("DTSTART", local(self.on_clocks(LONG_AGO)))
        yield line("TZOFFSETFROM", _ahead(self.before))
        yield line("TZOFFSETTO", _ahead(self.after))
        yield line("TZNAME", self.name)
        yield line("RRULE", f"FREQ=YEARLY;BYMONTH={self.month};BYDAY={week}{WEEKDAYS[self.weekday]}")
        yield f"END:{kind}"


@dataclass(frozen=True)
class ZoneRule:
    """How a zone's clocks go. changes: two a year, or none, and then the clocks are always `ahead` of UTC."""

    key: str
    name: str
    ahead: timedelta
    changes: tuple[Change, ...] = ()

    def offset(self, moment: datetime) -> timedelta:
        """How far the clocks are ahead of UTC at a moment, by this rule."""
        if not self.changes:
            return self.ahead
        bare = moment.astimezone(UTC).replace(tzinfo=None)
        happened = (*_changes_of(self.key, bare.year - 1), *_changes_of(self.key, bare.year))
        return [after for instant, after in happened if instant <= bare][-1]

    def holds(self, start: datetime, end: datetime) -> bool:
        """Whether the zone really keeps to this rule on the days of two moments, and the day before and after."""
        return _holds(self.key, start.astimezone(UTC).date(), end.astimezone(UTC).date())

    @cached_property
    def shown(self) -> str:
        """Its name as a parameter."""
        return parameter(self.key)

    @cached_property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The zone itself."""
        return zoneinfo.ZoneInfo(self.key)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """It, as a VTIMEZONE."""
        always = (
            "BEGIN:STANDARD",
            line("DTSTART", f"{LONG_AGO}0101T000000"),
            line("TZOFFSETFROM", _ahead(self.ahead)),
            line("TZOFFSETTO", _ahead(self.ahead)),
            line("TZNAME", self.name),
            "END:STANDARD",
        )
        changes = [one for change in self.changes for one in change.lines()] or always
        return ("BEGIN:VTIMEZONE", line("TZID", parameter(self.key)), *changes, "END:VTIMEZONE")

    @cached_property
    def octets(self) -> bytes:
        """The same, as it travels."""
        return stream(self.lines)


@lru_cache(1024)
def zone_rule(key: str) -> ZoneRule | None:
    """The rule of a zone by its IANA name; None if it has none that can be said, or is none, or is UTC."""
    found = None if key in UTC_NAMES else POSIX.fullmatch(_last_line(key))
    if not found:
        return None
    name, behind, summer, summer_behind, *when = found.groups()
    ahead = -_amount(behind)
    if summer is None:
        return ZoneRule(key, name.strip("<>"), ahead)
    summer_ahead = -_amount(summer_behind) if summer_behind else ahead + timedelta(hours=1)
    changes = (
        _change(summer, when[:4], ahead, summer_ahead),
        _change(name, when[4:], summer_ahead, ahead),
    )
    whole = all(timedelta() <= change.at < DAY for change in changes)
    return ZoneRule(key, name.strip("<>"), ahead, changes) if whole else None


@lru_cache(4096)
def _holds(key: str, first: date, last: date) -> bool:
    """Clocks change on the hour or on the half: to look at each of them is to look at all moments of these days."""
    zone, rule = zoneinfo.ZoneInfo(key), zone_rule(key)
    moment, until = (datetime.combine(day, time(), UTC) for day in (first - DAY, last + 2 * DAY))
    while rule and moment <= until:
        if rule.offset(moment) != moment.astimezone(zone).utcoffset():
            return False
        moment += HALF_HOUR
    return rule is not None


@lru_cache(4096)
def _changes_of(key: str, year: int) -> tuple[tuple[datetime, timedelta], ...]:
    """The changes of a year in their order: when in UTC, without saying so, and how far ahead the clocks are after."""
    rule = zone_rule(key)
    return tuple(sorted((one.on_clocks(year) - one.before, one.after) for one in rule.changes)) if rule else ()


def _change(name: str, when: list[str | None], before: timedelta, after: timedelta) -> Change:
    month, week, weekday, at = when
    numbers = [int(number or 0) for number in (month, week, weekday)]
    return Change(name.strip("<>"), numbers[0], numbers[1], numbers[2], _amount(at or "2"), before, after)


def _amount(words: str) -> timedelta:
    hours, minutes, seconds = ([int(number) for number in words.lstrip("+-").split(":")] + [0, 0])[:3]
    amount = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -amount if words.startswith("-") else amount


def _ahead(amount: timedelta) -> str:
    seconds = round(amount.total_seconds())
    minutes, rest = divmod(abs(seconds), 60)
    return f"{'-' if seconds < 0 else '+'}{minutes // 60:02}{minutes % 60:02}" + (f"{rest:02}" if rest else "")


def _last_line(key: str) -> str:
    """The last line of a zone's data (RFC 9636 3.3), from where zoneinfo takes it; '' for no zone."""
    try:
        zoneinfo.ZoneInfo(key)  # it refuses what is no name of a zone
        paths = [path for path in (Path(folder, key) for folder in zoneinfo.TZPATH) if path.is_file()]
        data = paths[0].read_bytes() if paths else resources.files("tzdata.zoneinfo").joinpath(key).read_bytes()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return ""
    return data.rstrip(b"\n").rpartition(b"\n")[2].decode("ascii", "replace")
