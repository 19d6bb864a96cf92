from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from mentorly.clock import DAY
from mentorly.emails.asking.telling_leads import OVER_IT
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email, Given
from mentorly.emails.matching.match_values import sample_match
from mentorly.emails.reporting.asking_reports import REPORT, TONE, URGENT
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Participation, Person
from mentorly.mentoring.relationships import Member, Relationship
from mentorly.mentoring.reports import ProgressReport, Tone

IS_LED = select(Participation.id).where(OVER_IT).correlate(Relationship).exists()


class ReportPrompt(Email):
    """You get this because half of your time as a mentor in a program is over: you may send a progress report."""

    due = Due(
        Relationship,
        reader=Member.person_id,
        moment=Relationship.midway_at,
        after=3 * DAY,
        joins=((Member, (Member.relationship_id == Relationship.id) & Member.is_present & Member.is_mentor),),
        while_=Relationship.goes_on & IS_LED,
    )
    lane = MORNING
    fresh_for = timedelta(days=14)
    stoppable = True
    loads = (selectinload(Relationship.program), selectinload(Relationship.members).selectinload(Member.person))
    buttons = {"report": (REPORT, TONE, URGENT)}
    drafts = True
    keeps_said = False

    def values(self, thing: Relationship, reader: Person, now: datetime) -> Mapping[str, Any]:
        mentees = [mentee.name for mentee in thing.mentees if mentee.id != reader.id]
        return {"mentees": mentees, "program": thing.program.name}

    def sample(self, reader: Person, now: datetime) -> Relationship:
        return sample_match(now, mentor=reader).relationship

    def settled(self, thing: Relationship, now: datetime) -> Refused | None:
        return Refused("This relationship has ended, so nothing new can be begun in it.") if thing.ended_at else None

    def drafted(self, thing: Relationship, by: Person, words: str, now: datetime) -> ProgressReport:
        return ProgressReport.draft(thing, words, by, now)

    def answered(self, thing: Relationship, by: Person, given: Given, now: datetime) -> None:
        urgent = given.said["urgent"] == "yes"
        ProgressReport.write(thing, given.said["words"], by, now, tone=Tone(given.said["tone"]), is_urgent=urgent)
