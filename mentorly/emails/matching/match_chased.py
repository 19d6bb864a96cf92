from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import true

from mentorly.emails.due import NOW as AT_THIS_MOMENT
from mentorly.emails.due import Due
from mentorly.emails.email import MORNING, Email, Given
from mentorly.emails.matching.asking_mentor import (
    ACCEPT_OR_RESERVE,
    PROPOSED,
    answer,
    can_take_back,
    proposed_values,
    sample_proposal,
    take_back,
)
from mentorly.mentoring.people import Person
from mentorly.mentoring.proposals import Proposal
from mentorly.mentoring.reservations import RESERVATION, RESERVATION_WORDS


class MatchChased(Email):
    """You get this because a mentee was proposed to you and you have not answered yet; it is sent once."""

    due = Due(
        Proposal,
        reader=Proposal.mentor_id,
        moment=Proposal.chase_at,
        while_=Proposal.is_open & (Proposal.answer_by > AT_THIS_MOMENT),
        awaited=true(),
    )
    lane = MORNING
    fresh_for = timedelta(days=3)
    urgent = True
    loads = PROPOSED
    thread = "proposal"
    buttons = {"accept": (), "reserve": (RESERVATION, RESERVATION_WORDS)}
    replies = ACCEPT_OR_RESERVE

    def values(self, thing: Proposal, reader: Person, now: datetime) -> Mapping[str, Any]:
        return proposed_values(thing) | {"answer_by": thing.answer_by}

    def sample(self, reader: Person, now: datetime) -> Proposal:
        return sample_proposal(reader, now)

    def answered(self, thing: Proposal, by: Person, given: Given, now: datetime) -> None:
        answer(thing, by, given, now)

    def can_undo(self, thing: Proposal, button: str) -> bool:
        return can_take_back(thing, button)

    def undone(self, thing: Proposal, by: Person, given: Given, now: datetime) -> None:
        take_back(thing, by, given, now)
