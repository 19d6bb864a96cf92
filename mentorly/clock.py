"""Pure time: the reader's morning, working days and quiet hours, and how far something is from a moment.

Every moment is an aware datetime in UTC, exact to the microsecond. Nothing here reads the clock.
"""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import UTC as _UTC
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

UTC = _UTC
NINE = time(9)
INSTANT = timedelta.resolution
ONE_DAY = timedelta(days=1)
ONE_WEEK = timedelta(weeks=1)
LONGEST_BREAK = timedelta(weeks=6)


@dataclass(frozen=True)
class Distance:
    """How far a mail is from its moment, in working days or in real time: ``2 * WORKING_DAY``, ``3 * DAY``."""

    working_days: int = 0
    span: timedelta = timedelta()

    def __post_init__(self) -> None:
        if self.working_days < 0 or self.span < timedelta() or (self.working_days and self.span):
            raise ValueError("A distance is a number of working days or of hours, and never negative.")

    def __rmul__(self, times: int) -> "Distance":
        return Distance(times * self.working_days, times * self.span)

    def widest(self) -> timedelta:
        """Return the most real time that this distance covers, to widen the bounds of queries.

        A week has at least one working day, so n of them take n weeks, and the longest break more: six weeks, the
        summer closing of nearly every organization. A longer break loses no mail, but may make one late.
        """
        return LONGEST_BREAK + timedelta(weeks=self.working_days) if self.working_days else self.span


NONE = Distance()
HOUR = Distance(span=timedelta(hours=1))
DAY = Distance(span=ONE_DAY)
WORKING_DAY = Distance(working_days=1)


@dataclass(frozen=True)
class WorkingDays:
    """The days on which an organization works: its weekdays (Monday is 0) less its days off."""

    weekdays: frozenset[int] = frozenset(range(5))
    off: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError("A week needs at least one working day, from 0 for Monday to 6 for Sunday.")

    def is_working(self, day: date) -> bool:
        """Whether people work on this day."""
        return day.weekday() in self.weekdays and day not in self.off

    def on_or_after(self, day: date) -> date:
        """Return this day if it is a working day, else the next one."""
        while not self.is_working(day):
            day += ONE_DAY
        return day

    def on_or_before(self, day: date) -> date:
        """Return this day if it is a working day, else the one before."""
        while not self.is_working(day):
            day -= ONE_DAY
        return day

    def back(self, day: date, n: int) -> date:
        """Return the n-th working day strictly before this day."""
        for _ in range(n):
            day = self.on_or_before(day - ONE_DAY)
        return day

    def forward(self, day: date, n: int) -> date:
        """Return the n-th working day strictly after this day."""
        for _ in range(n):
            day = self.on_or_after(day + ONE_DAY)
        return day


@dataclass(frozen=True)
class QuietHours:
    """When a reader wants no mail: from start until just before end, on the reader's clock, perhaps across midnight."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("Quiet hours need an end that differs from their start.")

    def covers(self, shown: time) -> bool:
        """Whether the reader's clock shows a quiet time."""
        if self.start < self.end:
            return self.start <= shown < self.end
        return shown >= self.start or shown < self.end


@dataclass(frozen=True)
class Rhythm:
    """One reader's days. zone: an IANA key or its ZoneInfo (kept as the key); ZoneInfoNotFoundError if there is none.

    A time that the clock skips is taken as the end of the gap, a time that it shows twice as the first of the two. So
    quiet hours and days are stretches of real time that neither overlap nor repeat.
    """

    zone: ZoneInfo | str
    days: WorkingDays = field(default_factory=WorkingDays)
    quiet: QuietHours | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "zone", ZoneInfo(str(self.zone)).key)

    @cached_property
    def _clock(self) -> ZoneInfo:
        return ZoneInfo(str(self.zone))

    def local(self, moment: datetime) -> datetime:
        """Return the moment as the reader's clock and calendar show it."""
        return moment.astimezone(self._clock)

    def at(self, day: date, shown: time) -> datetime:
        """Return the first moment at which the reader's clock shows this time of this day, or has skipped it."""
        wanted = datetime.combine(day, shown, self._clock)
        moment = wanted.astimezone(UTC)
        return moment if self.local(moment) == wanted else self._end_of_gap(wanted)

    def _end_of_gap(self, wanted: datetime) -> datetime:
        early, late = wanted.replace(fold=1, microsecond=0).astimezone(UTC), wanted.astimezone(UTC)
        seconds = range(int((late - early).total_seconds()) + 1)
        skipped = bisect_left(seconds, x=True, key=lambda n: self.local(early + timedelta(seconds=n)) > wanted)
        return early + timedelta(seconds=skipped)

    def midnight(self, day: date) -> datetime:
        """Return the moment at which this day begins for the reader."""
        return self.at(day, time.min)

    def day(self, moment: datetime) -> date:
        """Return the reader's date: the last day that has begun, even if a clock set back shows the one before."""
        tomorrow = self.local(moment).date() + ONE_DAY
        return tomorrow if self.midnight(tomorrow) <= moment else tomorrow - ONE_DAY

    def morning(self, day: date) -> datetime:
        """Return 9:00 of this day, or if that is quiet the time of this day at which quiet hours end."""
        return self.at(day, self.quiet.end if self.quiet and self.quiet.covers(NINE) else NINE)

    def next_morning(self, moment: datetime) -> datetime:
        """Return the first morning of a working day at or after the moment."""
        day = self.days.on_or_after(self.local(moment).date() - ONE_DAY)
        while (morning := self.morning(day)) < moment:
            day = self.days.forward(day, 1)
        return morning

    def last_morning(self, moment: datetime) -> datetime:
        """Return the last morning of a working day at or before the moment."""
        day = self.days.on_or_before(self.day(moment))
        while (morning := self.morning(day)) > moment:
            day = self.days.back(day, 1)
        return morning

    def next_week_morning(self, moment: datetime) -> datetime:
        """Return the first morning at or after the moment that begins a week: Monday's, or its first working day's."""
        monday = _monday(self.local(moment).date() - ONE_DAY)
        while (morning := self.morning(self.days.on_or_after(monday))) < moment:
            monday += ONE_WEEK
        return morning

    def last_week_morning(self, moment: datetime) -> datetime:
        """Return the last such morning at or before the moment."""
        monday = _monday(self.day(moment))
        while (morning := self.morning(self.days.on_or_after(monday))) > moment:
            monday -= ONE_WEEK
        return morning

    def out_of_quiet(self, moment: datetime) -> datetime:
        """Return the moment itself, or the end of the quiet hours in which it lies."""
        if self.quiet:
            wraps = ONE_DAY if self.quiet.end < self.quiet.start else timedelta()
            today = self.day(moment)
            for day in (today - ONE_DAY, today, today + ONE_DAY):
                if self.at(day, self.quiet.start) <= moment:
                    moment = max(moment, self.at(day + wraps, self.quiet.end))
        return moment

    def next_quiet(self, moment: datetime) -> datetime | None:
        """Return when quiet hours begin for the first time after the moment; None for a reader who has none."""
        if not self.quiet:
            return None
        today = self.day(moment)
        start = self.at(today, self.quiet.start)
        return start if start > moment else self.at(today + ONE_DAY, self.quiet.start)


def _monday(day: date) -> date:
    return day - day.weekday() * ONE_DAY
