"""Events of people's own calendars that are meetings of a relationship: it is there that they are moved."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mentorly.mentoring.aliases import Alias
from mentorly.mentoring.attendances import Coming, Told
from mentorly.mentoring.base import Refused
from mentorly.mentoring.meeting_times import LENGTHS
from mentorly.mentoring.meetings import Attendance, Meeting
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Relationship
from mentorly.mentoring.whereabouts import LINK_LENGTH, PLACE_LENGTH, Where


class OwnEvent(NamedTuple):
    """One event as its owner's calendar tells of it.

    recurrence: which one of a series, '' if it is single. sequence, stamp: of the owner's calendar. addresses: whom it
    invites, in lower case.
    """

    uid: str
    recurrence: str
    starts_at: datetime
    minutes: int
    where: Where
    sequence: int
    stamp: datetime | None
    addresses: frozenset[str]
    is_off: bool = False


def follow(
    together: Relationship, owner: Person, events: Sequence[OwnEvent], now: datetime, *, is_whole: bool
) -> list[Meeting]:
    """Let the meetings be as the events of one UID are; returns those that changed.

    is_whole: these are all that there are of their UID, so that what is missing is off. What is past, or older than
    what is known, changes nothing. Raises Refused.
    """
    if together.ended_at is not None:
        raise Refused("This relationship has ended, so no meeting can be planned.")
    if not together.member(owner):
        raise Refused("Only its members plan the meetings of a relationship.")
    uids = {event.uid for event in events}
    known = {meeting.event_recurrence: meeting for meeting in _known(owner, uids, to_change=True)}
    if any(not event.is_off and event.recurrence not in known for event in events):
        together.check_not_paused()
    invited = {address for event in events for address in event.addresses}
    knowing = {member.person for member in together.present if Alias.speak_for(invited, member.person)}
    changed = [_follow(together, owner, event, known.get(event.recurrence), knowing, now) for event in events]
    if is_whole and events:
        named, latest = {event.recurrence for event in events}, max(events, key=_age)
        missing = [one for recurrence, one in known.items() if recurrence not in named and _is_newer(latest, one)]
        changed += [_off(one, owner, latest, now) for one in missing]
    together.session.flush()
    return [meeting for meeting in changed if meeting]


def relationships_of_event(owner: Person, uid: str) -> set[int]:
    """The numbers of the relationships that an event of a person's is a meeting of."""
    return {meeting.relationship_id for meeting in _known(owner, {uid})}


def _known(owner: Person, uids: Iterable[str], *, to_change: bool = False) -> Sequence[Meeting]:
    """The meetings that are events of somebody's. to_change: nobody else changes them meanwhile."""
    query = select(Meeting).where(Meeting.event_owner_id == owner.id, Meeting.event_uid.in_(uids))
    if to_change:
        query = query.with_for_update(of=Meeting).execution_options(populate_existing=True)
    together = selectinload(Meeting.attendances).joinedload(Attendance.person)
    return owner.session.scalars(query.options(together).order_by(Meeting.id)).all()


def _follow(
    together: Relationship, owner: Person, event: OwnEvent, known: Meeting | None, knowing: Collection[Person],
    now: datetime,
) -> Meeting | None:  # fmt: skip
    is_newer = known is None or _is_newer(event, known)
    if known is not None and not known.is_planned and is_newer:
        known.event_uid = None  # what was off and is on again is another meeting: calendars forget a cancelled one
        known.session.flush()
        known = None
    if known is None:
        return None if event.is_off or not _fits(together, event, now) else _new(together, owner, event, knowing, now)
    if not is_newer or not known.is_upcoming(now):
        return None
    has_begun = known.starts_at is not None and known.starts_at <= now
    if event.is_off or not (has_begun or _fits(together, event, now)):
        return _off(known, owner, event, now)
    if has_begun:
        return None
    known.event_sequence, known.event_stamp = event.sequence, event.stamp
    before = known.sequence
    known.alter(owner, now, starts_at=event.starts_at, minutes=_length(event), where=_shown(event.where))
    return known if known.sequence != before else None


def _off(known: Meeting, owner: Person, event: OwnEvent, now: datetime) -> Meeting | None:
    if not known.is_upcoming(now):
        return None
    known.event_sequence, known.event_stamp = event.sequence, event.stamp
    known.end(owner, "", now)
    return known


def _new(together: Relationship, owner: Person, event: OwnEvent, knowing: Collection[Person], now: datetime) -> Meeting:
    people = [member.person for member in together.present]
    meeting = Meeting.begin(together, owner, people, _length(event), _shown(event.where), now)
    meeting.event_owner, meeting.event_uid, meeting.event_recurrence = owner, event.uid, event.recurrence
    meeting.event_sequence, meeting.event_stamp = event.sequence, event.stamp
    for one in meeting.attendances:
        one.told = Told.KNOWS if one.person is owner or one.person in knowing else Told.WRITTEN_TO
        one.coming = Coming.YES if one.person is owner else Coming.UNSAID
    meeting.plan(event.starts_at, now)
    together.session.add(meeting)
    return meeting


def _fits(together: Relationship, event: OwnEvent, now: datetime) -> bool:
    return event.starts_at > now and together.lasts_until(event.starts_at)


def _length(event: OwnEvent) -> int:
    return min(max(event.minutes, LENGTHS[0]), LENGTHS[-1])


def _shown(where: Where) -> Where:
    """A place as it is kept: what another calendar says of it is cut, and no link but a web address is taken."""
    link = where.link if where.link.startswith("https://") and " " not in where.link else ""
    return Where(where.place[:PLACE_LENGTH], link if len(link) <= LINK_LENGTH else "", where.phone[:PLACE_LENGTH])


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def _is_newer(event: OwnEvent, known: Meeting) -> bool:
    return _age(event) > (known.event_sequence, known.event_stamp or _LONG_AGO)


def _age(event: OwnEvent) -> tuple[int, datetime]:
    return event.sequence, event.stamp or _LONG_AGO
