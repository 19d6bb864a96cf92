from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.matching.match_values import MATCHED, match_values, sample_match
from mentorly.emails.matching.quoting import QUOTING
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship


class MatchedMentee(Email):
    """You get this because you were placed in a mentoring relationship as a mentee."""

    due = Due(
        Member,
        reader=Member.person_id,
        moment=Member.joined_at,
        joins=((Relationship, Member.relationship_id == Relationship.id),),
        while_=Member.is_matched_mentee & Relationship.is_active,
        unsent=Member.told_at.is_(None),
    )
    lane = NOW
    fresh_for = None
    told_if_lost = True
    noted = "told_at"
    loads = MATCHED
    buttons = {"quote": (QUOTING,)}

    def values(self, thing: Member, reader: Person, now: datetime) -> Mapping[str, Any]:
        others = [member.person for member in thing.relationship.present if member.matched_as == "mentor"]
        return match_values(thing, others)

    def sample(self, reader: Person, now: datetime) -> Member:
        return sample_match(now, mentee=reader)

    def answered(self, thing: Member, by: Person, given: Given, now: datetime) -> None:
        by.choose_quoting(quotes=given.said["quotes"] == "yes", now=now)
