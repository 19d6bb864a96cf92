"""What the mails about a pause have in common: everybody in the relationship is told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.email import NOW, Email
from mentorly.emails.matching.match_values import sample_match
from mentorly.mentoring.base import Refused
from mentorly.mentoring.pauses import Pause, may_pause
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship

MEMBERS = (
    (Relationship, Pause.relationship_id == Relationship.id),
    (Member, (Member.relationship_id == Relationship.id) & Member.is_present),
)


class AboutAPause(Email):
    """A mail to everybody in a relationship, also to who did it."""

    lane = NOW
    fresh_for = timedelta(days=7)
    loads = (
        selectinload(Pause.began_by),
        selectinload(Pause.ended_by),
        selectinload(Pause.relationship).options(
            selectinload(Relationship.program), selectinload(Relationship.members).selectinload(Member.person)
        ),
    )

    def values(self, thing: Pause, reader: Person, now: datetime) -> Mapping[str, Any]:
        together, by = thing.relationship, thing.ended_by if thing.is_over else thing.began_by
        others = [member.person.name for member in together.present if member.person_id != reader.id]
        actor = by.name if by and by.id != reader.id else ""
        return {
            "by": actor,
            "others": others if others != [actor] else [],
            "program": together.program.name,
            "ends_on": together.ends_on,
            "days": thing.days,
            "relationship_id": together.id,
            "may_resume": may_pause(reader, together),
        }


class AskingToResume(AboutAPause):
    """A mail by which a relationship is resumed, while it is paused."""

    def settled(self, thing: Pause, now: datetime) -> Refused | None:
        if thing.relationship.ended_at is not None:
            return Refused("This relationship has ended, so it cannot go on.")
        return Refused("This relationship goes on already.") if thing.is_over else None

    def held(self, thing: Pause) -> Relationship:
        return thing.relationship


def sample_pause(reader: Person, now: datetime, *, days: int = 0) -> Pause:
    """An invented pause in no session, by the other of two; it is over if it lasted for some days."""
    match = sample_match(now, mentee=reader)
    together = match.relationship
    for member in together.members:
        member.person_id = reader.id if member.person is reader else reader.id + 1
    other = next(member.person for member in together.members if member.person is not reader)
    other.id = reader.id + 1
    began_at = now - timedelta(days=days)
    over = {"ended_at": now, "ended_by": other} if days else {}
    return Pause(id=1, relationship=together, relationship_id=1, began_at=began_at, began_by=other, days=days, **over)
