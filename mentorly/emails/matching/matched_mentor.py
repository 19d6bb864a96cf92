from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import aliased

from mentorly.emails.attachment import Attachment
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.enclosing import enclosed, useful
from mentorly.emails.matching.match_values import WITH_DOCUMENTS, match_values, sample_match
from mentorly.emails.matching.quoting import QUOTING
from mentorly.mentoring.document_terms import Purpose
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
    loads = WITH_DOCUMENTS
    buttons = {"quote": (QUOTING,)}

    def values(self, thing: Member, reader: Person, now: datetime) -> Mapping[str, Any]:
        documents = useful(thing.relationship.program, Purpose.FIRST_WEEK, reader.language)
        return {**match_values(thing, [thing.person]), "documents": documents}

    def attachments(self, thing: Member, reader: Person, now: datetime) -> Sequence[Attachment]:
        return enclosed(thing.relationship.program, Purpose.FIRST_WEEK, reader.language)

    def sample(self, reader: Person, now: datetime) -> Member:
        return sample_match(now, mentor=reader)

    def answered(self, thing: Member, by: Person, given: Given, now: datetime) -> None:
        by.choose_quoting(quotes=given.said["quotes"] == "yes", now=now)
