"""What the mails about an early end have in common: they say the day, and neither who asked for it nor why."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.clock import INSTANT
from mentorly.emails.email import NOW, Email
from mentorly.emails.matching.match_values import sample_match
from mentorly.mentoring.courses import ANSWERED_AFTERWARDS
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class AboutAnEnd(Email):
    """A mail that is worth sending for as long as what was asked may be answered."""

    lane = NOW
    fresh_for = ANSWERED_AFTERWARDS
    personal = True
    loads = (selectinload(Relationship.program), selectinload(Relationship.members).selectinload(Member.person))

    def values(self, thing: Relationship, reader: Person, now: datetime) -> Mapping[str, Any]:
        ended_at, own = thing.ended_at or thing.planned_end, thing.member(reader)
        ended_on = thing.day(ended_at)
        return {
            "relationship_id": thing.id,
            "others": [member.person.name for member in thing.present if member.person_id != reader.id],
            "program": thing.program.name,
            "ended_on": ended_on,
            "open_until": thing.day(ended_at + ANSWERED_AFTERWARDS - INSTANT),
            "comes_first": bool(own and own.is_matched_mentee and ended_on < thing.program.ends_on),
        }


def sample_end(now: datetime, mentee: Person | None = None) -> Relationship:
    """An invented relationship in no session, which ended early the day before. mentee: who is in it."""
    together = sample_match(now, mentee=mentee).relationship
    for number, member in enumerate(together.members, 1):
        member.person_id = mentee.id if mentee and member.person is mentee else ((mentee and mentee.id) or 0) + number
    together.ended_at, together.ended_early = now - timedelta(days=1), True
    return together
