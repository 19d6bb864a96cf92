"""How a mail program shows the calendar in a mail, and what is in a person's own calendar in the playground."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy

from flask import session as cookie

from mentorly.blueprints.calendar_clients import Event
from mentorly.calendars.answers import CalendarEvent
from mentorly.calendars.reading import read
from mentorly.calendars.received_lines import Unreadable
from mentorly.emails import spoken
from mentorly.mentoring import homes
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member

CALENDARS = {"text/calendar", "application/ics"}
OWN = "own_events"
MOST_KEPT = 12


@dataclass(frozen=True)
class Card:
    """An invitation as a card. when: in the words of who got it, until: the end of its length in minutes."""

    event: CalendarEvent
    when: str
    minutes: int

    @property
    def is_update(self) -> bool:
        """Whether the event was in the calendar before."""
        return self.event.sequence > 0 and not self.event.is_cancelled

    def as_event(self) -> Event | None:
        """The event as the answer of a calendar speaks of it; None if it has no time of the day."""
        start, organizer = self.event.start, self.event.organizer
        if not isinstance(start, datetime):
            return None
        length, zone = timedelta(minutes=self.minutes), self.event.zone or "UTC"
        told = self.event.uid, self.event.sequence, start, length, zone, self.event.summary
        return Event(*told, organizer.address, organizer.name)


def card_of(source: bytes, reader: Person | None) -> Card | None:
    """The calendar in a mail, as its reader's program shows it; None if there is none."""
    for part in message_from_bytes(source, policy=policy.default).walk():
        if part.get_content_type() in CALENDARS:
            return _card(part.get_payload(decode=True), reader)
    return None


def _card(data: object, reader: Person | None) -> Card | None:
    try:
        event = read(data) if isinstance(data, bytes) else None
    except Unreadable:
        return None
    if not isinstance(event, CalendarEvent) or not isinstance(event.start, datetime):
        return None
    language, zone = (reader.language, reader.timezone) if reader else ("en", event.zone or "UTC")
    length = event.end - event.start if isinstance(event.end, datetime) else timedelta()
    return Card(event, spoken.at_time(event.start, language, zone), int(length.total_seconds() // 60))


@dataclass(frozen=True)
class OwnEvent:
    """An event that somebody made in their own calendar, as this browser remembers it. start: an instant, written."""

    uid: str
    person: int
    member: int
    client: str
    sequence: int
    start: str
    minutes: int
    with_others: bool

    @property
    def starts_at(self) -> datetime:
        """When it is."""
        return datetime.fromisoformat(self.start)

    def keep(self) -> None:
        """Remember it as it is now."""
        others = [one for one in cookie.get(OWN, []) if one["uid"] != self.uid]
        cookie[OWN] = [*others, asdict(self)][-MOST_KEPT:]

    def forget(self) -> None:
        """Remember it no more."""
        cookie[OWN] = [one for one in cookie.get(OWN, []) if one["uid"] != self.uid]


def own_events(person: Person) -> list[OwnEvent]:
    """The events that this browser remembers of somebody's own calendar."""
    return [OwnEvent(**one) for one in cookie.get(OWN, []) if one["person"] == person.id]


def memberships(person: Person) -> Sequence[Member]:
    """In which active relationships somebody has an address to invite."""
    together = [one for one in homes.relationships_of(person) if one.is_active]
    return [member for one in together for member in one.present if member.person_id == person.id]
