from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.due import Due
from mentorly.emails.email import NOW, Email, Given
from mentorly.emails.matching.asking_mentor import sample_program
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.sponsors import Sponsor
from mentorly.mentoring.suppressions import Family


class SponsorAsked(Email):
    """You get this because an administrator named you as a sponsor of a program; nothing follows unless you say yes."""

    due = Due(
        Sponsor,
        reader=Sponsor.person_id,
        moment=Sponsor.added_at,
        occasion=Sponsor.added_at,
        while_=Sponsor.stands,
        unsent=Sponsor.asked_at.is_(None) & Sponsor.stands,
    )
    lane = NOW
    fresh_for = None
    noted = "asked_at"
    stoppable = True
    family = Family.FIGURES
    loads = (selectinload(Sponsor.program),)
    buttons = {"agree": ()}
    replies = {Meaning.YES: "agree"}

    def values(self, thing: Sponsor, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"program": thing.program.name}

    def sample(self, reader: Person, now: datetime) -> Sponsor:
        return Sponsor(id=1, program=sample_program(), person=reader, added_at=now)

    def settled(self, thing: Sponsor, now: datetime) -> Refused | None:
        return Refused("You are a sponsor of this program no more.") if thing.ended_at else None

    def answered(self, thing: Sponsor, by: Person, given: Given, now: datetime) -> None:
        thing.agree(by, now)

    def undone(self, thing: Sponsor, by: Person, given: Given, now: datetime) -> None:
        thing.disagree(by, now)
