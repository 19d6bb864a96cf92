"""Meetings as calendars take them: an invitation, its changes and its end, and a feed (RFC 5546, RFC 5545)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, Self

from mentorly.calendars.content_lines import day, instant, line, local, mailto, parameter, stream, text
from mentorly.calendars.zone_rules import ZoneRule, zone_rule

PRODUCT = "-//Mentorly//Mentorly//EN"
HEAD = ("BEGIN:VCALENDAR", line("VERSION", "2.0"), line("PRODID", PRODUCT), line("CALSCALE", "GREGORIAN"))
HEADS = {method: stream((*HEAD, line("METHOD", method))) for method in ("REQUEST", "CANCEL")}
FEED_INTERVAL = "PT1H"
INVITED = ";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE"


@dataclass(frozen=True, repr=False)
class Meeting:
    """A meeting as one calendar shows it.

    uid: for its whole life, in invitations and feeds alike. sequence: up by one with every change that people are told
    of. stamp: the moment at which the change was stored. start: an instant; length: how long. zone: the IANA name of
    the zone whose clocks show it. place, link: where it is; both may be ''.
    """

    uid: str
    sequence: int
    stamp: datetime
    summary: str
    start: datetime
    length: timedelta
    zone: str
    description: str = ""
    place: str = ""
    link: str = ""
    is_cancelled: bool = False

    def changed(self, now: datetime, **changes: Any) -> Self:
        """The meeting after a change that its people are told of (rules A13). now: when the change is stored."""
        return replace(self, sequence=self.sequence + 1, stamp=stamp_after(self.stamp, now), **changes)


@dataclass(frozen=True, repr=False)
class DueDay:
    """A day by which something is due, as a calendar shows it: the whole day, which stays free."""

    uid: str
    sequence: int
    stamp: datetime
    summary: str
    day: date
    description: str = ""


@dataclass(frozen=True, repr=False)
class Invitation:
    """A meeting as one attendee is invited to it, or told that it is off.

    organizer, attendee: addresses in ASCII; they never change while the meeting lives.
    """

    meeting: Meeting
    organizer: str
    organizer_name: str
    attendee: str
    attendee_name: str

    @property
    def method(self) -> Literal["REQUEST", "CANCEL"]:
        """What it asks calendars to do (RFC 5546 1.4)."""
        return "CANCEL" if self.meeting.is_cancelled else "REQUEST"

    def as_bytes(self) -> bytes:
        """The calendar of an invitation mail. Raises ValueError for an address that is none."""
        rule = _rule(self.meeting)
        people = (
            f"ORGANIZER{_named(self.organizer_name)}:{mailto(self.organizer)}",
            f"ATTENDEE{_named(self.attendee_name)}{INVITED}:{mailto(self.attendee)}",
        )
        zone = rule.octets if rule else b""
        return HEADS[self.method] + zone + stream([*_event(self.meeting, rule, people), "END:VCALENDAR"])


def stamp_after(before: datetime, now: datetime) -> datetime:
    """The stamp of a change stored now: whole seconds, and later than the one before, whatever the clock shows."""
    return max(now.replace(microsecond=0), before.replace(microsecond=0) + timedelta(seconds=1))


def feed(name: str, entries: Sequence[Meeting | DueDay]) -> bytes:
    """A calendar to subscribe to: the same meetings under the same UIDs, without people, as nothing is asked.

    It has no METHOD, which would make one message of it (RFC 5546 1.4), and one message is about one UID.
    """
    rules = {entry.uid: _rule(entry) for entry in entries if isinstance(entry, Meeting)}
    used = {rule.key: rule for rule in rules.values() if rule}
    return stream(
        [
            *HEAD,
            line("NAME", text(name)),
            line("X-WR-CALNAME", text(name)),
            line("REFRESH-INTERVAL", FEED_INTERVAL, {"VALUE": "DURATION"}),
            line("X-PUBLISHED-TTL", FEED_INTERVAL),
            *(one for key in sorted(used) for one in used[key].lines),
            *(one for entry in entries for one in _entry(entry, rules.get(entry.uid))),
            "END:VCALENDAR",
        ]
    )


def _entry(entry: Meeting | DueDay, rule: ZoneRule | None) -> Iterable[str]:
    return _event(entry, rule) if isinstance(entry, Meeting) else _due(entry)


def _rule(meeting: Meeting) -> ZoneRule | None:
    """The rule of the meeting's zone; None if it does not hold then, and the time is said in UTC."""
    rule = zone_rule(meeting.zone)
    return rule if rule and rule.holds(meeting.start, meeting.start + meeting.length) else None


def _event(meeting: Meeting, rule: ZoneRule | None, people: Iterable[str] = ()) -> list[str]:
    where = ", ".join(filter(None, (meeting.place, meeting.link)))
    described = meeting.description
    if meeting.link and meeting.link not in described:
        described = f"{described}\n\n{meeting.link}".strip("\n")
    return [
        *_head(meeting),
        f"DTSTART{_clock(meeting.start, rule)}",
        f"DTEND{_clock(meeting.start + meeting.length, rule)}",
        f"SUMMARY:{text(meeting.summary)}",
        *([f"LOCATION:{text(where)}"] if where else ()),
        *([f"DESCRIPTION:{text(described)}"] if described else ()),
        f"STATUS:{'CANCELLED' if meeting.is_cancelled else 'CONFIRMED'}",
        f"TRANSP:{'TRANSPARENT' if meeting.is_cancelled else 'OPAQUE'}",
        *people,
        "END:VEVENT",
    ]


def _clock(moment: datetime, rule: ZoneRule | None) -> str:
    """A moment by the clocks of a zone, or in UTC, with what tells which."""
    if rule is None:
        return f":{instant(moment)}"
    return f";TZID={rule.shown}:{local(moment.astimezone(rule.zone))}"


def _due(due: DueDay) -> Iterator[str]:
    yield from _head(due)
    yield line("DTSTART", day(due.day), {"VALUE": "DATE"})
    yield line("DTEND", day(due.day + timedelta(days=1)), {"VALUE": "DATE"})
    yield line("SUMMARY", text(due.summary))
    if due.description:
        yield line("DESCRIPTION", text(due.description))
    yield line("TRANSP", "TRANSPARENT")
    yield "END:VEVENT"


def _head(entry: Meeting | DueDay) -> tuple[str, ...]:
    return ("BEGIN:VEVENT", f"UID:{text(entry.uid)}", f"DTSTAMP:{instant(entry.stamp)}", f"SEQUENCE:{entry.sequence}")


def _named(name: str) -> str:
    shown = parameter(name)
    return f";CN={shown}" if shown.strip('"') else ""
