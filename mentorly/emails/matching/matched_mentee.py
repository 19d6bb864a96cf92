from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mentorly.emails.attachment import Attachment
from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.enclosing import enclosed, useful
from mentorly.emails.matching.match_values import WITH_DOCUMENTS, match_values, sample_match
from mentorly.emails.matching.quoting import QUOTING
from mentorly.mentoring.document_terms import Purpose
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
    loads = WITH_DOCUMENTS
    buttons = {"quote": (QUOTING,)}

    def values(self, thing: Member, reader: Person, now: datetime) -> Mapping[str, Any]:
        others = [member.person for member in thing.relationship.present if member.matched_as == "mentor"]
        documents = useful(thing.relationship.program, Purpose.FIRST_WEEK, reader.language)
        return {**match_values(thing, others), "documents": documents}

    def attachments(self, thing: Member, reader: Person, now: datetime) -> Sequence[Attachment]:
        return enclosed(thing.relationship.program, Purpose.FIRST_WEEK, reader.language)

    def sample(self, reader: Person, now: datetime) -> Member:
        return sample_match(now, mentee=reader)

    def answered(self, thing: Member, by: Person, given: Given, now: datetime) -> None:
        by.choose_quoting(quotes=given.said["quotes"] == "yes", now=now)
