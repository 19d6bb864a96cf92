from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.matching.match_values import sample_match
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class FirstMeeting(Email):
    """You get this because the date of your first meeting was set."""

    due = Due(
        Relationship,
        reader=Member.person_id,
        moment=Relationship.first_meeting_set_at,
        occasion=Relationship.first_meeting_set_at,
        joins=((Member, (Member.relationship_id == Relationship.id) & Member.is_present),),
        while_=Relationship.is_active & (Relationship.first_meeting_at > AT_THIS_MOMENT),
    )
    lane = NOW
    fresh_for = timedelta(days=14)
    told_if_lost = True
    noted = "first_meeting_told_at"
    loads = (
        selectinload(Relationship.program),
        selectinload(Relationship.first_meeting_set_by),
        selectinload(Relationship.members).selectinload(Member.person),
    )

    def values(self, thing: Relationship, reader: Person, now: datetime) -> Mapping[str, Any]:
        by = thing.first_meeting_set_by
        return {
            "at": thing.first_meeting_at,
            "by": by.name if by and by.id != reader.id else "",
            "others": [member.person.name for member in thing.present if member.person_id != reader.id],
            "program": thing.program.name,
        }

    def sample(self, reader: Person, now: datetime) -> Relationship:
        together = sample_match(now, mentee=reader).relationship
        together.first_meeting_at = now + timedelta(days=8)
        return together

    def sample_values(self, thing: Relationship, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "at": thing.first_meeting_at,
            "by": "Carol Roy",
            "others": ["Alice Gagnon"],
            "program": thing.program.name,
        }
