from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.asking.asked_values import ASKED, sample_asked
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email
from mentorly.emails.matching.asking_mentor import sample_person
from mentorly.mentoring.asked import Asked
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class SheetShared(Email):
    """You get this because somebody in your mentoring relationship lets you read what they wrote."""

    due = Due(
        Asked,
        reader=Member.person_id,
        moment=Asked.shared_at,
        joins=(
            (Relationship, Asked.relationship_id == Relationship.id),
            (
                Member,
                (Member.relationship_id == Asked.relationship_id)
                & Member.is_present
                & (Member.person_id != Asked.person_id),
            ),
        ),
        while_=Asked.shared_at.is_not(None)
        & Asked.finished_at.is_not(None)
        & Asked.withdrawn_at.is_(None)
        & Relationship.is_active,
    )
    lane = NOW
    fresh_for = timedelta(days=14)
    loads = (*ASKED, selectinload(Asked.person))

    def values(self, thing: Asked, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {
            "author": thing.person.name,
            "title": thing.instrument.title[reader.language],
            "program": thing.program.name,
            "asked_id": thing.id,
        }

    def sample(self, reader: Person, now: datetime) -> Asked:
        made = sample_asked(reader, now, "planning_sheet")
        made.person = sample_person("Bob Tremblay", made.program, "mentee")
        made.shared_at = made.finished_at = now
        return made
