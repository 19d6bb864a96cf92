"""Events of people's own calendars, to which they invite their address in a relationship (inbox I17).

Of an event its time, its length, its place and its link are kept, and whom it invites is looked at; nothing else.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from mentorly.calendars.answers import CalendarEvent
from mentorly.calendars.received_times import Moment
from mentorly.emails.calendars_taken import ASK, CANCEL, IGNORE, NOTHING_NEW, Done, Place
from mentorly.emails.reply import Outcome
from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.base import HOLD, Refused
from mentorly.mentoring.homes import relationships_of
from mentorly.mentoring.meeting_times import LENGTHS
from mentorly.mentoring.own_events import OwnEvent, follow, relationships_of_event
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.whereabouts import Where

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
MOST_MEETINGS = 200
OLDEST = timedelta(days=3660)
# How long a meeting is whose event names no end.
UNSAID = 60


class OwnCalendars:
    """Takes in what people plan in calendars of their own."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.session = session
        self.now = now

    def take(self, place: Place, event: CalendarEvent, speaker: Person | None, ours: Collection[int]) -> Done:
        """Follow an event, if who sent it organizes it; else its address's owner is asked. Raises Refused.

        speaker: who sent it, as far as that is known. ours: the numbers of the relationships whose addresses it
        invites.
        """
        if event.asked == ASK:
            return Done(ASK, Outcome.EVENT_UNCLEAR)
        if speaker is None or not organizes(speaker, event):
            known = relationships_of_event(place.person, event.uid)
            return Done(IGNORE) if event.asked == CANCEL and not known else Done(ASK, Outcome.EVENT_UNCLEAR)
        together = self._together(place, event, speaker, ours)
        return self.follow(together, speaker, event) if together else Done(ASK, Outcome.EVENT_UNCLEAR)

    def _together(
        self, place: Place, event: CalendarEvent, owner: Person, ours: Collection[int]
    ) -> Relationship | None:
        """Which relationship an event is of; None if it may be of several, or of none."""
        known = relationships_of_event(owner, event.uid)
        if len(known) == 1:
            return self.session.get(Relationship, known.pop())
        own = {one.id for one in relationships_of(owner) if one.is_active and one.id in ours}
        return place.together if len(own) <= 1 else None

    def follow(self, together: Relationship, owner: Person, event: CalendarEvent) -> Done:
        """Let the meetings of a relationship be as an event is. Raises Refused."""
        self.session.refresh(together, with_for_update=HOLD)
        if together.ended_at is not None:
            raise Refused("This relationship has ended, so no meeting can be planned.")
        known = relationships_of_event(owner, event.uid)
        if not event.is_cancelled:
            _check(event, self.now)
        events = list(_told(event, last_moment(together), self.now))
        if not (known or event.is_cancelled or any(not one.is_off for one in events)):
            raise self._out_of_time(event, together)
        changed = follow(together, owner, events, self.now, is_whole=event.recurrence is None)
        if not (changed or known or event.is_cancelled):
            raise self._out_of_time(event, together)
        return Done(event.asked if changed else NOTHING_NEW)

    def _out_of_time(self, event: CalendarEvent, together: Relationship) -> Refused:
        """Why none of its times can be a meeting."""
        start = event.start
        if isinstance(start, datetime) and start > self.now and not together.lasts_until(start):
            return Refused("This relationship ends on {day}: a meeting has to be before that.", day=together.ends_on)
        return Refused("A meeting has to be in the future.")


def organizes(person: Person, event: CalendarEvent) -> bool:
    """Whether an event is a person's own; who sends one without an organizer is taken for it."""
    organizer = event.organizer.address
    return not organizer or bool(Alias.speak_for([organizer], person))


def last_moment(together: Relationship) -> datetime:
    """The end of a relationship's last day, in its program's zone."""
    return datetime.combine(together.ends_on + DAY, time(), ZoneInfo(together.program.timezone)).astimezone(UTC)


def _check(event: CalendarEvent, now: datetime) -> None:
    """Refuse what is no meeting."""
    if not (isinstance(event.start, datetime) and isinstance(event.end, datetime)):
        raise Refused("An event of a whole day is no meeting: give it a time of day.")
    if (event.end - event.start) // MINUTE > LENGTHS[-1]:
        raise Refused("A meeting lasts between {least} and {most} minutes.", least=LENGTHS[0], most=LENGTHS[-1])
    if event.series and event.start < now - OLDEST:
        raise Refused("This event began so long ago that it is not followed: make a new one.")


def _told(event: CalendarEvent, until: datetime, now: datetime) -> Iterable[OwnEvent]:
    """What an event tells of each of its times that is not over; what it does not tell of its series is off."""
    if event.recurrence is None and event.is_cancelled:
        yield _own(event, event, "", event.start, event.end, is_off=True)
    elif event.recurrence is None and (event.series or event.instances):
        yield _own(event, event, "", event.start, event.end, is_off=True)
        moved = {one.recurrence: one for one in event.instances}
        for one in event.occurrences(until, MOST_MEETINGS, now):
            part = moved.get(one.recurrence, event)
            yield _own(event, part, _key(one.recurrence), one.start, one.end)
    elif event.recurrence is None:
        yield _own(event, event, "", event.start, event.end)
    else:
        for part in (event, *event.instances):
            is_off = part.is_cancelled or event.is_cancelled
            yield _own(event, part, _key(part.recurrence), part.start, part.end, is_off=is_off)


def _own(
    event: CalendarEvent, part: CalendarEvent, recurrence: str, start: Moment, end: Moment, *, is_off: bool = False
) -> OwnEvent:
    """One time of an event. part: what tells of it; of a whole day, which is no meeting, it says that it is off."""
    is_timed = isinstance(start, datetime) and isinstance(end, datetime)
    starts_at = start if isinstance(start, datetime) else datetime.combine(start, time(), UTC)
    ends_at = end if isinstance(end, datetime) else starts_at
    return OwnEvent(
        uid=event.uid,
        recurrence=recurrence,
        starts_at=starts_at,
        minutes=(ends_at - starts_at) // MINUTE or UNSAID,
        where=_where(part),
        sequence=part.sequence,
        stamp=part.stamp,
        addresses=frozenset(one.address for one in (*event.attendees, *part.attendees) if one.address),
        is_off=is_off or not is_timed,
    )


def _where(event: CalendarEvent) -> Where:
    place, link = " ".join(event.location.split()), event.link.strip()
    if place.startswith("https://") and " " not in place:
        return Where("", link if link.startswith("https://") else place)
    return Where(place, link)


def _key(recurrence: Moment | None) -> str:
    """Which one of a series it is, as an instant: calendars name the same one in different zones (inbox I18)."""
    if isinstance(recurrence, datetime):
        return recurrence.astimezone(UTC).isoformat()
    return recurrence.isoformat() if recurrence else ""
