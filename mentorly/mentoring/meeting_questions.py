"""What is asked about meetings: when one is, which of several times, how long it took, what it was about."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from mentorly.mentoring.base import Refused
from mentorly.mentoring.questions import NUMBER, YEARS, Choice, Question, Text
from mentorly.mentoring.written_days import read_day_and_time
from mentorly.mentoring.written_lengths import read_length

HOUR = re.compile(r"\d\s*(?:h|:|[ap]\.?m|o'clock)", re.IGNORECASE)


@dataclass(frozen=True)
class TimeChoice(Choice):
    """One of some moments, which are the names of its options, written 2027-03-01T15:00:00+00:00."""

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """The moment that the words name: by its number from 1, or by its day and time of the reader's clock."""
        local = read_day_and_time(words, now.astimezone(zone).date())
        if local:
            told = {datetime.fromisoformat(name).astimezone(zone).replace(tzinfo=None): name for name in self.options}
            return told.get(local)
        number = NUMBER.fullmatch(words)
        place = int(number[1]) if number and not HOUR.search(words) else 0
        return list(self.options)[place - 1] if 1 <= place <= len(self.options) else None


@dataclass(frozen=True)
class Length(Question):
    """How long something took, in minutes."""

    shape: ClassVar[str] = "length"

    def check(self, typed: str, zone: ZoneInfo) -> int | None:
        """Return the minutes, None if nothing was typed."""
        text = str(super().check(typed, zone))
        if not text:
            return None
        minutes, _ = read_length(text)
        if minutes is None:
            raise Refused("Write how long it took like this: 45 minutes, or 1h30.")
        return minutes

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """The minutes that the words tell first."""
        del zone, now
        minutes, _ = read_length(words)
        return None if minutes is None else str(minutes)


@dataclass(frozen=True)
class Topics(Text):
    """What something was about: what words say besides how long it took."""

    is_beside: ClassVar[bool] = True

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """The words without the length."""
        del zone, now
        return read_length(words)[1] or None


@dataclass(frozen=True)
class DayAndTime(Question):
    """A day and a time of the reader's own clock, written 2027-03-01T15:00."""

    shape: ClassVar[str] = "moment"

    def check(self, typed: str, zone: ZoneInfo) -> datetime | None:
        """Return the moment in UTC, None if nothing was typed; refuse a local time that a clock change leaves out."""
        text = str(super().check(typed, zone))
        if not text:
            return None
        try:
            local = datetime.fromisoformat(text).replace(tzinfo=None)
        except (ValueError, OverflowError):
            raise Refused("Write the day and the time like this: 2027-03-01 15:00.") from None
        if local.year not in YEARS:
            raise Refused("The year {year} is too far away.", year=local.year)
        moment = local.replace(tzinfo=zone).astimezone(UTC)
        if abs(moment.astimezone(zone).replace(tzinfo=None) - local) > timedelta(0):
            raise Refused("There is no such time on that day: the clocks change then.")
        return moment

    def read(self, words: str, zone: ZoneInfo, now: datetime) -> str | None:
        """The only day and time that the words tell."""
        local = read_day_and_time(words, now.astimezone(zone).date())
        return local.isoformat(" ", "minutes") if local else None
