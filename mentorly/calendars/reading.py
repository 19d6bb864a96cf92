"""Received bytes become an answer or an event, liberally (inbox I12 to I17)."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from urllib.parse import unquote

from mentorly.calendars.answers import Attendee, CalendarAnswer, CalendarEvent, Series
from mentorly.calendars.clocks import Clock, Clocks
from mentorly.calendars.received_lines import Component, Line, NoEvent, Unreadable, calendar_of
from mentorly.calendars.received_times import Moment, length_of
from mentorly.calendars.recurrence import Recurrence

ANSWERING = frozenset({"REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER"})
MOST_EVENTS = 500
MOST_ATTENDEES = 300
LONGEST_WORDS = 2000
LONGEST_UID = 255
MAILTO = re.compile(r".*mailto:\s*", re.IGNORECASE | re.DOTALL)
ADDRESS = re.compile(r"[^\s<>@\"]+@[^\s<>@\",;:]+")
MISPLACED = re.compile(r";\s*PARTSTAT\s*=\s*\"?([A-Za-z-]+)", re.IGNORECASE)
# A number of changes that a column of the database holds.
LARGEST_SEQUENCE = 2**31 - 1
LINKS = ("X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "CONFERENCE", "URL")
DAY = timedelta(days=1)


def read(data: bytes, floating: tzinfo = UTC, hint: str = "") -> CalendarAnswer | CalendarEvent:
    """Read a received calendar.

    floating: the zone of times that name none. hint: the method that the mail said beside it (RFC 6047 2.4).
    Raises Unreadable, whose text is a sentence, and nothing else; NoEvent where there is nothing to be read.
    """
    calendar = calendar_of(data)
    try:
        found = _read(calendar, Clocks(calendar, floating))
    except (OverflowError, RecursionError):
        raise Unreadable("It has a time that is out of reach.") from None
    return replace(found, hint=hint.upper()) if isinstance(found, CalendarEvent) else found


def _read(calendar: Component, clocks: Clocks) -> CalendarAnswer | CalendarEvent:
    method = calendar.text("METHOD").upper()
    events = calendar.within("VEVENT")
    if not events:
        raise NoEvent("There is no event in the calendar.")
    if len(events) > MOST_EVENTS:
        raise Unreadable("There are too many events in the calendar.")
    uid = events[0].text("UID")
    own = [event for event in events if event.text("UID") == uid]
    whole = next((event for event in own if not event.first("RECURRENCE-ID")), own[0])
    singles = [event for event in own if event.first("RECURRENCE-ID") and event is not whole]
    if method in ANSWERING:
        return _answer(method, whole, clocks, tuple(_answer(method, one, clocks) for one in singles))
    return _event(method, whole, clocks, tuple(_event(method, one, clocks) for one in singles))


def _answer(
    method: str, event: Component, clocks: Clocks, instances: tuple[CalendarAnswer, ...] = ()
) -> CalendarAnswer:
    attendees = _attendees(event)
    start, end = _times_of_answer(event, clocks)
    return CalendarAnswer(
        method=method,
        uid=_uid(event),
        attendees=attendees,
        sequence=_sequence(event),
        stamp=_stamp(event),
        recurrence=_recurrence(event, clocks),
        comment=event.text("COMMENT")[:LONGEST_WORDS] or next((one.comment for one in attendees if one.comment), ""),
        start=start,
        end=end,
        instances=instances,
    )


def _times_of_answer(event: Component, clocks: Clocks) -> tuple[Moment | None, Moment | None]:
    """The times of an answer, which matter in a counter-proposal alone."""
    try:
        start = clocks.of(event.first("DTSTART"))
        return (start.moment, _end(event, start, clocks)) if start else (None, None)
    except (Unreadable, OverflowError):
        return None, None


def _event(method: str, event: Component, clocks: Clocks, instances: tuple[CalendarEvent, ...] = ()) -> CalendarEvent:
    start = clocks.of(event.first("DTSTART")) or clocks.of(event.first("RECURRENCE-ID"))
    if start is None:
        raise Unreadable("The event does not say when it is.")
    people = [_person(line) for line in event.all("ORGANIZER")]
    return CalendarEvent(
        method=method,
        uid=_uid(event),
        organizer=people[0] if people else Attendee(""),
        attendees=_attendees(event),
        start=start.moment,
        end=_end(event, start, clocks),
        zone=start.zone.name,
        sequence=_sequence(event),
        stamp=_stamp(event),
        status=event.text("STATUS").upper(),
        summary=event.text("SUMMARY")[:LONGEST_WORDS],
        location=event.text("LOCATION")[:LONGEST_WORDS],
        link=next(filter(None, (event.text(name) for name in LINKS)), "")[:LONGEST_WORDS],
        recurrence=_recurrence(event, clocks),
        series=_series(event, start, clocks),
        instances=instances,
    )


def _end(event: Component, start: Clock, clocks: Clocks) -> Moment:
    """The end; of an event that names none, its own start, or the day after (RFC 5545 3.6.1)."""
    try:
        end = clocks.of(event.first("DTEND"))
    except Unreadable:
        end = None
    length = length_of(event.text("DURATION")) if event.first("DURATION") else None
    begins = start.moment
    if end is not None and isinstance(end.shown, datetime) == isinstance(start.shown, datetime):
        return max(begins, end.moment)
    if length is not None:
        return begins + length
    return begins if isinstance(begins, datetime) else begins + DAY


def _series(event: Component, start: Clock, clocks: Clocks) -> Series | None:
    rule, added = event.first("RRULE"), clocks.all_of(event.all("RDATE"))
    if event.first("RECURRENCE-ID") or not (rule or added):
        return None
    left_out = frozenset(clock.moment for clock in clocks.all_of(event.all("EXDATE")))
    return Series(start, Recurrence.read(rule.value) if rule else None, added, left_out)


def _recurrence(event: Component, clocks: Clocks) -> Moment | None:
    clock = clocks.of(event.first("RECURRENCE-ID"))
    return clock.moment if clock else None


def _uid(event: Component) -> str:
    """Its name, as long as names may be (RFC 7986 5.3)."""
    return event.text("UID")[:LONGEST_UID]


def _sequence(event: Component) -> int:
    digits = event.text("SEQUENCE")[:20]
    return min(int(digits), LARGEST_SEQUENCE) if digits.isdecimal() else 0


def _stamp(event: Component) -> datetime | None:
    try:
        clock = Clocks(Component("")).of(event.first("DTSTAMP"))
        moment = clock.moment if clock else None
    except (Unreadable, OverflowError):
        return None
    return moment if isinstance(moment, datetime) else None


def _attendees(event: Component) -> tuple[Attendee, ...]:
    return tuple(map(_person, event.all("ATTENDEE")[:MOST_ATTENDEES]))


def _person(line: Line) -> Attendee:
    """Somebody of a line; what a name without quotation marks has cut off is looked for in its value."""
    said = line.parameters
    misplaced = MISPLACED.search(line.value)
    return Attendee(
        address=_address(line.value) or _address(said.get("EMAIL", "")),
        name=said.get("CN", "")[:LONGEST_WORDS],
        partstat=(said.get("PARTSTAT", "") or (misplaced[1] if misplaced else "")).upper(),
        comment=said.get("X-RESPONSE-COMMENT", "").strip()[:LONGEST_WORDS],
        delegated_to=_address(said.get("DELEGATED-TO", "")),
    )


def _address(value: str) -> str:
    found = ADDRESS.match(unquote(MAILTO.sub("", value.strip().strip('"'))).strip("<> "))
    return found[0].lower() if found else ""
