from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mentorly.emails.asking.telling_leads import leads_about
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email
from mentorly.emails.matching.match_values import MATCHED, sample_match
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Member, Relationship


class SomethingUnfinished(Email):
    """You get this because somebody in your organization's program has left unfinished what they were reminded of."""

    due = Due(
        Member,
        reader=Participation.person_id,
        moment=Member.unfinished_at,
        occasion=Member.unfinished_at,
        joins=((Relationship, Member.relationship_id == Relationship.id), leads_about(Member.person_id)),
        while_=Member.is_present & Relationship.goes_on,
    )
    lane = MORNING
    fresh_for = timedelta(days=14)
    expects = True
    loads = MATCHED

    def values(self, thing: Member, reader: Person, now: datetime) -> Mapping[str, Any]:
        others = [member.person.name for member in thing.relationship.present if member is not thing]
        return {
            "name": thing.person.name,
            "others": others,
            "program": thing.relationship.program.name,
            "email": thing.person.email if thing.is_mentee else "",
        }

    def sample(self, reader: Person, now: datetime) -> Member:
        return sample_match(now)
