"""Pure time: how a mail lies to the moment that it is about, and when it may go to a reader."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from mentorly.clock import INSTANT, NONE, ONE_DAY, ONE_WEEK, UTC, WORKING_DAY, Distance, Rhythm


class Lane(StrEnum):
    """How a mail travels: at once, on the reader's morning, or on the first morning of the reader's working week."""

    NOW = "now"
    MORNING = "morning"
    WEEKLY = "weekly"


class Segment(NamedTuple):
    """The moments in (low, high], which share one send_at; None: each is its own."""

    low: datetime
    high: datetime
    send_at: datetime | None


@dataclass(frozen=True)
class Timing:
    """How a kind of mail lies to its moment: a distance before it, or a distance (perhaps none) after it.

    A weekly one lies as a morning one, and then waits for the morning that begins a week, or goes on the one before.
    by_day: the moment is a date of the reader, stored as midnight UTC of that date, and begins at the local midnight.
    through_quiet: a mail of the now lane that quiet hours do not hold.
    """

    lane: Lane
    before: Distance = NONE
    after: Distance = NONE
    through_quiet: bool = False
    by_day: bool = False

    def __post_init__(self) -> None:
        if NONE not in (self.before, self.after):
            raise ValueError("A mail comes before its moment or after it, not both.")
        if self.lane is Lane.NOW and (self.before != NONE or self.after.working_days or self.by_day):
            raise ValueError("Working days, dates and distances before a moment need a morning, not the now lane.")

    @property
    def is_instant(self) -> bool:
        """Whether the mail may go at its moment, for every reader whom no quiet hours hold."""
        return self.lane is Lane.NOW and self.after == NONE

    def send_at(self, moment: datetime, rhythm: Rhythm) -> datetime:
        """Return the first moment at which the mail about this moment may go to a reader of this rhythm."""
        if self.lane is Lane.NOW:
            ready = moment + self.after.span
            return ready if self.through_quiet else rhythm.out_of_quiet(ready)
        return self._weekly(self._morning(moment, rhythm), rhythm)

    def _weekly(self, morning: datetime, rhythm: Rhythm) -> datetime:
        if self.lane is not Lane.WEEKLY:
            return morning
        return rhythm.next_week_morning(morning) if self.before == NONE else rhythm.last_week_morning(morning)

    def _morning(self, moment: datetime, rhythm: Rhythm) -> datetime:
        if n := self.before.working_days:
            return rhythm.morning(rhythm.days.back(self._day(moment, rhythm), n))
        if n := self.after.working_days:
            return rhythm.morning(rhythm.days.forward(self._day(moment, rhythm), n))
        begins = rhythm.midnight(moment.date()) if self.by_day else moment
        if self.before.span:
            return rhythm.last_morning(begins - self.before.span)
        return rhythm.next_morning(begins + self.after.span)

    def segments(self, low: datetime, high: datetime, rhythm: Rhythm) -> Iterator[Segment]:
        """Return send_at() over the moments in (low, high] as contiguous pieces, at most two for each local day.

        Raises ValueError for a distance in the now lane: what is later than its cause there has its own stored moment.
        """
        if self.lane is Lane.NOW and self.after != NONE:
            raise ValueError("Store the moment at which it falls due: a distance in the now lane has no segments.")
        pieces = self._segments(low, high, rhythm)
        return pieces if self.lane is not Lane.WEEKLY else self._weeks(pieces, rhythm)

    def _weeks(self, pieces: Iterator[Segment], rhythm: Rhythm) -> Iterator[Segment]:
        for send_at, run in groupby(pieces, key=lambda piece: self._weekly(piece.send_at or piece.low, rhythm)):
            first, *others = run
            yield Segment(first.low, others[-1].high if others else first.high, send_at)

    def horizon(self, now: datetime) -> datetime:
        """Return the latest moment whose send_at, for any reader, can be at or before now: the upper bound of a query.

        Before: the distance, the way back to a working morning (and from there to the one that begins its week), and
        two days for the hours at both ends, zones and clock changes. After: at least the distance, of which n working
        days are n - 2 days for certain; but a date begins up to 14 hours before its midnight UTC.
        """
        if self.before == NONE:
            shortest = self.after.span + timedelta(days=max(0, self.after.working_days - 2))
            return now - shortest + (ONE_DAY if self.by_day else timedelta())
        rolled = WORKING_DAY.widest() if self.before.span else timedelta()
        weekly = ONE_WEEK if self.lane is Lane.WEEKLY else timedelta()
        return now + self.before.widest() + rolled + weekly + 2 * ONE_DAY

    def _segments(self, low: datetime, high: datetime, rhythm: Rhythm) -> Iterator[Segment]:
        while low < high:
            moment = low + INSTANT
            sent = self._morning(moment, rhythm) if self.lane is not Lane.NOW else self.send_at(moment, rhythm)
            itself = self.lane is Lane.NOW and sent == moment
            last = self._until_quiet(moment, high, rhythm) if itself else self._last_alike(moment, sent, rhythm)
            yield Segment(low, min(last, high), None if itself else sent)
            low = last

    def _until_quiet(self, moment: datetime, high: datetime, rhythm: Rhythm) -> datetime:
        quiet = None if self.through_quiet else rhythm.next_quiet(moment)
        return quiet - INSTANT if quiet else high

    def _last_alike(self, moment: datetime, sent: datetime, rhythm: Rhythm) -> datetime:
        if self.before.working_days:
            return self._end(rhythm.days.on_or_after(self._day(moment, rhythm)), rhythm)
        if self.after.working_days:
            return self._end(rhythm.days.forward(self._day(moment, rhythm), 1) - ONE_DAY, rhythm)
        last = sent - self.after.span
        if self.before.span:
            last = rhythm.next_morning(sent + INSTANT) + self.before.span - INSTANT
        return self._end(rhythm.day(last), rhythm) if self.by_day else last

    def _day(self, moment: datetime, rhythm: Rhythm) -> date:
        return moment.date() if self.by_day else rhythm.day(moment)

    def _end(self, day: date, rhythm: Rhythm) -> datetime:
        next_day = day + ONE_DAY
        return (datetime.combine(next_day, time.min, UTC) if self.by_day else rhythm.midnight(next_day)) - INSTANT
