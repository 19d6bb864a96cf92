"""What somebody prefers: in which language and at which hours they are written to, and whether they are quoted."""

from datetime import datetime, time

from sqlalchemy.orm import Mapped, mapped_column

from mentorly.clock import QuietHours, Rhythm, WorkingDays
from mentorly.mentoring.base import Refused
from mentorly.mentoring.particulars import checked_language, checked_timezone


class Preferences:
    """What a person says of themself. weekly: whether what may wait comes once a week. quotes: None: not asked yet."""

    phone: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    timezone: Mapped[str] = mapped_column(default="America/Toronto")
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    weekly: Mapped[bool] = mapped_column(default=False)
    quotes: Mapped[bool | None]

    def prefer(
        self,
        now: datetime,
        *,
        language: str,
        timezone: str,
        phone: str,
        quiet: tuple[time, time] | None,
        weekly: bool,
        quotes: bool | None,
    ) -> None:
        """Take the person's own profile. Raises Refused."""
        del now
        if len(phone) > 40:
            raise Refused("A phone number has at most 40 characters.")
        self.language = checked_language(language)
        self.timezone = checked_timezone(timezone)
        self.phone = " ".join(phone.split())
        if quiet and quiet[0] == quiet[1]:
            raise Refused("Quiet hours need two different times.")
        self.quiet_from, self.quiet_until = quiet or (None, None)
        self.weekly = weekly
        self.quotes = quotes

    def choose_quoting(self, *, quotes: bool, now: datetime) -> None:
        """Say whether what people write may be quoted in this person's mails (rules C1)."""
        del now
        self.quotes = quotes


def rhythm_of(timezone: str, days: WorkingDays, quiet_from: time | None, quiet_until: time | None) -> Rhythm:
    """The rhythm of a reader from the stored columns."""
    quiet = QuietHours(quiet_from, quiet_until) if quiet_from is not None and quiet_until is not None else None
    return Rhythm(timezone, days, quiet)
