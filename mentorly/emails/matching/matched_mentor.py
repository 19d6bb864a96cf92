from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import aliased

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.matching.match_values import MATCHED, match_values, sample_match
from mentorly.emails.matching.quoting import QUOTING
from mentorly.mentoring.people import Person
from mentorly.mentoring.relationships import Member, Relationship

Mentor = aliased(Member)


class MatchedMentor(Email):
    """You get this because a mentee was placed in a mentoring relationship with you as a mentor."""

    due = Due(
        Member,
        reader=Mentor.person_id,
        moment=Member.joined_at,
        joins=(
            (Relationship, Member.relationship_id == Relationship.id),
            (
                Mentor,
                (Mentor.relationship_id == Member.relationship_id)
                & (Mentor.matched_as == "mentor")
                & Mentor.is_present,
            ),
        ),
        while_=Member.is_matched_mentee & Relationship.is_active,
        unsent=Member.mentors_told_at.is_(None),
    )
    lane = NOW
    fresh_for = None
    told_if_lost = True
    noted = "mentors_told_at"
    loads = MATCHED
    buttons = {"quote": (QUOTING,)}

    def values(self, thing: Member, reader: Person, now: datetime) -> Mapping[str, Any]:
        return match_values(thing, [thing.person])

    def sample(self, reader: Person, now: datetime) -> Member:
        return sample_match(now, mentor=reader)

    def answered(self, thing: Member, by: Person, given: Given, now: datetime) -> None:
        by.choose_quoting(quotes=given.said["quotes"] == "yes", now=now)
