from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, literal_column
from sqlalchemy.orm import aliased

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.kept_moments import read_moment, written
from mentorly.emails.matching.match_values import MATCHED, match_values, sample_match
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.audit import AuditEntry, Deed
from mentorly.mentoring.first_meetings import plan_first, put_first_back
from mentorly.mentoring.meeting_questions import DayAndTime
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Member, Relationship

Inside = aliased(Member)

FIRST_MEETING = DayAndTime(
    "at", {"en": "Day and time of the first meeting", "fr": "Date et heure de la première rencontre"}, required=True
)


class MatchedLead(Email):
    """You get this because you are the project lead of a mentee who was placed in a mentoring relationship."""

    due = Due(
        Member,
        reader=Participation.person_id,
        moment=Member.joined_at,
        joins=(
            (Relationship, Member.relationship_id == Relationship.id),
            (Person, Member.person_id == Person.id),
            (
                Participation,
                and_(
                    Participation.program_id == Relationship.program_id,
                    Participation.role == literal_column("'lead'"),
                    Participation.left_at.is_(None),
                    Participation.organization_id == Person.organization_id,
                    ~exists().where(
                        Inside.relationship_id == Relationship.id,
                        Inside.person_id == Participation.person_id,
                        Inside.is_present,
                    ),
                ),
            ),
        ),
        while_=Member.is_matched_mentee & Relationship.is_active,
        unsent=Member.leads_told_at.is_(None),
        awaited=Relationship.awaits_first_meeting & Relationship.goes_on,
    )
    lane = NOW
    fresh_for = None
    noted = "leads_told_at"
    loads = MATCHED
    buttons = {"first_meeting": (FIRST_MEETING,)}
    replies = {Meaning.YES: "first_meeting"}
    read_as = ("first_meeting",)

    def values(self, thing: Member, reader: Person, now: datetime) -> Mapping[str, Any]:
        mentors = [member.person for member in thing.relationship.present if member.matched_as == "mentor"]
        return match_values(thing, mentors)

    def sample(self, reader: Person, now: datetime) -> Member:
        return sample_match(now)

    def answered(self, thing: Member, by: Person, given: Given, now: datetime) -> None:
        plan_first(thing.relationship, given.said["at"], by, now)
        AuditEntry.write(by.session, Deed.FIRST_MEETING_SET, thing.relationship, by, now)

    def held(self, thing: Member) -> Relationship:
        return thing.relationship

    def before(self, thing: Member, now: datetime) -> dict[str, Any]:
        together = thing.relationship
        return {"at": written(together.first_meeting_at), "set_at": written(together.first_meeting_set_at)}

    def can_undo(self, thing: Member, button: str) -> bool:
        return thing.relationship.first_meeting_told_at is None

    def undone(self, thing: Member, by: Person, given: Given, now: datetime) -> None:
        at, set_at = read_moment(given.before.get("at")), read_moment(given.before.get("set_at"))
        put_first_back(thing.relationship, at, set_at, by, now)
        AuditEntry.write(by.session, Deed.FIRST_MEETING_PUT_BACK, thing.relationship, by, now)
