from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import selectinload

from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email, Given
from mentorly.emails.matching.asking_mentor import sample_proposal
from mentorly.emails.matching.proposing_again import next_values, propose_next, sample_next, take_next_back, whom_next
from mentorly.emails.understanding import Meaning
from mentorly.mentoring.base import Refused
from mentorly.mentoring.people import Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.questions import Question


class MatchLapsed(Email):
    """You get this because you proposed a match and the mentor has not answered in time."""

    due = Due(
        Proposal,
        reader=Proposal.told_to_id,
        moment=Proposal.answer_by,
        occasion=Proposal.answer_by,
        while_=Proposal.is_open,
        awaited=~Proposal.is_followed,
    )
    lane = MORNING
    fresh_for = timedelta(days=14)
    loads = (selectinload(Proposal.mentor), selectinload(Proposal.mentee))
    buttons = {"propose": ()}
    replies = {Meaning.YES: "propose"}
    read_as = ("propose",)

    def values(self, thing: Proposal, reader: Person, now: datetime) -> Mapping[str, Any]:
        return next_values(thing, reader, now) | {"was_asked": not thing.is_undeliverable}

    def line_values(self, thing: Proposal, reader: Person, now: datetime) -> Mapping[str, Any]:
        return {"mentor": thing.mentor.name, "mentee": thing.mentee.name, "was_asked": not thing.is_undeliverable}

    def sample(self, reader: Person, now: datetime) -> Proposal:
        return sample_proposal(reader, now)

    def sample_values(self, thing: Proposal, reader: Person, now: datetime) -> Mapping[str, Any]:
        return sample_next(reader) | {"was_asked": True}

    def questions(self, button: str, thing: Proposal, reader: Person, now: datetime) -> Sequence[Question]:
        return whom_next(thing, reader, now)

    def settled(self, thing: Proposal, now: datetime) -> Refused | None:
        return thing.passed_by(now)

    def answered(self, thing: Proposal, by: Person, given: Given, now: datetime) -> None:
        propose_next(thing, by, given, now)

    def undone(self, thing: Proposal, by: Person, given: Given, now: datetime) -> None:
        take_next_back(thing, by, given, now)
