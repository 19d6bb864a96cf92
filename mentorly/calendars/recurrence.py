"""Days on which something repeats (RFC 5545 3.3.10), counted no further than they are asked for.

The usual libraries follow a rule until it yields a day: one that never does, written by a stranger, keeps them for
minutes. Here a rule is looked at period by period up to a bound, whatever it says.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from icalendar.prop import vRecur

from mentorly.calendars.received_lines import Unreadable

DAY = timedelta(days=1)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST"})
# A rule that names one hour names that of its start; one that counts as everybody does may say so (RFC 7529).
HARMLESS = frozenset({"BYHOUR", "BYMINUTE", "BYSECOND", "SKIP", "RSCALE"})
FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
MONTHS = range(1, 13)
LAST_YEAR = 2200  # what ends later has no end
MOST_COUNT = 100_000


@dataclass(frozen=True)
class Recurrence:
    """A rule by which something repeats. weekdays: as (which of its kind or 0, 0 for Monday). week_begins: likewise.

    until: an instant in UTC, or the clocks' or the day's own.
    """

    frequency: str
    interval: int = 1
    most: int | None = None
    until: datetime | date | None = None
    months: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()
    positions: tuple[int, ...] = ()
    week_begins: int = 0

    @classmethod
    def read(cls, value: str) -> "Recurrence":
        """Read a rule. Raises Unreadable for one that cannot be followed."""
        try:
            rule = {name.upper(): said for name, said in vRecur.from_ical(value.strip()).items()}
            return cls._of(rule)
        except Exception:  # noqa: BLE001 - what the library raises for a rule that it refuses is its own affair
            raise Unreadable("It repeats by a rule that is not understood.") from None

    @classmethod
    def _of(cls, rule: dict[str, list[Any]]) -> "Recurrence":
        hours = [said for name, said in rule.items() if name in HARMLESS]
        others = set(rule) - KNOWN - HARMLESS or set(rule.get("RSCALE", ())) - {"GREGORIAN"}
        frequency = str(rule["FREQ"][0])
        weekdays = frozenset(_weekday(str(said)) for said in rule.get("BYDAY", ()))
        until = rule.get("UNTIL", [None])[0]
        ordinals = any(which for which, _ in weekdays)
        if others or frequency not in FREQUENCIES or any(len(said) > 1 for said in hours):
            raise ValueError(frequency)
        if ordinals and frequency not in {"MONTHLY", "YEARLY"}:
            raise ValueError(frequency)
        months, month_days = (frozenset(map(int, rule.get(name, ()))) for name in ("BYMONTH", "BYMONTHDAY"))
        if not (months <= set(MONTHS) and {abs(day) for day in month_days} <= set(range(1, 32))):
            raise ValueError(frequency)
        return cls(
            frequency,
            max(1, int(rule.get("INTERVAL", [1])[0])),
            min(MOST_COUNT, int(rule["COUNT"][0])) if "COUNT" in rule else None,
            until if until and until.year <= LAST_YEAR else None,
            months,
            month_days,
            weekdays,
            tuple(map(int, rule.get("BYSETPOS", ()))),
            WEEKDAYS.index(str(rule.get("WKST", ["MO"])[0])),
        )

    def days(self, start: date, end: date) -> Iterator[date]:
        """The days from a start to an end, the end left out, as many as there may be. start: the first one's day."""
        left = self.most
        for number in count():
            period = self._period(start, number * self.interval)
            if period is None or period[0] >= end or left == 0:
                return
            for day in self._chosen(period, start):
                if left == 0 or day >= end:
                    return
                if day >= start:
                    left = None if left is None else left - 1
                    yield day

    def in_year(self, year: int, start: date) -> list[date]:
        """The days of a year, whatever came before. start: the day that the rule began with."""
        return self._chosen([day for month in sorted(self.months or MONTHS) for day in self._month(year, month)], start)

    def _period(self, start: date, ahead: int) -> list[date] | None:
        """The days of the period that lies so many periods ahead of the one of the start; None after all time."""
        try:
            match self.frequency:
                case "DAILY":
                    return [start + ahead * DAY]
                case "WEEKLY":
                    first = start - (start.weekday() - self.week_begins) % 7 * DAY + 7 * ahead * DAY
                    return [first + number * DAY for number in range(7)]
                case "MONTHLY":
                    year, month = divmod(start.year * 12 + start.month - 1 + ahead, 12)
                    return self._month(year, month + 1)
            year = start.year + ahead
            return [day for month in sorted(self.months or MONTHS) for day in self._month(year, month)]
        except (OverflowError, ValueError):
            return None

    @staticmethod
    def _month(year: int, month: int) -> list[date]:
        return [date(year, month, day + 1) for day in range(monthrange(year, month)[1])]

    def _chosen(self, period: list[date], start: date) -> list[date]:
        fitting = [day for day in period if self._fits(day, start)]
        if not self.positions:
            return fitting
        size = len(fitting)
        places = {place - 1 if place > 0 else size + place for place in self.positions}
        return [fitting[place] for place in sorted(places) if 0 <= place < size]

    def _fits(self, day: date, start: date) -> bool:
        if self.months and day.month not in self.months:
            return False
        if not (self.month_days or self.weekdays):
            return self._is_like(day, start)
        if self.month_days:
            length = monthrange(day.year, day.month)[1]
            if day.day not in self.month_days and day.day - length - 1 not in self.month_days:
                return False
        return not self.weekdays or any(self._is_weekday(day, which, weekday) for which, weekday in self.weekdays)

    def _is_like(self, day: date, start: date) -> bool:
        """Whether a day is like the start, for a rule that names no days."""
        match self.frequency:
            case "DAILY":
                return True
            case "WEEKLY":
                return day.weekday() == start.weekday()
            case "MONTHLY":
                return day.day == start.day
        return day.day == start.day and bool(self.months or day.month == start.month)

    def _is_weekday(self, day: date, which: int, weekday: int) -> bool:
        if day.weekday() != weekday:
            return False
        if self.frequency == "YEARLY" and not self.months:
            place, length = day.timetuple().tm_yday, 365 + _is_leap(day.year)
        else:
            place, length = day.day, monthrange(day.year, day.month)[1]
        return which in {0, (place - 1) // 7 + 1, -((length - place) // 7 + 1)}


def _is_leap(year: int) -> bool:
    return monthrange(year, 2)[1] == 29


def _weekday(words: str) -> tuple[int, int]:
    return int(words[:-2] or 0), WEEKDAYS.index(words[-2:].upper())
