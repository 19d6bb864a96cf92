"""What a received calendar says: an answer to a meeting of ours, or an event of a person's own (RFC 5546)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from mentorly.calendars.clocks import Clock
from mentorly.calendars.received_times import Moment
from mentorly.calendars.recurrence import Recurrence

MOST_OCCURRENCES = 1000
BEGINNING = datetime.min.replace(tzinfo=UTC)

Said = Literal["accept", "decline", "tentative", "delegate", "counter", "refresh", "ask", "ignore"]
Asked = Literal["update", "cancel", "ask", "ignore"]
ANSWERS: dict[str, Said] = {
    "ACCEPTED": "accept",
    "DECLINED": "decline",
    "TENTATIVE": "tentative",
    "DELEGATED": "delegate",
}


@dataclass(frozen=True, repr=False)
class Attendee:
    """Somebody in a calendar. address: in lower case, '' if it is none of mail; partstat: '' if none was given."""

    address: str
    name: str = ""
    partstat: str = ""
    comment: str = ""
    delegated_to: str = ""


@dataclass(frozen=True, repr=False)
class CalendarAnswer:
    """An answer to an invitation.

    recurrence: which one of a series, as an instant or a day. stamp: when it was given, by the sender's clock. start,
    end: of a counter-proposal the times proposed, else those answered to; None if they cannot be read. instances: what
    the same message says of single ones of the series.
    """

    method: str
    uid: str
    attendees: tuple[Attendee, ...]
    sequence: int = 0
    stamp: datetime | None = None
    recurrence: Moment | None = None
    comment: str = ""
    start: Moment | None = None
    end: Moment | None = None
    instances: tuple["CalendarAnswer", ...] = ()

    @property
    def attendee(self) -> Attendee:
        """Who answers: the first, as an answer holds one (RFC 5546 3.2.3); nobody in particular if it holds none."""
        return next(iter(self.attendees), Attendee(""))

    def of(self, address: str) -> Attendee | None:
        """What it says of one address, in whatever case."""
        return next((one for one in self.attendees if one.address == address.lower()), None)

    @property
    def said(self) -> Said:
        """What it means, whoever is believed to have sent it."""
        if not self.uid:
            return "ask"
        match self.method:
            case "REPLY":
                return ANSWERS.get(self.attendee.partstat, "ask")
            case "COUNTER":
                return "counter" if self.start else "ask"
            case "REFRESH":
                return "refresh"
        return "ignore"


@dataclass(frozen=True)
class Occurrence:
    """One time at which an event takes place. recurrence: which one of the series, by the time it had in it."""

    recurrence: Moment
    start: Moment
    end: Moment


@dataclass(frozen=True, repr=False)
class Series:
    """How an event repeats. first: its first time. added, left_out: as instants or days."""

    first: Clock
    rule: Recurrence | None
    added: tuple[Clock, ...]
    left_out: frozenset[Moment]

    def starts(self, before: Moment) -> Iterator[Clock]:
        """When it begins each time, up to a bound."""
        bound = (before.date() if isinstance(before, datetime) else before) + timedelta(days=2)
        ruled = map(self.first.on, self.rule.days(self.first.day, bound)) if self.rule else iter((self.first,))
        for clock in ruled:
            if self._is_over(clock):
                break
            yield clock
        yield from self.added

    def _is_over(self, clock: Clock) -> bool:
        until = self.rule.until if self.rule else None
        moment = clock.moment
        if isinstance(until, datetime) and isinstance(moment, datetime):
            own = until if until.tzinfo else clock.zone.instant(until)
            return moment > own
        if isinstance(until, date):
            return clock.day > (until.date() if isinstance(until, datetime) else until)
        return False


@dataclass(frozen=True, repr=False)
class CalendarEvent:
    """An event of a person's own calendar.

    method: what it asks; '' for a stored one. hint: what the mail beside it says that it asks. start, end: instants in
    UTC, or days, the end left out. zone: the IANA name of the zone whose clocks show it, '' if it has none. recurrence:
    set where it is one of a series that came by itself; the series stays as it is. instances: what the same message
    says of single ones of its series.
    """

    method: str
    uid: str
    organizer: Attendee
    attendees: tuple[Attendee, ...]
    start: Moment
    end: Moment
    zone: str = ""
    sequence: int = 0
    stamp: datetime | None = None
    status: str = ""
    summary: str = ""
    location: str = ""
    link: str = ""
    recurrence: Moment | None = None
    series: Series | None = None
    instances: tuple["CalendarEvent", ...] = ()
    hint: str = ""

    @property
    def is_all_day(self) -> bool:
        """Whether it takes whole days."""
        return not isinstance(self.start, datetime)

    @property
    def is_cancelled(self) -> bool:
        """Whether it is off."""
        return self.method == "CANCEL" or self.status == "CANCELLED"

    @property
    def asked(self) -> Asked:
        """What it asks for, whoever is believed to have sent it."""
        match self.method:
            case "CANCEL" if self.uid:
                return "cancel"
            case "REQUEST" | "ADD" if self.uid and self.attendees:
                return "update"
            case "" if self.hint:
                return "ask"
            case "" | "PUBLISH":
                return "ignore"
        return "ask"

    def occurrences(
        self, before: datetime, most: int = MOST_OCCURRENCES, after: datetime = BEGINNING
    ) -> list[Occurrence]:
        """When it takes place, in order, up to a moment and a number; what was moved is moved, what is off left out.

        after: what is over by then does not count.
        """
        moved = {one.recurrence: one for one in self.instances}
        found: dict[Moment, Occurrence] = {}
        length = _instant(self.end) - _instant(self.start)
        for clock in self.series.starts(before) if self.series else ():
            moment = clock.moment
            is_out = self.series is not None and bool({moment, clock.day} & self.series.left_out)
            is_over = _instant(moment) + length <= after
            if not (is_out or is_over or {moment, clock.day} & set(moved)):
                found[moment] = Occurrence(moment, moment, moment + length)
            if len(found) >= most:
                break
        if not self.series and not self.is_cancelled:
            found[self.start] = Occurrence(self.recurrence or self.start, self.start, self.end)
        for recurrence, one in moved.items():
            if recurrence is not None and not one.is_cancelled:
                found[recurrence] = Occurrence(recurrence, one.start, one.end)
        inside = [one for one in found.values() if _instant(one.start) < before and _instant(one.end) > after]
        return sorted(inside, key=lambda one: _instant(one.start))[:most]


def _instant(moment: Moment) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
